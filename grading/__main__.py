"""``grading``, or ``python -m grading``: refuse a Python without the course's packages, then run a command."""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Sequence
from importlib.util import find_spec


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; return its exit code."""
    if sys.version_info < (3, 11) or find_spec("nbgrader") is None:
        print(
            f"grading: {sys.executable} is not the course's Python; in the course folder run "
            "'source .venv/bin/activate' first ('make' makes that environment)",
            file=sys.stderr,
        )
        return 1
    from grading.commands.command_line import run  # only here: it imports the course's packages

    atexit.register(gc.freeze)  # else Python looks through all modules for garbage when it ends
    return run(argv)


if __name__ == "__main__":
    sys.exit(main())
