"""What a check is: the cases that it asks, how answers are compared, which mistakes it knows by name.

An instructor's ``tests/hidden/<unit>.py`` imports this package and, of ours, beside it only ``reference_impl``.
`definition` says what is written there. `notebook_check` compares answers with a table of cases; a copy of it,
``check.py``, lies beside the student's notebook, so it imports NumPy and pandas only. Nothing here knows of
sandboxes, courses or files.
"""

from grading.checks.definition import Case, Check, Misconception, Verdict, remembered, wrong

__all__ = ["Case", "Check", "Misconception", "Verdict", "remembered", "wrong"]
