"""How students are called in a report: by their ids, or by pseudonyms with whatever might name them left out.

A pseudonym is a keyed hash of the student's id: the same in every report of the course, and not to be traced back
without the course's secret.
"""

from __future__ import annotations

import ast
import base64
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from grading.oddities import Oddity
from grading.report.prints import tree

LEFT_OUT = "(left out here: it may hold a name)"


def pseudonym(secret: bytes, student: str) -> str:
    """The student's name in reports without names."""
    digest = hmac.digest(secret, b"pseudonym/" + student.encode("utf-8", "surrogatepass"), "sha256")
    return "P-" + base64.b32encode(digest[:5]).decode("ascii")


@dataclass(frozen=True)
class People:
    """Says how each student, and text of or about them, is shown.

    Parameters
    ----------
    labels : mapping of str to str
        What to call each student.
    anonymous : bool
        Whether names are left out.
    private : sequence of str
        Names and addresses that must not show in an anonymous report.
    called : mapping of str to str
        Names to add to the labels, as far as a roster has them; none in an anonymous report.
    """

    labels: Mapping[str, str]
    anonymous: bool = False
    private: Sequence[str] = ()
    called: Mapping[str, str] = field(default_factory=dict)
    _names: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        hidden = {*self.labels, *(name for name in self.private if len(name) > 1)}
        words = "|".join(re.escape(name) for name in sorted(hidden, key=lambda name: (-len(name), name)))
        object.__setattr__(self, "_names", re.compile(rf"(?<!\w)(?:{words})(?!\w)" if words else r"(?!)", re.I))

    def label(self, student: str) -> str:
        """What a student is called."""
        return self.labels[student]

    def label_and_name(self, student: str) -> str:
        """What a student is called where people read: the label and, if it may be told, the name."""
        name = "" if self.anonymous else self.called.get(student, "")
        return f"{self.label(student)} ({name})" if name and name != self.label(student) else self.label(student)

    def ordered(self, students: Iterable[str]) -> list[str]:
        """Students in the order of what they are called: the order of the ids would tell who is who."""
        return sorted(students, key=self.label)

    def text(self, text: str) -> str:
        """Text of any origin, without the names that are known."""
        if not self.anonymous:
            return text
        return self._names.sub(lambda match: self.labels.get(match.group(), "..."), text)

    def remark(self, oddity: Oddity) -> str:
        """What was odd about a submission; names of files, which may hold the student's, left out."""
        return self.text(oddity.impersonal) if self.anonymous else oddity.text

    def code(self, source: str) -> str:
        """A student's code; anonymous: without comments, docstrings and what stands in quotes."""
        if not self.anonymous:
            return source
        parsed = tree(source)
        if parsed is None:
            return LEFT_OUT
        try:
            return self.text(ast.unparse(_Muted().visit(parsed)))
        except RecursionError:
            return LEFT_OUT


class _Muted(ast.NodeTransformer):
    """Takes docstrings out and empties all text."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """Leave no docstring."""
        return ast.Pass() if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """Leave no text."""
        if isinstance(node.value, str | bytes):
            return ast.Constant("..." if isinstance(node.value, str) else b"...")
        return node


def people(
    students: Iterable[str],
    *,
    secret: bytes | None = None,
    private: Sequence[str] = (),
    called: Mapping[str, str] | None = None,
) -> People:
    """Call students by their ids, and names if there are any, or with a secret by pseudonyms."""
    labels = {student: student if secret is None else pseudonym(secret, student) for student in students}
    return People(labels, secret is not None, private, called or {})
