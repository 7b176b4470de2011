"""nbgrader's settings for this course; every nbgrader command in this folder reads them."""

from grading.nbgrader_plugin import install

c = get_config()  # noqa: F821  (nbgrader defines it)

c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.course_id = "hierarchical-models"

install()  # nbgrader autograde, formgrader's Autograde button and generate_feedback use this course's grader
