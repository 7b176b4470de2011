"""One page per student: points, messages, comments. Nothing of theirs is alive in it, no hidden test shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grading.course import Course, one_at_a_time
from grading.files import remove_leftovers, write_atomically
from grading.intake.exchange import copy_exchange_files
from grading.lms.roster import Person
from grading.marks.class_marks import CellScore, ClassMarks, StudentMarks, class_marks
from grading.marks.late import UNKNOWN, Lateness
from grading.marks.mark_rows import submission_lateness
from grading.printable import counted
from grading.report.book_link import book_link
from grading.report.page_templates import environment
from grading.report.start import MarkedTask, where_to_start
from grading.submission.autograded_notebook import as_written
from grading.submission.results import CellMark
from grading.units.master import notebook_cells, source_of
from grading.units.places import NotebookPlace, unit_places


@dataclass(frozen=True)
class Item:
    """One box of the page."""

    name: str
    title: str
    points: str
    grade: str
    summary: str
    detail: str
    comment: str
    answer: str
    prose: bool
    drawn: Sequence[str]
    """Pictures that code drew, as data URIs."""
    shown: Mapping[str, str]
    """Pictures that prose shows: target -> data URI."""
    page: str
    link: str


@dataclass(frozen=True)
class FeedbackPage:
    """A student's page as it lies in ``feedback/``, and what stands on it by the names of the template."""

    student: str
    path: Path
    html: str
    content: Mapping[str, Any]


def write_feedback(
    course: Course,
    unit: str,
    *,
    students: Sequence[str] = (),
    section: str = "",
    tell: Callable[[str], None] = lambda line: None,
) -> list[Path]:
    """Write ``feedback/<student>/<unit>/<unit>.html`` for each student with a result of what was handed in last.

    `tell` is called with each thing that a person should mend: it shows on the page as not marked yet, or there is
    no page.

    Raises
    ------
    CourseError
        If nothing was graded yet, a named student was not, or the record of marks disagrees.
    """
    with one_at_a_time(course, f"feedback {unit}"):
        marks = class_marks(course, unit, students, section)
        pages = [page.path for page in written_pages(course, unit, marks, students or sorted(marks.of))]
    for line in marks.troubles:
        tell(line)
    for student in sorted(marks.stale):
        tell(f"{student}: handed in anew, so no page; run 'python -m grading autograde {unit}' first")
    return pages


def _called(student: str, people: Mapping[str, Person]) -> str:
    name = people[student].name if student in people else ""
    return f"{name} ({student})" if name and name != student else student


def written_pages(course: Course, unit: str, marks: ClassMarks, students: Iterable[str]) -> Iterator[FeedbackPage]:
    """Write the page of each of these students, and yield it; the caller keeps other commands out.

    Whose latest work is not graded has none.
    """
    chosen = [marks.of[student] for student in students if student not in marks.stale]
    lates = submission_lateness(course, unit, [each.result.student for each in chosen])
    title, places = unit_places(course, unit)
    template = environment().get_template("feedback.html")
    for each in chosen:
        student = each.result.student
        path = course.feedback_page(student, unit)
        content = _page(course, each, places) | {"title": title, "called": _called(student, marks.people)}
        content |= _late(lates[student][0], content["earned"], each.result.points)
        html = template.render(**content)
        remove_leftovers([path.parent])
        write_atomically(path, html)
        copy_exchange_files(course.autograded(student, unit), path.parent)
        yield FeedbackPage(student, path, html, content)


def _page(course: Course, marks: StudentMarks, places: Mapping[str, NotebookPlace]) -> dict[str, Any]:
    result = marks.result
    try:
        cells = notebook_cells(course.autograded_notebook(result.student, result.unit))
    except (OSError, ValueError):
        cells = []
    page = course.feedback_page(result.student, result.unit)
    items = []
    for mark, score in zip(result.marks, marks.cells, strict=True):
        place = _place(places, mark)
        link = book_link(course, result.unit, place, page)
        items.append(_item(mark, score, marks.comments.get(mark.grade_id, ""), place, link, cells))
    tested = [
        MarkedTask(mark.grade_id, item.title, item.answer, item.grade == "full")
        for mark, item in zip(result.marks, items, strict=True)
        if not mark.written
    ]
    waiting = sum(cell.points for cell in marks.cells if cell.score is None)
    return {
        "student": result.student,
        "state": result.state,
        "note": result.note,
        "others": [oddity.text for oddity in result.oddities if oddity.kind == "other notebook"],
        "earned": round(sum(cell.score or 0.0 for cell in marks.cells), 6),
        "points": f"{result.points:g}",
        "waiting": f"{waiting:g}" if waiting else "",
        "start": where_to_start(tested) if result.state not in ("missing", "malformed") else "",
        "items": items,
    }


def _late(lateness: Lateness, earned: float, points: float) -> dict[str, str]:
    """The score after the late policy, and what a student should hear of that."""
    score = lateness.apply(earned, points)
    return {
        "score": f"{score:g}",
        "before": f"{earned:g}" if score != earned else "",
        "late": "" if lateness.note == UNKNOWN else lateness.note,
    }


def _place(places: Mapping[str, NotebookPlace], mark: CellMark) -> NotebookPlace:
    """Where the mark's cell stands; a cell that the unit no longer has is called by its id."""
    return places.get(mark.grade_id) or NotebookPlace(mark.grade_id)


def _item(
    mark: CellMark,
    counts: CellScore,
    comment: str,
    place: NotebookPlace,
    link: str,
    cells: Sequence[Mapping[str, Any]],
) -> Item:
    score = counts.score
    summary, _, detail = mark.message.partition("\n")
    answer, prose, shown = _answer(cells, place.answer_id)
    return Item(
        name=mark.grade_id,
        title=place.title,
        points=f"{counted(mark.points, 'point')}, to be marked by a person"
        if score is None
        else _points(score, counts),
        grade="wait" if score is None else "full" if score >= mark.points else "some" if score > 0 else "zero",
        summary=summary,
        detail=detail,
        comment=comment,
        answer=answer,
        prose=prose and mark.written,
        drawn=_pictures(cells, mark.grade_id) if mark.written else (),
        shown=shown,
        page=place.page if score is not None and score < mark.points else "",
        link=link,
    )


def _points(score: float, counts: CellScore) -> str:
    extra = f", extra credit {counts.extra:+g} included" if counts.extra else ""
    return f"{score:g} of {counts.points:g}{extra}"


def _answer(cells: Sequence[Mapping[str, Any]], answer_id: str) -> tuple[str, bool, dict[str, str]]:
    """What was handed in, whether it is prose, and the pictures that it shows."""
    for cell in cells:
        if cell.get("id") == answer_id:
            attached = cell.get("attachments", {}).items()
            shown = {
                f"attachment:{name}": f"data:{kind};base64,{data}"
                for name, pictures in attached
                for kind, data in pictures.items()
            }
            prose = cell["cell_type"] == "markdown"
            return as_written(source_of(cell)) if prose else source_of(cell), prose, shown
    return "", False, {}


def _pictures(cells: Sequence[Mapping[str, Any]], grade_id: str) -> list[str]:
    """Pictures that a written code cell, or the given cell that calls it, drew."""
    outputs = [output for cell in _after(cells, grade_id) for output in cell.get("outputs", [])]
    pictures = [output.get("data", {}).get("image/png") for output in outputs]
    return ["data:image/png;base64," + "".join(str(data).split()) for data in pictures if data]


def _after(cells: Sequence[Mapping[str, Any]], grade_id: str) -> Iterable[Mapping[str, Any]]:
    """The cell and the code cells that follow it directly."""
    started = False
    for cell in cells:
        started = started or cell.get("id") == grade_id
        if started:
            if cell["cell_type"] != "code":
                return
            yield cell
