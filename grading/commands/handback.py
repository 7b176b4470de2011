"""``return``: bring feedback home to students."""

from __future__ import annotations

import argparse
from pathlib import Path

from grading.commands import NOT_ALL_GRADED, Commands, add_students, add_unit
from grading.course import Course, one_at_a_time
from grading.lms.roster import ROSTER
from grading.printable import counted, listed

SHOWN = 40
WAYS = ("moodle", "canvas", "blackboard", "gradescope", "mail", "exchange")


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "return",
        help="bring feedback home: the zip that a platform takes back, mail, or nbgrader's exchange",
        description="Write the feedback pages anew, of the marks as they are now, and pack them so that each "
        "reaches its student: the zip that Moodle or Canvas takes back in one upload, mails, or the folder that "
        "students fetch from with nbgrader. With --gradebook also fill the column of comments of Moodle's or "
        "Blackboard's own table. A page is held back, and listed, if its mark is not final (an answer waits, "
        "something newer was handed in), if its student is not in the roster, or if it could reach another. Who "
        "got which page is noted.",
        epilog="'return shrinkage --lms moodle' packs what 'collect --lms moodle' brought; 'return shrinkage "
        "--lms mail' writes the messages to look at, and with --send sends them.",
    )
    add_unit(parser)
    parser.add_argument("--lms", choices=WAYS, default="", help="the way home (default: where it came from)")
    add_students(parser)
    parser.add_argument(
        "--gradebook", type=Path, metavar="FILE", help="Moodle's grading worksheet, or Blackboard's table"
    )
    parser.add_argument("--roster", type=Path, metavar="FILE", help=f"as for 'collect' (default: {ROSTER})")
    parser.add_argument("--partial", action="store_true", help="also pages with answers that wait for a person")
    parser.add_argument("--only-new", action="store_true", help="leave out pages that went this way before")
    parser.add_argument("--send", action="store_true", help="with --lms mail: send, by [mail] of course.toml")
    parser.add_argument("--again", action="store_true", help="with --send: also pages that were sent before")
    parser.add_argument("--overwrite", action="store_true", help="replace other comments in the platform's table")
    parser.add_argument(
        "--force", action="store_true", help="replace a file that was changed since or made by others"
    )
    parser.set_defaults(run=run)


def run(course: Course, args: argparse.Namespace) -> int:
    """Return feedback, with no other command at work in the course folder."""
    from grading.report.book_link import leads_beside
    from grading.report.handback.deliver import Options, Returned, give_back

    unit = course.unit(args.unit)
    roster = args.roster or course.root / ROSTER
    options = Options(
        students=args.student,
        section=args.section,
        gradebook=args.gradebook,
        roster=roster if args.roster or roster.exists() else None,
        partial=args.partial,
        only_new=args.only_new,
        send=args.send,
        again=args.again,
        overwrite=args.overwrite,
        force=args.force,
    )
    with one_at_a_time(course, f"return {unit}"):
        returned: Returned = give_back(course, unit, args.lms, options)
    print(f"{unit}: {counted(len(returned.went), 'page')} on the way home ({returned.way})")
    print("".join(f"  {line}\n" for line in returned.lines), end="")
    if returned.before:
        print(f"  left out, they have the very page ({len(returned.before)}): {listed(returned.before)}")
    if returned.held:
        lines = [f"{student}: {why}" for student, why in sorted(returned.held.items())]
        more = [f"and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
        print(f"  held back ({len(lines)}):", *lines[:SHOWN], *more, sep="\n      ")
    if leads_beside(course, unit):
        print("  'Read again' leads to the book in this folder: set book_url in course.toml before pages go out")
    return NOT_ALL_GRADED if returned.held else 0
