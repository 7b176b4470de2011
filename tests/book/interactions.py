"""What a reader does with the pages and sees of them, row by row; `test_other_browsers.py` runs the rows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .conftest import pages_of_toc
from .strict_site import StrictSite
from .windows import AT_REST, Window

PAGES = [*pages_of_toc(), "search"]
LABS = {
    "index": "welcome-lab",
    "implications": "weights-lab",
    "compromise": "compromise-lab",
    "shrinkage-lab": "shrinkage-lab",
    "logistic-regression": "logistic-lab",
}
FAULTS = """async (names, widths) => {
  const frame = document.createElement("iframe");
  Object.assign(frame.style, { position: "fixed", inset: "0 auto auto 0", height: "900px", border: "0" });
  document.body.append(frame);
  const faults = [];
  for (const name of names) {
    const loaded = new Promise((resolve) => { frame.onload = resolve; });
    frame.src = `${name}.html`;
    await loaded;
    const page = frame.contentDocument;
    const missing = () => page.querySelector(".figure-lab:not(.lab-ready)");
    for (let wait = 0; missing() && wait < 200; wait += 1) await new Promise((resolve) => setTimeout(resolve, 20));
    for (const width of widths) {
      frame.style.width = `${width}px`;
      const wide = page.documentElement.scrollWidth;
      if (wide > width) faults.push(`${name}: ${wide} pixels wide on ${width}`);
    }
    if (page.querySelector("mjx-merror")) faults.push(`${name}: a formula is not set`);
    if (missing()) faults.push(`${name}: a lab is not ready`);
    const pictures = [...page.images].filter((one) => one.complete && !one.naturalWidth && one.checkVisibility());
    if (pictures.length) faults.push(`${name}: ${pictures[0].src} is not shown`);
  }
  frame.remove();
  return faults;
}"""
UNSCRIPTED = """async (name) => {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-same-origin");
  frame.style.width = "1280px";
  document.body.append(frame);
  const loaded = new Promise((resolve) => { frame.onload = resolve; });
  frame.src = `${name}.html`;
  await loaded;
  const page = frame.contentDocument;
  const style = (selector) => frame.contentWindow.getComputedStyle(page.querySelector(selector));
  const folded = page.querySelector(".self-check details");
  folded.open = true;
  const seen = {
    card: style(".self-check").borderTopStyle,
    ground: style(".practise").backgroundColor,
    words: style(".lab-alternative").display,
    folded: folded.querySelector("li").getBoundingClientRect().height,
    starter: page.querySelector("practise-box").textContent.includes("def partial_pooling("),
    formulas: page.querySelectorAll("mjx-container").length,
  };
  frame.remove();
  return seen;
}"""
FINGER = """(selector, way) => {
  const picture = document.querySelector(selector);
  picture.setPointerCapture = () => {};  // there is no such pointer
  const { x, y, width, height } = picture.getBoundingClientRect();
  const send = (type, step) => picture.dispatchEvent(new PointerEvent(type, {
    pointerType: "touch", bubbles: true,
    clientX: x + width / 2 + way[0] * step / 8, clientY: y + height / 2 + way[1] * step / 8,
  }));
  send("pointerdown", 0);
  for (let step = 1; step <= 8; step += 1) send("pointermove", step);
  send(way[0] ? "pointerup" : "pointercancel", 8);
  return getComputedStyle(picture).touchAction;
}"""
AT_VALUE = f"""async (selector, scale, value) => {{
  const picture = document.querySelector(selector);
  const {{ x, y, height }} = await ({AT_REST})(picture);
  return [x + picture.closest(".figure-lab")[scale](value), y + height / 2];
}}"""
"""Where a value is in a picture, halfway down."""
FILL = """() => {
  for (let size = 2 ** 22, count = 0; size >= 1; size /= 2) {
    try {
      for (;;) localStorage.setItem(`${count++}`, "x".repeat(size));
    } catch { /* no such piece fits any more */ }
  }
}"""
KEPT = """async () => {
  for (let last = null, looks = 0; looks < 40 && (!last || last !== location.search); looks += 1) {
    last = location.search;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return location.search;
}"""
"""What an address holds at rest: it is written 200 ms after the last move."""
NUMBERS = "(lab) => JSON.parse(JSON.stringify(document.querySelector(lab).numbers))"
BOX = "document.querySelector('practise-box')"
STATUS = "(selector, words) => document.querySelector(selector)?.textContent.includes(words)"


class WithThePages:
    """The rows. A class for each browser has the fixtures `window` and `book`, the server."""

    @pytest.fixture(autouse=True)
    def nothing_else(self, book: StrictSite) -> Iterator[None]:
        """No error, no request that the policy refuses, none to another host, nothing sent to this one."""
        yield
        told, book.told[:] = book.told[:], []
        assert told == []

    def test_pages_load_and_fit(self, window: Window) -> None:
        window.go("notation")
        assert window.js(FAULTS, PAGES, [320, 1280]) == []

    @pytest.mark.parametrize(("page", "lab"), LABS.items())
    def test_keys_move_a_lab_and_its_address_brings_it_back(self, page: str, lab: str, window: Window) -> None:
        window.go(page)
        before = window.js(NUMBERS, lab)
        window.focus(f"{lab} input[type=range]")
        window.press("ArrowRight", "ArrowRight", "ArrowRight")
        kept = window.js(KEPT)
        moved = window.js(NUMBERS, lab)
        assert moved != before
        window.go(page, kept)
        assert window.js(NUMBERS, lab) == moved

    def test_story_turns_by_button_and_arrow(self, window: Window) -> None:
        window.go("demo")
        window.click("story-demo .story-bar button", "Next")
        window.press("ArrowRight", "ArrowRight", "ArrowLeft")
        assert window.until("() => document.querySelector('story-demo').numbers.step === 3")
        assert "complete" in window.text("story-demo .story-steps > li.current").lower()
        window.click("story-demo .lab-table summary")
        assert window.until("() => !!document.querySelector('story-demo .lab-table[open] td')")
        assert window.until("() => location.search === '?story.step=3'")

    def test_pointer_drags_the_compromise(self, window: Window) -> None:
        window.go("compromise")
        x, y = window.js(AT_VALUE, "compromise-lab svg", "x", 64)
        window.pointer((x, y), (x + 20, y), (x + 40, y))
        assert window.until("() => document.querySelector('compromise-lab').numbers.ybar > 66")

    def test_pointer_and_newton_move_the_coefficients(self, window: Window) -> None:
        window.go("logistic-regression")
        x, y = window.js(AT_VALUE, "logistic-lab svg:nth-of-type(2)", "b0", -4)
        window.pointer((x - 5, y), (x, y))
        assert window.until("() => Math.abs(document.querySelector('logistic-lab').numbers.beta[0] + 4) < 0.1")
        window.click("logistic-lab button", "Back to")
        for _ in range(7):
            window.click("logistic-lab button", "Newton step")
        assert window.until(STATUS, "logistic-lab .lab-status", "maximum")
        shown = window.js(NUMBERS, "logistic-lab")
        assert shown["beta"] == pytest.approx(shown["next"], rel=1e-9)

    def test_values_beyond_the_sliders_come_back(self, window: Window) -> None:
        window.go("logistic-regression", "?logistic.b0=-63.02&logistic.b1=21.5&logistic.separated=1")
        assert window.js(NUMBERS, "logistic-lab")["beta"] == [-63.02, 21.5]

    def test_prediction_is_answered(self, window: Window) -> None:
        window.go("shrinkage-lab")
        window.focus("shrinkage-lab .lab-prediction select")
        window.press("ArrowDown")
        window.click("shrinkage-lab .lab-prediction button")
        assert "moves furthest" in window.text("shrinkage-lab .lab-verdict")
        window.click("shrinkage-lab .lab-table summary")
        assert (
            window.until("() => document.querySelectorAll('shrinkage-lab .lab-table[open] tbody tr').length") == 12
        )

    @pytest.mark.parametrize(
        ("page", "selector"),
        [("compromise", "compromise-lab svg"), ("logistic-regression", "logistic-lab svg:nth-of-type(2)")],
    )
    def test_finger_that_scrolls_changes_nothing_and_one_that_drags_does(
        self, page: str, selector: str, window: Window
    ) -> None:
        lab = selector.split()[0]
        window.go(page)
        window.show(selector)
        before = window.js(NUMBERS, lab)
        assert window.js(FINGER, selector, [0, -80]) == "pan-y"
        assert window.js(NUMBERS, lab) == before
        window.js(FINGER, selector, [40, 0])
        assert window.js(NUMBERS, lab) != before

    def test_focus_can_be_seen_on_the_menu_button(self, window: Window) -> None:
        window.go("why")
        window.js("() => [...document.querySelectorAll('.bd-sidebar-primary a')].at(-1).focus()")
        for _ in range(9):
            window.press("Tab")
            if window.js("() => document.activeElement.matches('.primary-toggle')"):
                break
        style = "() => getComputedStyle(document.querySelector('.primary-toggle:focus')).outlineStyle"
        assert window.js(style) != "none"

    def test_self_check_answers_and_remembers(self, window: Window) -> None:
        window.go("why")
        window.click("#check-why-worth")
        window.press("5", ",", "0", "Enter")
        assert window.text("[data-check=why-worth] .self-check-feedback").startswith("✓")
        window.click("[data-check=why-which] input")
        window.click("[data-check=why-which] [type=submit]")
        said = window.text("[data-check=why-which] .self-check-feedback")
        assert said[0] in "✓✗"
        window.go("why")
        assert window.js("() => document.querySelector('#check-why-worth').value") == "5,0"
        assert window.text("[data-check=why-which] .self-check-feedback") == said

    def test_search_finds_and_announces(self, window: Window) -> None:
        window.go("index")
        window.press("Control+k", *"shrinkage", "Enter")
        assert window.until("() => document.querySelectorAll('#search-results li a').length > 3")
        assert window.until(
            "() => document.querySelector('#search-results [role=status]')?.textContent.length > 10"
        )

    def test_theme_is_changed_and_kept(self, window: Window) -> None:
        window.go("index")
        theme = "() => [document.documentElement.dataset.mode, getComputedStyle(document.body).backgroundColor]"
        before = window.js(theme)
        grounds = {before[0]: before[1]}
        for _ in range(2):
            window.click(".theme-switch-button")
            mode, ground = window.js(theme)
            grounds[mode] = ground
        assert set(grounds) == {"auto", "light", "dark"}
        assert grounds["light"] != grounds["dark"]
        last = window.js(theme)
        window.go("why")
        assert window.js(theme) == last
        window.js("() => localStorage.removeItem('mode')")

    def test_two_tabs_keep_both_codes(self, window: Window) -> None:
        window.go("compromise")
        other = window.tab()
        try:
            other.go("compromise")
            window.js(f"() => {BOX}.put('# first')")
            assert other.until(f"() => {BOX}.text === '# first'")
            other.js(f"() => {{ {BOX}.put('# second'); {BOX}.unsaved = {BOX}.text; }}")
            window.js(f"() => {BOX}.put('# first!')")
            assert other.until(STATUS, "practise-box .practise-status", "in another tab")
            assert other.js(f"() => {BOX}.text") == "# second"
        finally:
            other.close()

    def test_progress_is_saved_forgotten_and_loaded(self, window: Window) -> None:
        window.go("index")
        window.js("() => courseMemory.note('self-check/why-size', 'right')")
        done = window.text(".course-total")
        window.js(
            """() => {
              const make = URL.createObjectURL;
              URL.createObjectURL = (blob) => (window.saved = blob, make(blob));
              HTMLAnchorElement.prototype.click = () => {};  // nothing is to stay on this disk
            }"""
        )
        window.click(".course-book button", "Save")
        saved = window.js("() => window.saved.text()")
        assert "self-check/why-size" in saved
        window.click(".course-book button", "Forget")
        window.click(".course-book button", "Yes")
        assert window.text(".course-total").startswith("0 of ")
        for content, said in (("no progress", "holds no progress"), (saved, "Loaded kept.json")):
            window.js(
                """(content) => {
                  const files = new DataTransfer();
                  files.items.add(new File([content], "kept.json"));
                  const input = document.querySelector(".course-book input[type=file]");
                  input.files = files.files;
                  input.dispatchEvent(new Event("change"));
                }""",
                content,
            )
            assert window.until(STATUS, ".course-book [role=status]", said)
        assert window.text(".course-total") == done

    @pytest.mark.parametrize(
        ("take", "give", "words"),
        [
            (
                "() => sessionStorage.setItem('storage', 'refused')",
                "() => sessionStorage.clear()",
                "keeps nothing",
            ),
            (FILL, "() => localStorage.clear()", "full"),
        ],
        ids=["refused", "full"],
    )
    def test_storage_that_takes_nothing_is_told(self, take: str, give: str, words: str, window: Window) -> None:
        window.go("compromise")
        window.js(take)
        try:
            window.go("compromise")
            window.js(f"() => {BOX}.put('# kept in the page')")
            assert window.js(f"() => courseMemory.read({BOX}.item)") == "# kept in the page"
            window.js("() => dispatchEvent(new Event('course-progress'))")
            assert window.until(STATUS, ".course-trouble", words)
        finally:
            window.js(give)

    def test_without_javascript_everything_can_be_read(self, window: Window) -> None:
        window.go("notation")
        seen = window.js(UNSCRIPTED, "compromise")
        assert seen["card"] == "solid"
        assert seen["ground"] != "rgba(0, 0, 0, 0)"
        assert seen["words"] != "none"
        assert seen["folded"] > 10
        assert seen["starter"]
        assert seen["formulas"] > 10

    def test_going_back_brings_the_page_as_it_was(self, window: Window) -> None:
        window.go("compromise")
        window.js(f"() => {BOX}.put('# before')")
        window.go("notation")
        window.back()
        assert window.until(f"() => {BOX}?.text === '# before'")
