"""What a class's marks say about each task, and about the mistakes that the grader can name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from grading.report.gather import ClassRecord, Paper
from grading.submission.results import CellMark
from grading.units.places import NotebookPlace

OUTCOMES = ("full marks", "some", "none", "not written")


@dataclass(frozen=True)
class Mistake:
    """A named misconception: how often it occurred in a task, and what students read."""

    name: str
    grade_id: str
    title: str
    count: int
    share: float
    """Of the submissions that were tested on this task."""
    summary: str
    detail: str
    """The rest of one student's message."""


@dataclass(frozen=True)
class Task:
    """One graded cell over all notebooks that ran to their end."""

    grade_id: str
    place: NotebookPlace
    points: float
    written: bool
    number: int
    """Answers that have a mark."""
    waiting: int
    outcomes: dict[str, int]
    given: int
    """Answers that are right if wrong ones that they build on were."""
    mean_share: float | None
    lost: float
    discrimination: float | None
    why_none: str
    mistakes: tuple[Mistake, ...]

    @property
    def passed(self) -> float | None:
        """Share of answers with full marks."""
        return self.outcomes["full marks"] / self.number if self.number else None


def tasks(record: ClassRecord) -> list[Task]:
    """Every graded cell, in the unit's order."""
    named = mistakes(record)
    return [_task(record, mark, named) for mark in record.cells]


def to_reteach(weighed: Sequence[Task]) -> list[Task]:
    """Tasks that cost the class points, the dearest first; not those of which answers still wait for a person."""
    return sorted((task for task in weighed if task.lost > 0 and not task.waiting), key=lambda task: -task.lost)


def mistakes(record: ClassRecord) -> list[Mistake]:
    """Named misconceptions, the commonest first."""
    messages: dict[tuple[str, str], list[str]] = defaultdict(list)
    tested: Counter[str] = Counter()
    for paper in record.papers:
        for mark in paper.result.marks:
            tested[mark.grade_id] += paper.ran
            if mark.misconception:
                messages[mark.grade_id, mark.misconception].append(mark.message)
    named = []
    for (grade_id, name), texts in messages.items():
        summary = Counter(text.partition("\n")[0] for text in texts).most_common(1)[0][0]
        example = next(text for text in texts if text.partition("\n")[0] == summary)
        place = record.places.get(grade_id) or NotebookPlace(grade_id)
        share = len(texts) / max(tested[grade_id], len(texts))
        named.append(Mistake(name, grade_id, place.title, len(texts), share, summary, example.partition("\n")[2]))
    return sorted(named, key=lambda mistake: (-mistake.count, mistake.grade_id, mistake.name))


def _task(record: ClassRecord, mark: CellMark, named: Sequence[Mistake]) -> Task:
    name = mark.grade_id
    papers = [paper for paper in record.ran if name in paper.marks]
    judged = [paper for paper in papers if paper.scores[name] is not None]
    scores = np.array([paper.scores[name] for paper in judged], dtype=float)
    points = np.array([paper.marks[name].points for paper in judged])
    shares = scores / np.where(points > 0, points, 1.0)
    discrimination, why_none = _discrimination(name, judged, scores)
    return Task(
        grade_id=name,
        place=record.places.get(name) or NotebookPlace(name),
        points=mark.points,
        written=mark.written,
        number=len(judged),
        waiting=len(papers) - len(judged),
        outcomes=_outcomes(name, judged),
        given=sum(bool(paper.marks[name].given) for paper in judged),
        mean_share=float(shares.mean()) if len(judged) else None,
        lost=round(float((points - scores).clip(min=0).sum()), 2),
        discrimination=discrimination,
        why_none=why_none,
        mistakes=tuple(mistake for mistake in named if mistake.grade_id == name),
    )


def _outcomes(name: str, judged: Sequence[Paper]) -> dict[str, int]:
    counts = Counter(_outcome(paper.marks[name], paper.scores[name] or 0.0) for paper in judged)
    return {outcome: counts[outcome] for outcome in OUTCOMES}


def _outcome(mark: CellMark, score: float) -> str:
    if score >= mark.points:
        return "full marks"
    if score > 0:
        return "some"
    return "not written" if mark.unwritten else "none"


def _discrimination(name: str, judged: Sequence[Paper], scores: np.ndarray) -> tuple[float | None, str]:
    """Correlation of the task's marks with those of all other automatic tasks together, or why there is none."""
    others = np.array([_others(paper, name) for paper in judged], dtype=float)
    if len(judged) < 2:
        return None, "fewer than two answers"
    if np.ptp(scores) == 0:
        return None, "all have the same mark"
    if np.ptp(others) == 0:
        return None, "all have the same marks elsewhere"
    return float(np.corrcoef(scores, others)[0, 1]), ""


def _others(paper: Paper, name: str) -> float:
    scores = (
        paper.scores[mark.grade_id] for mark in paper.result.marks if not mark.written and mark.grade_id != name
    )
    # sums of equal marks in another order may differ in the last bit; np.ptp() would see it
    return round(sum(score or 0.0 for score in scores), 6)


@dataclass(frozen=True)
class Spread:
    """How a row of numbers is distributed."""

    number: int
    mean: float
    lowest: float
    quarter: float
    median: float
    three_quarters: float
    highest: float


def spread(values: Sequence[float]) -> Spread | None:
    """Mean, quartiles and extremes; None of nothing."""
    if not values:
        return None
    low, quarter, median, upper, high = np.percentile(values, (0, 25, 50, 75, 100)).tolist()
    return Spread(len(values), float(np.mean(values)), low, quarter, median, upper, high)


def marks_in_percent(record: ClassRecord) -> dict[str, float]:
    """Per student whose notebook ran: what was earned, in percent of the points that have been marked so far."""
    percents = {}
    for paper in record.ran:
        marked = [mark for mark in paper.result.marks if paper.scores[mark.grade_id] is not None]
        points = sum(mark.points for mark in marked)
        if points > 0:
            percents[paper.student] = 100 * sum(paper.scores[mark.grade_id] or 0.0 for mark in marked) / points
    return percents
