"""The interactive figures: their numbers are those of `reference_impl`, and everybody can work them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from reference_impl import (
    anova,
    complete_pooling,
    design_matrix,
    fit_logistic,
    group_summary,
    log_likelihood,
    logit,
    partial_pooling,
    partial_pooling_variance,
    shrinkage_estimate,
    shrinkage_factor,
    sigmoid,
)
from reference_impl.datasets import fixture_logit, simulated_schools

from .conftest import BOOK, LABS, Opener
from .site_server import SiteServer

CLOSE = {"rtol": 1e-9, "atol": 1e-12}


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    """One window for all tests that need no special context: loading is what takes the time."""
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture
def show(window: Page, tiny_server: SiteServer) -> Callable[..., Page]:
    """Open the page of a figure afresh."""

    def shown(lab: str, query: str = "") -> Page:
        window.goto(f"{tiny_server.address}{lab}.html{query}")
        window.wait_for_selector(f"{lab}.lab-ready")
        return window

    return shown


AT_REST = """lab => {
  const [before, now] = [window.seen, location.search];
  window.seen = now;
  return now === before && now.includes(lab);
}"""
"""Whether the address holds a figure's state and no longer changes: it is written 200 ms after the last move."""


def numbers(page: Page, lab: str) -> dict[str, Any]:
    """What a figure shows."""
    found: dict[str, Any] = page.evaluate("lab => document.querySelector(lab).numbers", lab)
    return found


def set_slider(page: Page, lab: str, label: str, value: float) -> None:
    """Move a slider as a drag does."""
    page.locator(lab).get_by_label(label).evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', { bubbles: true })); }",
        str(value),
    )


@pytest.fixture(scope="module")
def formulas(browser: Browser) -> Iterator[Callable[..., Any]]:
    """Call a function of `book/demo/formulas.js` in a real browser."""
    page = browser.new_page()
    source = (BOOK / "demo" / "formulas.js").read_text("utf-8")
    names = re.findall(r"^export function (\w+)", source, re.MULTILINE)
    page.evaluate(f"() => {{ {source.replace('export ', '')}; window.formulas = {{ {', '.join(names)} }}; }}")

    def call(name: str, *arguments: Any) -> Any:
        # JSON has no infinity; the figures meet it, so it travels as a word.
        text = json.dumps(arguments).replace("-Infinity", '"-inf"').replace("Infinity", '"inf"')
        revive = "(key, value) => value === 'inf' ? Infinity : value === '-inf' ? -Infinity : value"
        return page.evaluate(
            f"([name, text]) => window.formulas[name](...JSON.parse(text, {revive}))", [name, text]
        )

    yield call
    page.close()


class TestFormulas:
    """`book/demo/formulas.js` in a real browser, function by function."""

    VARIANCES = (0.0, 1e-300, 1e-9, 0.3, 1.0, 25.0, 4e6, np.inf)

    @pytest.mark.parametrize(
        ("v", "tau2"),
        [pair for pair in product(VARIANCES, VARIANCES) if pair != (np.inf, np.inf)],  # undefined, and refused
    )
    def test_partial_pooling(self, formulas: Any, v: float, tau2: float) -> None:
        np.testing.assert_allclose(formulas("shrinkageFactor", v, tau2), shrinkage_factor(v, tau2=tau2), **CLOSE)
        for mean, centre in ((64.0, 50.0), (-3.25, 1e6)):
            np.testing.assert_allclose(
                formulas("partialPooling", mean, v, {"grandMean": centre, "tau2": tau2}),
                partial_pooling(mean, v, grand_mean=centre, tau2=tau2),
                **CLOSE,
            )
        np.testing.assert_allclose(
            formulas("partialPoolingVariance", v, tau2), partial_pooling_variance(v, tau2=tau2), rtol=1e-9, atol=0
        )

    def test_complete_pooling_and_anova(self, formulas: Any) -> None:
        data = simulated_schools()
        summary = group_summary(data.score, data.school)
        n, means, variances = summary.n.tolist(), summary.mean.tolist(), summary.variance.tolist()
        estimate = shrinkage_estimate(data.score, data.school, sigma2="pooled")
        np.testing.assert_allclose(formulas("completePooling", means, n), complete_pooling(data.score), **CLOSE)
        found = formulas("anova", n, means, variances)
        table = anova(data.score, data.school)
        np.testing.assert_allclose(found["msWithin"], table.ms_within, **CLOSE)
        np.testing.assert_allclose(found["msBetween"], table.ms_between, **CLOSE)
        np.testing.assert_allclose(found["tau2"], estimate.tau2, **CLOSE)
        np.testing.assert_allclose(found["grandMean"], estimate.grand_mean, **CLOSE)

    def test_anova_truncates_at_zero(self, formulas: Any) -> None:
        assert formulas("anova", [5, 5, 5], [50.0, 50.1, 49.9], [100.0, 90.0, 110.0])["tau2"] == 0

    @pytest.mark.parametrize("eta", [-800.0, -37.5, -1.0, -1e-9, 0.0, 0.3, 36.9, 745.0])
    def test_sigmoid_and_logit(self, formulas: Any, eta: float) -> None:
        np.testing.assert_allclose(formulas("sigmoid", eta), sigmoid(eta), rtol=1e-9, atol=0)
        p = float(sigmoid(eta))
        if 0 < p < 1:
            np.testing.assert_allclose(formulas("logit", p), logit(p), **CLOSE)

    @pytest.mark.parametrize("beta", [(0.0, 0.0), (-3.93, 1.2), (30.0, -15.0), (-400.0, 130.0)])
    def test_logistic_likelihood_and_derivatives(self, formulas: Any, beta: tuple[float, float]) -> None:
        data = fixture_logit()
        X = design_matrix(data.x1)
        x, y, b = data.x1.tolist(), data.y.tolist(), list(beta)
        p = np.asarray(sigmoid(X @ np.array(beta)))
        q = np.asarray(sigmoid(-X @ np.array(beta)))
        np.testing.assert_allclose(
            formulas("logisticLogLikelihood", x, y, b), log_likelihood(X, data.y, beta), **CLOSE
        )
        residual = np.where(data.y == 1, q, -p)
        np.testing.assert_allclose(formulas("logisticScore", x, y, b), X.T @ residual, rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(formulas("logisticInformation", x, b), (X.T * (p * q)) @ X, rtol=1e-9, atol=0)

    def test_newton_walks_to_the_maximum(self, formulas: Any) -> None:
        data = fixture_logit()
        beta = [0.0, 0.0]
        for _ in range(8):
            beta = formulas("newtonStep", data.x1.tolist(), data.y.tolist(), beta)
        np.testing.assert_allclose(beta, fit_logistic(design_matrix(data.x1), data.y).coef, **CLOSE)

    def test_newton_gives_up_where_no_information_is_left(self, formulas: Any) -> None:
        step = formulas("newtonStep", [1.0, 2.0], [0, 1], [-1200.0, 800.0])
        assert not np.isfinite(step).any()

    @pytest.mark.parametrize("tau2", [1e-6, 0.09, 1.0, 9.0, 1e4])
    @pytest.mark.parametrize(("successes", "n"), [(0, 4), (8, 40), (1, 1), (200, 200), (2.5, 7)])
    def test_partially_pooled_log_odds_solve_their_equation(
        self, formulas: Any, successes: float, n: int, tau2: float
    ) -> None:
        eta = formulas("partialPoolingLogit", successes, n, {"grandMean": -0.4, "tau2": tau2})
        reference = solve_log_odds(successes, n, grand_mean=-0.4, tau2=tau2)
        np.testing.assert_allclose(eta, reference, **CLOSE)

    def test_limits_of_partially_pooled_log_odds(self, formulas: Any) -> None:
        assert formulas("partialPoolingLogit", 3, 4, {"grandMean": -0.4, "tau2": 0}) == -0.4
        unpooled = formulas("partialPoolingLogit", 3, 4, {"grandMean": -0.4, "tau2": float("inf")})
        np.testing.assert_allclose(unpooled, logit(0.75), **CLOSE)


def solve_log_odds(successes: float, n: float, *, grand_mean: float, tau2: float) -> float:
    """The root of successes - n sigmoid(eta) - (eta - grand_mean) / tau2, by bisection."""
    low, high = grand_mean - n * tau2, grand_mean + n * tau2
    for _ in range(200):
        middle = (low + high) / 2
        if successes - n * float(sigmoid(middle)) - (middle - grand_mean) / tau2 > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


class TestNumbersShown:
    """What the figures show after their controls were moved."""

    def test_shrinkage_lab(self, show: Callable[..., Page]) -> None:
        page = show("shrinkage-lab")
        set_slider(page, "shrinkage-lab", "Spread of groups", 6.5)
        set_slider(page, "shrinkage-lab", "Spread within", 12.5)
        set_slider(page, "shrinkage-lab", "Its size", 17)
        shown = numbers(page, "shrinkage-lab")
        assert 17 in shown["n"]
        n, means = np.array(shown["n"]), np.array(shown["separate"])
        v = 12.5**2 / n
        grand_mean = float(n @ means / n.sum())
        np.testing.assert_allclose(shown["grandMean"], grand_mean, **CLOSE)
        np.testing.assert_allclose(shown["weights"], shrinkage_factor(v, tau2=6.5**2), **CLOSE)
        np.testing.assert_allclose(
            shown["partial"], partial_pooling(means, v, grand_mean=grand_mean, tau2=6.5**2), **CLOSE
        )

    def test_welcome_lab_shows_the_estimates_of_its_page(self, show: Callable[..., Page]) -> None:
        page = show("welcome-lab")
        data = simulated_schools()
        np.testing.assert_allclose(
            numbers(page, "welcome-lab")["partial"], shrinkage_estimate(data.score, data.school).estimate, **CLOSE
        )
        set_slider(page, "welcome-lab", "How much schools differ", 0)
        shown = numbers(page, "welcome-lab")
        np.testing.assert_allclose(shown["partial"], shown["grandMean"], **CLOSE)

    def test_shrinkage_lab_starts_from_the_classical_estimate(self, show: Callable[..., Page]) -> None:
        page = show("shrinkage-lab")
        page.locator("shrinkage-lab").get_by_label("Data").select_option("twelve")
        data = simulated_schools()
        reference = shrinkage_estimate(data.score, data.school, sigma2="pooled")
        shown = numbers(page, "shrinkage-lab")
        np.testing.assert_allclose(shown["separate"], reference.mean, **CLOSE)
        assert shown["tau2"] == pytest.approx(reference.tau2, rel=0.02)  # sliders have one decimal

    def test_logistic_case(self, show: Callable[..., Page]) -> None:
        page = show("shrinkage-lab")
        lab = page.locator("shrinkage-lab")
        lab.get_by_label("Data").select_option("states")
        set_slider(page, "shrinkage-lab", "Spread of groups", 0.8)
        shown = numbers(page, "shrinkage-lab")
        shares, n = np.array(shown["separate"]), np.array(shown["n"])
        share = float(shares @ n / n.sum())
        expected = [
            solve_log_odds(s * size, size, grand_mean=float(logit(share)), tau2=0.64)
            for s, size in zip(shares, n, strict=True)
        ]
        np.testing.assert_allclose(shown["logOdds"], expected, **CLOSE)
        np.testing.assert_allclose(shown["partial"], sigmoid(expected), **CLOSE)
        assert not lab.get_by_label("Spread within").is_visible()

    def test_compromise_lab(self, show: Callable[..., Page]) -> None:
        page = show("compromise-lab")
        for label, value in (("own mean", 71), ("sampling variance", 12), ("Mean of", 44.5), ("Variance of", 90)):
            set_slider(page, "compromise-lab", label, value)
        shown = numbers(page, "compromise-lab")
        np.testing.assert_allclose(shown["estimate"], partial_pooling(71, 12, grand_mean=44.5, tau2=90), **CLOSE)
        np.testing.assert_allclose(shown["variance"], partial_pooling_variance(12, tau2=90), **CLOSE)

    def test_weights_lab(self, show: Callable[..., Page]) -> None:
        page = show("weights-lab")
        for label, value in (("Pupils in", 33), ("Spread of pupils", 7.5), ("Spread of schools", 2.5)):
            set_slider(page, "weights-lab", label, value)
        np.testing.assert_allclose(
            numbers(page, "weights-lab")["weight"], shrinkage_factor(7.5**2 / 33, tau2=2.5**2), **CLOSE
        )

    def test_logistic_lab_converges(self, show: Callable[..., Page]) -> None:
        page = show("logistic-lab")
        for _ in range(7):
            page.locator("logistic-lab").get_by_role("button", name="Newton step").click()
        data = fixture_logit()
        fit = fit_logistic(design_matrix(data.x1), data.y)
        shown = numbers(page, "logistic-lab")
        np.testing.assert_allclose(shown["beta"], fit.coef, **CLOSE)
        np.testing.assert_allclose(shown["logLikelihood"], fit.log_likelihood, **CLOSE)
        page.wait_for_function(
            "document.querySelector('logistic-lab .lab-status').textContent.includes('maximum')"
        )

    def test_logistic_lab_shows_separation(self, show: Callable[..., Page]) -> None:
        page = show("logistic-lab")
        lab = page.locator("logistic-lab")
        lab.get_by_label("Separated outcomes").check()
        slopes = []
        for _ in range(6):
            lab.get_by_role("button", name="Newton step").click()
            slopes.append(numbers(page, "logistic-lab")["beta"][1])
        assert np.all(np.diff(slopes) > 0)
        assert numbers(page, "logistic-lab")["separates"]
        said = lab.locator(".lab-value").all_text_contents()
        assert [float(text.replace("\N{MINUS SIGN}", "-")) for text in said] == [
            round(value, 2) for value in numbers(page, "logistic-lab")["beta"]
        ], "a value beyond the slider must be shown as it is"
        page.wait_for_function(
            "document.querySelector('logistic-lab .lab-status').textContent.includes('no finite')"
        )

    def test_story_lines(self, show: Callable[..., Page]) -> None:
        page = show("story-demo")
        import figure_data

        assert numbers(page, "story-demo")["lines"] == figure_data.story()["lines"]


DRAG = """() => {
  const lab = document.querySelector("shrinkage-lab");
  const input = lab.tau.input;
  const times = [];
  for (let i = 0; i < 100; i += 1) {
    const began = performance.now();
    input.value = String((i % 20) + 0.5);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    lab.getBoundingClientRect();  // forces style and layout
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[50];
}"""
"""The median time, in milliseconds, that the lab takes to answer one move of tau."""


class TestShrinkageLab:
    def test_hides_pooling_until_a_prediction(self, show: Callable[..., Page]) -> None:
        page = show("shrinkage-lab")
        lab = page.locator("shrinkage-lab")
        assert not lab.locator(".lab-partial").first.is_visible()
        shown = numbers(page, "shrinkage-lab")
        moves = np.abs(np.array(shown["partial"]) - np.array(shown["separate"]))
        assert int(np.argmax(moves)) != int(np.argmin(shown["n"])), "the data should surprise"
        lab.get_by_label("Which group").select_option(str(int(np.argmax(moves))))
        lab.get_by_role("button", name="Show what pooling does").click()
        assert lab.locator(".lab-partial").first.is_visible()
        assert lab.locator(".lab-verdict").inner_text().startswith("You were right.")

    def test_five_times_as_many_groups_take_a_drag_not_much_longer_than_five_times(
        self, show: Callable[..., Page]
    ) -> None:
        page = show("shrinkage-lab")
        lab = page.locator("shrinkage-lab")
        lab.get_by_role("button", name="Show what pooling does").click()
        twelve = page.evaluate(DRAG)
        lab.get_by_label("Data").select_option("sixty")
        assert page.evaluate(DRAG) < 15 * max(twelve, 0.2)

    def test_table_holds_the_same_numbers(self, show: Callable[..., Page]) -> None:
        page = show("shrinkage-lab")
        lab = page.locator("shrinkage-lab")
        lab.get_by_role("button", name="Show what pooling does").click()
        lab.get_by_text("The same as a table").click()
        rows = lab.locator(".lab-table tbody tr")
        rows.first.wait_for()  # a <details> says that it opened a moment later
        shown = numbers(page, "shrinkage-lab")
        assert rows.count() == len(shown["n"])
        cells = rows.first.locator("td").all_inner_texts()
        j = int(np.argmin(shown["n"]))
        assert cells[0] == str(shown["n"][j])
        assert float(cells[3]) == pytest.approx(shown["partial"][j], abs=0.005)

    def test_a_verdict_on_shares_speaks_of_data_not_of_means(self, show: Callable[..., Page]) -> None:
        page = show("shrinkage-lab", "?shrinkage.data=states")
        lab = page.locator("shrinkage-lab")
        lab.get_by_role("button", name="Show what pooling does").click()
        verdict = lab.locator(".lab-verdict").inner_text()
        assert "percentage points" in verdict
        assert "weight on its own data" in verdict

    def test_a_prediction_stays_due_after_a_reload(self, show: Callable[..., Page]) -> None:
        page = show("shrinkage-lab")
        set_slider(page, "shrinkage-lab", "Spread of groups", 6.5)
        page.wait_for_function("location.search.includes('tau=6.5')")
        page.reload()
        page.wait_for_selector("shrinkage-lab.lab-ready")
        assert not page.locator("shrinkage-lab .lab-partial").first.is_visible()
        page.get_by_role("button", name="Show what pooling does").click()
        page.wait_for_function("location.search.includes('shown=1')")
        page.reload()
        page.wait_for_selector("shrinkage-lab.lab-ready")
        assert page.locator("shrinkage-lab .lab-partial").first.is_visible()

    @pytest.mark.parametrize("data", ["other", "sixty", "states"])
    def test_leaves_room_for_the_picture_on_a_phone(
        self, data: str, tiny_server: SiteServer, open_page: Opener
    ) -> None:
        page = open_page(
            f"{tiny_server.address}shrinkage-lab.html?shrinkage.data={data}&shrinkage.shown=1",
            viewport={"width": 390, "height": 800},
        )
        page.wait_for_selector("shrinkage-lab.lab-ready")
        names = page.evaluate(
            "Math.max(...[...document.querySelectorAll('shrinkage-lab svg text.lab-label')]"
            ".filter((text) => text.getAttribute('x') === '0').map((text) => text.getBBox().width))"
        )
        low, high = page.evaluate(
            "(({ x, numbers }) => [x(Math.min(...numbers.separate)), x(Math.max(...numbers.separate))])"
            "(document.querySelector('shrinkage-lab'))"
        )
        assert low > names
        assert high - low > 110

    @pytest.mark.parametrize("lab", ["shrinkage-lab", "story-demo"])
    def test_hidden_layers_stay_hidden(self, lab: str, show: Callable[..., Page]) -> None:
        page = show(lab, "?story.step=8&shrinkage.shown=1")
        page.locator(lab).get_by_label("no pooling").uncheck()
        page.wait_for_function("location.search.includes('hide=separate')")
        page.reload()
        page.wait_for_selector(f"{lab}.lab-ready")
        assert not page.locator(lab).get_by_label("no pooling").is_checked()
        drawn = page.locator(f"{lab} .line-separate, {lab} .lab-separate")
        assert not drawn.count() or not drawn.first.is_visible()
        page.locator(lab).get_by_label("no pooling").check()
        drawn.first.wait_for()


class TestStory:
    def test_buttons_and_arrow_keys_turn_the_steps(self, show: Callable[..., Page]) -> None:
        page = show("story-demo")
        story = page.locator("story-demo")
        story.get_by_role("button", name="Next").click()
        assert numbers(page, "story-demo")["key"] == "departments"
        page.keyboard.press("ArrowRight")
        assert numbers(page, "story-demo")["key"] == "complete"
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        assert numbers(page, "story-demo")["key"] == "scatter"

    def test_words_equation_and_code_follow(self, show: Callable[..., Page]) -> None:
        page = show("story-demo")
        story = page.locator("story-demo")
        for _ in range(4):
            story.get_by_role("button", name="Next").click()
        current = story.locator(".story-steps > li.current")
        assert current.count() == 1
        assert "(1 | department)" in current.inner_text()
        assert 'groups="department"' in current.inner_text()
        assert current.locator("mjx-container").count() >= 1

    def test_lines_end_where_the_fit_says(self, tiny_server: SiteServer, open_page: Opener) -> None:
        page = open_page(f"{tiny_server.address}story-demo.html?story.step=4", reduced_motion="reduce")
        page.wait_for_selector("story-demo.lab-ready line.line-both")
        drawn = page.evaluate(
            """() => { const lab = document.querySelector("story-demo");
              return [...lab.lines.values()].map(({ element }) => [lab.y.invert(+element.getAttribute("y1")),
                lab.y.invert(+element.getAttribute("y2"))]); }"""
        )
        lines = np.array(numbers(page, "story-demo")["lines"]["separate"])
        np.testing.assert_allclose(drawn, np.column_stack([lines[:, 0], lines @ [1, 30]]), rtol=1e-9)

    def test_motion_takes_about_a_second_unless_reduced(self, tiny_server: SiteServer, open_page: Opener) -> None:
        address = f"{tiny_server.address}story-demo.html"
        mark = "story-demo [role=img] .story-mark"  # the legend's are hidden in the first step
        duration = f"getComputedStyle(document.querySelector('{mark}')).transitionDuration"
        moving = open_page(address)
        moving.wait_for_selector(mark)
        assert moving.evaluate(duration).startswith("0.9s")
        still = open_page(address, reduced_motion="reduce")
        still.wait_for_selector(mark)
        assert still.evaluate(duration) == "0s"


def test_drawn_and_interactive_figures_have_the_same_colours() -> None:
    style = (BOOK / "assets" / "course.css").read_text("utf-8")
    light = dict(re.findall(r"--course-(\w+): #(\w{6})", style.partition("}")[0]))
    drawn = re.search(r"cycler\('color', \[(.*)\]\)", (BOOK / "matplotlibrc").read_text("utf-8"))
    assert drawn
    names = ("first", "second", "third", "fourth", "fifth")
    assert re.findall(r"\w{6}", drawn[1])[:5] == [light[name] for name in names]


class TestEveryFigure:
    @pytest.mark.parametrize("lab", LABS)
    def test_stands_on_a_page_of_the_book(self, lab: str, site: Path) -> None:
        assert [page.name for page in site.glob("*.html") if f"<{lab} " in page.read_text("utf-8")]

    @pytest.mark.parametrize("lab", LABS)
    def test_reaches_every_control_by_keyboard(self, lab: str, show: Callable[..., Page]) -> None:
        page = show(lab)
        wanted = page.evaluate(
            """(lab) => { let i = 0; const found = [];
              for (const control of document.querySelectorAll(`${lab} :is(input, select, button, summary)`)) {
                if (control.disabled || !control.checkVisibility({ visibilityProperty: true })) continue;
                control.dataset.probe = String(i); found.push(String(i)); i += 1;
              }
              return found; }""",
            lab,
        )
        assert wanted
        page.locator(f"{lab} [data-probe='0']").focus()
        reached = {"0"}
        for _ in range(len(wanted) + 8):
            page.keyboard.press("Tab")
            probe = page.evaluate("document.activeElement.dataset.probe")
            if probe is not None:
                reached.add(probe)
                assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        assert reached == set(wanted)

    @pytest.mark.parametrize("lab", LABS[1:])
    def test_arrow_keys_move_a_slider_and_the_numbers(self, lab: str, show: Callable[..., Page]) -> None:
        page = show(lab)
        before = numbers(page, lab)
        page.locator(f"{lab} input[type=range]").first.focus()
        page.keyboard.press("ArrowRight")
        assert numbers(page, lab) != before

    @pytest.mark.parametrize("lab", LABS)
    def test_says_its_state(self, lab: str, show: Callable[..., Page]) -> None:
        page = show(lab)
        status = page.locator(f"{lab} .lab-status")
        assert status.get_attribute("role") == "status"
        page.wait_for_function(
            "lab => document.querySelector(`${lab} .lab-status`).textContent.length > 20", arg=lab
        )

    @pytest.mark.parametrize("lab", LABS)
    def test_offers_its_words(self, lab: str, show: Callable[..., Page]) -> None:
        page = show(lab)
        words = page.locator(f"{lab} .lab-words")
        words.locator("summary").click()
        assert words.locator(".lab-alternative").is_visible()

    @pytest.mark.parametrize("lab", LABS)
    def test_shows_its_words_without_javascript(
        self, lab: str, tiny_server: SiteServer, open_page: Opener
    ) -> None:
        page = open_page(f"{tiny_server.address}{lab}.html", java_script_enabled=False)
        assert page.locator(f"{lab} .lab-alternative").is_visible()

    @pytest.mark.parametrize("lab", LABS)
    def test_reserves_its_height(self, lab: str, show: Callable[..., Page]) -> None:
        page = show(lab)
        reserved = page.evaluate("lab => parseFloat(getComputedStyle(document.querySelector(lab)).minHeight)", lab)
        height = page.evaluate(
            "lab => document.querySelector(lab).firstElementChild.parentElement.scrollHeight", lab
        )
        assert 0.8 * height <= reserved <= 1.35 * height

    @pytest.mark.parametrize(
        ("lab", "act", "read"),
        [
            ("story-demo", "document.querySelector('story-demo').go(4)", "step"),
            ("welcome-lab", "lab => {}", "tau2"),
            ("shrinkage-lab", "lab => {}", "tau2"),
            ("compromise-lab", "lab => {}", "estimate"),
            ("weights-lab", "lab => {}", "weight"),
            ("logistic-lab", "lab => {}", "beta"),
        ],
        ids=LABS,
    )
    def test_keeps_its_state_in_the_address(
        self, lab: str, act: str, read: str, show: Callable[..., Page]
    ) -> None:
        page = show(lab)
        page.evaluate(act)
        sliders = page.locator(f"{lab} input[type=range]")
        if sliders.count():
            sliders.first.focus()
            for _ in range(5):
                page.keyboard.press("ArrowRight")
        after = numbers(page, lab)[read]
        page.wait_for_function(AT_REST, arg=lab.split("-")[0], polling=400)
        page.reload()
        page.wait_for_selector(f"{lab}.lab-ready")
        assert numbers(page, lab)[read] == after

    @pytest.mark.parametrize(
        ("lab", "query"),
        [
            ("story-demo", "story.step=77"),
            ("welcome-lab", "welcome.tau=-1"),
            ("shrinkage-lab", "shrinkage.tau=NaN&shrinkage.data=no&shrinkage.sizes=9-x_99-3&shrinkage.group=-1"),
            ("compromise-lab", "compromise.v=1e9&compromise.mu0="),
            ("weights-lab", "weights.n=-4&weights.tau=Infinity"),
            ("logistic-lab", "logistic.b0=1e9&logistic.b1=x"),
        ],
        ids=LABS,
    )
    def test_ignores_nonsense_in_the_address(self, lab: str, query: str, show: Callable[..., Page]) -> None:
        plain = numbers(show(lab), lab)
        page = show(lab, f"?{query}")
        assert numbers(page, lab) == plain

    def test_pages_without_figures_load_none(self, tiny_site: Path) -> None:
        assert "_static/demo/" not in (tiny_site / "questions.html").read_text("utf-8")


def test_dragging_in_the_likelihood_sets_both_coefficients(show: Callable[..., Page]) -> None:
    page = show("logistic-lab")
    plot = page.locator("logistic-lab svg").nth(1)
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    goal = page.evaluate("(({ b0, b1 }) => [b0(-4), b1(1.2)])(document.querySelector('logistic-lab'))")
    start = page.evaluate("(({ b0, b1 }) => [b0(0), b1(0)])(document.querySelector('logistic-lab'))")
    page.mouse.move(box["x"] + start[0], box["y"] + start[1])
    page.mouse.down()
    page.mouse.move(box["x"] + goal[0], box["y"] + goal[1], steps=4)
    page.mouse.up()
    np.testing.assert_allclose(numbers(page, "logistic-lab")["beta"], [-4, 1.2], atol=0.05)


def test_steps_of_newton_can_be_told_apart(show: Callable[..., Page]) -> None:
    page = show("logistic-lab")
    page.locator("logistic-lab").get_by_role("button", name="Newton step").click()
    first = page.evaluate(
        "(({ b0, b1, beta }) => Math.hypot(b0(beta[0]) - b0(0), b1(beta[1]) - b1(0)))"
        "(document.querySelector('logistic-lab'))"
    )
    assert first > 60  # pixels


def test_dragging_the_compromise_follows_the_pointer(show: Callable[..., Page]) -> None:
    page = show("compromise-lab")
    plot = page.locator("compromise-lab .lab-frame > svg")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    start = page.evaluate("document.querySelector('compromise-lab').x(64)")
    page.mouse.move(box["x"] + start, box["y"] + 150)
    page.mouse.down()
    page.mouse.move(box["x"] + start + 40, box["y"] + 150, steps=4)
    page.mouse.up()
    time.sleep(0.05)
    assert numbers(page, "compromise-lab")["ybar"] > 66


class TestFinger:
    """A finger that scrolls the page changes no figure; one that drags moves what it holds."""

    @pytest.fixture
    def swipe(self, tiny_server: SiteServer, open_page: Opener) -> Callable[..., Page]:
        def swiped(lab: str, selector: str, by: tuple[int, int]) -> Page:
            page = open_page(
                f"{tiny_server.address}{lab}.html",
                viewport={"width": 390, "height": 844},
                has_touch=True,
                is_mobile=True,
            )
            page.wait_for_selector(f"{lab}.lab-ready")
            held = page.locator(f"{lab} {selector}").last
            held.scroll_into_view_if_needed()
            box = held.bounding_box()
            assert box
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            send = page.context.new_cdp_session(page).send
            send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
            for step in range(1, 9):
                point = {"x": x + by[0] * step / 8, "y": y + by[1] * step / 8}
                send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
            send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
            return page

        return swiped

    @pytest.mark.parametrize("lab", ["compromise-lab", "logistic-lab"])
    def test_that_scrolls(self, lab: str, swipe: Callable[..., Page]) -> None:
        page = swipe(lab, "svg", (3, -160))
        assert page.evaluate("scrollY") > 0
        page.wait_for_timeout(400)
        assert page.evaluate("location.search") == ""

    def test_that_drags_sideways(self, swipe: Callable[..., Page]) -> None:
        page = swipe("compromise-lab", "svg", (60, 4))
        page.wait_for_function("location.search.includes('compromise.')")

    def test_that_drags_up_and_down(self, swipe: Callable[..., Page]) -> None:
        page = swipe("logistic-lab", ".lab-reach", (4, -60))
        assert numbers(page, "logistic-lab")["beta"][1] > 0.5


def test_a_value_beyond_the_sliders_comes_back_as_it_was(tiny_server: SiteServer, open_page: Opener) -> None:
    page = open_page(
        f"{tiny_server.address}logistic-lab.html?logistic.b0=-63.02&logistic.b1=21.5&logistic.separated=1"
    )
    page.wait_for_selector("logistic-lab.lab-ready")
    assert numbers(page, "logistic-lab")["beta"] == [-63.02, 21.5]
