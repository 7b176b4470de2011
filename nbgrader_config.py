"""nbgrader's settings for this course; every nbgrader command in this folder reads them."""

c = get_config()  # noqa: F821  (nbgrader defines it)

c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
