"""One sentence for a student: how many functions are right, and which to look at first."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from grading.report.prints import tree

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class MarkedTask:
    """A task that the machine marked, in notebook order."""

    grade_id: str
    title: str
    source: str
    """Its answer cell."""
    right: bool


def where_to_start(tested: Sequence[MarkedTask]) -> Markup:
    """How many tasks are right, the first that is not, and how many others call it; empty if there is none."""
    if not tested:
        return Markup("")
    functions = {task.grade_id: _functions(task.source) for task in tested}
    kind = "function" if all(functions.values()) else "task"
    wrong = [task for task in tested if not task.right]
    right = len(tested) - len(wrong)
    if not wrong:
        return Markup(f"All {right} {kind}s are right." if right > 1 else f"The {kind} is right.")
    first = wrong[0]
    names = sorted(functions[first.grade_id])
    name = Markup("<code>{}</code>").format(names[0]) if len(names) == 1 else first.title
    start = _so_far(right, len(tested), kind) + Markup(' Start with <a href="#{}">{}</a>').format(
        first.grade_id, name
    )
    users = len(_users(first.grade_id, functions, {task.grade_id: task.source for task in tested}))
    if not users:
        return start + "."
    number = _NUMBERS[users] if users < len(_NUMBERS) else str(users)
    return start + f": {number} other{' uses' if users == 1 else 's use'} it."


def _so_far(right: int, number: int, kind: str) -> Markup:
    if number == 1:
        return Markup(f"The {kind} is not right yet.")
    if right == 0:
        return Markup(f"None of the {number} {kind}s is right yet.")
    return Markup(f"{right} of {number} {kind}s {'is' if right == 1 else 'are'} right.")


def _functions(source: str) -> set[str]:
    """Functions that a cell defines."""
    parsed = tree(source)
    return {node.name for node in parsed.body if isinstance(node, ast.FunctionDef)} if parsed else set()


def _users(task: str, functions: Mapping[str, set[str]], sources: Mapping[str, str]) -> set[str]:
    """Tasks whose answers use what this one defines, by themselves or through others."""
    used = {name: _names(source) for name, source in sources.items()}
    found: set[str] = set()
    looked_at = [task]
    while looked_at:
        wanted = functions[looked_at.pop()]
        new = {name for name, names in used.items() if names & wanted} - found - {task}
        found |= new
        looked_at += new
    return found


def _names(source: str) -> set[str]:
    """Names that a cell reads."""
    parsed = tree(source)
    return {node.id for node in ast.walk(parsed) if isinstance(node, ast.Name)} if parsed else set()
