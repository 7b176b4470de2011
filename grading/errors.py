"""The one error that a command turns into a line on stderr and a non-zero exit."""


class CourseError(Exception):
    """Something a user can mend: the text names what is wrong, where, and the cure."""
