"""What a check is: the cases that it asks, how answers are compared, which mistakes it knows by name.

`definition` is what an instructor writes in ``tests/hidden/<unit>.py``; it imports this package and nothing
else of ours. `notebook_check` compares answers with a table of cases; a copy of it, ``check.py``, lies beside
the student's notebook, so it imports NumPy and pandas only. Nothing here knows of sandboxes, courses or files.
"""

from grading.checks.definition import Case, Check, Misconception, Verdict, wrong

__all__ = ["Case", "Check", "Misconception", "Verdict", "wrong"]
