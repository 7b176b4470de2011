"""nbgrader's settings for this course; every nbgrader command in this folder reads them."""

from pathlib import Path

from grading.nbgrader_plugin import install
from grading.settings import read_settings

c = get_config()  # noqa: F821  (nbgrader defines it)

settings = read_settings(Path(__file__).with_name("course.toml"))
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.course_id = settings.course_id
if settings.hub is not None:
    c.Exchange.root = settings.hub.exchange
    c.Exchange.timezone = "UTC"  # times of submission; late penalties are reckoned from them

install()  # nbgrader autograde, formgrader's Autograde button and generate_feedback use this course's grader
