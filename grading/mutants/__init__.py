"""Systematic faults of a piece of Python: what a test, or a check of students' answers, must notice."""

from grading.mutants.faults import CODE, NUMERICAL
from grading.mutants.mutate import Mutant, mutants

__all__ = ["CODE", "NUMERICAL", "Mutant", "mutants"]
