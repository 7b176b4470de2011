"""Build both editions of the book: `python book/build.py`, in the course folder, into `_build`.

The teachers' edition comes first and executes the cells; the students' finds the results in the same cache.
"""

from __future__ import annotations

import sys
from pathlib import Path

from grading.nbgrader_bridge import block_rfc3987_import

block_rfc3987_import()  # three seconds of a start

from jupyter_book.sphinx import build_sphinx  # noqa: E402

FOLDERS = {"teachers": "html-teachers", "students": "html"}


def build(root: Path, edition: str, out: Path) -> bool:
    """Build one edition; whether it was built without a warning."""
    settings = {
        "edition": edition,
        "external_toc_path": str(root / "book" / "_toc.yml"),
        "latex_individualpages": False,
        "nitpicky": True,
    }
    result = build_sphinx(
        root / "book",
        out,
        path_config=root / "_config.yml",
        confoverrides=settings,
        noconfig=True,
        doctreedir=out.parent / f".doctrees-{edition}",
        quiet=True,
        warningiserror=True,
        keep_going=True,
    )
    return result == 0


def main() -> None:
    """Build the editions one after the other; stop at the first with a fault."""
    root = Path.cwd()
    for edition, folder in FOLDERS.items():
        if not build(root, edition, root / "_build" / folder):
            sys.exit(f"book: the {edition}' edition has the faults named above")
    for edition, folder in reversed(FOLDERS.items()):
        print(f"The book for {edition}".ljust(24), f"_build/{folder}/index.html")


if __name__ == "__main__":
    main()
