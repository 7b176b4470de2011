"""The book's questions with new numbers: `book/variants/*.py`, a function for each question that has any.

A function takes a random generator and returns a `Number` or a `Choice` of `variants/variant.py`. What it draws is
drawn again until its answers can be told apart and its words are new; the same build gives the same questions.
"""

from __future__ import annotations

import importlib.util
import sys
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import misconceptions
import numpy as np
from question_parts import alike

PACKAGE = "variants_of_the_book"
TRIES = 200


@cache
def functions(folder: Path) -> dict[str, Callable[[np.random.Generator], Any]]:
    """What draws each question, by the question's id; none if the book has no such folder."""
    if not (folder / "__init__.py").exists():
        return {}
    load(folder / "__init__.py", PACKAGE, [str(folder)])
    found = {}
    for path in sorted(folder.glob("[!_]*.py")):
        module = load(path, f"{PACKAGE}.{path.stem}", None)
        for name, value in vars(module).items():
            if callable(value) and getattr(value, "__module__", "") == module.__name__ and path.stem != "variant":
                found[name.replace("_", "-")] = value
    return found


def load(path: Path, name: str, search: list[str] | None) -> ModuleType:
    """Import a module of the book."""
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=search)
    assert spec
    assert spec.loader
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def drawn(folder: Path, check: str) -> Iterator[Any]:
    """Variants of a question, one after the other, no two alike."""
    rng = np.random.default_rng(zlib.crc32(check.encode()))
    seen: set[str] = set()
    for _ in range(TRIES):
        variant = functions(folder)[check](rng)
        if variant.question not in seen and is_clear(variant):
            seen.add(variant.question)
            yield variant


def is_clear(variant: Any) -> bool:
    """Whether no two answers could be taken for one another."""
    answers = [variant.answer, *(wrong.answer for wrong in variant.wrong)]
    if isinstance(variant.answer, str):
        return alike(answers) is None
    gaps = np.abs(np.subtract.outer(answers, answers))[np.triu_indices(len(answers), 1)]
    return bool(np.all(gaps > 3 * variant.tolerance))


def variant_of(folder: Path, check: str, number: int) -> Any:
    """The variant of a question with this number, from 0."""
    for count, variant in enumerate(drawn(folder, check)):
        if count == number:
            return variant
    raise ValueError(
        f"variants: {check} has no {number + 1} variants with different words; widen what it draws from"
    )


def markdown(srcdir: Path, check: str, number: int, name: str) -> list[str]:
    """A variant as the directive that shows it, under an id of its own."""
    variant = variant_of(srcdir / "variants", check, number)
    lines = [f"``````{{self-check}} {name}", f":of: {check}", f":question: {variant.question}"]
    wrong = [(answer_of(entry.answer), entry) for entry in variant.wrong]
    told = [(answer, refuted(srcdir, entry)) for answer, entry in wrong]
    if isinstance(variant.answer, str):
        lines.append(f"- [x] {variant.answer} :: {variant.because}")
        lines += [f"- [ ] {answer} :: {feedback}" for answer, feedback in told]
    else:
        lines.insert(1, ":type: numeric")
        lines += [f":answer: {variant.answer!r}", f":tolerance: {variant.tolerance!r}"]
        lines.append(f"- {answer_of(variant.answer)} :: {variant.because}")
        lines += [f"- {answer} :: {feedback}" for answer, feedback in told]
        lines.append(f"- else :: {variant.otherwise}")
    return [*lines, "``````", ""]


def answer_of(answer: float | str) -> str:
    """An answer as an author would write it."""
    return answer if isinstance(answer, str) else f"{float(answer):.6g}"


def refuted(srcdir: Path, wrong: Any) -> str:
    """What a wrong answer is told, with the refutation of what led to it."""
    if not wrong.misconception:
        return str(wrong.feedback)
    return f"{wrong.feedback} {misconceptions.named(srcdir, wrong.misconception).refuted}"
