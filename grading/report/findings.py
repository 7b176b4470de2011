"""Everything that a report says of a class, ready to be shown as a page and as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from grading.course import Course
from grading.oddities import Shared, by_cause
from grading.report.alike import Alikeness, alike
from grading.report.gather import ClassRecord, Paper, codes, gather, given_code
from grading.report.items import Mistake, Spread, Task, marks_in_percent, mistakes, spread, tasks, to_reteach
from grading.report.people import People, people
from grading.report.prints import names_given
from grading.submission.results import STATES, Result
from grading.units.personal import everybody
from grading.units.unit import course_secret

BINS = 10
SLOWEST = 5


@dataclass(frozen=True)
class Failure:
    """A submission that did not run to its end."""

    student: str
    state: str
    note: str


@dataclass(frozen=True)
class Findings:
    """What a report says."""

    record: ClassRecord
    people: People
    tasks: Sequence[Task]
    reteach: Sequence[Task]
    mistakes: Sequence[Mistake]
    percents: dict[str, float]
    marks: Spread | None
    bins: Sequence[int]
    seconds: Spread | None
    slowest: Sequence[tuple[str, float]]
    states: dict[str, int]
    failures: Sequence[Failure]
    alike: Alikeness
    oddities: Sequence[Shared]
    remarks: Sequence[str]


def find(course: Course, unit: str, *, anonymous: bool = False, section: str = "") -> Findings:
    """Work out what a report on a unit says.

    Raises
    ------
    CourseError
        If nothing was graded yet, or the record of marks disagrees.
    """
    record = gather(course, unit, section)
    names = people(
        {*record.students, *record.left, *everybody(course, unit)},
        secret=course_secret(course) if anonymous else None,
        private=record.private,
        called=record.called,
    )
    given = list(given_code(course, unit))
    code, without_notebook = codes(course, record)
    weighed = tasks(record)
    percents = marks_in_percent(record)
    seconds = {paper.student: paper.result.seconds for paper in record.ran}
    return Findings(
        record=record,
        people=names,
        tasks=weighed,
        reteach=to_reteach(weighed),
        mistakes=mistakes(record),
        percents=percents,
        marks=spread(list(percents.values())),
        bins=_bins(list(percents.values())),
        seconds=spread(list(seconds.values())),
        slowest=[(name, seconds[name]) for name in sorted(seconds, key=lambda n: -seconds[n])[:SLOWEST]],
        states=_states(record),
        failures=_failures(record, names),
        alike=_in_order(alike(code, given, names_given(given)), names),
        oddities=_oddities(record.papers, names),
        remarks=_remarks(record, names, without_notebook),
    )


def _remarks(record: ClassRecord, names: People, without_notebook: Sequence[str]) -> list[str]:
    """What is missing from this report, and what a person has to mend."""

    def called(students: Sequence[str]) -> str:
        return ", ".join(names.label_and_name(student) for student in names.ordered(students))

    remarks = [
        f"{names.label(paper.student)}: {trouble}, not counted; mend it in formgrader"
        for paper in record.papers
        for trouble in paper.troubles
    ]
    remarks += [
        f"graded by version {version.partition('-')[2][:8] or 'unknown'} of the tests: {called(students)}"
        for version, students in record.versions.items()
    ]
    if without_notebook:
        gone = f"no notebook in autograded/, so not compared with others: {called(without_notebook)}"
        remarks.append(f"{gone}; 'python -m grading autograde {record.unit}' makes it again from submitted/")
    if record.left:
        remarks.append(f"left out, for they are in the class no more: {called(record.left)}")
    if record.stale:
        remarks.append(f"handed in anew, counted by their earlier work until it is graded: {called(record.stale)}")
    return remarks


def _in_order(alikeness: Alikeness, names: People) -> Alikeness:
    """Each pair in the order of what its students are called."""
    pairs = (
        pair
        if names.ordered(pair.students) == list(pair.students)
        else replace(pair, students=pair.students[::-1], cells={name: s[::-1] for name, s in pair.cells.items()})
        for pair in alikeness.pairs
    )
    return replace(alikeness, pairs=tuple(pairs))


def _bins(percents: Sequence[float]) -> list[int]:
    """How many lie in each tenth; 100 counts to the last."""
    counts = [0] * BINS
    for percent in percents:
        counts[min(BINS - 1, max(0, int(percent * BINS / 100 + 1e-9)))] += 1
    return counts


def _states(record: ClassRecord) -> dict[str, int]:
    counts: dict[str, int] = {
        state: sum(paper.result.state == state for paper in record.papers) for state in STATES
    }
    counts["missing"] += len(record.absent)
    return counts


def _failures(record: ClassRecord, names: People) -> list[Failure]:
    failed = {paper.student: paper.result for paper in record.papers if not paper.ran}
    students = names.ordered([*failed, *record.absent])
    return [
        Failure(student, failed[student].state, _note(failed[student], names))
        if student in failed
        else Failure(student, "missing", "nothing was handed in")
        for student in students
    ]


def _note(result: Result, names: People) -> str:
    return names.remark(result.cause) if result.cause is not None else ""


def _oddities(papers: Sequence[Paper], names: People) -> list[Shared]:
    """What was found, the commonest first, the students in the order of what they are called."""
    found = [(paper.student, paper.result.oddities) for paper in papers]
    shared = by_cause(found, impersonal=names.anonymous)
    return [
        replace(
            one,
            text=names.text(one.text),
            places={who: tuple(map(names.text, one.places[who])) for who in names.ordered(one.places)},
        )
        for one in shared
    ]
