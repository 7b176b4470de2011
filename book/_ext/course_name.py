"""The course's name, which stands in ``course.toml`` alone: the book's title, and `{{ course }}` in pages."""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from grading.course import SETTINGS, Course
from grading.errors import CourseError


def name(app: Sphinx, config: Config) -> None:
    """Call the book what the course is called; a book without a course keeps the name of its settings."""
    root = Path(app.srcdir).parent
    title = str(config.project)
    if (root / SETTINGS).is_file():
        try:
            title = Course(root).settings.name
        except CourseError as error:
            raise ConfigError(str(error)) from None
    config.project = config.html_title = title
    plain = re.sub(r"([\\`*_{}\[\]<>()#!|$~&])", r"\\\1", title)  # it is read as Markdown
    config.myst_substitutions = {**config.myst_substitutions, "course": plain}
    if config.ogp_image_alt:
        config.ogp_image_alt = str(config.ogp_image_alt).replace("{course}", title)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build."""
    app.connect("config-inited", name, priority=20)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
