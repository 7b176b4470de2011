"""What questions are made of: an answer, the node of the whole, numbers as written, the order of answers."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any

from docutils import nodes


@dataclass(frozen=True)
class Answer:
    """One line of a question: an answer, whether it is right, and what to say to who gave it."""

    text: str
    feedback: str
    right: bool
    line: int


class question(nodes.General, nodes.TextElement):  # noqa: N801
    """A question whole, so that another page can show a copy of it.

    It is an element of text, since HTML's writer lets links stand in no other.
    """


def visit_question(translator: Any, node: question) -> None:
    """Begin the question."""
    # Other questions have a field with this id, which links lead to.
    anchor = f' id="check-{node["check"]}"' if node["kind"] == "choice" else ""
    of = f' data-of="{escape(node["of"])}"' if node["of"] else ""
    translator.body.append(
        f'<div{anchor} class="self-check" data-check="{node["check"]}" data-type="{node["kind"]}"{of}>'
    )


def depart_question(translator: Any, node: question) -> None:
    """End the question."""
    translator.body.append("</div>")


def value_of(text: str) -> float:
    """A number as authors write it: 0.75, 3/4 or 75%."""
    amount, percent, rest = text.partition("%")
    if rest.strip():
        raise ValueError(text)
    return float(Fraction(amount.strip().replace(" ", "")) / (100 if percent else 1))


def printed(text: str) -> str:
    """An answer as a reader sees it: without marks of formulas and emphasis, a number by its value."""
    bare = re.sub(r"[$*`\\\s]", "", text).replace("\u2212", "-")
    try:
        return repr(float(bare))
    except ValueError:
        return bare.casefold()


def alike(texts: list[str]) -> str | None:
    """An answer that prints like one before it, or none."""
    seen = [printed(text) for text in texts]
    return next((text for place, text in enumerate(texts) if seen[place] in seen[:place]), None)


def spread(page: str, earlier: list[int], answers: list[Answer]) -> list[int]:
    """The order in which answers are shown: the right one now here, now there, and everywhere equally often.

    Of so many questions with the same number of answers as they have, each has the right one at another place.
    """
    right = [number for number, answer in enumerate(answers) if answer.right]
    if len(right) != 1:
        return list(range(len(answers)))
    size, before = len(answers), earlier.count(len(answers))
    places = random.Random(f"{page} {size} {before // size}").sample(range(size), size)
    order = [number for number in range(size) if number != right[0]]
    order.insert(places[before % size], right[0])
    return order
