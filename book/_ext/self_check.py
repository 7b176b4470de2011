"""The `self-check` directive: a question with feedback for every answer.

Without JavaScript the answers stand in a `<details>`; `assets/self-check.js` makes the form work.
"""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from typing import ClassVar

import misconceptions
import progress
from docutils import nodes
from docutils.parsers.rst import directives
from html_directive import HtmlDirective, raw
from page_notes import PageNotes
from question_parts import Answer, alike, depart_question, question, spread, value_of, visit_question
from sphinx.application import Sphinx
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
IDENTIFIER = re.compile(r"[a-z][a-z0-9-]*")
CHOICE_LINE = re.compile(r"[-*] \[(?P<mark>[ xX])\] (?P<text>.*)")
VALUE_LINE = re.compile(r"[-*] (?P<text>\S.*)")
SEPARATOR = " :: "
VERDICT = re.compile(r"(right|wrong|yes|no|correct|not (this one|yet))\s*[.:,;!]", re.IGNORECASE)


class Ids(PageNotes):
    """Ids of the questions on each page."""

    attribute = "self_check_ids"


class Choices(PageNotes):
    """How many answers each choice question of a page has, in order."""

    attribute = "self_check_choices"


class SelfCheck(HtmlDirective):
    """A choice, numeric or reveal question; the argument is an id that is unique in the book."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {
        "question": directives.unchanged_required,
        "type": lambda value: directives.choice(value, ("choice", "numeric", "reveal")),
        "answer": value_of,
        "tolerance": value_of,
        "unit": lambda value: directives.choice(value, ("percent",)),
        "of": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Build the question's nodes."""
        self.name_of_check = self.arguments[0]
        if not IDENTIFIER.fullmatch(self.name_of_check):
            raise self.fault("the id must be small letters, digits and hyphens, a letter first")
        if "question" not in self.options:
            raise self.fault("it has no :question:")
        self.register()
        if "of" not in self.options:  # what is asked again is no further thing to do
            self.enlist()
        kind = self.options.get("type", "choice")
        build = {"choice": self.choice, "numeric": self.numeric, "reveal": self.reveal}[kind]
        name = escape(self.name_of_check)
        whole = question("", check=name, kind=kind, of=self.options.get("of", ""))
        whole += build()
        return [nodes.target("", "", ids=[f"check-{name}"]), whole]

    def fault(self, what: str) -> Exception:
        """An error that names the question."""
        return self.error(f"self-check {self.arguments[0]!r}: {what}")

    def register(self) -> None:
        """Note the id; a second use in the book is a warning, which fails the strict build."""
        other = next((page for page, ids in Ids.of(self.env).items() if self.name_of_check in ids), None)
        if other is not None:
            LOGGER.warning(
                "self-check id %r is used twice (also in %s); answers are remembered by id, so choose another",
                self.name_of_check,
                other,
                location=self.get_location(),
            )
        Ids.add(self.env, self.name_of_check)

    def enlist(self) -> None:
        """Add the question to what there is to do on the page."""
        before = progress.Items.of(self.env).get(self.env.docname, [])
        number = 1 + sum(name.startswith("self-check/") for name, *_ in before)
        beginning = progress.short(self.options["question"])
        label = f"Question {number}. {beginning}".removesuffix(". ")
        progress.note(self.env, f"self-check/{self.name_of_check}", label, f"check-{self.name_of_check}")

    def inline(self, text: str, line: int) -> list[nodes.Node]:
        """Parse one paragraph of Markdown and return what it holds."""
        parsed = self.blocks([text], line)
        if len(parsed) != 1 or not isinstance(parsed[0], nodes.paragraph):
            raise self.fault(f"this must be one paragraph: {text!r}")
        return list(parsed[0].children)

    def answers(self, pattern: re.Pattern[str]) -> tuple[list[str], list[Answer]]:
        """Split the body into what precedes the answers and the answers."""
        before: list[str] = []
        gathered: list[tuple[str, str, int]] = []
        for number, line in enumerate(self.content):
            match = pattern.match(line)
            if match:
                gathered.append((match.groupdict().get("mark", ""), match["text"], number))
            elif gathered and line.strip():
                if not line.startswith(" "):
                    raise self.fault(f"expected an answer or an indented continuation, found {line!r}")
                mark, text, first = gathered[-1]
                gathered[-1] = (mark, f"{text} {line.strip()}", first)
            elif not gathered:
                before.append(line)
        found = [self.answer_of(*entry) for entry in gathered]
        sentences = [answer.feedback for answer in found]
        if twice := next((text for text in sentences if sentences.count(text) > 1), None):
            raise self.fault(f"two answers have the same feedback, {twice!r}; tell each what is wrong with it")
        if twice := alike([answer.text for answer in found]):
            raise self.fault(f"two answers print alike, {twice!r}; a reader must be able to tell them apart")
        return before, [self.refuted(answer) for answer in found]

    def answer_of(self, mark: str, text: str, number: int) -> Answer:
        """One line of the body as an answer."""
        answer, separator, feedback = text.partition(SEPARATOR)
        if not separator or not feedback.strip():
            raise self.fault(f"answer {answer.strip()!r} has no feedback; write 'answer{SEPARATOR}feedback'")
        if VERDICT.match(feedback.strip()):
            raise self.fault(f"feedback {feedback.strip()!r} begins with a verdict, and one stands before it")
        return Answer(answer.strip(), feedback.strip(), mark in ("x", "X"), self.content_offset + number)

    def refuted(self, answer: Answer) -> Answer:
        """The answer with the refutation of the misconception that leads to it, if it has a name."""
        thought = misconceptions.behind(self.env, self.name_of_check, answer.text)
        if answer.right or thought is None:
            return answer
        return replace(answer, feedback=f"{answer.feedback} {thought.refuted}")

    def legend(self, extra: list[str]) -> list[nodes.Node]:
        """The question as the legend of the fieldset, and what the body adds to it."""
        parts: list[nodes.Node] = [
            raw('<form><fieldset><legend><span class="self-check-kind">Check yourself</span> ')
        ]
        parts += self.inline(self.options["question"], self.lineno)
        parts.append(raw("</legend>"))
        if any(line.strip() for line in extra):
            parts += self.blocks(extra, self.content_offset)
        return parts

    def actions(self) -> list[nodes.Node]:
        """Buttons and the live region; both wait for JavaScript."""
        return [
            raw(
                '<div class="self-check-actions"><button type="submit" disabled>Check answer</button>'
                '<button type="reset" disabled>Start again</button></div>'
                '<div class="self-check-feedback" role="status"></div></fieldset></form>'
            )
        ]

    def explained(self, answers: list[Answer], verdicts: list[str], data: list[str]) -> list[nodes.Node]:
        """Every answer with its feedback, folded; also where the script takes its feedback from."""
        parts: list[nodes.Node] = [
            raw('<details class="self-check-answers"><summary>All answers explained</summary><ul>')
        ]
        for answer, verdict, attributes in zip(answers, verdicts, data, strict=True):
            parts.append(raw(f'<li {attributes}><span class="self-check-answer">'))
            parts += self.inline(answer.text, answer.line)
            parts.append(raw(f'</span> <strong class="self-check-verdict">{verdict}</strong> <span>'))
            parts += self.inline(answer.feedback, answer.line)
            parts.append(raw("</span></li>"))
        parts.append(raw("</ul></details>"))
        return parts

    def choice(self) -> list[nodes.Node]:
        """Radio buttons, one for each answer."""
        extra, answers = self.answers(CHOICE_LINE)
        if len(answers) < 2 or not any(answer.right for answer in answers):
            raise self.fault("it needs two answers or more ('- [ ] text :: feedback') and a right one ('- [x] …')")
        name = f"check-{self.name_of_check}"
        parts = self.legend(extra)
        order = spread(self.env.docname, Choices.of(self.env).get(self.env.docname, []), answers)
        Choices.add(self.env, len(answers))
        # the value of an answer stays its place in the source: readers' devices remember that
        for place, number in enumerate(order, start=1):
            answer = answers[number]
            parts.append(
                raw(
                    f'<div class="self-check-option"><input type="radio" name="{name}" id="{name}-{number}" '
                    f'value="{number}"><label for="{name}-{number}">'
                )
            )
            content = self.inline(answer.text, answer.line)
            if not "".join(node.astext() for node in content if not isinstance(node, nodes.math)).strip():
                # A formula alone gives no accessible name that every browser computes.
                parts.append(raw(f'<span class="visually-hidden">Answer {place}: </span>'))
            parts += content
            parts.append(raw("</label></div>"))
        parts += self.actions()
        shown = [answers[number] for number in order]
        verdicts = ["Right." if answer.right else "Not this one." for answer in shown]
        data = [f'data-value="{number}" data-right="{str(answers[number].right).lower()}"' for number in order]
        return parts + self.explained(shown, verdicts, data)

    def numeric(self) -> list[nodes.Node]:
        """A number to type in; the right one, some foreseen wrong ones, and `else`."""
        if "answer" not in self.options:
            raise self.fault("a numeric question needs an :answer:")
        truth = self.options["answer"]
        tolerance = self.options.get("tolerance", 0.0)
        percent = ' data-unit="percent"' if "unit" in self.options else ""
        extra, answers = self.answers(VALUE_LINE)
        verdicts, data = [], []
        for answer in answers:
            value = self.number(answer.text)
            right = value is not None and abs(value - truth) <= tolerance
            verdicts.append("Right." if right else "Not this one." if value is not None else "Not yet.")
            shown = "else" if value is None else repr(value)
            data.append(f'data-value="{shown}" data-right="{str(right).lower()}"')
        if not any('data-right="true"' in attributes for attributes in data):
            raise self.fault(f"no line gives feedback for the right answer, {truth!r}")
        if not any('data-value="else"' in attributes for attributes in data):
            raise self.fault("no line '- else :: feedback' for other answers")
        name = f"check-{self.name_of_check}"
        parts = self.legend(extra)
        parts.append(
            raw(
                f'<div class="self-check-number"><label for="{name}">Your answer</label> '
                f'<input type="text" autocomplete="off" id="{name}" name="{name}" '
                f'data-tolerance="{tolerance!r}"{percent}></div>'
            )
        )
        parts += self.actions()
        named = [
            replace(answer, text="Anything else." if answer.text.lower() == "else" else answer.text)
            for answer in answers
        ]
        return parts + self.explained(named, verdicts, data)

    def number(self, text: str) -> float | None:
        """The value of a feedback line; None for `else`."""
        if text.lower() == "else":
            return None
        try:
            return value_of(text)
        except (ValueError, ZeroDivisionError):
            raise self.fault(f"{text!r} is neither a number nor 'else'") from None

    def reveal(self) -> list[nodes.Node]:
        """Write down a prediction, then open the answer, which is the directive's body."""
        self.assert_has_content()
        name = f"check-{self.name_of_check}"
        parts: list[nodes.Node] = [
            raw('<form><fieldset><legend><span class="self-check-kind">Predict, then reveal</span> ')
        ]
        parts += self.inline(self.options["question"], self.lineno)
        parts.append(
            raw(
                f'</legend><div class="self-check-prediction"><label for="{name}">Your prediction</label>'
                f'<textarea id="{name}" name="{name}" rows="2"></textarea></div></fieldset></form>'
                '<details class="self-check-answers"><summary>Reveal the answer</summary>'
            )
        )
        parts += self.blocks(self.content, self.content_offset)
        parts.append(raw("</details>"))
        return parts


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.setup_extension("progress")
    app.setup_extension("misconceptions")
    app.add_node(question, html=(visit_question, depart_question))
    app.add_directive("self-check", SelfCheck)
    app.add_js_file("review.js", loading_method="defer", priority=450)  # after progress.js
    app.add_js_file("self-check.js", loading_method="defer")
    app.add_env_collector(Ids)
    app.add_env_collector(Choices)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
