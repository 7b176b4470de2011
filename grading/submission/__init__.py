"""One submission: bytes in, a result out. The heart of the grader.

`read` turns what was handed in into cells, `match_cells` finds the master cell that each is a copy of, `cell_code`
what its code binds, and `locked_cells` what was typed into a locked one. `rebuild` puts the master's locked cells
and tests into the student's notebook, `grade` runs that in a sandbox session and has `judge` put the tests'
questions to it, `cell_errors` says what became of cells that a failing task needs, `autograded_notebook` writes
what people will read, `fingerprint` names all that a mark depends on, and `results` keeps it. `grade` touches no
file and no network, so it can run anywhere.
"""
