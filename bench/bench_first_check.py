"""Time a reader's first check in a page, from the first key, with nothing in the cache; then later ones.

    python -m bench.bench_first_check [--runs 5] [firefox chromium]

Each run has a browser of its own, and the built book on this machine: what is timed is what browser and page
compute, not a network. Run it on a machine that has nothing else to do.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.book.interactions_with_python import RIGHT
from tests.book.site_server import SiteServer
from tests.book.windows import Window, chromium, firefox

SITE = Path(__file__).resolve().parents[1] / "_build" / "html"
LATER = 5
BOX = "document.querySelector('practise-box')"
WATCH = f"""() => {{
  addEventListener("keydown", ({{ timeStamp }}) => {{ window.firstKey ??= timeStamp; }}, true);
  const verdict = {BOX}.querySelector(".practise-verdict");
  const told = () => {{ if (verdict.textContent) window.told ??= performance.now(); }};
  new MutationObserver(told).observe(verdict, {{ childList: true }});
}}"""
CHECK = f"""async () => {{
  const start = performance.now();
  await {BOX}.act("check");
  return performance.now() - start;
}}"""


def times(window: Window) -> list[float]:
    """Milliseconds from the first key to the verdict, then those of later checks."""
    window.go("compromise")
    window.click("practise-box .practise-code")
    assert window.until(f"() => {BOX}.view")
    window.js(WATCH)
    window.press("x")
    window.js(f"(code) => {{ {BOX}.view.text = code; }}", RIGHT)
    window.press("Control+Enter")
    first: float = window.until("() => window.told && window.told - window.firstKey")
    assert window.text("practise-box .practise-verdict").startswith("✓")
    return [first, *(window.js(CHECK) for _ in range(LATER))]


def main() -> None:
    """Print the medians."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("browsers", nargs="*", default=["chromium", "firefox"])
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--site", type=Path, default=SITE, help="the built book")
    asked = arguments.parse_args()
    with sync_playwright() as playwright, SiteServer(asked.site) as server:
        windows: dict[str, Callable[[str, str], AbstractContextManager[Window]]]
        windows = {"chromium": partial(chromium, playwright), "firefox": firefox}
        for name in asked.browsers:
            runs = [timed(partial(windows[name], server.address, server.host)) for _ in range(asked.runs)]
            firsts, later = [run[0] for run in runs], [one for run in runs for one in run[1:]]
            print(
                f"{name}: first check {statistics.median(firsts) / 1000:.2f} s"
                f" ({', '.join(f'{one / 1000:.2f}' for one in firsts)}), later {statistics.median(later):.0f} ms",
                flush=True,
            )


def timed(start: Callable[[], AbstractContextManager[Window]]) -> list[float]:
    """The times of one run, in a browser of its own."""
    with start() as window:
        return times(window)


if __name__ == "__main__":
    main()
