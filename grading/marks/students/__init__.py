"""Who is in the class, and what the course folder holds of each: listed, moved, set aside, put back, deleted.

`holdings` finds all that is kept of a student; `journal` saves it before a change, so that the change can be
undone; `changes` adds, removes, renames and merges; `forget` deletes for good.
"""
