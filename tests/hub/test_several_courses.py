"""One hub for several courses: each server gets the course of its owner, and nothing of another."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.grading.conftest import ROOT

RECIPE = (ROOT / "hub" / "jupyterhub_config.py").read_text("utf-8")


class Config(dict):
    """traitlets' configuration, as far as a recipe uses it."""

    def __getattr__(self, name):
        return self.setdefault(name, Config())

    __setattr__ = dict.__setitem__


def recipe(tmp_path, monkeypatch, **teachers):
    """The recipe's names after it was read for courses with these teachers."""
    folders = []
    for name, who in teachers.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / "course.toml").write_text(
            f'course_id = "{name}"\ntitle = "The <{name}>"\n'
            f'[hub]\ninstructors = {who}\nexchange = "{tmp_path}/x"\n'
        )
        folders.append(str(folder))
    monkeypatch.setenv("COURSE_FOLDER", ":".join(folders))
    config = Config()
    names = {"get_config": lambda: config, "__file__": str(ROOT / "hub" / "jupyterhub_config.py")}
    exec(compile(RECIPE, "jupyterhub_config.py", "exec"), names)
    return names, config


def server(names, user, **options):
    spawner = SimpleNamespace(user=SimpleNamespace(name=user), user_options=options, notebook_dir="")
    names["give_role"](spawner)
    return spawner


def test_each_gets_the_course_that_they_teach_and_students_all(tmp_path, monkeypatch):
    names, config = recipe(tmp_path, monkeypatch, a=["ann", "both"], b=["ben", "both"])
    ann, ben, student = (server(names, user) for user in ("ann", "ben", "sam"))
    assert (ann.environment["COURSE_ID"], ann.notebook_dir) == ("a", str(tmp_path / "a"))
    assert (ben.environment["COURSE_ID"], ben.environment["COURSE_FOLDER"]) == ("b", str(tmp_path / "b"))
    assert (student.environment["COURSE_ID"], student.environment["COURSE_FOLDER"]) == ("", "")
    assert "PYTHONPATH" not in student.environment
    assert ann.environment["PYTHONPATH"] == str(ROOT)
    assert config.JupyterHub["load_groups"]["instructors"]["users"] == ["ann", "ben", "both"]


def test_who_teaches_two_is_asked_and_gets_no_other(tmp_path, monkeypatch):
    names, _ = recipe(tmp_path, monkeypatch, a=["ann", "both"], b=["ben", "both"])
    both = server(names, "both")
    form = names["which_course"](both)
    assert '<option value="1">The &lt;b&gt;</option>' in form
    assert names["which_course"](server(names, "ann")) == names["which_course"](server(names, "sam")) == ""
    chosen = names["chosen_course"]({"course": ["1"]}, both)
    assert server(names, "both", **chosen).environment["COURSE_ID"] == "b"
    assert server(names, "ann", course=1).environment["COURSE_ID"] == "a"  # a place that she does not have


def test_one_course_is_as_it_was(tmp_path, monkeypatch):
    names, _ = recipe(tmp_path, monkeypatch, a=["ann"])
    assert server(names, "sam").environment["COURSE_ID"] == "a"


def test_courses_that_would_be_mixed_up_are_refused(tmp_path, monkeypatch):
    recipe(tmp_path, monkeypatch, a=["ann"])
    monkeypatch.setenv("COURSE_FOLDER", f"{tmp_path / 'a'}:{tmp_path / 'b'}")
    (tmp_path / "b").mkdir()
    for text, says in (('course_id = "a"', "same course_id"), ('course_id = "b"', "exchange differs")):
        exchange = tmp_path / ("x" if "same" in says else "y")
        (tmp_path / "b" / "course.toml").write_text(
            f'{text}\n[hub]\ninstructors = ["b"]\nexchange = "{exchange}"\n'
        )
        with pytest.raises(SystemExit, match=says):
            exec(compile(RECIPE, "c", "exec"), {"get_config": Config, "__file__": str(ROOT / "hub/x.py")})
