"""nbgrader for a student on the hub: which course, where its exchange is, and under which name to submit."""

import os

c = get_config()  # noqa: F821  (nbgrader defines it)

c.CourseDirectory.course_id = os.environ["COURSE_ID"]
c.Exchange.path_includes_course = not os.environ["COURSE_ID"]  # several courses: a folder for each
c.CourseDirectory.student_id = os.environ["JUPYTERHUB_USER"]  # the name on the hub, whatever the account is called
c.Exchange.root = os.environ["COURSE_EXCHANGE"]
c.Exchange.timezone = "UTC"  # times in timestamp.txt; late penalties are reckoned from them
