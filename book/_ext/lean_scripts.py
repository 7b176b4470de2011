"""One script for the whole site with what every page loads; a page asks for its figure or its boxes beside it.

Sphinx, the theme and their companions bring fifteen. A phone's browser fetches six files at a time and waits
150 ms for each, so that their number costs more than their size. Bootstrap, the largest, only names the buttons
that a reader points at and opens menus: `assets/theme-widgets.js` fetches it then.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lean_css import classes_of, pages_of, stamp
from selfhost import SETTINGS
from sphinx.application import Sphinx
from sphinx.builders.html._assets import _JavaScript

BUNDLE = "book.js"
THEME = "scripts/pydata-sphinx-theme.js"
LATER = ("clipboard.min.js", "copybutton.js", "scripts/sphinx-book-theme.js", THEME)  # nothing builds upon them
OF_CLASSES = {"design-tabs.js": {"sd-tab-set"}, "togglebutton.js": {"toggle", "dropdown"}}
SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)


def name_of(script: _JavaScript | str) -> str:
    """The file of a script below `_static`; nothing if it lies elsewhere or loads in a way of its own."""
    if not isinstance(script, _JavaScript) or {"async", "type"} & set(script.attributes):
        return ""
    name = str(script.filename or "")
    return name.removeprefix("_static/") if name.startswith("_static/") else ""


def collect(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Take what every page loads off this one: the template links the script that `write` makes of it."""
    of_all = {name_of(script) for script in app.builder._orig_js_files} | {SETTINGS}  # type: ignore[attr-defined]
    scripts = sorted(context["script_files"], key=lambda script: getattr(script, "priority", 500))
    common = [script for script in scripts if name_of(script) in of_all - {""}]
    app.book_js = [*map(name_of, common), THEME]  # type: ignore[attr-defined]
    context["script_files"] = [script for script in scripts if script not in common]
    context["book_js"] = f"_static/{BUNDLE}"


def joined(static: Path, names: list[str], classes: set[str]) -> str:
    """Scripts in their order as one, without those for classes that no page has.

    Some wait for a task of their own, so that a reader's finger, or the first paint, comes in between.
    """
    wanted = [name for name in names if OF_CLASSES.get(name, classes) & classes]
    texts = {name: SOURCE_MAP.sub("", (static / name).read_text("utf-8")).strip() for name in wanted}
    return "".join(
        f"setTimeout(() => {{\n{text}\n}});\n" if name in LATER else f"{text}\n;\n" for name, text in texts.items()
    )


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the one script, unless no page was written."""
    if exception or app.builder.format != "html" or not hasattr(app, "book_js"):
        return
    out = Path(app.outdir)
    (out / "_static" / BUNDLE).write_text(joined(out / "_static", app.book_js, classes_of(pages_of(out))), "utf-8")
    stamp(out, BUNDLE)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build."""
    app.connect("html-page-context", collect, priority=970)  # after what asks for scripts, and after `selfhost`
    app.connect("build-finished", write, priority=940)  # before lean_css looks for classes in use
    return {"parallel_read_safe": True, "parallel_write_safe": False}
