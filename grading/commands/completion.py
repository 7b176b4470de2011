"""``completion``: let a shell complete commands, options and units."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from grading.commands import Commands
from grading.course import Course

_SCRIPT = """# completion of 'grading' for bash, and for zsh after: autoload -U +X bashcompinit && bashcompinit
_grading() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} given="" words at
    for ((at = 1; at < COMP_CWORD; at++)); do
        case ${{COMP_WORDS[at]}} in -*) ;; *) given="$given ${{COMP_WORDS[at]}}" ;; esac
    done
    case "$given " in
{cases}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    [ ${{#COMPREPLY[@]}} -gt 0 ] || COMPREPLY=($(compgen -f -- "$word"))
}}
complete -F _grading grading
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "completion",
        help="print what makes a shell complete commands, options and units",
        description='Print a script for bash and zsh: eval "$(grading completion)", here or in ~/.bashrc.',
    )
    parser.set_defaults(run=run, commands=commands)


def run(course: Course, args: argparse.Namespace) -> int:
    """Print the script."""
    units = " ".join(course.units)
    lines = [
        f'        "{path} "*) words="{" ".join(words)} {units}" ;;' for path, words in _words(args.commands, "")
    ]
    lines += [f'        *) words="{" ".join(args.commands.choices)} --course --help" ;;']
    print(_SCRIPT.format(cases="\n".join(lines)), end="")
    return 0


def _words(commands: Commands, above: str) -> Iterator[tuple[str, list[str]]]:
    """Each command as typed, with what can follow it; commands of commands first, since the first case counts."""
    for name, parser in commands.choices.items():
        path = f"{above} {name}"
        inner = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
        for action in inner:
            yield from _words(action, path)
        typed = [option for action in parser._actions for option in action.option_strings]
        options = [option for option in typed if option.startswith("--")]
        yield path, [*(word for action in inner for word in action.choices), *options]
