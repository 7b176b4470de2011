"""nbgrader's gradebook: the one database of marks, and the one writer to it.

`writer` enters results in batches and reads marks back, `stored_mark` is what it reads, `schema` creates and
checks the database. Importing `writer` takes a second, since it brings nbgrader and SQLAlchemy: commands that need
no gradebook do not import it.
"""

from grading.nbgrader_bridge import block_rfc3987_import

block_rfc3987_import()  # before `writer` imports nbgrader, and nbgrader nbformat
