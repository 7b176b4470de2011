"""Make a course folder with a class of made-up students, to try the grader on.

Usage: python sample_class/make_class.py FOLDER

Each student's notebook is the master with one thing done to it: an empty task, an endless loop, a file that is no
notebook, and in units that have some in `MISTAKES` a known mistake. Units are those of `course.toml`. The folder
is a course of its own (sources, exercises, gradebook); the real one is left alone.
"""

from __future__ import annotations

import copy
import json
import re
import shutil
import sys
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from grading.course import Course
from grading.submission.fingerprint import version
from grading.submission.results import ResultStore
from grading.units.unit import load_unit

HERE = Path(__file__).parents[1]
COPIED = ("solutions", "exercises", "tests/hidden", "nbgrader_config.py", "requirements/student.txt")

Notebook = dict[str, Any]
Edit = Callable[[Notebook], Notebook | bytes | None]


def copy_course(folder: Path, units: Sequence[str] = ()) -> None:
    """Copy what makes a course, of some units or all, but its settings; what lies in `folder` beside it stays."""
    for name in COPIED:
        source, target = HERE / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", *_others(units)))
        else:
            shutil.copy(source, target)


def _others(units: Sequence[str]) -> list[str]:
    """Names in solutions/, exercises/ and tests/hidden/ that belong to no unit of `units`, if there are any."""
    everything = [path.stem for path in (HERE / "solutions").glob("*.py")]
    others = [unit for unit in everything if units and unit not in units]
    return [name for unit in others for name in (unit, f"{unit}.py")]


class NotInUnitError(Exception):
    """An edit does not fit its unit, which has changed."""


def read(path: Path) -> Notebook:
    """A notebook from its file, each cell's source in one piece."""
    if not path.is_file():
        where = path.relative_to(HERE) if path.is_relative_to(HERE) else path
        raise SystemExit(f"make_class: {where}: missing; run 'python -m grading build {path.stem}'")
    notebook: Notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def solved(unit: str) -> Notebook:
    """What a student with every answer right hands in."""
    master, release = (read(HERE / top / unit / f"{unit}.ipynb") for top in ("solutions", "exercises"))
    return as_handed_in(master, release)


def code(notebook: Notebook, grade_id: str) -> dict[str, Any]:
    """The cell with this grade_id."""
    for cell in notebook["cells"]:
        if cell["id"] == grade_id:
            return cell
    raise NotInUnitError(f"no cell is called {grade_id!r}")


def as_handed_in(source: Notebook, released: Notebook) -> Notebook:
    """The release with the master's answers in it: what a student with every answer right hands in."""
    answers = {cell["id"]: cell["source"] for cell in source["cells"]}
    notebook = copy.deepcopy(released)
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            lines = answers[cell["id"]].partition("Rubric:")[0].splitlines()  # a rubric is for the reader only
            cell["source"] = "\n".join(line for line in lines if " SOLUTION" not in line)
    return notebook


def change(old: str, new: str) -> Edit:
    """Replace a piece of code in every answer that has it."""

    def edit(notebook: Notebook) -> Notebook:
        hits = 0
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("solution") and old in cell["source"]:
                cell["source"] = cell["source"].replace(old, new)
                hits += 1
        if not hits:
            raise NotInUnitError(f"no answer holds {old!r}")
        return notebook

    return edit


def everything_right(notebook: Notebook) -> Notebook:
    """Nothing to do."""
    return notebook


def last_tasks_unwritten(notebook: Notebook) -> Notebook:
    """The second half of the tasks holds the stub."""
    tasks = [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("solution")]
    for cell in tasks[len(tasks) // 2 :]:
        stub = (
            "# YOUR CODE HERE\nraise NotImplementedError()" if cell["cell_type"] == "code" else "YOUR ANSWER HERE"
        )
        cell["source"] = stub
    return notebook


def endless_loop(notebook: Notebook) -> Notebook:
    """A cell between the tasks never ends."""
    return insert_in_the_middle(notebook, "while True:\n    pass")


def process_killed(notebook: Notebook) -> Notebook:
    """A cell between the tasks ends the process."""
    return insert_in_the_middle(notebook, "import os\nos._exit(1)")


def noisy(notebook: Notebook) -> Notebook:
    """Warnings, prints, a cell copied, a locked cell edited: nothing that should cost a point."""
    tasks = [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("solution")]
    graded = [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade")]
    tests = [c for c in graded if not c["metadata"]["nbgrader"]["solution"]]
    notebook["cells"][3:3] = copy.deepcopy(tasks[:1])
    for cell in tests[:1]:
        cell["source"] = "print('skipped')"
    text = "import sys, warnings\nprint('a note to myself', file=sys.stderr)\nwarnings.warn('look here')"
    return insert_in_the_middle(notebook, text)


def insert_in_the_middle(notebook: Notebook, source: str) -> Notebook:
    """Add a code cell of the student's own."""
    cell = {
        "cell_type": "code",
        "id": "own",
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }
    notebook["cells"].insert(len(notebook["cells"]) // 2, cell)
    return notebook


def cut_off(notebook: Notebook) -> bytes:
    """Half a file: an upload that broke."""
    data = json.dumps(notebook).encode()
    return data[: len(data) // 2]


def nothing(notebook: Notebook) -> None:
    """No notebook was handed in."""


UNUSUAL = """
def between_group_variance(y, group):
    total, squares, scores = {}, {}, list(map(float, y))
    for label, score in zip(group, scores):
        total.setdefault(label, []).append(score)
    for label, own in total.items():
        squares[label] = sum((score - sum(own) / len(own)) ** 2 for score in own)
    within = sum(squares.values()) / (len(scores) - len(total))
    middle = sum(scores) / len(scores)
    between = sum(len(own) * (sum(own) / len(own) - middle) ** 2 for own in total.values()) / (len(total) - 1)
    weight = len(scores) - sum(len(own) ** 2 for own in total.values()) / len(scores)
    return 0.0 if between < within else (between - within) * (len(total) - 1) / weight
"""


def unusual_code(names: dict[str, str]) -> Edit:
    """A task solved as nobody else does; two students have it, one with other names and comments."""

    def edit(notebook: Notebook) -> Notebook:
        source = UNUSUAL.strip()
        for old, new in names.items():
            source = source.replace(old, new)
        code(notebook, "between_group_variance")["source"] = "# task 5\n" * bool(names) + source
        return notebook

    return edit


COMMON: list[Edit] = [
    everything_right,
    last_tasks_unwritten,
    noisy,
    endless_loop,
    process_killed,
    cut_off,
    nothing,
]
"""What fits every unit."""
MISTAKES: dict[str, list[Edit]] = {
    "shrinkage": [
        change("var(ddof=1)", "var()"),
        change("weight = tau2 /", "weight = np.asarray(sampling_variances, dtype=float) /"),
        change("n0 = (N - np.sum(n**2) / N) / (J - 1)", "n0 = n.mean()"),
        change("grand_mean=complete_pooling(y)", "grand_mean=mean.mean()"),
        change("1.96 * np.sqrt(variance / n)", "1.96 * np.sqrt(variance)"),
        unusual_code({}),
        unusual_code({"total": "s", "squares": "q", "scores": "vals", "weight": "w"}),
    ],
    "linear_regression": [
        change("residuals @ residuals / (n - p)", "residuals @ residuals / n"),
        change(
            "return np.sqrt(residual_variance(X, y) * np.sum(rows**2, axis=1))", "return np.sum(rows**2, axis=1)"
        ),
        change("1.96 * standard_errors", "1.645 * standard_errors"),
        change("deviations = y - np.mean(y)", "deviations = y"),
    ],
    "logistic_regression": [
        change("range(30)", "range(1)"),
        change("(y - predict_probability(X, coef))", "(predict_probability(X, coef) - y)"),
        change("np.sum(y * eta - np.logaddexp(0, eta))", "np.mean(y * eta - np.logaddexp(0, eta))"),
        change("return np.sqrt(np.diag(covariance))", "return np.diag(covariance)"),
    ],
}
"""Of units that have some: by changing the text of their answers. A unit need not be here."""


def main(folder: Path) -> None:
    """Write the course folder anew, but keep a gradebook and results as long as the tests are the same."""
    copy_course(folder)
    book = folder / "_build" / "html"  # where book_url leads to from exercises/<unit>/
    book.parent.mkdir(exist_ok=True)
    if not book.is_symlink():
        book.symlink_to(HERE / "_build" / "html", target_is_directory=True)
    settings = (HERE / "course.toml").read_text(encoding="utf-8")
    quick = "cell_seconds = 5"  # the endless loop of this class need not take a minute
    text = re.sub("(?m)^student_python *=.*\n", "", settings).replace("cell_seconds = 60", quick)
    text = f'student_python = "{Course(HERE).student_python}"\n{text}'
    (folder / "course.toml").write_text(text, encoding="utf-8")
    for unit in tomllib.loads(settings)["units"]:
        for number, edit in enumerate([*COMMON, *MISTAKES.get(unit, [])], start=1):
            try:
                made = edit(solved(unit))
            except NotInUnitError as error:
                print(f"make_class: {unit}: {error}; left out, adapt MISTAKES", file=sys.stderr)
                continue
            hand_in(folder / "submitted" / f"student-{number:02}" / unit, made)
    forget_other_tests(Course(folder))


def forget_other_tests(course: Course) -> None:
    """Remove gradebook and results that other tests gave; a real class would be regraded."""
    for unit in course.units:
        results = ResultStore(course.root / "results" / unit).latest().values()
        now = version(load_unit(course, unit)) if results else ""
        if any(result.version != now for result in results):
            print(
                f"make_class: {unit} has changed since this class was graded, so it is graded anew",
                file=sys.stderr,
            )
            for name in ("results", "autograded", "feedback"):
                shutil.rmtree(course.root / name, ignore_errors=True)
            (course.root / "gradebook.db").unlink(missing_ok=True)
            return


def hand_in(target: Path, made: Notebook | bytes | None) -> None:
    """Write what a student hands in into `target`, whose name is the unit's."""
    target.mkdir(parents=True, exist_ok=True)
    if made is not None:
        data = made if isinstance(made, bytes) else json.dumps(made, indent=1).encode()
        (target / f"{target.name}.ipynb").write_bytes(data)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python sample_class/make_class.py FOLDER")
    main(Path(sys.argv[1]))
