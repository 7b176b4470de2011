"""nbgrader's exchange: its two files travel with a submission to its feedback, and are no part of the work."""

from __future__ import annotations

import pytest

from grading.autograde import autograde
from grading.exchange import hand_on
from grading.feedback import write_feedback
from grading.submission import EXCHANGE_FILES, read_folder
from tests.grading.conftest import UNIT, hand_in, solved


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
    assert read_folder(exchanged(course, b"first"), "student-01", UNIT).files == {}


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
    hand_on(source, target)
    assert list(target.iterdir()) == []
