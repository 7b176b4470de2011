"""What a reader does with Python in a page, row by row, with one Python as far as it lasts."""

from __future__ import annotations

import time

import pytest

from .interactions import BOX, NUMBERS, STATUS
from .strict_site import StrictSite
from .windows import Window

OF_THE_READER = "only_on_this_device"
RIGHT = f"""def partial_pooling(group_means, sampling_variances, *, grand_mean, tau2):
    {OF_THE_READER} = tau2 / (tau2 + np.asarray(sampling_variances))
    return grand_mean + {OF_THE_READER} * (np.asarray(group_means) - grand_mean)
"""
ENDLESS = RIGHT.replace(":\n", ":\n    while True: pass\n", 1)
WRITE = f"(text) => {BOX}.upgrade().then(() => {{ {BOX}.view.text = text; {BOX}.keep(); }})"
VERDICT = f"() => !{BOX}.busy && {BOX}.querySelector('.practise-verdict').textContent"
SAYS = f"(words) => {BOX}.querySelector('.practise-status').textContent.includes(words)"
ACTION = "practise-box .practise-actions button"
OWN = "shrinkage-lab .lab-own-said"
GAPS = """() => [...document.querySelectorAll(".lab-own-gap")].map((gap) =>
  Math.abs(gap.getAttribute("x2") - gap.getAttribute("x1")))"""
CELL = ".cell.listing-no-1"


class WithPython:
    """The rows, on the page whose lab draws the function of its box. They are run in this order."""

    @pytest.fixture
    def box(self, window: Window) -> Window:
        """The window, at a box that holds what it starts with."""
        if not window.js("() => document.title.includes('shrinkage lab') && !!coursePython.python.worker"):
            window.go("shrinkage-lab")
        window.js(f"() => {BOX}.reset()")
        return window

    def check(self, box: Window, code: str) -> str:
        """The verdict on some code."""
        box.js(WRITE, code)
        box.click(ACTION, "Check")
        words: str = box.until(VERDICT)
        return words

    def test_keys_alone_write_and_check(self, box: Window) -> None:
        box.click("practise-box .cm-content")
        box.press("Control+a", *"def pooled():", "Enter", *"return 3", "Control+Enter")
        assert "defines no function called partial_pooling" in box.until(VERDICT)
        assert box.js(f"() => {BOX}.text") == "def pooled():\n    return 3"
        box.press("Escape", "Tab")
        assert box.js("() => document.activeElement.className") == "practise-scratch"

    def test_wrong_and_right_answers_are_told_apart(self, box: Window) -> None:
        assert self.check(box, RIGHT.replace("return ", "return 1 + ")).startswith("✗")
        rows = box.js(f"() => [...{BOX}.querySelectorAll('.practise-case th')].map((one) => one.textContent)")
        assert rows[-2:] == ["expected", "got"]
        assert self.check(box, RIGHT).startswith("✓ partial_pooling: correct on all")
        assert "done" in box.text("practise-box .practise-done")

    def test_run_shows_the_value_of_the_line(self, box: Window) -> None:
        box.js(WRITE, RIGHT)
        box.click(ACTION, "Run")
        assert box.until(
            f"() => !{BOX}.busy && {BOX}.querySelector('.practise-output').textContent.includes('array')"
        )

    def test_line_of_an_error_is_marked_with_a_wave(self, box: Window) -> None:
        assert "SyntaxError" in self.check(box, RIGHT.replace(" = tau2", " = = tau2"))
        line = "() => document.querySelector('.cm-line.practise-fault')"
        assert box.until(line.replace("() =>", "() => !!")), "no line is marked"
        style = box.js(
            f"() => (({{ textDecorationLine, textDecorationStyle }}) => "
            f"[textDecorationLine, textDecorationStyle])(getComputedStyle(({line})()))"
        )
        assert style == ["underline", "wavy"]

    def test_start_over_can_be_undone_and_code_is_copied_and_kept(self, box: Window) -> None:
        box.js(WRITE, RIGHT)
        time.sleep(0.6)  # the editor undoes at once what was typed within half a second
        box.click(ACTION, "Start over")
        assert box.until(SAYS, "Back at the start")
        box.focus("practise-box .cm-content")
        box.press("Control+z")
        assert box.js(f"() => {BOX}.text") == RIGHT
        box.js(f"() => {BOX}.keep()")
        assert box.js(f"() => courseMemory.read({BOX}.item)") == RIGHT
        box.click(ACTION, "Copy")
        assert box.until(SAYS, "Copied.")
        box.focus(".practise-scratch")
        box.press("Control+a", "Control+v")
        assert OF_THE_READER in box.js("() => document.querySelector('.practise-scratch').value")

    def test_listing_is_opened_changed_and_run_where_it_stands(self, box: Window) -> None:
        box.click(".code-fold:has(.listing-actions) summary")
        box.click(f"{CELL} .listing-actions button", "Change")
        assert box.until(
            "(cell) => document.querySelector(`${cell} .cm-content`) === document.activeElement", CELL
        )
        box.press("Control+a", *"6 * 7", "Shift+Enter")
        assert box.until(STATUS, f"{CELL} .listing-output", "42"), box.text(f"{CELL} .listing-status")
        box.click(f"{CELL} .listing-actions button", "Start over")
        assert "matplotlib" in box.text(f"{CELL} .cm-content")
        box.click(f"{CELL} .listing-actions button", "Run")
        assert box.until(f"() => document.querySelector('{CELL} .listing-output img')?.naturalWidth > 100")

    def test_own_function_is_drawn_and_follows_the_slider(self, box: Window) -> None:
        box.js("() => document.querySelector('shrinkage-lab').reveal()")
        box.js(WRITE, RIGHT.replace("= tau2", "= 1 - tau2"))
        box.click("#lab-own")
        assert box.until(STATUS, OWN, "the largest gap to the course's is ")
        before = box.js(GAPS)
        assert len(before) == 12
        box.focus("shrinkage-lab input[type=range]")
        box.press("ArrowRight", "ArrowRight")
        assert box.until(f"(before) => `${{({GAPS})()}}` !== `${{before}}`", before)
        box.js(WRITE, RIGHT)
        assert box.until(STATUS, OWN, "every point lies on the course's.")
        assert box.js(NUMBERS, "shrinkage-lab")["partial"]

    def test_own_endless_function_is_stopped_and_python_comes_back(self, box: Window) -> None:
        box.js(WRITE, ENDLESS)
        assert box.until(STATUS, OWN, "It took too long and was stopped.")
        box.click("#lab-own")
        assert self.check(box, RIGHT).startswith("✓")

    def test_stop_ends_an_endless_loop_at_once(self, box: Window) -> None:
        box.js(WRITE, ENDLESS)
        box.click(ACTION, "Check")
        assert box.until(SAYS, "Running")
        start = box.js("() => performance.now()")
        box.click(ACTION, "Stop")
        assert box.until(SAYS, "Stopped.")
        assert box.js("() => performance.now()") - start < 5000
        box.go("notation")  # before another Python has come

    def test_nothing_of_the_reader_was_sent(self, book: StrictSite) -> None:
        assert book.asked
        assert not [one for one in book.asked if OF_THE_READER in one or "cookie:" in one.lower()]
