"""nbgrader's exchange: no link is followed, and its two files travel with a submission to its feedback."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from grading.autograde.run import autograde
from grading.intake.exchange import copy_exchange_files, copy_files
from grading.report.feedback import write_feedback
from grading.submission.read import EXCHANGE_FILES, read_folder
from grading.submission.recogniser import Recogniser
from tests.grading.conftest import ROOT, UNIT, hand_in, solved


def exchanged(course, secret):
    stamp = b"2026-11-25 08:00:00.000000 UTC"
    return hand_in(course, "student-01", solved(), timestamp__txt=stamp, submission_secret__txt=secret)


def test_feedback_lies_beside_the_time_and_the_secret_of_the_graded_submission(course):
    exchanged(course, b"first")
    autograde(course, UNIT)
    [page] = write_feedback(course, UNIT)
    assert page.with_name("submission_secret.txt").read_text() == "first"
    assert page.with_name("timestamp.txt").read_text() == "2026-11-25 08:00:00.000000 UTC"


def test_the_same_work_handed_in_again_is_kept_and_has_the_new_secret(course):
    exchanged(course, b"first")
    autograde(course, UNIT)
    exchanged(course, b"second")
    assert autograde(course, UNIT).reused == 1
    [page] = write_feedback(course, UNIT)
    assert page.with_name("submission_secret.txt").read_text() == "second"


def test_a_submission_collected_after_grading_does_not_get_the_feedback_of_the_one_before(course):
    exchanged(course, b"graded")
    autograde(course, UNIT)
    exchanged(course, b"collected later")
    [page] = write_feedback(course, UNIT)
    assert page.with_name("submission_secret.txt").read_text() == "graded"


def test_the_secret_is_not_given_to_the_notebook(course):
    assert read_folder(exchanged(course, b"first"), "student-01", Recogniser(course, UNIT)).files == {}


@pytest.mark.parametrize(
    "put",
    [
        pytest.param(lambda path: None, id="nothing"),
        pytest.param(lambda path: path.symlink_to("/etc/hostname"), id="a link"),
        pytest.param(lambda path: path.mkdir(), id="a folder"),
        pytest.param(lambda path: path.write_text("x" * 5000), id="a large file"),
        pytest.param(lambda path: path.write_bytes(b"\xff\xfe\x00"), id="no text"),
    ],
)
def test_what_is_no_small_text_file_is_not_handed_on_and_the_old_one_goes(tmp_path, put):
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    target.mkdir()
    for name in EXCHANGE_FILES:
        (target / name).write_text("of an earlier submission")
        put(source / name)
    copy_exchange_files(source, target)
    assert list(target.iterdir()) == []


def test_only_ordinary_files_are_copied(tmp_path):
    secret, source = tmp_path / "secret", tmp_path / "source"
    (secret / "deep").mkdir(parents=True)
    (secret / "deep" / "solution.py").write_text("the answers")
    (source / "data").mkdir(parents=True)
    (source / "data" / "own.csv").write_text("1,2")
    (source / "link.py").symlink_to(secret / "deep" / "solution.py")
    (source / "data" / "link").symlink_to(secret / "deep")
    os.mkfifo(source / "pipe")
    assert sorted(copy_files(source, tmp_path / "target")) == ["data/link", "link.py", "pipe"]
    copied = {str(path.relative_to(tmp_path / "target")) for path in (tmp_path / "target").rglob("*")}
    assert copied == {"data", "data/own.csv"}


def test_a_folder_that_is_a_link_is_not_copied(tmp_path):
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "solution.py").write_text("the answers")
    (tmp_path / "source").symlink_to(tmp_path / "solutions")
    assert copy_files(tmp_path / "source", tmp_path / "target") == ["the folder itself"]
    assert not (tmp_path / "target").exists()


def test_nbgrader_collect_brings_no_solution_into_a_submission(course):
    """Stock collect follows links with the instructor's rights; the notebook could then import the answers."""
    exchange = course.root.parent / "exchange"
    with (course.root / "course.toml").open("a") as file:
        file.write(f'[hub]\ninstructors = ["instructor-01"]\nexchange = "{exchange}"\n')
    for student in ("student-01", "student-02"):
        folder = exchange / "test-course" / "inbound" / f"{student}+{UNIT}+2026-11-25 08:00:00.000000 UTC+x"
        folder.mkdir(parents=True)
        (folder / f"{UNIT}.ipynb").write_text(json.dumps(solved()))
        (folder / "timestamp.txt").write_text("2026-11-25 08:00:00.000000 UTC")
        (folder / "data.csv").write_text("1,2")
        if student == "student-02":
            (folder / "answers.py").symlink_to(course.source(UNIT))
    exchange.chmod(0o1777)
    environment = {**os.environ, "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"}
    command = ["nbgrader", "collect", UNIT]
    done = subprocess.run(command, cwd=course.root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "answers.py is a link or no ordinary file, not collected" in done.stderr
    for student in ("student-01", "student-02"):
        names = {path.name for path in (course.root / "submitted" / student / UNIT).iterdir()}
        assert names == {f"{UNIT}.ipynb", "timestamp.txt", "data.csv"}
