"""A second build: fast where nothing changed, and never with anything stale."""

from __future__ import annotations

import fcntl
import runpy
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import freshness
import kept
import lean_css
import look_back
import pytest

from .conftest import BOOK


@contextmanager
def building(folder: Path, made_by: str = "this code") -> Iterator[None]:
    """A build by some code, in a folder."""
    ends: list[Callable[..., None]] = []
    app = SimpleNamespace(outdir=folder / "html", connect=lambda event, end, priority: ends.append(end))
    kept.connect(app, made_by)
    yield
    for end in ends:
        end(app, None)


class TestKept:
    def test_a_value_is_made_anew_when_an_input_or_the_code_has_changed(self, tmp_path: Path) -> None:
        made: list[tuple[str, bytes]] = []

        @kept.kept
        def value(text: str, data: bytes) -> bytes:
            made.append((text, data))
            return text.encode() + data

        for made_by in ("old code", "old code", "new code"):
            for _ in range(2):
                with building(tmp_path, made_by):
                    assert [value("a", b"1"), value("a", b"2"), value("b", b"1")] == [b"a1", b"a2", b"b1"]
        assert made == 2 * [("a", b"1"), ("a", b"2"), ("b", b"1")]

    def test_a_file_that_a_crash_damaged_is_begun_anew(self, tmp_path: Path) -> None:
        (tmp_path / kept.FILE).write_bytes(b"no database" * 400)

        @kept.kept
        def loud(text: str) -> str:
            return text.upper()

        with building(tmp_path):
            assert loud("a") == "A"

    def test_what_raises_is_tried_again(self, tmp_path: Path) -> None:
        tried = []

        @kept.kept
        def faulty(text: str) -> str:
            tried.append(text)
            raise ValueError(text)

        for _ in range(2):
            with building(tmp_path), pytest.raises(ValueError, match="a"):
                faulty("a")
        assert tried == ["a", "a"]

    @pytest.mark.parametrize(
        "name", ["_ext/lean_css.py", "_ext/mathjax/input/tex.js", "assets/course.css", "../requirements.txt"]
    )
    def test_changed_code_is_other_code(self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        book = tmp_path / "book"
        for folder in ("_ext/templates", "_ext/mathjax/input", "assets/fonts", "demo"):
            (book / folder).mkdir(parents=True)
        monkeypatch.setattr(freshness, "ROOT", tmp_path)
        monkeypatch.setattr(freshness, "BOOK", book)
        (book / name).write_text("old", "utf-8")
        before = freshness.what_makes()
        assert freshness.what_makes() == before
        (book / name).write_text("new", "utf-8")
        assert freshness.what_makes() != before


def test_the_style_sheet_is_made_anew_when_a_page_a_script_or_a_source_of_it_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "html"
    static, fonts = out / "_static", out / "_static" / lean_css.MATH_FONTS
    fonts.mkdir(parents=True)
    html = SimpleNamespace(format="html")
    app = SimpleNamespace(outdir=out, srcdir=BOOK, builder=html, book_css=["a.css"])

    def sheet(file: str, text: str) -> str:
        (out / file).write_text(text, "utf-8")
        with building(tmp_path):
            lean_css.write(app, None)
        return (static / lean_css.BUNDLE).read_text("utf-8").partition("\n")[2]

    (out / "index.html").write_text('<p class="a">', "utf-8")
    (static / "c.js").write_text("", "utf-8")
    assert sheet("_static/a.css", ".a{x:1}.b{x:1}.c{x:1}") == ".a{x:1}"
    assert sheet("index.html", '<p class="a b">') == ".a{x:1}\n.b{x:1}"
    assert sheet("_static/c.js", "add('c', 'mjx-c41')") == ".a{x:1}\n.b{x:1}\n.c{x:1}"
    assert sheet("_static/a.css", ".a{x:2}.c{x:1}") == ".a{x:2}\n.c{x:1}"
    font = fonts / f"MathJax_{lean_css.LOADED[0]}.woff"
    before = font.read_bytes()
    assert ".mjx-c41::before" in sheet("_static/a.css", '.mjx-c41::before{content:"A"}.mjx-c42{content:"B"}')
    assert font.read_bytes() != before
    monkeypatch.setattr(lean_css, "purge", None)  # nor is it made again when nothing has
    assert ".mjx-c41::before" in sheet("c.txt", "")


def test_look_back_is_read_again_when_there_are_other_questions() -> None:
    env, page = SimpleNamespace(look_backs={"look-back": ["look-back"]}), ["look-back"]
    read = []
    for there in ({"one": ["a"]}, {"one": ["a"]}, {"one": ["a", "b"]}):
        app = SimpleNamespace(config=SimpleNamespace(questions_of_pages=there))
        read.append(look_back.outdated(app, env, set(), set(), set()))
    assert read == [page, [], page]


def test_one_edition_reads_its_pages_at_a_time(tmp_path: Path) -> None:
    ends: dict[str, Callable[..., None]] = {}
    app: Any = SimpleNamespace(outdir=tmp_path / "html", connect=ends.__setitem__)
    freshness.take_turn(app, app)
    with (tmp_path / ".reading").open("w") as other:
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        ends["env-updated"](app)
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    ends["build-finished"](app)


#: What stands for the build of an edition: one of students fails, or kills itself, in the middle of its work.
EDITION = """
import os, sys
from pathlib import Path
out, end, edition = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
pages = out / ("html" if edition == "students" else "html-teachers")
pages.mkdir(exist_ok=True)
(pages / f"page-{len(list(pages.iterdir()))}").touch()
if edition == "students":
    exec(end)
"""


@pytest.mark.parametrize("end", ["sys.exit(1)", "os.kill(os.getpid(), 9)"], ids=["found faults", "was killed"])
def test_after_a_build_that_did_not_end_well_nothing_is_taken_for_whole(end: str, tmp_path: Path) -> None:
    build_all = runpy.run_path(str(BOOK / "build.py"))["build_all"]

    def pages_after(end: str) -> tuple[list[str], int]:
        command = (sys.executable, "-S", "-c", EDITION, str(tmp_path), end)
        return build_all(tmp_path, command), len(list((tmp_path / "html").iterdir()))

    assert [pages_after(how) for how in ("", "", end, "", "")] == [
        ([], 1),
        ([], 2),
        (["students"], 3),
        ([], 1),
        ([], 2),
    ]
