"""``students``: who is in the class, and what is kept of each person."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from grading.commands import NOT_ALL_GRADED, Commands
from grading.course import Course, one_at_a_time
from grading.errors import CourseError
from grading.lms.roster import ROSTER, Person
from grading.printable import counted, printable


def add(commands: Commands) -> None:
    """Add the command and its own commands."""
    parser = commands.add_parser(
        "students",
        help="list, add, remove, rename or merge students; delete a person's data",
        description=f"{ROSTER} says who is in the class. These commands change it together with all that the "
        "course folder holds of a person: folders, results, marks by hand, extensions, what went out. Each change "
        "but 'forget' can be undone with 'students undo'.",
    )
    parser.set_defaults(run=listing, section="", json=False)
    kinds = parser.add_subparsers(dest="kind", metavar="WHAT")
    for add_kind in (_add_listing, _add_adding, _add_removing, _add_renaming, _add_merging, _add_privacy):
        add_kind(kinds)


def _add_listing(kinds: Commands) -> None:
    one = kinds.add_parser("list", help="who is in the class, who has work here and is not, what changed")
    one.add_argument("--section", default="", metavar="NAME", help=f"only this section of {ROSTER}")
    one.add_argument("--json", action="store_true", help="print it as JSON")
    one.set_defaults(run=listing)


def _add_adding(kinds: Commands) -> None:
    one = kinds.add_parser(
        "add",
        help="take somebody into the class, or all of a platform's list who are not in it",
        description=f"Add a line to {ROSTER}. Without a roster it is made: from the list of --from, or of all "
        "whose work lies here.",
    )
    one.add_argument("student", nargs="?", metavar="ID")
    one.add_argument("--from", dest="list", type=Path, metavar="FILE", help="a list that a platform exported")
    for name in ("name", "email", "login", "sis-id", "lms-id", "section", "group"):
        one.add_argument(f"--{name}", default="", metavar="TEXT")
    one.set_defaults(run=adding)


def _add_removing(kinds: Commands) -> None:
    one = kinds.add_parser(
        "remove",
        help="take students out of the class who have left",
        description="Take students out of the class. Their work and marks are set aside, so that no export, page "
        "or report has them; 'students undo' brings them back. With --keep-work they stay where they are, and "
        f"only the line in {ROSTER} goes: nothing of theirs goes out either.",
    )
    one.add_argument("students", nargs="+", metavar="ID")
    one.add_argument("--keep-work", action="store_true", help="leave work and marks in place; needs a roster")
    one.set_defaults(run=removing)
    one = kinds.add_parser("undo", help="take back the last change of the class")
    one.set_defaults(run=undoing)


def _add_renaming(kinds: Commands) -> None:
    one = kinds.add_parser("rename", help="give a student another id, everywhere")
    one.add_argument("old", metavar="OLD")
    one.add_argument("new", metavar="NEW")
    one.set_defaults(run=renaming)
    one = kinds.add_parser(
        "match",
        help="give everybody whose work lies here under a platform's id the id of the roster",
        description="Work that was collected without a roster lies under the platform's ids. This renames "
        f"everybody whom {ROSTER} recognises by what the platform told: number, login, address or name.",
    )
    one.set_defaults(run=matching)


def _add_merging(kinds: Commands) -> None:
    one = kinds.add_parser(
        "merge",
        help="make one student of two ids",
        description="Make one student of two ids. Of a unit that both handed in the later work counts.",
    )
    one.add_argument("old", metavar="ID", help="the id that goes")
    one.add_argument("new", metavar="INTO", help="the id that stays")
    one.add_argument("--keep", default="", metavar="ID", help="whose work counts where both handed in")
    one.set_defaults(run=merging)


def _add_privacy(kinds: Commands) -> None:
    one = kinds.add_parser(
        "kept",
        help="what is kept of whom, since when, and until when",
        description="List what the course folder holds of each person. keep_days of course.toml says how long.",
    )
    one.add_argument("students", nargs="*", metavar="ID", help="default: everybody")
    one.add_argument("--json", action="store_true", help="print it as JSON")
    one.set_defaults(run=keeping)
    one = kinds.add_parser(
        "forget",
        help="delete a person's data for good",
        description="Delete all that the course folder holds of a student, saved states included, and tables and "
        "reports that name them, which a command makes again. This cannot be undone, so it asks for --yes.",
    )
    one.add_argument("students", nargs="*", metavar="ID")
    one.add_argument("--expired", action="store_true", help="everybody whose time by keep_days is over")
    one.add_argument("--yes", action="store_true", help="delete; without it, only say what would be")
    one.set_defaults(run=forgetting)


def listing(course: Course, args: argparse.Namespace) -> int:
    """List the class."""
    from grading.lms.class_list import class_list, section_members
    from grading.marks.students.holdings import everybody
    from grading.marks.students.journal import changes

    people, there = class_list(course), everybody(course)
    members = section_members(course, args.section) if args.section else set(people or there)
    others = [student for student in there if people and student not in people]
    if args.json:
        listed = [vars(people[s]) if s in people else {"student": s} for s in sorted(members)]
        print(json.dumps({"students": listed, "not_in_roster": others}, indent=1, ensure_ascii=False))
        return 0
    where = f"in {ROSTER}"
    if not people:
        where = f"with work here; there is no {ROSTER} ('grading students add --from FILE')"
    print(f"{counted(len(members), 'student')} {where}")
    print("".join(f"  {_line(student, people.get(student))}\n" for student in sorted(members)), end="")
    if others and not args.section:
        print(f"not in {ROSTER}, so that nothing of theirs goes out:", *(f"  {s}" for s in others), sep="\n")
        print("  'grading students match' if they are in it under another id, 'add ID' or 'remove ID' if not")
    for _, change in changes(course)[:1]:
        print(f"last change: {change.what} ({change.when}); 'grading students undo' takes it back")
    return 0


def _line(student: str, person: Person | None) -> str:
    known = (person.name, person.email, person.section) if person else ()
    told = (printable(text, 80) for text in known if text)
    return f"{student:<20} {'  '.join(told)}".rstrip()


def adding(course: Course, args: argparse.Namespace) -> int:
    """Add one student, or those of a list."""
    from grading.marks.students.changes import add as add_people
    from grading.marks.students.changes import add_from, recognised

    if (args.student is None) == (args.list is None):
        raise CourseError(
            "name one student, or a list: 'grading students add ID' or 'grading students add --from FILE'"
        )
    with one_at_a_time(course, "students add"):
        if args.list is not None:
            added = add_from(course, args.list)
        else:
            texts = {name: getattr(args, name) for name in ("name", "email", "login", "sis_id", "lms_id")}
            person = Person(student=args.student, section=args.section, group=args.group, **texts)
            added = add_people(course, [person])
        others = recognised(course)
    print(f"{added[0] if len(added) == 1 else counted(len(added), 'student')} added to {ROSTER}")
    if others:
        have = counted(len(others), "of the class has", "of the class have")
        print(f"{have} work here under other ids: 'grading students match' renames them")
    return NOT_ALL_GRADED if others else 0


def removing(course: Course, args: argparse.Namespace) -> int:
    """Remove students."""
    from grading.marks.students.changes import remove

    with one_at_a_time(course, "students remove"):
        remove(course, args.students, keep_work=args.keep_work)
    what = "work kept in place" if args.keep_work else "work and marks set aside"
    print(f"removed: {', '.join(args.students)}; {what}; 'grading students undo' takes it back")
    return 0


def renaming(course: Course, args: argparse.Namespace) -> int:
    """Rename one student."""
    from grading.marks.students.changes import rename

    with one_at_a_time(course, "students rename"):
        rename(course, {args.old: args.new})
    print(
        f"{args.old} is {args.new}; 'grading feedback UNIT' makes the pages again; 'students undo' takes it back"
    )
    return 0


def matching(course: Course, args: argparse.Namespace) -> int:
    """Rename all whom the roster recognises."""
    from grading.marks.students.changes import recognised, rename

    with one_at_a_time(course, "students match"):
        found = recognised(course)
        if found:
            rename(course, found)
    for old, new in found.items():
        print(f"  {old} is {new}")
    done = f"{counted(len(found), 'student')} renamed; 'grading students undo' takes it back"
    print(done if found else "nobody's work lies here under another id that the roster recognises")
    return 0


def merging(course: Course, args: argparse.Namespace) -> int:
    """Merge two ids."""
    from grading.marks.students.changes import merge

    with one_at_a_time(course, "students merge"):
        merge(course, args.old, args.new, keep=args.keep)
    print(f"{args.old} and {args.new} are {args.new}; 'grading students undo' takes it back")
    return 0


def undoing(course: Course, args: argparse.Namespace) -> int:
    """Undo the last change."""
    from grading.marks.students.journal import undo

    with one_at_a_time(course, "students undo"):
        change = undo(course)
    print(f"undone: {change.what}")
    return 0


def keeping(course: Course, args: argparse.Namespace) -> int:
    """Say what is kept of whom."""
    from grading.marks.students.forget import known
    from grading.marks.students.holdings import holdings
    from grading.marks.students.journal import changes

    students = args.students or sorted(known(course))
    saved = [student for _, change in changes(course) for student in change.students]
    days = course.settings.keep_days
    records = []
    for holding in holdings(course, students):
        states = saved.count(holding.student)
        kept = dict(holding.places) | ({".students/": states} if states else {})
        until = holding.until(days)
        newest, last = (moment.date().isoformat() if moment else None for moment in (holding.newest, until))
        told = {
            "student": holding.student,
            "in_class": holding.listed,
            "kept": kept,
            "newest": newest,
            "until": last,
        }
        records.append(told)
        if not args.json:
            places = ", ".join(f"{place} {number}" for place, number in kept.items()) or "nothing"
            print(f"{holding.student}: {places}; newest {newest or '-'}, keep until {last or '-'}")
    if args.json:
        print(json.dumps(records, indent=1, ensure_ascii=False))
        return 0
    if days is None:
        print("for how long is not said: keep_days in course.toml, counted from the newest file")
    print("not listed: downloads and uploads that you keep elsewhere, the platform, a hub's exchange, backups")
    return 0


def forgetting(course: Course, args: argparse.Namespace) -> int:
    """Delete what is kept of some students."""
    from datetime import UTC, datetime

    from grading.marks.students.forget import forget, known
    from grading.marks.students.holdings import holdings

    there = known(course)
    students = list(args.students)
    if args.expired:
        if course.settings.keep_days is None:
            raise CourseError(
                f"{course.root / 'course.toml'}: keep_days is missing; it says for how long data is kept"
            )
        ends = {h.student: h.until(course.settings.keep_days) for h in holdings(course, there)}
        students += [student for student, end in ends.items() if end is not None and end < datetime.now(UTC)]
    unknown = [student for student in students if student not in there]
    if unknown or not students:
        who = f"{unknown[0]}: nothing of such a student is here" if unknown else "nobody to forget"
        raise CourseError(f"{who}; 'grading students kept' lists everybody")
    if not args.yes:
        print(f"would delete for good all that is kept of {', '.join(students)}; --yes does so")
        return 0
    with one_at_a_time(course, "students forget"):
        others = forget(course, students)
    print(f"deleted: {', '.join(students)}", *(f"  and {other}, which told of them" for other in others), sep="\n")
    return 0
