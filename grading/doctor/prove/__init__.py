"""Proof that a unit grades what it claims to grade.

`sealed` hands in the model answer and the untouched release; `answers` finds right answers, `mutate` breaks them
in one place at a time by the `faults` that people make, `domain` draws inputs, `survey` says what slips
past, and `claims` what a text says and no case asks.
"""

from grading.doctor.prove.survey import Survey, survey

__all__ = ["Survey", "survey"]
