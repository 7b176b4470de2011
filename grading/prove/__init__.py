"""Proof that a unit grades what it claims to grade: what an instructor runs after editing, and the tests for every unit."""

from grading.prove.survey import Survey, survey

__all__ = ["Survey", "survey"]
