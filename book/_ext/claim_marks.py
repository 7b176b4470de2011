"""The `claim` role: ties a sentence to the function of `claims/<page>.py` that asserts it.

The role renders nothing. A mark without its function is a warning, and so is a function without its mark; the
strict build fails on both, so neither can vanish alone. `tests/book/test_claims.py` runs the functions.
"""

from __future__ import annotations

import ast
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

LOGGER = logging.getLogger(__name__)


def module_of(srcdir: str | Path, docname: str) -> Path:
    """Where the claims of a page stand, whether or not it has any."""
    return Path(srcdir, "claims", docname.replace("-", "_")).with_suffix(".py")


def is_claim(node: ast.stmt) -> bool:
    """Whether a statement is a function below `@claim(...)`."""
    return isinstance(node, ast.FunctionDef) and any(
        isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "claim"
        for mark in node.decorator_list
    )


def claims_of(module: Path) -> list[str]:
    """Names of the claims in a module; read, not run, so that a build needs no statistics."""
    if not module.exists():
        return []
    return [node.name for node in ast.parse(module.read_text("utf-8")).body if is_claim(node)]  # type: ignore[attr-defined]


class ClaimMark(SphinxRole):
    """The mark behind a sentence; its text is the name of the claim."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Remember the mark, and render nothing."""
        module = module_of(self.env.srcdir, self.env.docname)
        marks = marks_of(self.env).setdefault(self.env.docname, [])
        if self.text not in claims_of(module):
            LOGGER.warning(
                "claim %r: there is no function of that name below @claim in claims/%s",
                self.text,
                module.name,
                location=self.get_location(),
            )
        elif self.text in marks:
            LOGGER.warning("claim %r is marked twice on this page", self.text, location=self.get_location())
        marks.append(self.text)
        return [], []


def depend(app: Sphinx, docname: str, source: list[str]) -> None:
    """Read a page again when its claims change."""
    module = module_of(app.srcdir, docname)
    if module.exists():
        app.env.note_dependency(str(module))


def report_unmarked(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of claims that no sentence carries."""
    for module in sorted(Path(app.srcdir, "claims").glob("*.py")):
        names = claims_of(module)
        pages = [docname for docname in env.found_docs if module_of(app.srcdir, docname) == module]
        if names and not pages:
            LOGGER.warning("claims/%s holds claims, but there is no page of that name", module.name)
        for page in pages:
            for name in sorted(set(names) - set(marks_of(env).get(page, []))):
                LOGGER.warning("claim %r of claims/%s marks no sentence", name, module.name, location=page)


def marks_of(env: BuildEnvironment) -> dict[str, list[str]]:
    """Which claims each page marks."""
    if not hasattr(env, "claim_marks"):
        env.claim_marks = {}  # type: ignore[attr-defined]
    marks: dict[str, list[str]] = env.claim_marks  # type: ignore[attr-defined]
    return marks


def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget a page that is read again."""
    marks_of(env).pop(docname, None)


def merge(app: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment) -> None:
    """Join what a parallel reader found."""
    marks_of(env).update({name: marks_of(other)[name] for name in docnames if name in marks_of(other)})


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the role."""
    app.add_role("claim", ClaimMark())
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("source-read", depend)
    app.connect("env-check-consistency", report_unmarked)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
