"""nbgrader for an instructor on the hub: the course's own settings, wherever the server was started."""

import os

c = get_config()  # noqa: F821  (nbgrader defines it)

load_subconfig("nbgrader_config.py", path=os.environ["COURSE_FOLDER"])  # noqa: F821  (traitlets defines it)
c.CourseDirectory.root = os.environ["COURSE_FOLDER"]
