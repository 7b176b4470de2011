"""How students are called in a report: by their ids, or by pseudonyms with whatever might name them left out.

A pseudonym is a keyed hash of the student's id: the same in every report of the course, and not to be traced back
without the course's secret. Free text about a submission passes only if it is known to be the grader's own words.
"""

from __future__ import annotations

import ast
import base64
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from grading.report.prints import tree

LEFT_OUT = "(left out here: it may hold a name)"
_FILE_SAYINGS = (
    r"a link, not read",
    r"a file name in an unknown encoding or with control characters, not read",
    r"no ordinary file, not read",
    r"a second notebook, not graded",
    r"too large or one file too many, not given to the notebook",
)
_SAYINGS: tuple[tuple[str, str], ...] = (
    *((rf".+: ({saying})", r"a file: \1") for saying in _FILE_SAYINGS),
    (r"the notebook is called .+, not (\S+)", r"the notebook is not called \1"),
    (r".+ has (\d+ MB, more than \d+ MB)", r"a file has \1"),
    (r".+ cannot be read: ([\w ]+)", r"a file cannot be read: \1"),
    (r"(expected \S+\.ipynb, found nothing)", r"\1"),
    (r"expected (\S+\.ipynb), found .+", r"expected \1, found something else"),
    (r"(the folder is a link; not read)", r"\1"),
    (r"(cells were moved; graded in the original order)", r"\1"),
    (r"(and \d+ more)", r"\1"),
    (r"(nothing was handed in|nothing handed in)", r"\1"),
    (r"(a cell of the student's own: stopped, it ran out of time)", r"\1"),
    (r"(in a cell of the student's own: .+)", r"\1"),
    (r"(\w+: wrong for this student's data, but right for those of .+)", r"\1"),
    (r"([\w.-]+: the file handed in is .+; the student's own was used)", r"\1"),
    (r".*\.ipynb: (.+)", r"the notebook: \1"),
)


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
    cells : frozenset of str
        Ids of the unit's cells: what is said about those is the grader's own words.
    """

    labels: Mapping[str, str]
    anonymous: bool = False
    private: Sequence[str] = ()
    cells: frozenset[str] = frozenset()
    _names: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        hidden = {*self.labels, *(name for name in self.private if len(name) > 1)}
        words = "|".join(re.escape(name) for name in sorted(hidden, key=lambda name: (-len(name), name)))
        object.__setattr__(self, "_names", re.compile(rf"(?<!\w)(?:{words})(?!\w)" if words else r"(?!)", re.I))

    def label(self, student: str) -> str:
        """What a student is called."""
        return self.labels[student]

    def ordered(self, students: Iterable[str]) -> list[str]:
        """Students in the order of what they are called: the order of the ids would tell who is who."""
        return sorted(students, key=self.label)

    def text(self, text: str) -> str:
        """Text of any origin, without the names that are known."""
        if not self.anonymous:
            return text
        return self._names.sub(lambda match: self.labels.get(match.group(), "..."), text)

    def remark(self, text: str) -> str:
        """What the grader said about a submission; names of files, which may hold the student's, left out."""
        if not self.anonymous:
            return text
        for pattern, replacement in _SAYINGS:
            if match := re.fullmatch(pattern, text):
                return self.text(match.expand(replacement))
        cell = re.match(r"(?:in )?([\w-]+): ", text)
        return self.text(text) if cell and cell.group(1) in self.cells else LEFT_OUT

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
    cells: Iterable[str] = (),
) -> People:
    """Call students by their ids, or with a secret by pseudonyms."""
    labels = {student: student if secret is None else pseudonym(secret, student) for student in students}
    return People(labels, secret is not None, private, frozenset(cells))
