"""Looks through the students' edition when it is finished: no file of it may hold an answer that is withheld.

Listings are taken care of by `editions`; this finds what came into the site another way, such as a download, a
wheel or an archive, and fails the build.
"""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from answers import Answers
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

FOREIGN = "_static/vendor/"  # packages of others, with digests of their own
EXERCISES = "downloads/"  # an exercise may compute with what its own tasks made
COMPILED = b"reference_impl"  # bytecode names the file that it was made from
LISTING = re.compile(r"<pre[^>]*>(.*?)</pre>", re.DOTALL)
FENCED = re.compile(r"^`{3,}[^\n]*\n(.*?)^`{3,}", re.DOTALL | re.MULTILINE)


def files(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """A file, or what is in it if it is an archive."""
    if not content.startswith(b"PK\3\4"):
        yield name, content
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.namelist():
            yield from files(f"{name}/{member}", archive.read(member))


def code_in(name: str, content: bytes) -> list[str]:
    """What of a file may be Python."""
    if not name.endswith((".html", ".ipynb", ".md", ".rst", ".txt", ".py")):
        return []
    text = content.decode("utf-8", "replace")
    if name.endswith(".html"):
        return [html.unescape(re.sub(r"<[^>]*>", "", piece)) for piece in LISTING.findall(text)]
    if name.endswith(".ipynb"):
        return ["".join(cell["source"]) for cell in json.loads(text)["cells"]]
    if name.endswith((".md", ".rst", ".txt")):
        return [text, *FENCED.findall(text)]
    return [text] if name.endswith(".py") else []


def found_in(site: Path, answers: Answers) -> list[str]:
    """Files of a site that hold withheld answers, each with the function that it answers."""
    found = []
    for path in sorted(path for path in site.rglob("*") if path.is_file()):
        place = path.relative_to(site).as_posix()
        if place.startswith(FOREIGN):
            continue
        for name, content in files(place, path.read_bytes()):
            if name.endswith((".pyc", ".pyo")) and COMPILED in content:
                found.append(f"{name} (compiled)")
                continue
            pieces = code_in(name, content)
            answered = [graded for piece in pieces for graded in answers.held(piece)]
            found += [f"{name} (answers {graded.unit}: {graded.name})" for graded in answered[:1]]
            own = answered or place.startswith(EXERCISES)
            copied = () if own else set().union(*map(answers.copied, pieces))
            found += [f"{name} (computes what a task of {unit} asks for)" for unit in sorted(copied)]
    return found


def audit(app: Sphinx, exception: Exception | None) -> None:
    """Refuse a students' edition that holds an answer.

    Raises
    ------
    ExtensionError
        With the files and the functions.
    """
    answers: Answers = vars(app).get("answers", Answers())
    if exception or app.builder.format != "html" or not answers.withheld:
        return
    if found := found_in(Path(app.outdir), answers):
        raise ExtensionError(
            f"the students' edition holds answers that are withheld: {', '.join(found)}; leave these files out, "
            "tag cells with answers-<unit>, or set reveal in [dates.<unit>] of course.toml"
        )


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the end of the build."""
    app.setup_extension("editions")
    app.connect("build-finished", audit, priority=990)  # after everything that puts files into the site
    return {"parallel_read_safe": True, "parallel_write_safe": True}
