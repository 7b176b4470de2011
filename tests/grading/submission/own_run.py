"""A student's own *Run All*, without the grader: the notebook in a plain IPython shell, top to bottom.

Run by the students' Python. Reads notebooks, files and tables from stdin, and writes for each notebook the share
that each function earns when it is judged where the student's run calls ``check`` on it. What stands nowhere above
its check, or has none, is judged at the end.
"""

import json
import os
import re
import sys
import tempfile
import types
from pathlib import Path


def shares(cells, files, tables, notebook_check):
    """Each function's share in this process, which is the notebook's own."""
    from IPython.core.interactiveshell import InteractiveShell

    folder = Path(tempfile.mkdtemp())
    for name, text in files.items():
        (folder / name).write_text(text)
    os.chdir(folder)
    sys.path.insert(0, "")
    shell, found = InteractiveShell(), {}
    shell.enable_gui = lambda gui=None: None

    def check(function):
        """Judge what the student's cell asks to be checked, under the name it has."""
        for name in tables:
            if shell.user_ns.get(name) is function:
                found[name] = judged(shell.user_ns, tables[name], notebook_check)

    sys.modules["check"] = types.SimpleNamespace(check=check)
    for kind, source in cells:
        if kind == "code":
            shell.run_cell(source)
            asked = re.findall(r"^\s*check\((\w+)\)", source, re.MULTILINE)
            found |= {name: None for name in asked if name in tables and name not in shell.user_ns}
    missing = {name for name in tables if found.get(name) is None}
    found |= {name: judged(shell.user_ns, tables[name], notebook_check) for name in missing}
    return {name: share or 0.0 for name, share in found.items()}


def judged(names, table, notebook_check):
    """The share that a name earns as it stands; None if nothing is written. A copy of the process is asked."""

    def ask():
        if table["name"] not in names:
            return None
        verdict = notebook_check.judge(table, lambda args, kwargs: names[table["name"]](*args, **kwargs))
        return None if verdict.unwritten else verdict.share

    return in_a_copy(ask)


def in_a_copy(work):
    """What some work gives in a forked copy of this process."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        data = answer.read()
    os.waitpid(child, 0)
    return json.loads(data or b"null")


def main():
    request = json.load(sys.stdin)
    sys.dont_write_bytecode = True  # nothing may appear beside what students receive
    sys.path.insert(0, request["check_folder"])
    import check as notebook_check
    import matplotlib.pyplot  # noqa: F401 - each notebook's process has it already
    import pandas  # noqa: F401
    from IPython.core import interactiveshell  # noqa: F401

    del sys.modules["check"]
    sys.path.remove(request["check_folder"])
    out = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    answers = {}
    for name, entry in request["notebooks"].items():
        files = request["files"] | entry["files"]
        answers[name] = in_a_copy(lambda: shares(entry["cells"], files, request["tables"], notebook_check))  # noqa: B023
    os.write(out, json.dumps(answers).encode())


if __name__ == "__main__":
    main()
