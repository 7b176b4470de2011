"""Move all that is kept of students to other ids: folders, results, rows, lines of the lists."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from grading.course import Course
from grading.files import write_atomically, write_bytes_atomically
from grading.gradebook.students import Rows, replace_rows, rows_of, units_of
from grading.lms.class_list import change_class, class_list
from grading.marks.late_settings import EXTENSIONS
from grading.marks.sent import rewrite, sent
from grading.marks.students.holdings import TREES, results_of, trees_of
from grading.marks.students.journal import ASIDE
from grading.submission.fingerprint import fingerprint_by
from grading.submission.read import read_folder
from grading.submission.recogniser import Recogniser
from grading.submission.results import Result, ResultStore, result_store
from grading.tables import find_column, read_table


def drop_unit(course: Course, student: str, unit: str) -> None:
    """Remove a student's work of one unit."""
    for tree in trees_of(course, student):
        if (tree / unit).exists():
            shutil.rmtree(tree / unit)
    for path in results_of(course, [student]):
        if path.is_relative_to(course.results / unit):
            path.unlink()
    ids = {key for key, name in units_of(course).items() if name == unit}
    rows = rows_of(course, [student])
    replace_rows(course, [student], _without_assignments(rows, ids))


def _without_assignments(rows: Rows, assignments: Collection[str]) -> Rows:
    """Rows but for those of some units."""
    kept: Rows = {"student": rows["student"]}
    kept["submitted_assignment"] = [
        r for r in rows["submitted_assignment"] if r["assignment_id"] not in assignments
    ]
    submissions = {row["id"] for row in kept["submitted_assignment"]}
    kept["submitted_notebook"] = [r for r in rows["submitted_notebook"] if r["assignment_id"] in submissions]
    notebooks = {row["id"] for row in kept["submitted_notebook"]}
    for name in ("grade", "comment"):
        kept[name] = [row for row in rows[name] if row["notebook_id"] in notebooks]
    return kept


def move(course: Course, new_ids: Mapping[str, str]) -> None:
    """Move folders, results and rows, all of them out of the way first, since ids may be exchanged."""
    moved = {old: _renamed_results(course, old, new) for old, new in new_ids.items()}
    for path in results_of(course, list(new_ids)):
        path.unlink()
    aside = course.submissions / ASIDE
    for old in new_ids:
        for tree in trees_of(course, old):
            if tree.parent.name == "feedback":
                shutil.rmtree(tree)
            else:
                (aside / tree.parent.name).mkdir(parents=True, exist_ok=True)
                tree.rename(aside / tree.parent.name / old)
    for old, new in new_ids.items():
        for name in TREES:
            if (aside / name / old).exists():
                shutil.copytree(aside / name / old, course.root / name / new, symlinks=True, dirs_exist_ok=True)
    if aside.exists():
        shutil.rmtree(aside)
    for old, results in moved.items():
        for store, result, before in results:
            store.save(result)
            _name_result(store.notebook(new_ids[old]), before, result.fingerprint)
    everyone = {*new_ids, *new_ids.values()}
    replace_rows(course, everyone, _renamed_rows(rows_of(course, everyone), new_ids))
    entries = [
        replace(
            each,
            students={new_ids.get(student, student): mark for student, mark in each.students.items()},
            pages={new_ids.get(student, student): page for student, page in each.pages.items()},
        )
        for each in sent(course)
    ]
    rewrite(course, entries)


def _renamed_results(course: Course, old: str, new: str) -> list[tuple[ResultStore, Result, str]]:
    """A student's results under the new id, with the store of each and its fingerprint before."""
    found = []
    for unit in course.units:
        store = result_store(course, unit)
        recogniser = Recogniser(course, unit) if store.folder.is_dir() else None
        for path in results_of(course, [old]):
            result = store.load(path.stem) if path.parent == store.folder else None
            if result is not None and recogniser is not None:
                fresh = _fingerprint(course, result, new, recogniser)
                renamed = replace(result, student=new, fingerprint=fresh)
                found.append((store, renamed, result.fingerprint))
    return found


def _fingerprint(course: Course, result: Result, new: str, recogniser: Recogniser) -> str:
    """What the result is called under the new id; one that was stale before, or failed, stays so."""
    folder = course.submitted(result.student, result.unit)
    if result.version and folder.is_dir():
        work = read_folder(folder, result.student, recogniser)
        if fingerprint_by(work, result.version) == result.fingerprint:
            return fingerprint_by(read_folder(folder, new, recogniser), result.version)
    prefix = "failed-" if result.fingerprint.startswith("failed-") else ""
    return prefix + hashlib.sha256(f"{result.fingerprint} {new}".encode()).hexdigest()[:32]


def _name_result(notebook: Path, before: str, after: str) -> None:
    """Let the autograded notebook name its result by the new fingerprint."""
    try:
        text = notebook.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return
    start, end = text[:-500], text[-500:]
    if before in end:
        write_atomically(notebook, start + end.replace(before, after))


def _renamed_rows(rows: Rows, new_ids: Mapping[str, str]) -> Rows:
    """Rows under new ids; of two students that become one, the one whose id stays keeps name and address."""
    people: dict[str, dict[str, Any]] = {}
    for row in sorted(rows["student"], key=lambda row: row["id"] in new_ids):
        student = new_ids.get(row["id"], row["id"])
        people[student] = {**row, **{k: v for k, v in people.get(student, {}).items() if v}, "id": student}
    submissions = [
        {**row, "student_id": new_ids.get(row["student_id"], row["student_id"])}
        for row in rows["submitted_assignment"]
    ]
    return {**rows, "student": list(people.values()), "submitted_assignment": submissions}


def rename_lists(course: Course, new_ids: Mapping[str, str]) -> None:
    """Rename lines of the roster, or drop those of an id that became another's, and rename extensions."""
    listed = class_list(course)
    if listed:
        staying = set(listed) - set(new_ids)
        doubled = [old for old, new in new_ids.items() if old in listed and new in staying]
        change_class(course, remove=doubled, rename={o: n for o, n in new_ids.items() if o not in doubled})
    rename_extensions(course, dict(new_ids))


def rename_extensions(course: Course, new_ids: Mapping[str, str | None]) -> None:
    """Rename students in the list of extensions; None drops the line."""
    path = course.root / EXTENSIONS
    if not path.exists():
        return
    table = read_table(path)
    column = find_column(table.header.values, "student")
    if column is None:
        return
    gone = [row for row in table.rows[1:] if new_ids.get(row[column].strip(), "") is None]
    table.rows = [row for row in table.rows if not any(row is each for each in gone)]
    for row in table.rows[1:]:
        if (new := new_ids.get(row[column].strip())) is not None:
            table.put(row, column, new)
    write_bytes_atomically(path, table.data())
