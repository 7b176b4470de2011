"""Print the built book as one PDF: every page by a headless Chromium, in the order of the table of contents.

    python book/print_pdf.py [_build/html] [_build/book.pdf]

Sphinx's own PDF builders fail on the book's hidden cells and its figures; a browser prints what readers see.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
from pathlib import Path

import yaml
from playwright.sync_api import Page, sync_playwright
from pypdf import PdfReader, PdfWriter

TOC = Path(__file__).parent / "_toc.yml"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MARGIN = {"top": "18mm", "bottom": "18mm", "left": "17mm", "right": "17mm"}
FOOTER = (
    '<div style="font: 8px sans-serif; width: 100%; padding: 0 17mm">'
    '<span class="title"></span><span class="pageNumber" style="float: right"></span></div>'
)
#: Folded parts: HTML's own, and the theme's dropdown boxes.
OPEN_ALL = """() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  for (const image of document.images) image.loading = "eager";
  for (const box of document.querySelectorAll(".toggle-hidden")) box.classList.remove("toggle-hidden");
}"""
#: What was never laid out prints blank, and a figure draws itself when it is laid out.
LAY_OUT_ALL = "* { content-visibility: visible !important }"
SCALE = 0.85  # screen type is larger than print needs


def pages_in_order(html: Path) -> list[Path]:
    """The pages of a built edition, the first page first; the students' has fewer than the table of contents."""
    content = yaml.safe_load(TOC.read_text("utf-8"))
    names = [content["root"], *(chapter["file"] for part in content["parts"] for chapter in part["chapters"])]
    return [page for page in (html / f"{name}.html" for name in names) if page.exists()]


def print_page(page: Page, path: Path) -> bytes:
    """One page of the book as a PDF, with all its answers open."""
    page.goto(path.resolve().as_uri())
    page.add_style_tag(content=LAY_OUT_ALL)
    page.evaluate(OPEN_ALL)
    page.wait_for_function("[...document.images].every((image) => image.complete)")
    page.wait_for_timeout(200)
    return page.pdf(
        display_header_footer=True,
        header_template="<span></span>",
        footer_template=FOOTER,
        format="A4",
        margin=MARGIN,
        scale=SCALE,
    )


def print_book(html: Path, target: Path, executable: str) -> int:
    """Print every page and join them; returns the number of sheets."""
    writer, titles = PdfWriter(), []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = browser.new_page(color_scheme="light", reduced_motion="reduce")
        for path in pages_in_order(html):
            printed = PdfReader(io.BytesIO(print_page(page, path)))
            start = len(writer.pages)
            writer.append(printed, import_outline=False)
            titles.append(page.title().split(" — ")[0])
            writer.add_outline_item(title=titles[-1], page_number=start)
        browser.close()
    writer.add_metadata({"/Title": titles[0]})
    writer.write(target)
    return len(writer.pages)


def main() -> int:
    """Parse the command line, print, and say what was written."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("html", type=Path, nargs="?", default=Path("_build/html"), help="the built book")
    parser.add_argument("pdf", type=Path, nargs="?", default=Path("_build/book.pdf"), help="where to write")
    arguments = parser.parse_args()
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        print(f"print_pdf: found none of {', '.join(BROWSERS)}; install Chromium", file=sys.stderr)
        return 1
    if not (arguments.html / "index.html").exists():
        print(f"print_pdf: {arguments.html} holds no built book; run make book first", file=sys.stderr)
        return 1
    sheets = print_book(arguments.html, arguments.pdf, executable)
    print(f"{arguments.pdf}: {sheets} pages")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
