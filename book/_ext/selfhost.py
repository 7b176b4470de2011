"""Keep the site free of requests to other hosts and of scripts in its pages, and light.

Templates beside this module leave out the theme's 1.5 MB icon script (its web font draws the icons) and the search
index on pages that do not search; here thebe goes, scripts are deferred, and what no page uses is deleted.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders.html._assets import _CascadingStyleSheet, _JavaScript
from sphinx.config import Config
from sphinx.errors import ExtensionError

MEASURING = '"complete"===document.readyState?I():window.addEventListener("load",I)'
MEASURED = '"measured in accessibility.js"'
SETTINGS = "settings.js"  # what extensions would write into every page
TEMPLATES = Path(__file__).parent / "templates"


def drop_thebe(app: Sphinx, config: Config) -> None:
    """Jupyter Book always loads sphinx-thebe, which declares a script of another host on every page."""
    for name, listeners in app.events.listeners.items():
        app.events.listeners[name] = [
            listener for listener in listeners if not listener.handler.__module__.startswith("sphinx_thebe")
        ]
    config.templates_path.insert(0, str(TEMPLATES))


def is_unused(file: _JavaScript | _CascadingStyleSheet | str) -> bool:
    """Whether an asset is thebe's, or sets options of the theme that this site does not use.

    Options are set inline and would run before the deferred script that declares DOCUMENTATION_OPTIONS.
    """
    name = str(getattr(file, "filename", file))
    body = str(getattr(file, "attributes", {}).get("body", ""))
    return "thebe" in name or body.startswith("DOCUMENTATION_OPTIONS.")


def in_a_file(app: Sphinx, scripts: list[_JavaScript | str]) -> list[_JavaScript | str]:
    """Scripts with what would stand in the page itself gathered in one file, in the place of the first of them.

    A server may then forbid scripts in pages: `script-src 'self'`.
    """
    bodies = [str(body) for script in scripts if (body := getattr(script, "attributes", {}).get("body"))]
    if not bodies:
        return scripts
    text = "".join(f"{body}\n" for body in dict.fromkeys(bodies))
    path = Path(app.outdir, "_static", SETTINGS)
    if not path.exists() or path.read_text("utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    first = next(i for i, script in enumerate(scripts) if getattr(script, "attributes", {}).get("body"))
    others = [script for script in scripts if not getattr(script, "attributes", {}).get("body")]
    soonest = min(script.priority for script in scripts if script not in others)  # what needs it comes after it
    return [*others[:first], _JavaScript(f"_static/{SETTINGS}", priority=soonest), *others[first:]]


def lighten(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Drop what is left of thebe, and let no script hold up the first paint."""
    for key in ("script_files", "css_files"):
        context[key] = [file for file in context.get(key, []) if not is_unused(file)]
    context["script_files"] = in_a_file(app, context["script_files"])
    for script in context["script_files"]:
        if isinstance(script, _JavaScript) and script.filename and not {"async", "type"} & set(script.attributes):
            script.attributes["defer"] = "defer"


def delete_unused(app: Sphinx, exception: Exception | None) -> None:
    """Delete files that no page refers to."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    for pattern in ("scripts/fontawesome.js*", "**/*.map", "sphinx-thebe.*"):
        for path in static.glob(pattern):
            path.unlink()


def keep_theme_from_measuring(app: Sphinx, exception: Exception | None) -> None:
    """Take out the theme's call that measures every code block at load and after every change of the page.

    It lays out the whole page at once, and again while a figure's slider moves; `assets/accessibility.js` does the
    same for what is in view.
    """
    script = Path(app.outdir, "_static", "scripts", "pydata-sphinx-theme.js")
    if exception or app.builder.format != "html" or not script.exists():
        return
    text = script.read_text("utf-8")
    if MEASURING in text:
        script.write_text(text.replace(MEASURING, MEASURED), "utf-8")
    elif MEASURED not in text:
        raise ExtensionError(
            f"{script.name} no longer holds {MEASURING!r}; look how the theme now measures overflow"
        )


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to the build."""
    app.connect("config-inited", drop_thebe, priority=900)
    app.connect("html-page-context", lighten, priority=900)
    app.connect("build-finished", delete_unused, priority=900)
    app.connect("build-finished", keep_theme_from_measuring, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
