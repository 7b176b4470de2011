"""Feedback goes home: each page reaches its own student by the platforms' own rules, or nobody, and it is told."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import smtplib
import socketserver
import threading
import zipfile
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grading.__main__ import main
from grading.course import Course
from grading.errors import CourseError
from grading.intake.collect import collect
from grading.intake.shelf import RECORD, Provenance, provenance
from grading.lms.directory import Directory
from grading.lms.roster import Person
from grading.marks.sent import sent
from grading.nbgrader_bridge import feedback_name
from grading.report.handback.addresses import addressed, canvas_file, mailbox, moodle, rows_of
from grading.report.handback.archives import canvas_zip, moodle_zip
from grading.report.handback.outgoing import Handback, Outgoing, _another_than, prepare
from grading.submission.read import read_cells
from grading.tables import parse_table, read_table
from tests.grading import lms_archives as lms
from tests.grading.conftest import UNIT, hand_in, make_course, solved, two_units
from tests.grading.report.test_report import keep, result

NB = f"{UNIT}.ipynb"
PEOPLE = lms.students(12)
PAGE = f"{UNIT}-feedback.html"


# ---------------------------------------------------------------- what the platforms do with a zip


def moodles_import(data, participants):
    """Who gets which files: a path's first part "name_number_type_plugin..." tells; the rest is the name."""
    got = {}
    for path, content in unzipped(data).items():
        parts = path.split("/")
        if parts[-1].startswith((".", "~")):
            continue
        while parts:
            info = parts.pop(0).split("_", 4)
            if len(info) >= 4 and re.fullmatch(r"[0-9]+", info[1]) and int(info[1]) in participants:
                assert info[2:4] == ["assignsubmission", "file"]
                name = "/".join([info[4] if len(info) > 4 else "", *parts]).lstrip("/")
                got.setdefault(int(info[1]), {})[name] = content
                break
    return got


def canvas_import(data, files):
    """Who gets which files: the first two parts of a name that are numbers are user and file.

    The student sees it under that file's own name: `files` maps the platform's (user, file) to it.
    """
    got = {}
    for path, content in unzipped(data).items():
        numbers = [part for part in path.rpartition("/")[2].split("_") if re.fullmatch("[0-9]+", part)][:2]
        if tuple(map(int, numbers)) in files:
            user, file = map(int, numbers)
            got.setdefault(user, {})[files[user, file]] = content
    return got


def unzipped(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        assert len(set(names)) == len(names)
        return {name: archive.read(name) for name in names}


def page_of(student, html=b"<p>", **more):
    known = {"tells": "f" * 8, "page": None, "words": ("Unit: 1 of 2 points.",), "origin": None}
    return Outgoing(student=student, html=html, person=Person(student=student), **(known | more))


# ---------------------------------------------------------------- nobody's page under another's id

HOSTILE = st.one_of(
    st.sampled_from(
        ["Student", "Student", "_5_assignsubmission_file_", "a/../b", "..", ".hidden", "7", "70001",
         "x_70001_9_y",
         "O'Neil, Jr.", "Ünï Cöde", "Ünï Cöde", "طالب", "学生", "\u202eevil", "=1+1", "LATE_70002_1", "~"]
    ),
    st.text(alphabet="ab7_-. /'é\u0301", min_size=1, max_size=12),
)  # fmt: skip
EDITS = ("swap names", "swap ids", "swap numbers", "swap mail", "drop", "rename", "merge", "none")


@pytest.fixture(scope="module")
def anywhere(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("hostile") / "course")


def edited(people, edit, one, other):
    """A roster after somebody has worked on it since the class was collected."""
    people = [replace(person) for person in people]
    a, b = people[one % len(people)], people[other % len(people)]
    column = {"swap names": "name", "swap ids": "student", "swap numbers": "lms_id", "swap mail": "email"}.get(
        edit
    )
    if column:
        swapped = {id(a): getattr(b, column), id(b): getattr(a, column)}
        people = [replace(p, **{column: swapped[id(p)]}) if id(p) in swapped else p for p in people]
    elif edit == "drop":
        people.remove(a)
    elif edit == "rename":
        people[people.index(a)] = replace(a, student="new-id")
    elif edit == "merge" and a is not b:
        people.remove(b)
    return people


def key(name):
    return "".join(c for c in name.casefold() if c.isalnum())


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(["canvas", "moodle"]),
    st.lists(HOSTILE, min_size=2, max_size=5),
    st.booleans(),
    st.sampled_from(EDITS),
    st.integers(0, 4),
    st.integers(0, 4),
)
def test_a_page_reaches_who_handed_it_in_or_nobody(anywhere, way, names, with_ids, edit, one, other):
    numbers = [70_001 + k for k in range(len(names))]
    wanted = {"canvas": "my_7_notebook.txt", "moodle": PAGE}
    people = [
        Person(f"s{k}", name, f"s{k}@u.example", str(number) if with_ids and way == "canvas" else "")
        for k, (name, number) in enumerate(zip(names, numbers, strict=True))
    ]
    root = anywhere.root
    rows = [["student", "name", "email", "lms_id"], *([p.student, p.name, p.email, p.lms_id] for p in people)]
    (root / "roster.csv").write_bytes(lms.table_bytes(rows))
    files, there = [], {}
    for name, number in zip(names, numbers, strict=True):
        if way == "canvas":
            squeezed = f"{key(name)}x" if key(name).isdigit() else key(name)
            files.append((f"{squeezed}_{number}_{number + 900}_my_7_notebook.txt", str(number).encode()))
            there[number, number + 900] = "my_7_notebook.txt"
        else:
            shown = "".join(" " if c in "_/" or not c.isprintable() else c for c in name).strip(". ") or "x"
            files.append((f"{shown}_{number}_assignsubmission_file_/notes.txt", str(number).encode()))
    (root / "d.zip").write_bytes(lms.zip_bytes(files))
    collect(anywhere, UNIT, root / "d.zip", lms=way, roster=root / "roster.csv", force=True)
    collected = {path.parent.name: path for path in anywhere.submissions.glob(f"*/{UNIT}")}
    handback = Handback(UNIT, "Unit")
    now = {p.student: p for p in edited(people, edit, one, other)}
    directory = Directory(now.values())
    for student, folder in collected.items():
        [data] = [path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")]
        origin = provenance(folder)
        if not _another_than(student, now.get(student), origin, directory):
            out = page_of(student, data, words=(data.decode(),), origin=origin)
            handback.ready.append(replace(out, person=now[student]))
    pages = addressed(handback, moodle(UNIT, {}) if way == "moodle" else canvas_file)
    if way == "moodle":
        got = moodles_import(moodle_zip(pages), set(numbers))
    else:
        got = canvas_import(canvas_zip(UNIT, pages), there)
    for user, each in got.items():
        assert {name: data.strip() for name, data in each.items()} == {wanted[way]: str(user).encode()}
    usual = all(any(c.isalpha() for c in name) for name in names) and len(set(map(key, names))) == len(names)
    if edit == "none" and usual and with_ids:
        assert set(got) == set(numbers)
    for folder in collected.values():
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


@pytest.mark.parametrize("edit", [edit for edit in EDITS if edit.startswith("swap")])
def test_two_lines_of_the_roster_that_were_swapped_hold_both_pages_back(edit):
    people = [Person(f"s{k}", f"Name {word}", f"s{k}@u.example", str(70 + k)) for k, word in enumerate("ABC")]
    now = {p.student: p for p in edited(people, edit, 0, 1)}
    reasons = [
        _another_than(
            p.student,
            now[p.student],
            Provenance("canvas", name=p.name, email=p.email, lms_id=p.lms_id),
            Directory(now.values()),
        )
        for p in people
    ]
    assert [bool(reason) for reason in reasons] == [True, True, False]


def test_two_pages_for_one_address_go_to_neither():
    handback = Handback(UNIT, "Unit")
    for student, email in (("a", "one@u.example"), ("b", "One@u.example"), ("c", "two@u.example")):
        person = Person(student=student, email=email)
        handback.ready.append(replace(page_of(student), person=person))
    assert [out.student for out, _ in addressed(handback, mailbox)] == ["c"]
    assert handback.held["a"] == "would go to the same 'one@u.example' as the page of b"


@pytest.mark.parametrize(
    "told",
    [
        "",
        "nobody",
        "a@b@c",
        "a@b\r\nBcc: c@d",
        "a b@c.example",
        "a@c.example, b@c.example",
        "<a@b.c>",
        "ü@b.example",
    ],
)
def test_what_is_no_address_gets_no_mail(told):
    handback = Handback(UNIT, "Unit", [replace(page_of("a"), person=Person(student="a", email=told))])
    assert not addressed(handback, mailbox)
    assert "a" in handback.held


@pytest.mark.parametrize(
    ("source", "says"),
    [
        pytest.param("ana_70001_900001_homework.pdf", "that was handed in, here homework.pdf", id="a PDF"),
        pytest.param("ana_70001_900001_nb.ipynb.json", "a page could not be opened", id="it opens wrong"),
        pytest.param("ana_70001_text.html", "there is no file of theirs on Canvas", id="a typed answer"),
        pytest.param("ana_7_x_70001_900001_nb.ipynb", "Canvas would read 7 in", id="a number in the name"),
        pytest.param("ana_70002_900001_nb.ipynb", "names another user than 70001", id="another's file"),
        pytest.param("nb.ipynb", "there is no file of theirs on Canvas", id="no name of Canvas's"),
    ],
)  # fmt: skip
def test_what_canvas_would_lose_or_rename_is_held_back_with_the_best_way_round(source, says):
    origin = Provenance("canvas", source=source, lms_id="70001")
    handback = Handback(UNIT, "Unit", [page_of("a", origin=origin)])
    assert not addressed(handback, canvas_file)
    assert says in handback.held["a"]


@pytest.mark.parametrize("ending", ["ipynb", "zip", "html", "TXT", "md"])
def test_what_canvas_hands_back_is_what_its_name_says(ending):
    out = page_of("a", b"<html>page</html>", words=("Unit: 1 of 2 points.", "T_1 <b>: 1 of 1. *x*"),
                  origin=Provenance("canvas", source=f"a_LATE_70001_9001_n.{ending}", lms_id="70001"))  # fmt: skip
    pages = addressed(Handback(UNIT, "Unit", [out]), canvas_file)
    [(name, data)] = unzipped(canvas_zip(UNIT, pages)).items()
    assert name == out.origin.source
    if ending == "ipynb":
        cells = json.loads(data)["cells"]
        assert "1 of 2 points" in cells[0]["source"]
        assert r"T\_1 &lt;b&gt;" in cells[1]["source"]
        assert not any(cell.get("metadata") for cell in cells)
        read_cells(data)
    elif ending == "zip":
        assert unzipped(data) == {PAGE: out.html}
    elif ending == "html":
        assert data == out.html
    else:
        assert data.decode().startswith(("Unit: 1", "**Unit:** 1"))


# ---------------------------------------------------------------- a class, collected and graded


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Three students of Moodle with marks, none waiting, and a fourth whose written answers wait."""
    course = make_course(tmp_path_factory.mktemp("home") / "course")
    people = PEOPLE[:4]
    worksheet = course.root / "worksheet.csv"
    worksheet.write_bytes(lms.moodle_worksheet(people))
    files = [(lms.moodle_name(s, NB), lms.notebook(s.number)) for s in people]
    (course.root / "download.zip").write_bytes(lms.zip_bytes(files))
    collect(course, UNIT, course.root / "download.zip", lms="moodle", roster=worksheet)
    keep(course, [finished(s.id) for s in people[:3]] + [result(people[3].id)])
    return course


def finished(student, **marks):
    made = result(student, **marks)
    return replace(
        made, marks=tuple(replace(m, score=m.points if m.score is None else m.score) for m in made.marks)
    )


@pytest.fixture
def course(graded, tmp_path):
    shutil.copytree(graded.root, tmp_path / "course")
    return Course(tmp_path / "course")


def home(course, *words):
    return main(["--course", str(course.root), "return", UNIT, *map(str, words)])


def test_moodles_zip_brings_each_page_home_and_its_worksheet_the_comments(course, capsys):
    worksheet = course.root / "worksheet.csv"
    assert home(course, "--gradebook", worksheet) == 3  # the way home is where it came from
    printed = capsys.readouterr().out
    assert "3 pages on the way home (moodle)" in printed
    assert "student-04: 3 answers wait for a person (--partial" in printed
    got = moodles_import(
        (course.results / f"{UNIT}-feedback-moodle.zip").read_bytes(), {int(s.participant) for s in PEOPLE}
    )
    assert {number: set(files) for number, files in got.items()} == {
        int(s.participant): {PAGE} for s in PEOPLE[:3]
    }
    for student in PEOPLE[:3]:
        page = got[int(student.participant)][PAGE].decode()
        assert f"feedback for {student.id}<" in page
        assert page == course.feedback_page(student.id, UNIT).read_text("utf-8")
    before, after = read_table(worksheet), read_table(course.results / f"{UNIT}-comments-moodle.csv")
    changed = {
        (row.line, column)
        for row, old in zip(after.rows, before.rows, strict=True)
        for column in range(len(row.raw))
        if row.raw[column] != old.raw[column]
    }
    assert changed == {(line, 10) for line in (2, 3, 4)}
    assert "of 29 points" in after.rows[1][10]
    assert home(course, "--gradebook", worksheet) == 3  # again: its own files are replaced


def test_who_got_which_page_is_noted_and_only_new_pages_go_again(course, capsys):
    assert home(course, "--lms", "moodle") == 3
    [entry] = sent(course)
    assert (entry.what, entry.to, set(entry.students)) == ("returned", "moodle", {s.id for s in PEOPLE[:3]})
    keep(course, [finished("student-02", test_f_ratio=replace(result("x").marks[3], score=0.5))])
    capsys.readouterr()
    assert home(course, "--lms", "moodle", "--only-new") == 3
    printed = capsys.readouterr().out
    assert "1 page on the way home" in printed
    assert "they have the very page (2): student-01, student-03" in printed
    assert set(sent(course)[-1].students) == {"student-02"}


def test_a_page_that_is_not_of_the_present_mark_or_class_stays(course):
    again = replace(finished("student-01"), version="1-" + "0" * 64)  # a result that says by which tests
    keep(course, [again])
    hand_in(course, "student-01", solved())
    rows = lms.roster_rows([s for s in PEOPLE[:4] if s.number != 2])
    (course.root / "roster.csv").write_bytes(lms.table_bytes(rows))
    handback = prepare(course, UNIT, roster=course.root / "roster.csv", partial=True)
    assert "handed in anew" in handback.held["student-01"]
    assert [out.student for out in handback.ready] == ["student-03", "student-04"]


def test_a_worksheet_of_another_assignment_is_refused(course):
    people = [replace(s, number=s.number) for s in PEOPLE[:4]]
    data = lms.moodle_worksheet(people).decode("utf-8-sig")
    one, two = PEOPLE[0].participant, PEOPLE[1].participant
    data = data.replace(one, "x").replace(two, one).replace("x", two)
    handback = prepare(course, UNIT, partial=True)
    with pytest.raises(CourseError, match=r"line 2: .* the rest of the line student-01; is the file of this unit"):
        rows_of(parse_table(data.encode(), "worksheet.csv"), handback.ready, "moodle")


def test_blackboard_takes_comments_only_and_gradescope_nothing(course, capsys):
    assert home(course, "--lms", "gradescope") == 1
    assert "return borrowing --lms mail" in capsys.readouterr().err
    assert home(course, "--lms", "blackboard") == 1
    assert "give --gradebook FILE" in capsys.readouterr().err
    text = lms.blackboard_grades(PEOPLE[:3]).decode("utf-16")
    head, *rows = text.split("\n")
    single = "\n".join(
        "\t".join(
            line.split("\t")[:6] + line.split("\t")[7:] + ['"Feedback to Learner"' if line is head else '""']
        )
        for line in (head, *rows)
    )
    (course.root / "bb.xls").write_bytes(single.encode("utf-16"))
    assert home(course, "--lms", "blackboard", "--gradebook", course.root / "bb.xls") == 3
    filled = read_table(course.results / f"{UNIT}-comments-blackboard.xls")
    assert all("of 29 points" in row[7] for row in filled.rows[1:])


def test_an_exchange_gets_pages_under_names_that_only_their_students_know(course, tmp_path, capsys):
    exchange = tmp_path / "exchange"
    exchange.mkdir()
    with (course.root / "course.toml").open("a") as file:
        file.write(f'[hub]\ninstructors = ["i"]\nexchange = "{exchange}"\n')
    for student, secret in (("student-01", "one"), ("student-02", "two"), ("student-03", "two")):
        (course.autograded(student, UNIT) / "submission_secret.txt").write_text(secret)
    assert home(course, "--lms", "exchange") == 3
    assert "student-03: would go to the same" in capsys.readouterr().out
    folder = exchange / "test-course" / "feedback"
    [page] = folder.iterdir()
    assert page.name == f"{feedback_name('one', UNIT)}.html"
    assert "feedback for student-01<" in page.read_text("utf-8")
    assert folder.stat().st_mode & 0o777 == 0o711


# ---------------------------------------------------------------- mail


class Postbox(socketserver.ThreadingTCPServer):
    """A mail server of this machine that keeps what it takes, refuses one address, and goes away after some."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, *, refuses="", lasts=99):
        super().__init__(("127.0.0.1", 0), Session)
        self.taken, self.refuses, self.lasts = [], refuses, lasts


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 here")
        to = []
        while line := self.rfile.readline():
            verb = line.split()[0].upper().split(b":")[0]
            if verb == b"RCPT":
                to = [line.decode().partition("<")[2].partition(">")[0]]
                self.say("550 nobody" if self.server.refuses and self.server.refuses in to else "250 ok")
            elif verb == b"DATA":
                if len(self.server.taken) >= self.server.lasts:
                    return
                self.say("354 go on")
                data = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.taken.append((to[0], message_from_bytes(data, policy=policy.default)))
                self.say("250 ok")
            else:
                self.say("221 bye" if verb == b"QUIT" else "250 ok")

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())


@pytest.fixture
def postbox(course):
    """Start a mail server, and let the course's settings name it."""
    running = []

    def start(**how):
        server = Postbox(**how)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        path = course.root / "course.toml"
        text = path.read_text().partition("[mail]")[0]
        port = server.server_address[1]
        path.write_text(
            f'{text}[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nsender = "ta@u.example"\n'
        )
        return server

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture
def with_roster(course):
    (course.root / "roster.csv").write_bytes(lms.table_bytes(lms.roster_rows(PEOPLE[:4])))
    return course


def test_messages_are_files_first_and_a_table_for_a_mail_merge(with_roster, capsys):
    course = with_roster
    folder = course.results / f"{UNIT}-mail"
    folder.mkdir(parents=True)
    (folder / "student-09.eml").write_text("of somebody who has left")
    assert home(course, "--lms", "mail") == 3
    assert "mail merge" in capsys.readouterr().out
    assert {path.name for path in folder.glob("*.eml")} == {f"{s.id}.eml" for s in PEOPLE[:3]}
    message = message_from_bytes((folder / "student-02.eml").read_bytes(), policy=policy.default)
    assert message["To"].addresses[0].addr_spec == PEOPLE[1].email
    assert "of 29 points" in message.get_body(("plain",)).get_content()
    [attached] = message.iter_attachments()
    assert attached.get_filename() == PAGE
    assert attached.get_payload(decode=True) == course.feedback_page("student-02", UNIT).read_bytes()
    rows = list(csv.DictReader(io.StringIO((folder / "mail-merge.csv").read_text("utf-8"))))
    assert [row["email"] for row in rows] == [s.email for s in PEOPLE[:3]]
    assert (course.root / rows[0]["attachment"]).is_file()
    assert home(course, "--lms", "mail", "--send") == 1
    assert "names no mail server" in capsys.readouterr().err


def test_nothing_is_sent_before_it_is_asked_for_and_nothing_twice(with_roster, postbox, capsys):
    course, server = with_roster, postbox(refuses=PEOPLE[1].email)
    assert home(course, "--lms", "mail") == 3
    assert "nothing was sent" in capsys.readouterr().out
    assert server.taken == []
    assert sent(course) == []
    assert home(course, "--lms", "mail", "--send") == 3
    assert "student-02: the mail server refused it" in capsys.readouterr().out
    assert [to for to, _ in server.taken] == [PEOPLE[0].email, PEOPLE[2].email]
    again = postbox()
    assert home(course, "--lms", "mail", "--send") == 3
    assert [to for to, _ in again.taken] == [PEOPLE[1].email]


def test_a_server_that_goes_away_is_told_and_the_rest_goes_next_time(with_roster, postbox, capsys):
    course, server = with_roster, postbox(lasts=1)
    assert home(course, "--lms", "mail", "--send") == 1
    error = capsys.readouterr().err
    assert "after 1 of 3 messages" in error
    assert len(error.splitlines()) == 1
    again = postbox()
    assert home(course, "--lms", "mail", "--send") == 3
    assert [to for to, _ in [*server.taken, *again.taken]] == [s.email for s in PEOPLE[:3]]


def test_a_mail_server_that_is_not_there_is_one_line(with_roster, monkeypatch, capsys):
    course = with_roster
    with (course.root / "course.toml").open("a") as file:
        file.write('[mail]\nhost = "mail.invalid"\nsender = "ta@u.example"\n')

    def nowhere(*_, **__):
        raise OSError("no such host")

    monkeypatch.setattr(smtplib, "SMTP", nowhere)
    assert home(course, "--lms", "mail", "--send") == 1
    assert "mail.invalid: after 0 of 3 messages: no such host" in capsys.readouterr().err


# ---------------------------------------------------------------- from the archive to the archive


def test_of_a_messy_class_of_canvas_each_gets_their_own_page_or_is_listed(tmp_path):
    course = two_units(tmp_path / "course")
    handed_in = lms.class_of(30)
    files, there = [], {}
    for student, theirs, _ in handed_in:
        for k, (name, data) in enumerate(theirs):
            number = 900_000 + 10 * student.number + k
            files.append((lms.canvas_name(student, name, number=number), data))
            there[int(student.canvas), number] = name
    (tmp_path / "submissions.zip").write_bytes(lms.zip_bytes(files))
    roster = course.root / "roster.csv"
    roster.write_bytes(lms.table_bytes(lms.roster_rows([s for s, _, _ in handed_in])))
    collect(course, UNIT, tmp_path / "submissions.zip", lms="canvas", roster=roster)
    keep(course, [finished(student.id) for student, _, _ in handed_in])
    assert home(course) == 3
    got = canvas_import((course.results / f"{UNIT}-feedback-canvas.zip").read_bytes(), there)
    noted = set(sent(course)[-1].students)
    assert len(noted) >= 26
    for student, _, _ in handed_in:
        each = got.pop(int(student.canvas), {})
        assert bool(each) == (student.id in noted), student.id
        for name, data in each.items():
            assert opens(name, data), name
    assert got == {}


def opens(name, data):
    """Whether a file holds what its name says."""
    kind = name.rpartition(".")[2].casefold()
    if kind == "ipynb":
        return bool(json.loads(data)["cells"])
    return data.startswith({"zip": b"PK", "html": b"<!doctype html>"}[kind])


def test_what_a_group_handed_in_goes_to_the_one_whom_canvas_knows_and_to_each_by_mail(tmp_path):
    course = make_course(tmp_path / "course")
    one, two = PEOPLE[:2]
    rows = [
        [*row, group] for row, group in zip(lms.roster_rows([one, two]), ("group", "Blue", "Blue"), strict=True)
    ]
    rows[1][3] = ""  # whose number Canvas gave is not in the roster, else the file would be theirs alone
    roster = course.root / "roster.csv"
    roster.write_bytes(lms.table_bytes(rows))
    (tmp_path / "c.zip").write_bytes(lms.zip_bytes([(f"blue_{one.canvas}_900001_{NB}", lms.notebook(1))]))
    collect(course, UNIT, tmp_path / "c.zip", lms="canvas", roster=roster)
    keep(course, [finished(one.id), finished(two.id)])
    by_canvas, by_mail = (prepare(course, UNIT, roster=roster) for _ in range(2))
    assert [out.student for out, _ in addressed(by_canvas, canvas_file)] == [one.id]
    assert "another of their group" in by_canvas.held[two.id]
    assert [address.of for _, address in addressed(by_mail, mailbox)] == [one.email, two.email]


# ---------------------------------------------------------------- where it came from


def test_collecting_notes_the_notebooks_own_path_in_the_archive(tmp_path):
    course = make_course(tmp_path / "course")
    student = PEOPLE[0]
    plain = (lms.canvas_name(student, NB, number=2), lms.notebook(1))
    beside = (lms.canvas_name(student, "data.csv", number=1), b"a,b\n")
    (tmp_path / "c.zip").write_bytes(lms.zip_bytes([beside, plain]))
    collect(course, UNIT, tmp_path / "c.zip", lms="canvas")
    [record] = course.submissions.glob(f"*/{UNIT}/{RECORD}")
    assert json.loads(record.read_text())["source"] == plain[0]
