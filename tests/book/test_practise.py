"""The practice boxes in a browser: verdicts, Stop, errors, editor, memory, keyboard, and life without Python."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from grading.units import hidden_tests
from tests.grading.conftest import UNIT, built

from .conftest import AXE, PYODIDE, Opener, watched
from .site_server import SiteServer

STOPPING = 10_000  # milliseconds; on a quiet machine it takes less than one second
RIGHT = """def partial_pooling(group_means, sampling_variances, *, grand_mean, tau2):
    weight = tau2 / (tau2 + np.asarray(sampling_variances))
    return grand_mean + weight * (np.asarray(group_means) - grand_mean)
"""
PARTIAL_POOLING = hidden_tests.checks(built(), UNIT)["partial_pooling"]
MISCONCEPTIONS = {m.name: m for m in PARTIAL_POOLING.misconceptions}
#: Files that a page may load only once a reader comes to a box.
LATE = re.compile(r"pyodide|codemirror|practise-worker|practise_runner|practise-editor|/practise/")
SET = "(box, text) => box.upgrade().then(() => { box.view.text = text; })"
ACT = """async (box, task) => {
  const start = performance.now();
  await box.act(task);
  return performance.now() - start;
}"""
VIOLATIONS = """() => axe.run(document, {resultTypes: ["violations"]}).then((found) =>
  found.violations.map((one) => [one.id, one.nodes.map((node) => node.html)]))"""


def box_of(page: Page, function: str = "partial_pooling") -> Locator:
    return page.locator(f'practise-box[data-function="{function}"]')


def write(box: Locator, code: str) -> None:
    """Replace the code in the editor."""
    box.evaluate(SET, code)


def act(box: Locator, task: str) -> float:
    """Press a button; how many milliseconds until the page has shown the answer."""
    took: float = box.evaluate(ACT, task)
    return took


def verdict(box: Locator) -> str:
    return box.locator(".practise-verdict").inner_text()


def output(box: Locator) -> str:
    return box.locator(".practise-output").text_content() or ""


@pytest.fixture(scope="module")
def window(browser: Browser, tiny_server: SiteServer) -> Iterator[Page]:
    """One window whose Python is warm; every other host is refused."""
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    page, seen = watched(context)
    page.goto(f"{tiny_server.address}practise.html")
    page.watch = seen  # type: ignore[attr-defined]
    yield page
    context.close()
    assert seen.foreign == []
    assert seen.errors == []


@pytest.fixture
def box(window: Page) -> Locator:
    """The box of `partial_pooling`, empty of earlier code."""
    window.evaluate("for (const name of courseMemory.names()) courseMemory.write(name, null)")
    found = box_of(window)
    found.evaluate("(box) => box.reset()")
    return found


class TestRunning:
    def test_first_check_loads_python_and_later_ones_take_a_small_part_of_its_time(
        self, tiny_server: SiteServer, open_page: Opener
    ) -> None:
        page = open_page(f"{tiny_server.address}practise.html")
        write(box_of(page), RIGHT)
        first = act(box_of(page), "check")
        assert verdict(box_of(page)).startswith("✓ partial_pooling: correct on all")
        assert min(act(box_of(page), "check") for _ in range(5)) < first / 10
        assert page.watch.foreign == []  # type: ignore[attr-defined]
        assert page.watch.errors == []  # type: ignore[attr-defined]

    def test_correct_answer_passes_in_the_notebook_s_words(self, box: Locator) -> None:
        write(box, RIGHT)
        act(box, "check")
        assert verdict(box) == (
            f"✓ partial_pooling: correct on all {len(PARTIAL_POOLING.public)} cases. "
            "These are the public ones; grading uses other, hidden cases too."
        )

    @pytest.mark.parametrize("name", MISCONCEPTIONS)
    def test_each_misconception_is_named(self, name: str, box: Locator) -> None:
        code = inspect.getsource(MISCONCEPTIONS[name].formula)
        write(box, code.replace(f"def {name}(", "def partial_pooling("))
        act(box, "check")
        assert verdict(box).startswith(f"✗ {MISCONCEPTIONS[name].message}")

    def test_a_wrong_answer_s_case_is_a_table(self, box: Locator) -> None:
        write(box, RIGHT.replace("return ", "return 1 + "))
        act(box, "check")
        rows = box.locator(".practise-verdict tr")
        names = rows.locator("th").all_inner_texts()
        assert names[-2:] == ["expected", "got"]
        assert {"tau2", "grand_mean"} <= set(names[:-2])
        assert all(rows.locator("td").all_inner_texts())

    def test_untouched_box_is_not_written_yet(self, box: Locator) -> None:
        act(box, "check")
        assert verdict(box) == "✗ partial_pooling: not written yet."

    def test_renamed_function_is_missed(self, box: Locator) -> None:
        write(box, RIGHT.replace("def partial_pooling", "def pooled"))
        act(box, "check")
        assert "defines no function called partial_pooling" in verdict(box)

    def test_run_shows_prints_and_the_value_of_the_line(self, box: Locator) -> None:
        write(box, 'print("hello")\n' + RIGHT)
        box.locator(".practise-scratch").fill("partial_pooling([40, 55], [25, 1], grand_mean=50, tau2=25)")
        act(box, "run")
        assert output(box) == "hello\narray([45.        , 54.80769231])\n"

    def test_endless_output_is_cut(self, box: Locator) -> None:
        write(box, "for k in range(200_000):\n    print(k)\n")
        act(box, "run")
        assert output(box).endswith("(the rest is left out)\n")
        assert len(output(box)) < 25_000

    def test_function_of_another_box_is_at_hand(self, window: Page, box: Locator) -> None:
        write(box, RIGHT)
        box.evaluate("(box) => box.keep()")
        other = box_of(window, "shrinkage_estimate")
        write(other, "def shrinkage_estimate(y, group, *, tau2=None):\n    return partial_pooling")
        other.locator(".practise-scratch").fill("partial_pooling([1], [1], grand_mean=0, tau2=1)")
        act(other, "run")
        assert output(other) == "array([0.5])\n"

    def test_pandas_is_loaded_when_it_is_used(self, box: Locator) -> None:
        write(box, 'print(pd.read_csv("schools.csv").shape[1])')
        box.locator(".practise-scratch").fill("")
        act(box, "run")
        assert output(box) == "2\n"

    def test_page_stays_alive_while_python_computes(self, window: Page, box: Locator) -> None:
        write(box, "while True:\n    pass\n")
        box.evaluate("(box) => { box.act('run'); }")
        window.wait_for_function("document.querySelector('.practise-status').textContent === 'Running …'")
        slowest = window.evaluate("""() => new Promise((resolve) => {
          let [last, worst] = [performance.now(), 0];
          const tick = (now) => {
            worst = Math.max(worst, now - last);
            last = now;
            if (frames++ < 30) requestAnimationFrame(tick); else resolve(worst);
          };
          let frames = 0;
          requestAnimationFrame(tick);
        })""")
        box.evaluate("(box) => box.stop()")
        assert slowest < 500


class TestStopping:
    @pytest.mark.parametrize("code", ["while True:\n    pass\n", "while True:\n    print('x')\n"])
    def test_endless_loop_ends_and_the_next_run_works(self, code: str, window: Page, box: Locator) -> None:
        write(box, code)
        box.evaluate("(box) => { box.act('run'); }")
        window.wait_for_function("document.querySelector('.practise-status').textContent === 'Running …'")
        window.wait_for_timeout(300)
        box.get_by_role("button", name="Stop").click()
        expect(box.locator(".practise-status")).to_have_text("Stopped.", timeout=STOPPING)
        write(box, RIGHT)
        act(box, "check")
        assert verdict(box).startswith("✓")
        assert verdict(box).startswith("✓")

    def test_code_without_end_in_recursion_does_not_lose_python(self, box: Locator) -> None:
        write(box, "def partial_pooling(*a, **k):\n    return partial_pooling(*a, **k)\n")
        act(box, "check")
        assert "RecursionError" in verdict(box)
        write(box, RIGHT)
        act(box, "check")
        assert verdict(box).startswith("✓")

    def test_exit_does_not_lose_python(self, box: Locator) -> None:
        write(box, "raise SystemExit(3)")
        act(box, "run")
        assert "SystemExit: 3" in verdict(box)


class TestErrors:
    def marked(self, box: Locator) -> list[str]:
        texts: list[str] = box.locator(".cm-line.practise-fault").all_inner_texts()
        return texts

    def test_syntax_error_points_at_its_line(self, box: Locator) -> None:
        write(box, "def partial_pooling(a, b, *, grand_mean, tau2):\n    if a = b:\n        return a\n")
        act(box, "check")
        assert verdict(box).startswith("✗ Line 2: if a = b:\nSyntaxError")
        assert self.marked(box) == ["    if a = b:"]

    def test_error_in_a_check_points_at_its_line(self, box: Locator) -> None:
        write(box, RIGHT.replace("    return", "    weight[10] = 1\n    return"))
        act(box, "check")
        assert "IndexError" in verdict(box)
        assert verdict(box).endswith("It stopped in line 3 of your code.")
        assert self.marked(box) == ["    weight[10] = 1"]

    def test_error_in_a_run_points_at_its_line(self, box: Locator) -> None:
        write(box, "x = 1\n\ny = z\n")
        act(box, "run")
        assert verdict(box).startswith("Line 3: y = z\nNameError: name 'z' is not defined")
        assert self.marked(box) == ["y = z"]

    def test_mark_goes_when_the_reader_types(self, window: Page, box: Locator) -> None:
        write(box, "x = = 1\n")
        act(box, "run")
        box.locator(".cm-content").click()
        window.keyboard.type("#")
        assert self.marked(box) == []

    def test_error_in_the_line_to_try_is_told(self, box: Locator) -> None:
        box.locator(".practise-scratch").fill("1 +")
        act(box, "run")
        assert "SyntaxError" in verdict(box)


class TestEditor:
    def test_colours_python(self, box: Locator) -> None:
        write(box, RIGHT)
        assert box.locator(".tok-keyword").first.inner_text() == "def"

    def test_keyboard_alone_writes_checks_and_leaves(self, window: Page, box: Locator) -> None:
        """Tab indents, Escape gives Tab back, Ctrl+Enter checks."""
        box.locator(".cm-content").focus()
        keys = window.keyboard
        keys.press("Control+a")
        keys.type("def partial_pooling(group_means, v, *, grand_mean, tau2):\nreturn group_means")
        keys.press("Home")
        keys.press("Home")
        keys.press("Tab")
        keys.press("Control+Enter")
        expect(box.locator(".practise-verdict")).to_contain_text("✗")
        message = MISCONCEPTIONS["pooling_no_pooling"].message
        expect(box.locator(".practise-verdict")).to_contain_text(message)
        keys.press("Escape")
        expect(box.locator(".practise-status")).to_have_text("Tab now leaves the editor.")
        keys.press("Tab")
        assert window.evaluate("document.activeElement.className") == "practise-scratch"
        names = []
        for _ in range(4):
            keys.press("Tab")
            names.append(window.evaluate("document.activeElement.textContent"))
        assert names == ["Check", "Run", "Copy for the notebook", "Start over"]  # nothing runs that Stop could end

    def test_leaving_backwards_works_too(self, window: Page, box: Locator) -> None:
        box.locator(".cm-content").focus()
        window.keyboard.press("Escape")
        window.keyboard.press("Shift+Tab")
        assert not box.evaluate("(box) => box.code.contains(document.activeElement)")

    def test_tab_indents_again_at_the_next_visit(self, window: Page, box: Locator) -> None:
        write(box, "x = 1")
        box.locator(".cm-content").focus()
        window.keyboard.press("Escape")
        window.keyboard.press("Tab")
        box.locator(".cm-content").focus()
        window.keyboard.press("Tab")
        assert box.evaluate("(box) => box.text") == "    x = 1"

    def test_line_numbers_stand_beside_their_lines(self, tiny_server: SiteServer, open_page: Opener) -> None:
        page = open_page(f"{tiny_server.address}practise.html", viewport={"width": 500, "height": 900})
        write(box_of(page), RIGHT)
        tops = """(box, what) => [...box.querySelectorAll(what)].filter((one) => one.textContent.trim())
          .map((one) => Math.round(one.getBoundingClientRect().top))"""
        page.wait_for_timeout(100)
        numbers = box_of(page).evaluate(tops, ".cm-lineNumbers .cm-gutterElement")
        lines = box_of(page).evaluate(tops, ".cm-line")
        assert len(lines) == 3
        assert all(abs(one - other) <= 2 for one, other in zip(numbers[-4:-1], lines, strict=True))

    def test_has_a_name_and_says_its_keys(self, box: Locator) -> None:
        write(box, RIGHT)
        content = box.locator(".cm-content")
        assert content.get_attribute("aria-label") == "Your code for partial_pooling"
        described = content.get_attribute("aria-describedby")
        assert "Escape, then Tab, leaves" in box.page.locator(f"#{described}").inner_text()

    def test_focus_brings_the_editor_and_keeps_the_place(self, tiny_server: SiteServer, open_page: Opener) -> None:
        page = open_page(f"{tiny_server.address}practise.html")
        page.locator("textarea.practise-code").first.focus()
        expect(page.locator(".cm-content").first).to_be_focused()

    def test_without_its_script_the_plain_field_works(self, tiny_server: SiteServer, open_page: Opener) -> None:
        page = open_page("about:blank")
        page.context.route("**/codemirror.js", lambda route: route.abort())
        page.goto(f"{tiny_server.address}practise.html")
        box = box_of(page)
        box.locator("textarea.practise-code").fill(RIGHT)
        expect(box.locator(".practise-status")).to_contain_text(
            "The editor could not be loaded; the plain text field works as well"
        )
        act(box, "check")
        assert verdict(box).startswith("✓")


class TestMemory:
    def test_code_is_kept_and_can_be_started_over(self, window: Page, box: Locator) -> None:
        starter = box.evaluate("(box) => box.text")
        assert starter.startswith("def partial_pooling(")
        write(box, RIGHT)
        window.reload()
        box = box_of(window)
        assert box.evaluate("(box) => box.text") == RIGHT
        box.get_by_role("button", name="Start over").click()
        expect(box.locator(".practise-status")).to_contain_text("Back at the start.")
        assert box.evaluate("(box) => box.text") == starter
        box.locator(".cm-content").focus()
        window.keyboard.press("Control+z")
        assert box.evaluate("(box) => box.text") == RIGHT

    def test_works_without_storage(self, tiny_server: SiteServer, open_page: Opener) -> None:
        page = open_page("about:blank")
        page.context.add_init_script(
            "Object.defineProperty(window, 'localStorage', { get() { throw new Error('refused'); } })"
        )
        page.goto(f"{tiny_server.address}practise.html")
        write(box_of(page), RIGHT)
        act(box_of(page), "check")
        assert verdict(box_of(page)).startswith("✓")
        expect(box_of(page).locator(".practise-done")).to_have_text("✓ done")

    def test_code_is_copied_for_the_notebook(self, tiny_server: SiteServer, open_page: Opener) -> None:
        page = open_page(f"{tiny_server.address}practise.html", permissions=["clipboard-read", "clipboard-write"])
        write(box_of(page), RIGHT)
        box_of(page).get_by_role("button", name="Copy for the notebook").click()
        expect(box_of(page).locator(".practise-status")).to_contain_text(
            "Paste it into the cell of partial_pooling"
        )
        assert page.evaluate("navigator.clipboard.readText()") == RIGHT


class TestWithoutPython:
    @pytest.fixture
    def refused(self, tiny_server: SiteServer, open_page: Opener) -> Page:
        page = open_page("about:blank")

        def refuse(route: Route) -> None:
            route.abort()

        page.context.route("**/vendor/pyodide/**", refuse)
        page.goto(f"{tiny_server.address}practise.html")
        return page

    def test_page_says_so_and_offers_the_notebook(self, refused: Page) -> None:
        box = box_of(refused)
        write(box, RIGHT)
        act(box, "check")
        assert verdict(box).startswith("Python could not be loaded into this page")
        link = box.locator(".practise-verdict").get_by_role("link", name="Download the notebook")
        assert link.get_attribute("href") == f"downloads/{UNIT}.zip"
        assert box.evaluate("(box) => box.text") == RIGHT

    def test_it_works_once_the_network_lets_it_through(self, refused: Page) -> None:
        box = box_of(refused)
        write(box, RIGHT)
        act(box, "check")
        refused.context.unroute("**/vendor/pyodide/**")
        act(box, "check")
        assert verdict(box).startswith("✓")

    def test_the_rest_of_the_page_works(self, refused: Page) -> None:
        act(box_of(refused), "run")
        refused.locator('[data-check="ready"]').get_by_label("yes").check()
        refused.locator('[data-check="ready"]').get_by_role("button", name="Check answer").click()
        expect(refused.locator('[data-check="ready"] .self-check-feedback')).to_contain_text("Right.")

    def test_without_javascript_the_task_and_the_notebook_are_there(
        self, tiny_server: SiteServer, open_page: Opener
    ) -> None:
        page = open_page(f"{tiny_server.address}practise.html", java_script_enabled=False)
        assert "def partial_pooling(" in box_of(page).inner_text()
        assert box_of(page).get_by_role("link").get_attribute("href") == f"downloads/{UNIT}.zip"


class TestAnotherAddress:
    def test_python_comes_from_where_the_setting_says(self, tiny_server: SiteServer, open_page: Opener) -> None:
        """The address is played by this test; a public one was out of reach."""
        page = open_page("about:blank")
        asked: list[str] = []

        def serve(route: Route) -> None:
            asked.append(route.request.url.rsplit("/", 1)[1])
            path = PYODIDE / asked[-1]
            route.fulfill(path=path, headers={"Access-Control-Allow-Origin": "*"})

        page.context.route("https://python.example/full/*", serve)
        page.goto(f"{tiny_server.address}practise.html")
        box_of(page).evaluate("(box) => { box.dataset.pyodide = 'https://python.example/full/'; }")
        write(box_of(page), RIGHT)
        act(box_of(page), "check")
        assert verdict(box_of(page)).startswith("✓")
        assert {"pyodide.js", "pyodide.asm.wasm", "pyodide-lock.json"} <= set(asked)
        assert page.watch.foreign == []  # type: ignore[attr-defined]

    def test_no_address_leads_to_the_notebook(self, tiny_server: SiteServer, open_page: Opener) -> None:
        page = open_page(f"{tiny_server.address}practise.html")
        box_of(page).evaluate("(box) => { box.dataset.pyodide = ''; }")
        act(box_of(page), "check")
        assert verdict(box_of(page)).startswith("Python could not be loaded into this page")
        assert box_of(page).locator(".practise-verdict").get_by_role("link").is_visible()


def test_nothing_is_loaded_until_a_reader_comes_to_a_box(browser: Browser, tiny_site, tiny_server) -> None:
    with SiteServer(tiny_site) as counting:
        context: BrowserContext = browser.new_context()
        page, _ = watched(context)
        page.goto(f"{counting.address}practise.html")
        page.wait_for_load_state("networkidle")
        assert [path for path in counting.sent if LATE.search(path)] == []
        page.locator("textarea.practise-code").first.focus()
        page.wait_for_selector(".cm-content")
        assert [path for path in counting.sent if "pyodide" in path] == []
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_has_no_violation_with_editor_open_and_after_a_run(scheme: str, window: Page, box: Locator) -> None:
    window.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    expect(window.locator("html")).to_have_attribute("data-theme", scheme)
    window.add_script_tag(path=str(AXE))
    window.add_style_tag(
        content="*, *::before, *::after { transition: none !important; animation: none !important }"
    )
    box.locator(".cm-content").focus()
    assert window.evaluate(VIOLATIONS) == []
    write(box, 'print("hello")  # a comment, a number 3.5\nx = = 3\n')
    act(box, "run")
    assert window.evaluate(VIOLATIONS) == []
    write(box, 'print("hello")  # a comment, a number 3.5\n' + RIGHT)
    act(box, "check")
    for menu in (".course-progress", ".course-book"):
        window.locator(f"{menu} details").evaluate("details => { details.open = true }")
    assert window.evaluate(VIOLATIONS) == []


def test_fits_a_phone(window: Page, box: Locator) -> None:
    window.set_viewport_size({"width": 360, "height": 800})
    write(box, RIGHT)
    act(box, "check")
    assert verdict(box).startswith("✓")
    wide = window.evaluate(
        "[...document.querySelectorAll('practise-box *')].filter((e) => !e.closest('.cm-scroller')"
        " && e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.className)"
    )
    assert wide == []
