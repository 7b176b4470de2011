"""nbgrader's gradebook: the one database of marks, and the one writer to it.

`writer` enters results in batches and reads marks back; `schema` creates and checks the database. Importing
`writer` takes a second, since it brings nbgrader and SQLAlchemy: commands that need no gradebook do not import it.
"""
