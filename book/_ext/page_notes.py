"""What directives note about the page they stand on, kept in Sphinx's environment and forgotten with the page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector


class PageNotes(EnvironmentCollector):
    """Notes of one kind; a subclass names them, and its module registers it with `app.add_env_collector`."""

    attribute: ClassVar[str]  # of the environment, which Sphinx keeps from one build to the next

    @classmethod
    def of(cls, env: BuildEnvironment) -> dict[str, list[Any]]:
        """All notes, by page."""
        notes: dict[str, list[Any]] = vars(env).setdefault(cls.attribute, {})
        return notes

    @classmethod
    def add(cls, env: BuildEnvironment, note: Any) -> None:
        """Note something about the page that is being read."""
        cls.of(env).setdefault(env.docname, []).append(note)

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Nothing: directives have noted it already."""

    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        """Forget a page that is read again."""
        self.of(env).pop(docname, None)

    def merge_other(
        self, app: Sphinx, env: BuildEnvironment, docnames: Iterable[str], other: BuildEnvironment
    ) -> None:
        """Take over what a parallel reader noted about its pages."""
        found = self.of(other)
        self.of(env).update((page, found[page]) for page in docnames if page in found)
