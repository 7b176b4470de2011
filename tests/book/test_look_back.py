"""Questions that come back: at the top of pages, and on *Look back* what was missed; their numbers are right."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import misconceptions
import new_numbers
import pytest
from playwright.sync_api import Page, expect
from question_parts import alike, printed

from .conftest import BOOK, Opener, pages_of_the_module
from .site_server import SiteServer

START = datetime(2026, 11, 2, 20, tzinfo=UTC)
VARIANTS = BOOK / "variants"
ASKED = sorted(new_numbers.functions(VARIANTS))
SOURCES = {name: (BOOK / f"{name}.md").read_text("utf-8") for name in pages_of_the_module()}
STANDS = {found: page for page, text in SOURCES.items() for found in re.findall(r"\{self-check\} (\S+)", text)}


# ---------------------------------------------------------------- numbers

Formula = Callable[..., float]
TRUTH: dict[str, Formula] = {  # of the numbers that a question names, in their order
    "why-worth": lambda n, rho: 1 + (n - 1) * rho,
    "separate-interval": lambda n, mean, _, s2, *rest: mean - 1.96 * math.sqrt(s2 / n),
    "one-pooled-mean": lambda *scores: sum(scores) / len(scores),
    "compromise-numeric": lambda mean, v, _, centre, __, tau2: centre + tau2 / (tau2 + v) * (mean - centre),
    "compromise-centre": lambda m, large, k, n, small: (m * large + k * n * small) / (m + k * n),
    "implications-loses": lambda v, _, tau2, *rest: math.sqrt(2 * tau2 + v),
    "glm-multiply": lambda _, times, base, __, ___, ____, units: base * times**units,
    "linear-df": lambda slopes, n, rss, *rest: rss / (n - slopes - 1),
    "logistic-odds": lambda times, pi: times * pi / (1 - pi) / (1 + times * pi / (1 - pi)),
    "logistic-swap": lambda _, ratio, *rest: 1 / ratio,
    "next-blup": lambda effect, centre: centre + effect,
    "small-error": lambda n, p: math.sqrt(p * (1 - p) / n),
    "compromise-spread": lambda _, tau2, __, sigma2, n: tau2 + sigma2 / n,
    "implications-half": lambda v, _, tau2: v * tau2 / (v + tau2),
    "eight-average": lambda _, a, sd, __, b, other: math.sqrt((sd**2 + other**2) / 2 + (a - b) ** 2 / 4),
    "effects-weight": lambda seen, se, mean, tau: mean + tau**2 / (tau**2 + se**2) * (seen - mean),
    "prediction-sd": lambda left, _, sigma2, *rest: math.sqrt(left + sigma2),
    "ensemble-narrow": lambda _, tau2, v: tau2 / math.sqrt(tau2 + v),
}
NUMBER = r"(?<![\w.])-?\d+(?:\.\d+)?"


@pytest.mark.parametrize("check", ASKED)
def test_variants_are_right_and_differ(check: str) -> None:
    variants = [new_numbers.variant_of(VARIANTS, check, number) for number in range(8)]
    assert len({variant.question for variant in variants}) == 8
    for variant in variants:
        numbers = [float(one) for one in re.findall(r"\d+(?:\.\d+)?|-\d+\.\d+", variant.question.replace("+", ""))]
        signed = [float(one) for one in re.findall(NUMBER, variant.question.replace("$", " "))]
        said = float(str(variant.answer).strip("$")) if check in TRUTH else None
        if said is not None:
            given = signed if check == "next-blup" else numbers
            assert said == pytest.approx(TRUTH[check](*given), abs=0.011), variant.question


def test_furthest_move_is_that_of_the_largest_share_times_distance() -> None:
    for number in range(8):
        variant = new_numbers.variant_of(VARIANTS, "implications-most", number)
        _, __, centre, ___, ____, ratio, *schools = [
            float(one) for one in re.findall(r"\d+(?:\.\d+)?", variant.question)
        ]
        moves = [
            ratio / (n + ratio) * abs(mean - centre) for n, mean in zip(schools[::2], schools[1::2], strict=True)
        ]
        assert variant.answer.startswith(f"School {'ABC'[moves.index(max(moves))]} ")


CHOSEN = [check for check in ASKED if isinstance(new_numbers.variant_of(VARIANTS, check, 0).answer, str)]


@pytest.mark.parametrize("check", CHOSEN)
def test_no_place_among_the_answers_is_right_in_more_than_two_thirds_of_the_variants(check: str) -> None:
    variants = list(islice(new_numbers.drawn(VARIANTS, check), 30))
    for some in (variants[:8], variants):
        places: Counter[int] = Counter()
        for variant in some:
            offered = sorted(
                map(printed, [variant.answer, *(wrong.answer for wrong in variant.wrong)]), key=by_value
            )
            places[offered.index(printed(variant.answer))] += 1
        assert max(places.values()) <= 2 / 3 * len(some), places


def by_value(answer: str) -> tuple[float, str]:
    try:
        return float(answer), ""
    except ValueError:
        return math.inf, answer


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [("$-0.5$", "\u22120.5", True), ("0.50", "0.5", True), ("*none*", "none", True), ("0.5", "$-0.5$", False)],
)
def test_answers_that_print_alike_are_not_offered(first: str, second: str, *, same: bool) -> None:
    assert (alike(["2", first, second]) is not None) == same
    choice = SimpleNamespace(answer=first, wrong=[SimpleNamespace(answer=second)])
    assert new_numbers.is_clear(choice) != same


def test_every_variant_belongs_to_a_question_of_a_page() -> None:
    assert [check for check in ASKED if check not in STANDS] == []


# ---------------------------------------------------------------- answers


def test_misconceptions_are_laid_to_wrong_answers_that_exist() -> None:
    for thought in misconceptions.known(BOOK):
        for check, beginning in thought.answers.items():
            text = SOURCES[STANDS[check]].partition(f"{{self-check}} {check}\n")[2].partition("\n```")[0]
            assert re.search(rf"^- (?:\[ \] )?{re.escape(beginning)}", text, re.MULTILINE), (thought.name, check)


def test_right_answers_are_spread_over_the_places(site: Path) -> None:
    places: Counter[int] = Counter()
    for page in SOURCES:
        article = (site / f"{page}.html").read_text("utf-8")
        for question in re.findall(r'data-type="choice".*?</details>', article, re.DOTALL):
            verdicts = re.findall(r'<li data-value="\d+" data-right="(\w+)"', question)
            if len(verdicts) == 3:
                places[verdicts.index("true")] += 1
    assert len(places) == 3
    assert max(places.values()) <= 0.45 * places.total(), places


TYPED = {
    "0.75": 0.75, "0,75": 0.75, "3/4": 0.75, " 3 / 4 ": 0.75, "75%": 0.75, "75 %": 0.75, "75 percent": 0.75,
    "¾": 0.75, "-1/2": -0.5, "\u22120.5": -0.5, "1 1/2": 1.5, "1½": 1.5, "1e-3": 0.001, ".5": 0.5, "5.": 5.0,
    "1/0": None, "1 2": None, "a": None, "": None, "3/": None, "1/2/3": None,
}  # fmt: skip


def test_fractions_and_percent_are_numbers(server: SiteServer, open_page: Opener) -> None:
    page = open_page(f"{server.address}why.html")
    read = "([texts, inPercent]) => texts.map((text) => courseQuestions.parseNumber(text, inPercent))"
    found = page.evaluate(read, [[*TYPED], False])
    assert [None if one is None or not math.isfinite(one) else one for one in found] == [*TYPED.values()]
    assert page.evaluate(read, [["36%", "36"], True]) == [36, 36]


# ---------------------------------------------------------------- on pages


@pytest.mark.parametrize(("number", "page"), [*enumerate(SOURCES)])
def test_pages_from_the_fourth_on_open_with_two_earlier_questions(number: int, page: str, site: Path) -> None:
    found = re.findall(
        r'data-check="[^"]+" data-type="\w+" data-of="([^"]+)"', (site / f"{page}.html").read_text("utf-8")
    )
    assert len(found) == len(set(found)) == (2 if number >= 4 else 0)
    assert all([*SOURCES].index(STANDS[check]) < number for check in found)


# ---------------------------------------------------------------- Look back


class Reader:
    """A reader on some day, who looks at pages and answers."""

    def __init__(self, page: Page, server: SiteServer) -> None:
        self.page, self.address = page, server.address

    def on_day(self, day: int) -> Reader:
        self.page.clock.set_fixed_time(START + timedelta(days=day))
        return self

    def look_back(self) -> list[str]:
        """The questions that are asked."""
        self.page.goto(f"{self.address}look-back.html")
        return self.page.locator(".look-back-questions legend").all_inner_texts()

    def status(self) -> str:
        return self.page.locator(".look-back-status").inner_text()

    def answer(self, place: str, *, right: bool) -> None:
        """Give the right answer, or a foreseen wrong one, to a question of the page that is open."""
        check = self.page.locator(place)
        said = f'.self-check-answers li[data-right="{str(right).lower()}"]:not([data-value="else"])'
        value = check.locator(said).first.get_attribute("data-value")
        if check.get_attribute("data-type") == "numeric":
            check.get_by_label("Your answer").fill(value)
        else:
            check.locator(f'input[value="{value}"]').check()
        check.get_by_role("button", name="Check answer").click()


@pytest.fixture
def reader(server: SiteServer, open_page: Opener) -> Reader:
    return Reader(open_page(f"{server.address}look-back.html"), server)


def test_what_was_missed_comes_back_after_1_3_7_and_21_days_with_new_numbers(reader: Reader) -> None:
    assert reader.on_day(0).look_back() == []
    reader.page.goto(f"{reader.address}why.html")
    reader.answer('[data-check="why-worth"]', right=False)
    day, seen = 0, set()
    for gap in (1, 3, 7, 21):
        assert reader.page.evaluate("courseReview.entry('why-worth').day - courseReview.today()") == gap
        (words,) = reader.on_day(day + gap).look_back()
        seen.add(words)
        reader.answer(".look-back .self-check", right=True)
        day += gap
    assert len(seen) == 3  # as many as the page holds of each
    expect(reader.page.locator(".look-back-next")).to_contain_text("will not come back")
    assert reader.on_day(day + 400).look_back() == []
    assert reader.page.watch.foreign == []
    assert reader.page.watch.errors == []


def test_an_opening_question_counts_for_the_one_that_it_asks_again_and_missed_again_it_starts_anew(
    reader: Reader,
) -> None:
    reader.on_day(0).page.goto(f"{reader.address}compromise.html")
    reader.answer(".asked-again .self-check >> nth=0", right=False)
    (words,) = reader.on_day(1).look_back()
    assert "class" in words
    gaps = []
    for right in (True, False):
        reader.answer(".look-back .self-check", right=right)
        gaps.append(reader.page.evaluate("courseReview.entry('why-worth').day - courseReview.today()"))
    assert gaps == [3, 1]


def test_what_was_missed_before_days_were_kept_is_asked_at_once(reader: Reader) -> None:
    reader.on_day(0).page.evaluate("localStorage.setItem('hierarchical-models/done/self-check/why-size', 'tried')")
    (words,) = reader.look_back()
    assert "10 schools" in words
    reader.page.locator(".look-back-from a").click()
    expect(reader.page).to_have_url(re.compile(r"why\.html#check-why-size$"))


def test_a_wrong_answer_that_has_a_name_is_refuted(reader: Reader) -> None:
    reader.page.goto(f"{reader.address}why.html")
    reader.answer('[data-check="why-size"]', right=False)
    said = reader.page.locator('[data-check="why-size"] .self-check-feedback')
    expect(said).to_contain_text("Pupils instead of schools.")
    expect(said).to_contain_text(re.compile("It is tempting to think that .*, because .*. But "))
