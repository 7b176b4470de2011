"""Every command in a fenced block of the teachers' pages runs, in a prepared course, as it stands there.

Pages are found by the table of contents, so a new page is covered at once. If a command fails here because a file
that it names does not exist, prepare that file in `prepared`. A command that needs a server, a browser or
another machine goes into `ELSEWHERE`, with the reason and the test that runs it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from datetime import datetime

import pytest
import yaml

from grading.__main__ import main
from grading.course import Course
from sample_class.make_class import copy_course, read, solved
from tests.grading import lms_archives as lms
from tests.grading.conftest import ROOT

ELSEWHERE = {
    r"python -m grading regrade shrinkage --accept": (
        "it enters what an earlier command on the page has previewed",
        "tests/grading/autograde/test_regrade.py::test_accepting_enters_exactly_the_preview",
    ),
    r"dask (scheduler|worker) .*|.* --scheduler .*|kill %1 %2": (
        "they need each other, running at once",
        "tests/grading/autograde/test_cluster.py::test_the_pages_commands_grade_on_this_machine",
    ),
    r"cd \.\./students .*": (
        "it follows another command on the page",
        "tests/grading/doctor/course_folders/test_publish.py::"
        "test_the_folder_is_a_repository_of_its_own_with_what_students_may_have",
    ),
    r"python -m grading --course \.\./second-course doctor": (
        "it follows another command on the page",
        "tests/grading/doctor/course_folders/test_new_course.py::test_a_new_course_is_built_fresh_and_grades",
    ),
    r"python -m grading import \.\./old-course/.*": (
        "there is no other course here",
        "tests/grading/doctor/course_folders/test_adopt.py::"
        "test_a_strangers_notebook_becomes_a_unit_with_its_roles_points_and_tests",
    ),
    r"make hub": (
        "it installs the hub from the registries; 'make test' does so before this test",
        "tests/hub/test_day.py::test_buttons_and_commands_grade_alike",
    ),
    r"pytest tests/checks.*": (
        "it proves the checks of this repository, of which a course folder has no copy",
        "tests/checks/test_mutation_proof.py::"
        "test_each_misconception_is_caught_and_named_in_secret_and_in_the_notebook",
    ),
    r"make exercises": (
        "it would set up the environments anew; its recipe is 'python -m grading build', which runs here",
        "tests/grading/units/test_build.py::test_the_committed_files_are_what_the_sources_give_byte_for_byte",
    ),
}
"""Commands that do not run here: a pattern, why not, and the test that covers it."""

IN_A_PROCESS = {"doctor", "prove", "publish", "new-course", "next-term", "autograde"}
"""Commands of ours that run as a process of their own here; the others spare the start of one."""

PROGRAMS = {
    "python",
    "make",
    "nbgrader",
    "jupyter",
    "source",
    "sudo",
    "pip",
    "pytest",
    "git",
    "docker",
    "kubectl",
    "helm",
    "dask",
}
SHELL = ("", "sh", "bash", "shell", "console")
UNIT = "shrinkage"  # the pages' commands name it
NB = f"{UNIT}.ipynb"
PEOPLE = lms.students(3)


def teachers_pages() -> list[str]:
    """Pages of the part for teachers."""
    parts = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text())["parts"]
    return [page["file"] for part in parts if "teachers" in part["caption"].lower() for page in part["chapters"]]


def blocks(text: str) -> list[tuple[str, list[str]]]:
    """Language and lines of each outermost fenced block."""
    found, fence, language, lines = [], "", "", []
    for line in text.splitlines():
        mark = re.match(r"\s*(`{3,}|~{3,})\s*(.*)", line)
        if not fence and mark:
            fence, language, lines = mark[1], mark[2].replace("{code-block}", "").strip(), []
        elif fence and mark and mark[1].startswith(fence) and not mark[2]:
            found.append((language, lines))
            fence = ""
        elif fence:
            lines.append(line)
    return found


def commands(text: str) -> list[str]:
    """Command lines of a page's blocks; a backslash joins lines, comments and prompts are left out."""
    found = []
    for language, lines in blocks(text):
        if language not in SHELL:
            continue
        for line in "\n".join(lines).replace("\\\n", " ").splitlines():
            words = re.sub(r"^\s*\$\s+", "", line).split("#")[0].split()
            program = next((word for word in words if "=" not in word), "")
            if program and (language or program in PROGRAMS or shutil.which(program)):
                found.append(" ".join(words))
    return found


def every_command():
    for page in teachers_pages():
        for command in dict.fromkeys(commands((ROOT / "book" / f"{page}.md").read_text(encoding="utf-8"))):
            yield page, command


ALL = list(every_command())


def elsewhere(command: str) -> bool:
    return any(re.fullmatch(pattern, command) for pattern in ELSEWHERE)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A course with three students' work handed in and graded, and each file that the pages name."""
    root = tmp_path_factory.mktemp("pages") / "course"
    copy_course(root)
    settings = (ROOT / "course.toml").read_text()
    (root / "course.toml").write_text(f'student_python = "{ROOT / ".venv-student/bin/python"}"\n{settings}')
    notebook = json.dumps(solved(UNIT)).encode()
    for student in PEOPLE:
        folder = root / "submitted" / student.id / UNIT
        folder.mkdir(parents=True)
        (folder / NB).write_bytes(notebook)
    (root / "submissions.zip").write_bytes(
        lms.zip_bytes([(lms.canvas_name(s, NB), notebook) for s in PEOPLE], date=datetime(2026, 10, 2))
    )
    (root / "download.zip").write_bytes(lms.zip_bytes([(lms.moodle_name(s, NB), notebook) for s in PEOPLE]))
    (root / "roster.csv").write_bytes(lms.table_bytes(lms.roster_rows(PEOPLE)))
    title, points = UNIT.capitalize(), f"{all_points():g}"
    (root / "gradebook.csv").write_bytes(lms.canvas_gradebook(PEOPLE, points=points, title=title))
    (root / "worksheet.csv").write_bytes(lms.moodle_worksheet(PEOPLE, points=points))
    (root / "gradecentre.xls").write_bytes(lms.blackboard_grades(PEOPLE, points=points, title=title))
    assert main(["--course", str(root), "autograde", UNIT]) == 0
    return Course(root)


def all_points() -> float:
    """What the unit's cells are worth together."""
    cells = read(ROOT / "exercises" / UNIT / NB)["cells"]
    return sum(cell["metadata"].get("nbgrader", {}).get("points", 0) for cell in cells)


def run(folder, command):
    """A command as a teacher types it, with the environment active."""
    environment = {**os.environ, "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize(
    "command",
    [pytest.param(command, id=f"{page}: {command}") for page, command in ALL if not elsewhere(command)],
)
def test_a_command_on_a_teachers_page_runs_as_it_stands(prepared, tmp_path, monkeypatch, command):
    folder = tmp_path / "course"
    shutil.copytree(prepared.root, folder)
    monkeypatch.chdir(folder)
    words = shlex.split(command)
    if words[:3] == ["python", "-m", "grading"] and not set(words) & IN_A_PROCESS:
        assert main(words[3:]) in (0, 3)  # 3: done, somebody should look
        return
    done = run(folder, command)
    assert done.returncode in (0, 3), f"{command}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("pattern", ELSEWHERE)
def test_a_command_that_runs_elsewhere_is_on_a_page_and_has_its_test(pattern):
    assert any(re.fullmatch(pattern, command) for _, command in ALL)
    path, _, name = ELSEWHERE[pattern][1].partition("::")
    assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


def test_the_pages_of_the_teachers_part_are_found_and_hold_commands():
    assert {"run-the-course", "grade-a-class", "from-the-lms", "edit-a-unit"} <= set(teachers_pages())
    assert len(ALL) >= 8


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("```\npython -m x \\\n  --y\n```", ["python -m x --y"], id="a line goes on"),
        pytest.param("```sh\n$ unknown-tool a  # why\n```", ["unknown-tool a"], id="marked as shell"),
        pytest.param("```\nsubmitted/<student>/a\nstudent,name\n```", [], id="no commands"),
        pytest.param("```toml\npython = 1\n```", [], id="another language"),
        pytest.param("```\nA=1 python x\n```", ["A=1 python x"], id="a variable before"),
        pytest.param("````\n```sh\nmake x\n```\n````", ["make x"], id="a block about a block"),
    ],
)
def test_commands_are_found(text, found):
    assert commands(text) == found
