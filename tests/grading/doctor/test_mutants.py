"""Mutants: one fault in one place each, and every kind of fault is made."""

import ast

import pytest

from grading.doctor.prove.faults import CODE, NUMERICAL
from grading.doctor.prove.mutate import mutants

MEAN = '''
def f(y, *, ddof=1, start=None):
    """Say nothing."""
    if start is None and len(y) > 1:
        start = np.mean(y)
    return start, sum((a - start) ** 2 for a in y) / (len(y) - ddof)

def g(y):
    return -f(y)[0]
'''


def afters(fault: str) -> set[str]:
    return {m.after.strip() for m in mutants(MEAN, NUMERICAL, within={"f"}) if m.fault == fault}


def test_each_mutant_is_another_program_with_one_change():
    found = list(mutants(MEAN, NUMERICAL))
    texts = {m.source for m in found}
    assert len(texts) == len(found) > 60
    assert ast.unparse(ast.parse(MEAN)) not in texts
    for text in texts:
        compile(text, "mutant", "exec")


def test_the_text_is_as_before_for_every_next_mutant():
    whole = ast.unparse(ast.parse(MEAN)).splitlines()
    for mutant in mutants(MEAN, CODE):
        same = sum(line in whole for line in mutant.source.splitlines())
        assert same >= len(whole) - 2, str(mutant)


def test_only_the_functions_named_change():
    last = ast.unparse(ast.parse(MEAN).body[-1])
    assert all(m.source.endswith(last) for m in mutants(MEAN, NUMERICAL, within={"f"}))


@pytest.mark.parametrize(
    ("fault", "after"),
    [
        ("other operator", "len(y) + ddof"),
        ("other comparison", "len(y) >= 1"),
        ("other logic", "start is None or len(y) > 1"),
        ("other constant", "0"),
        ("other function", "np.median(y)"),
        ("call dropped", "y"),
        ("none for zero", "not start"),
        ("other result", "return None"),
    ],
)
def test_the_kinds_of_faults(fault, after):
    assert after in afters(fault)


def test_a_guard_a_clip_and_a_sorted_input():
    sources = [m.source for m in mutants(MEAN, NUMERICAL, within={"f"})]
    assert any("if False:" in s for s in sources)
    assert any("np.maximum(start, 0)" in s for s in sources)
    assert any("y = np.unique(y)" in s for s in sources)
    assert any("np.asarray(y).astype(str)" in s for s in sources)


def test_a_mutant_says_what_is_wrong_in_one_line():
    assert all("\n" not in str(m) and " -> " in str(m) and m.line for m in mutants(MEAN, NUMERICAL))


def test_docstrings_annotations_and_imports_are_left_alone():
    source = 'import math\n\ndef f(y: int = 3) -> int:\n    """Add 1 to 2."""\n    return y\n'
    assert {m.fault for m in mutants(source, CODE)} == {"other constant", "other result"}
