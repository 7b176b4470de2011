"""One submission: bytes in, a result out. The heart of the grader.

`read` turns what was handed in into cells, `match_cells` finds the master cell that each is a copy of, `rebuild`
puts the student's answers into the master, `grade` runs that in a sandbox session and has `judge` put the tests'
questions to it, `autograded_notebook` writes what people will read, `fingerprint` names all that a mark depends
on, and `results` keeps it. `grade` touches no file and no network, so it can run anywhere.
"""
