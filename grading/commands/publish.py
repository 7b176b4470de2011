"""``publish``: write the folder for students' repository."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from grading.commands import Commands
from grading.course import Course
from grading.printable import counted

SHOWN = 20


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "publish",
        help="write what students may have into a folder that is a repository of its own",
        description="Write the released exercises, the book for students if it is built, what their notebooks may "
        "import, the licences and a README into DIR; what is not wanted there any more is removed, .git stays. "
        "Before anything is written, all of it and the history of DIR are searched for answers, hidden tests "
        "and cases, the course's secret, and ids, names and addresses of the class: if there is any, it says "
        "where, writes nothing and ends with exit code 1.",
        epilog="Then, in DIR: git init, git add -A, git commit, git push; and name the address of that repository "
        "in course.toml, [students] repository, so that the book's buttons lead there.",
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="outside the course folder, such as ../students")
    parser.add_argument("--no-site", action="store_true", help="without the book")
    parser.add_argument("--force", action="store_true", help="take over a folder that holds other files")
    parser.set_defaults(run=run)


def run(course: Course, args: argparse.Namespace) -> int:
    """Publish, or tell what of the staff's would go along."""
    from grading.doctor.course_folders.publish import LeaksError, publish

    try:
        done = publish(course, args.folder, site=not args.no_site, force=args.force)
    except LeaksError as error:
        lines = [f"  {leak.where}: {leak.what}" for leak in error.leaks[:SHOWN]]
        more = [f"  and {len(error.leaks) - SHOWN} more"] if len(error.leaks) > SHOWN else []
        print(*lines, *more, sep="\n", file=sys.stderr)
        raise
    print(
        f"{args.folder}: {counted(done.written, 'file')} written, {done.same} as they were, {done.removed} removed"
    )
    if not done.site and not args.no_site:
        print("  without the book, which is not built ('make book')")
    print("".join(f"  {note}\n" for note in done.notes), end="")
    if course.settings.students is None:
        print("  name the repository that it goes to in course.toml, so that the book's buttons lead there:")
        print('  [students]\n  repository = "https://..."')
    return 0
