"""The students' folder: what they may have, and nothing of the staff's in it or in its history."""

from __future__ import annotations

import ast
import gzip
import html
import io
import json
import marshal
import re
import shutil
import subprocess
import tarfile
import zipfile

import numpy as np
import pytest

from grading.__main__ import main
from grading.course import Course
from grading.doctor.course_folders.history import old_versions
from grading.doctor.course_folders.leaks import LONG_NUMBER, Staffs, _add_references, leaks_in, staffs
from grading.doctor.course_folders.publish import SITE, LeaksError, publish
from grading.doctor.course_folders.references import answering
from grading.doctor.course_folders.repository import of_course, students_repository
from grading.errors import CourseError
from grading.intake.shelf import RECORD
from grading.units import hidden_tests
from grading.units.hidden_cases import hidden_tables
from grading.units.unit import course_secret
from tests.grading.conftest import OTHER, ROOT, UNIT, built, make_course, released, solved
from tests.grading.lms_archives import encrypted

PERSON = "Sam Pupil,sam.pupil@university.example,u100017"


@pytest.fixture(scope="module")
def staff(tmp_path_factory):
    """A course with a class, a built book and licences."""
    course = make_course(tmp_path_factory.mktemp("staff") / "course")
    (course.root / "roster.csv").write_text(f"student,name,email,login\nstudent-01,{PERSON}\n")
    before = course.root / "terms" / "last"
    before.mkdir(parents=True)
    (before / "roster.csv").write_text("student,name\nearlier-07,Kim Alumna\n")
    record = course.submitted("70009", UNIT) / RECORD
    record.parent.mkdir(parents=True)
    record.write_text(json.dumps({"lms": "canvas", "lms_id": "70009", "name": "Lee Stranger"}))
    (course.root / "mail.password").write_text("open-sesame\n")
    with (course.root / "course.toml").open("a") as file:
        file.write(
            '[mail]\nhost = "mail.example.org"\nsender = "t@example.org"\npassword_file = "mail.password"\n'
        )
    for name in ("LICENSE", "book/LICENSE"):
        (course.root / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, course.root / name)
    site = course.root / SITE
    site.mkdir(parents=True)
    (site / "index.html").write_text("<html><h1>The book</h1></html>")
    course_secret(course)
    return course


@pytest.fixture
def target(tmp_path):
    return tmp_path / "students"


@pytest.fixture(scope="module")
def kept(staff):
    return staffs(staff)


def files(folder):
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and ".git/" not in str(path)]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def git(folder, *words):
    subprocess.run(
        ["git", "-C", folder, "-c", "user.name=x", "-c", "user.email=x@x.example", *words],
        check=True,
        capture_output=True,
    )


def test_the_folder_is_a_repository_of_its_own_with_what_students_may_have(staff, target, capsys):
    assert main(["--course", str(staff.root), "publish", str(target)]) == 0
    there = files(target)
    unit = {path.name for path in staff.release_folder(UNIT).iterdir()}
    assert set(there) == {
        *(f"exercises/{UNIT}/{name}" for name in unit),
        *("requirements.txt", "LICENSE", "LICENSE-text", "README.md", ".gitignore", ".published.json"),
        *("docs/index.html", "docs/.nojekyll"),
    }
    assert there[f"exercises/{UNIT}/{UNIT}.ipynb"] == staff.release(UNIT).read_bytes()
    git(target, "init")
    git(target, "add", "-A")
    git(target, "commit", "-m", "Exercises")
    capsys.readouterr()
    assert main(["--course", str(staff.root), "publish", str(target)]) == 0
    assert f"0 files written, {len(there) - 1} as they were, 0 removed" in capsys.readouterr().out
    assert files(target) == there
    assert (target / ".git").is_dir()
    told = {path for path, _ in old_versions(target)}
    assert {path for path in told if not re.match("message of|names of", path)} == set(there)


def test_what_students_have_no_more_is_removed_and_what_is_not_ours_stays(staff, target):
    publish(staff, target)
    (target / "CNAME").write_text("course.example.org")
    done = publish(staff, target, site=False)
    assert done.removed == 2
    assert not (target / "docs").exists()
    assert (target / "CNAME").exists()


def test_a_missing_licence_is_told_and_so_is_none_that_is_there(tmp_path, capsys):
    course = make_course(tmp_path / "course")
    command = ["--course", str(course.root), "publish", str(tmp_path / "students")]
    assert main(command) == 0
    assert "no LICENSE in the course folder" in capsys.readouterr().out
    (course.root / "LICENSE").write_text("Do as you like.")
    assert main(command) == 0
    assert "no LICENSE" not in capsys.readouterr().out


def in_zip(name, data):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def answered():
    return json.dumps(solved()).encode()


def one_short_answer():
    """The release with one answer that is shorter than what is looked for in any file."""
    notebook = released()
    cell = next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("solution"))
    cell["source"] = "def f(y):\n    return y"
    return json.dumps(notebook).encode()


def hidden_numbers(course):
    checks = hidden_tests.checks(course, UNIT)
    return json.dumps(hidden_tables(checks, course_secret(course), UNIT), default=repr).encode()


PLANTED = {
    "an answered notebook": ("extra.ipynb", lambda c: answered()),
    "one short answer in a notebook": ("exercises/mine.ipynb", lambda c: one_short_answer()),
    "an answered notebook in a zip": ("docs/all.zip", lambda c: in_zip("a/nb.ipynb", answered())),
    "a zip in a zip": ("x.zip", lambda c: in_zip("y.zip", in_zip("nb.ipynb", answered()))),
    "the source": ("notes.txt", lambda c: c.source(UNIT).read_bytes()),
    "the master": ("master.json", lambda c: c.master(UNIT).read_bytes()),
    "hidden tests": ("docs/tests.md", lambda c: c.hidden_tests(UNIT).read_bytes()),
    "hidden tests on a page": (
        "docs/page.html",
        lambda c: (
            b"<pre>" + c.hidden_tests(UNIT).read_bytes().replace(b"<", b"&lt;").replace(b"def", b"<b>def</b>")
        ),
    ),
    "hidden cases": ("table.json", hidden_numbers),
    "hidden cases in a script": ("docs/x.js", lambda c: b"const t = " + hidden_numbers(c)),
    "the secret": ("note.md", lambda c: b"it is " + course_secret(c)),
    "an address": ("who.csv", lambda c: b"mail\nSam.Pupil@University.example\n"),
    "a name": ("docs/thanks.html", lambda c: b"<p>Thanks to\n <b>Sam</b> Pupil</p>"),
    "somebody of an earlier term": ("x.txt", lambda c: b"Alumna, Kim"),
    "somebody whom only the platform named": ("x.txt", lambda c: b"Lee Stranger"),
    "the password of the mail server": ("x.txt", lambda c: b"password=open-sesame"),
    "a login": ("log.txt", lambda c: b"u100017 handed in"),
    "a roster by its name": ("roster.csv", lambda c: b"student\n"),
    "a gradebook by its name": ("data/gradebook.db", lambda c: b"\0"),
    "a folder of the staff's": ("submitted/x/y.txt", lambda c: b""),
    "a folder of the staff's, deeper": ("old/Tests/Hidden/y.txt", lambda c: b""),
    "an answered notebook in UTF-16": ("n.ipynb", lambda c: in_utf16(answered())),
    "the source in UTF-16 without a mark": ("n.txt", lambda c: in_utf16(c.source(UNIT).read_bytes())[2:]),
    "the source in UTF-32": ("n.txt", lambda c: c.source(UNIT).read_text().encode("utf-32")),
    "bytecode": ("docs/__pycache__/help.cpython-311.pyc", lambda c: compiled(c)),
    "bytecode among others' packages": (
        "docs/_static/vendor/p.zip",
        lambda c: in_zip("m.pyc", compiled(c, "/c/reference_impl/m.py")),
    ),
    "an archive of another kind": ("all.tar.gz", lambda c: in_tar("a/nb.ipynb", answered())),
    "a packed file": ("notes.gz", lambda c: gzip.compress(c.hidden_tests(UNIT).read_bytes())),
    "an archive that nobody can look into": ("x.7z", lambda c: b"7z\xbc\xaf\x27\x1c rest"),
    "a zip with a password": ("x.zip", lambda c: encrypted(in_zip("a.txt", b"x"))),
    "a roster in a zip": ("x.zip", lambda c: in_zip("a/roster.csv", b"student\n")),
    "hidden cases as an array": ("cases.npy", lambda c: as_array(hidden_numbers(c))),
    "a database": ("x.bin", lambda c: b"\0\1\2\0" + b"sam.pupil@university.example" + bytes(9)),
    "a login in a longer word": ("log.txt", lambda c: b"gradesu100017x"),
    "an id in a name with underscores": ("log.txt", lambda c: b"see student-01_notes.txt"),
    "a person in a path": ("docs/Sam-Pupil/thanks.html", lambda c: b"<p>Thanks</p>"),
    "a login in a path": ("docs/u100017.html", lambda c: b"<p>Thanks</p>"),
    "a name as lists have it": ("x.csv", lambda c: b'"Pupil, Sam",3'),
    "a name with an underscore": ("x.csv", lambda c: b"pupil_sam"),
}


def in_utf16(data):
    return data.decode().encode("utf-16")


def compiled(course, path="help.py"):
    code = compile(course.hidden_tests(UNIT).read_text(), path, "exec")
    return bytes(16) + marshal.dumps(code)


def in_tar(name, data):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def as_array(text):
    numbers = [float(number) for number in LONG_NUMBER.findall(text.decode())]
    buffer = io.BytesIO()
    np.save(buffer, np.array(numbers))
    return buffer.getvalue()


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_the_staffs_is_found_wherever_it_lies(staff, kept, name):
    path, make = PLANTED[name]
    data = make(staff)
    leaks = list(leaks_in([(path, lambda: data)], kept))
    assert leaks, name
    assert all(leak.where.startswith(path.split("/")[0]) for leak in leaks)


@pytest.fixture(scope="module")
def references():
    """What answers the first unit of the module."""
    found = Staffs()
    _add_references(found, Course(ROOT), {"shrinkage"})
    return found


def the_references_code():
    """The longest function behind the answers of the module's first unit, as it stands there."""
    nodes = (node for _, node in answering(Course(ROOT), {"shrinkage"}))
    return max((ast.unparse(node) for node in nodes), key=len)


def renamed(code):
    """The same with another name, other names of arguments, its lines in other places, and remarks."""
    tree = ast.parse(code)
    tree.body[0].name = "mine"
    words = {argument.arg: f"my_{argument.arg}" for argument in ast.walk(tree) if isinstance(argument, ast.arg)}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.arg = words[node.arg]
        elif isinstance(node, ast.Name):
            node.id = words.get(node.id, node.id)
    return ast.unparse(tree).replace("\n", "  # so it is\n\n")


@pytest.mark.parametrize(
    ("name", "form"),
    [
        pytest.param("docs/a.html", lambda code: code.replace("\n", "\n  # why\n   "), id="as it stands"),
        pytest.param("extra.py", renamed, id="in a script"),
        pytest.param("docs/a.md", lambda code: f"So:\n\n```python\n{renamed(code)}\n```\n", id="on a page"),
        pytest.param("docs/a.html", lambda code: f"<pre><b>{html.escape(renamed(code))}</b></pre>", id="in HTML"),
        pytest.param(
            "n.ipynb",
            lambda code: json.dumps({"cells": [{"cell_type": "code", "source": renamed(code)}]}),
            id="in a notebook",
        ),
    ],
)
def test_the_code_behind_an_answer_is_found_however_it_is_written(references, name, form):
    copied = form(the_references_code()).encode()
    leaks = {leak.what for leak in leaks_in([(name, lambda: copied)], references)}
    assert leaks & {"code that answers shrinkage", "a part of what answers shrinkage"}


def test_what_students_have_by_design_is_no_leak(staff, kept):
    for path in staff.release_folder(UNIT).iterdir():
        assert not list(leaks_in([(path.name, path.read_bytes)], kept)), path.name
    page = b"<p>Divide by n - 1. Sam went, a Pupil stayed. 3.141592653589793 and 2.718281828459045</p>"
    assert not list(leaks_in([("docs/page.html", lambda: page)], kept))


def test_nothing_is_written_if_there_is_a_leak_and_the_thing_itself_is_not_printed(staff, target, capsys):
    target.mkdir()
    (target / "old.ipynb").write_bytes(answered())
    assert main(["--course", str(staff.root), "publish", str(target)]) == 1
    assert "--force" in capsys.readouterr().err
    assert main(["--course", str(staff.root), "publish", str(target), "--force"]) == 1
    error = capsys.readouterr().err
    assert "old.ipynb: an answer" in error
    assert "nothing was written" in error
    assert [path.name for path in target.iterdir()] == ["old.ipynb"]


def test_what_was_committed_once_is_found_in_the_history(staff, target):
    publish(staff, target)
    (target / "oops.txt").write_bytes(course_secret(staff))
    git(target, "init")
    git(target, "add", "-A")
    git(target, "commit", "-m", "Oops")
    git(target, "rm", "oops.txt")
    git(target, "commit", "-m", "Gone")
    with pytest.raises(LeaksError, match=r"oops.txt \(in the history of .*\): the course's secret.*begin it anew"):
        publish(staff, target)


def test_messages_names_and_moved_files_of_a_history_are_searched_too(staff, kept, target):
    publish(staff, target, site=False)
    (target / "empty").write_bytes(b"")
    git(target, "init", "-b", "thanks-to-sam.pupil")
    git(target, "add", "-A")
    git(target, "commit", "-m", "Exercises\n\nAsked for by Sam Pupil")
    git(target, "mv", "empty", "empty-of-u100017")
    git(target, "commit", "-m", "Moved")
    git(target, "tag", "-a", "v1", "-m", f"secret {course_secret(staff).decode()}")
    leaks = {leak.where: leak.what for leak in leaks_in(old_versions(target), kept)}
    assert {where.split(" ")[0]: what for where, what in leaks.items()} == {
        "message": "the course's secret",
        "empty-of-u100017": "somebody of the class (in its name)",
        "names": "the name of somebody of the class",
    }
    assert sorted(what for where, what in leaks.items() if where.startswith("message")) == [
        "the course's secret",
        "the name of somebody of the class",
    ]


def test_a_link_is_told_and_a_forged_list_removes_nothing_outside(staff, target, tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    publish(staff, target)
    (target / ".published.json").write_text('["../outside.txt"]')
    publish(staff, target, force=True)
    assert outside.read_text() == "mine"
    (target / "more").symlink_to(outside)
    with pytest.raises(LeaksError, match="more: a link"):
        publish(staff, target)


def test_answers_whose_time_has_come_may_be_read_and_hidden_tests_never(staff, tmp_path):
    shutil.copytree(staff.root, tmp_path / "course")
    course = Course(tmp_path / "course")
    with (course.root / "course.toml").open("a") as file:
        file.write(f'[dates.{UNIT}]\nreveal = "always"\n')
    kept = staffs(course)
    assert not list(leaks_in([("docs/answers.html", lambda: b"<pre>" + answered() + b"</pre>")], kept))
    assert list(leaks_in([("t.md", course.hidden_tests(UNIT).read_bytes)], kept))


@pytest.mark.parametrize("place", [".", "students", "..", "roster.csv"])
def test_the_two_folders_lie_apart(staff, place):
    with pytest.raises(CourseError, match=r"must lie apart|a file; give"):
        publish(staff, staff.root / place)


# ---------------------------------------------------------------- which repository buttons open

STUDENTS = '[students]\nrepository = "https://github.com/example/students"\n'
BUTTONS = {"binderhub_url": "https://mybinder.org"}


OURS = "is the repository of this folder"
STAFFS = "https://github.com/example/staff"


@pytest.mark.parametrize(
    ("buttons", "staffs_url", "remote", "says"),
    [
        pytest.param(BUTTONS, STAFFS, "", None, id="the students'"),
        pytest.param({}, "", STAFFS, None, id="another than what git says"),
        pytest.param({}, "https://github.com/Example/students.git", "", OURS, id="one for both"),
        pytest.param({}, "", "git@github.com:example/students.git", OURS, id="what git says, by ssh"),
        pytest.param({}, "", "https://token@github.com/example/students/", OURS, id="with a token"),
        pytest.param({}, "", "ssh://git@github.com:22/example/students", OURS, id="with a port"),
    ],
)
def test_the_students_repository_is_another_than_the_staffs(tmp_path, buttons, staffs_url, remote, says):
    course = with_settings(tmp_path, STUDENTS)
    if remote:
        git(tmp_path, "init")
        git(tmp_path, "remote", "add", "origin", remote)
    if says is None:
        assert students_repository(course, buttons, staffs_url).repository.endswith("example/students")
        return
    with pytest.raises(CourseError, match=f"{says}.*grading publish"):
        students_repository(course, buttons, staffs_url)


def test_no_button_opens_a_repository_that_is_not_named_as_the_students(tmp_path):
    course = with_settings(tmp_path, "")
    assert students_repository(course, {}, STAFFS) is None
    with pytest.raises(CourseError, match=r"binderhub_url: the button would open .* holds solutions/"):
        students_repository(course, BUTTONS, STAFFS)


def with_settings(folder, text):
    (folder / "solutions").mkdir()
    (folder / "course.toml").write_text(f'course_id = "c"\nunits = ["u"]\nbook_url = "x"\n{text}')
    return Course(folder)


def test_this_course_asks_for_no_button_that_would_open_its_answers():
    assert of_course(Course(ROOT)) is None
    assert OTHER in built().units
