"""What answers the units whose answers are withheld: found from their checks, known however it is written.

The book's build withholds the same functions on its pages; `code_shape` and `reached_code` are common to both.
"""

from __future__ import annotations

import ast
import html
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Set
from pathlib import Path
from types import FunctionType

from grading.course import Course
from grading.units import hidden_tests
from grading.units.code_shape import FunctionNode, functions_of, node_of, normalised, parsed, size, without_words
from grading.units.master import notebook_cells, source_of
from grading.units.reached_code import calls

SMALL = 14  # nodes of a body; a smaller one can stand in any program
LISTING = re.compile(r"<(?:pre|code)[^>]*>(.*?)</(?:pre|code)>", re.DOTALL)
FENCED = re.compile(r"^\s*(?:`{3,}|~{3,})[^\n]*\n(.*?)^\s*(?:`{3,}|~{3,})", re.DOTALL | re.MULTILINE)


def answering(course: Course, withheld: Set[str]) -> Iterator[tuple[str, FunctionNode]]:
    """Functions that answer a withheld unit, with its name: the references of its checks, and what these call.

    Who helps several units answers those whose references are nearest to it.
    """
    distances: dict[FunctionType, dict[str, int]] = defaultdict(dict)
    for unit in course.units:
        for check in hidden_tests.checks(course, unit).values():
            for function, distance in calls(check.reference):
                distances[function][unit] = min(distance, distances[function].get(unit, distance))
    for function, far in distances.items():
        nearest = {unit for unit, distance in far.items() if distance == min(far.values())} & withheld
        ours = Path(function.__code__.co_filename).is_relative_to(course.root)  # not what named tuples are made of
        node = node_of(function) if nearest and ours else None
        if node is not None:
            yield min(nearest), node


def body_text(node: FunctionNode) -> str:
    """The statements of a function without its docstring, each as Python would write it."""
    return ast.unparse(without_words(node))


def shapes(course: Course, withheld: Set[str]) -> dict[str, str]:
    """Bodies of functions that answer, whatever their names, words and layout, and which unit each answers."""
    found = {normalised(node): unit for unit, node in answering(course, withheld) if size(node) >= SMALL}
    for unit in sorted(withheld):
        given = {normalised(node) for cell in notebook_cells(course.release(unit)) for node in _functions(cell)}
        own = (node for cell in notebook_cells(course.master(unit)) for node in _functions(cell))
        found |= {normalised(node): unit for node in own if size(node) >= SMALL and normalised(node) not in given}
    return found


def _functions(cell: dict[str, object]) -> list[FunctionNode]:
    return functions_of(parsed(source_of(cell))) if cell["cell_type"] == "code" else []


def answers_in(name: str, text: str, known: dict[str, str]) -> Iterator[str]:
    """Units that a function in a file's text answers."""
    if "def " not in text or "return" not in text:
        return
    for piece in _code(name, text):
        yield from (known[body] for node in functions_of(parsed(piece)) if (body := normalised(node)) in known)


def _code(name: str, text: str) -> list[str]:
    """What of a file may be Python."""
    ending = name.rpartition(".")[2].casefold()
    if ending in ("html", "htm"):
        return [html.unescape(re.sub(r"<[^>]*>", "", piece)) for piece in LISTING.findall(text)]
    if ending == "ipynb":
        try:
            return ["".join(cell["source"]) for cell in json.loads(text)["cells"]]
        except (ValueError, KeyError, TypeError):
            return []
    return [text, *FENCED.findall(text)] if ending in ("py", "md", "rst", "txt", "") or "." not in name else []
