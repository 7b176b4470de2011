"""A class of sixty with everything that happens in one: each page under its own id, or told by name; none lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from grading.intake.collect import collect
from grading.intake.report import report_table
from tests.grading import lms_archives as lms
from tests.grading.conftest import UNIT, released, two_units

NB = f"{UNIT}.ipynb"
LONG = "Maximiliane Alexandra Charlotte Wilhelmina von und zu Student-Hohenstudentenburg " + "Lang" * 12


@dataclass(frozen=True)
class Named(lms.Student):
    """A student who has a name."""

    called: str = ""

    @property
    def name(self):
        return self.called or super().name


NAMES = {
    3: "Alex Student",
    4: "Alex Student",
    5: "Émile Çağla Ñandú-Student",
    6: "طالب العلم",
    13: LONG,
    14: "תלמיד ישראלי",
    16: "Old Student-Sixteen",
}
CLASS = [Named(number, NAMES.get(number, "")) for number in range(1, 61)]
REMOVED, NOTHING, RENAMED, TWO_IDS, OTHER_FILE, WEB_PAGE = 17, 20, 16, 18, 10, 11


def platforms_list(platform):
    """Who is on the platform by its own list: the renamed under the new name, the removed no more."""
    people = [Named(s.number, "New Student-Sixteen") if s.number == RENAMED else s for s in CLASS]
    people = [s for s in people if s.number != REMOVED]
    if platform == "canvas":
        return lms.canvas_gradebook(people)
    times = {s.number: lms.DEADLINE + timedelta(hours=30 if s.number in (8, 9) else -3) for s in people}
    return lms.moodle_worksheet(people, times=times, late={8: "1 day 6 hours", 9: "1 day 6 hours"})


def archive(platform):
    """The platform's zip; one account more bears a student's name."""
    files = []
    for student in [*CLASS, Named(118, CLASS[TWO_IDS - 1].name)]:
        number = student.number
        if number == NOTHING:
            continue
        shown = Named(number, "New Student-Sixteen") if number == RENAMED else student
        data = lms.notebook(number) if number != 12 else lms.json.dumps(released()).encode()
        file = {OTHER_FILE: "essay.pdf", WEB_PAGE: f"{UNIT}.html"}.get(number, NB)
        data = {OTHER_FILE: b"%PDF-1.7", WEB_PAGE: b"<html></html>"}.get(number, data)
        if platform == "canvas":
            again = f"{UNIT}-2.ipynb" if number == 7 else file  # handed in three times, as Canvas names the last
            files.append((lms.canvas_name(shown, again, late=number in (8, 9)), data))
        else:
            files.append((lms.moodle_name(shown, file), data))
    return lms.zip_bytes(files, date=datetime(2026, 10, 2))


@pytest.mark.parametrize("platform", ["canvas", "moodle"])
def test_of_a_class_of_sixty_nobody_is_lost_and_nobodys_work_lies_under_another(tmp_path, platform):
    course = two_units(tmp_path / "course")
    rows = lms.roster_rows([s for s in CLASS if s.number != REMOVED])
    (course.root / "roster.csv").write_bytes(lms.table_bytes(rows))
    (course.root / "list.csv").write_bytes(platforms_list(platform))
    (course.root / "all.zip").write_bytes(archive(platform))
    report = collect(course, UNIT, course.root / "all.zip", roster=course.root / "list.csv")
    lines = {line.student: line for line in report.lines if line.student}
    plain = {s.id for s in CLASS} - {f"student-{n:02}" for n in (REMOVED, NOTHING, OTHER_FILE, WEB_PAGE)}
    assert {line.student for line in report.of("collected")} == plain
    for student in plain - {"student-12"}:
        text = (course.root / "submitted" / student / UNIT / NB).read_text()
        assert f'# number {int(student[-2:])}"' in text, student
    assert {line.student for line in report.of("no notebook")} == {"student-10", "student-11"}
    assert {line.student for line in report.of("missing")} == {"student-20"}
    strange = {line.notes[0] for line in report.of("not matched")}
    assert {"not in the roster" in why for why in strange} == {
        "another person or account" in why for why in strange
    }
    assert {line.student for line in lines.values() if line.late} == {"student-08", "student-09"}
    assert (lines["student-09"].handed_in is not None) == (platform == "moodle")
    assert {line.student: line.notes for line in report.of("collected") if line.notes} == {
        "student-12": ("nothing is answered in it",)
    }
    assert len(report_table(report).splitlines()) < 20
    again = collect(course, UNIT, course.root / "all.zip")
    assert {line.change for line in again.of("collected")} == {"unchanged"}
    assert {line.student for line in again.of("collected")} == plain
    assert len(again.of("not matched")) == 2
