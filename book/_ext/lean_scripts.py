"""One script for the whole site with what every page loads; a page asks for its figure or its boxes beside it.

Sphinx, the theme and their companions bring fifteen. A phone's browser fetches six files at a time and waits
150 ms for each, so that their number costs more than their size. Bootstrap, the largest, only names the buttons
that a reader points at and opens menus: `assets/theme-widgets.js` fetches it then.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from lean_css import classes_of, pages_of
from selfhost import SETTINGS
from sphinx.application import Sphinx
from sphinx.builders.html._assets import _JavaScript

BUNDLE = "book.js"
THEME = "scripts/pydata-sphinx-theme.js"
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
    names = [*map(name_of, common), THEME]
    digest = hashlib.sha256()
    for path in (Path(app.outdir, "_static", name) for name in names):
        digest.update(path.read_bytes() if path.exists() else path.name.encode())
    app.book_js = names  # type: ignore[attr-defined]
    context["script_files"] = [script for script in scripts if script not in common]
    context["book_js"] = f"_static/{BUNDLE}?v={digest.hexdigest()[:8]}"


def joined(static: Path, names: list[str], classes: set[str]) -> str:
    """Scripts in their order as one, without those for classes that no page has."""
    wanted = [name for name in names if OF_CLASSES.get(name, classes) & classes]
    return ";\n".join(SOURCE_MAP.sub("", (static / name).read_text("utf-8")).strip() for name in wanted) + "\n"


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the one script, unless no page was written."""
    if exception or app.builder.format != "html" or not hasattr(app, "book_js"):
        return
    static = Path(app.outdir, "_static")
    (static / BUNDLE).write_text(joined(static, app.book_js, classes_of(pages_of(Path(app.outdir)))), "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build."""
    app.connect("html-page-context", collect, priority=970)  # after what asks for scripts, and after `selfhost`
    app.connect("build-finished", write, priority=940)  # before lean_css looks for classes in use
    return {"parallel_read_safe": True, "parallel_write_safe": False}
