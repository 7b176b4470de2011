"""What is asked of students: how a unit is built, and everything that grading it needs.

`build` makes the notebooks from ``solutions/<unit>.py``; `unit` reads the built unit (`master`, release files,
limits) together with its `hidden_cases`; `personal` draws data of each student's own and `personalise` writes
them out; `places` tells where in the notebook and the book each graded cell stands.
"""
