"""The folder for the students' repository: what they may have of a course, and nothing else."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from grading.course import Course
from grading.doctor.course_folders.history import old_versions
from grading.doctor.course_folders.leaks import Leak, leaks_in, staffs
from grading.errors import CourseError
from grading.files import write_atomically, write_bytes_atomically
from grading.lms.file_names import path_trouble
from grading.units.book_links import led_to
from grading.units.places import unit_places

SITE = Path("_build/html")
"""Where `make book` puts the students' edition, from the course folder."""
SITE_THERE = "docs"
"""What it is called in the students' folder: the name that GitHub Pages serves from a branch."""
WRITTEN = ".published.json"
"""In the students' folder: which files this command wrote."""
LICENCES = {"LICENSE": "LICENSE", "book/LICENSE": "LICENSE-text"}
NO_LICENCE = (
    "no LICENSE in the course folder, so nothing tells students what they may do with the files; write one, then "
    "publish again"
)

Files = dict[str, Callable[[], bytes]]


@dataclass
class Published:
    """What became of the folder: how many files were written, removed, and as they should be."""

    written: int = 0
    removed: int = 0
    same: int = 0
    site: bool = False
    notes: list[str] = field(default_factory=list)


class LeaksError(CourseError):
    """Something of the staff's would be in the folder."""

    def __init__(self, leaks: list[Leak]) -> None:
        super().__init__(
            f"{leaks[0].where}: {leaks[0].what}; nothing was written: take it out (of a history: begin it "
            "anew), then publish again"
        )
        self.leaks = leaks


def publish(course: Course, target: Path, *, site: bool = True, force: bool = False) -> Published:
    """Write what students may have into a folder; what lies there in ``.git`` stays.

    Parameters
    ----------
    course, target : Course, Path
        From where, and the folder; it is made if it is not there.
    site : bool
        Whether the book goes along, if it is built.
    force : bool
        Take over a folder with files that no ``publish`` wrote.

    Raises
    ------
    LeaksError
        If an answer, a hidden test or case, the secret or somebody's name would be in it, or is in its history.
    CourseError
        If the folder is no place for it, or a unit is not built.
    """
    _refuse_place(course, target)
    before = _written_before(target)
    there = dict(_files_under(target))
    if there and before is None and not force:
        raise CourseError(
            f"{target}: not empty, and no work of this command; give an empty one, or take it over with --force"
        )
    wanted = _wanted(course, site=site)
    ours = set(before or ())
    stay = {path: read for path, read in there.items() if path not in ours and path not in wanted}
    kept = staffs(course)
    leaks = [Leak(path, "a link, which may lead to anything") for path in there if (target / path).is_symlink()]
    leaks += [*leaks_in(wanted.items(), kept), *leaks_in(stay.items(), kept)]
    leaks += dict.fromkeys(
        Leak(f"{leak.where} (in the history of {target})", leak.what)
        for leak in leaks_in(old_versions(target), kept)
    )
    if leaks:
        raise LeaksError(leaks)
    notes = [] if any(name in wanted for name in LICENCES.values()) else [NO_LICENCE]
    has_site = any(path.startswith(f"{SITE_THERE}/") for path in wanted)
    return _write(target, wanted, ours, Published(site=has_site, notes=notes))


def _refuse_place(course: Course, target: Path) -> None:
    """Refuse a folder in which the two repositories would be one."""
    root, place = course.root.resolve(), target.resolve()
    if place.is_file():
        raise CourseError(f"{target}: a file; give a folder")
    inside = place.is_relative_to(root) and not place.is_relative_to(root / "_build")
    if inside or root.is_relative_to(place):
        raise CourseError(
            f"{target}: students' folder and the course folder must lie apart, each a repository of its own; "
            "give a folder beside it, such as ../students"
        )


def _written_before(target: Path) -> list[str] | None:
    """Files that this command wrote there; None if it has not been at work there."""
    try:
        listed = json.loads((target / WRITTEN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise CourseError(f"{target / WRITTEN}: cannot be read ({error}); empty the folder but for .git") from None
    return [path for path in map(str, listed) if path_trouble(path) is None]


def _files_under(folder: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Every file of a folder by its path there, but those of git and our own list."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if Path(here, name) != folder / ".git")
        for name in sorted(names):
            path = Path(here, name)
            relative = path.relative_to(folder).as_posix()
            if relative not in (WRITTEN, ".git"):
                yield relative, path.read_bytes


# ---------------------------------------------------------------- what students may have


def _wanted(course: Course, *, site: bool) -> Files:
    """The students' files by path, and what reads them."""
    files: Files = {}
    site = site and (course.root / SITE / "index.html").is_file()
    for unit in course.units:
        folder = course.release_folder(unit)
        if not course.release(unit).is_file():
            raise CourseError(f"{course.release(unit)}: missing; run 'python -m grading build' first")
        for path in sorted(path for path in folder.rglob("*") if _is_released(path.relative_to(folder))):
            if path.is_file():
                read = partial(_led_to_site, course, path, site) if path.suffix == ".ipynb" else path.read_bytes
                files[f"exercises/{unit}/{path.relative_to(folder).as_posix()}"] = read
    if course.student_requirements.is_file():
        files["requirements.txt"] = course.student_requirements.read_bytes
    for source, name in LICENCES.items():
        if (course.root / source).is_file():
            files[name] = (course.root / source).read_bytes
    if site:
        for relative, read in _files_under(course.root / SITE):
            files[f"{SITE_THERE}/{relative}"] = read
        files[f"{SITE_THERE}/.nojekyll"] = bytes
    files[".gitignore"] = partial(_encoded, "__pycache__/\n.ipynb_checkpoints/\n.venv/\n")
    files["README.md"] = partial(_encoded, _readme(course, files))
    return files


def _led_to_site(course: Course, notebook: Path, site: bool) -> bytes:
    """A notebook with its links to the book as they hold in the students' folder."""
    return led_to(notebook.read_bytes(), course.settings.book_url, f"../../{SITE_THERE}" if site else "")


def _is_released(path: Path) -> bool:
    return not any(part.startswith((".", "__")) for part in path.parts)


def _encoded(text: str) -> bytes:
    return text.encode()


def _readme(course: Course, files: Mapping[str, object]) -> str:
    """What students read first."""
    settings = course.settings
    lines = [f"# {settings.name}", ""]
    if settings.book_url.startswith("http"):
        lines += [f"Read the book: <{settings.book_url}>", ""]
    elif f"{SITE_THERE}/index.html" in files:
        lines += [f"Read the book: open `{SITE_THERE}/index.html`.", ""]
    lines += ["## Exercises", ""]
    for unit in course.units:
        lines.append(f"- [{unit_places(course, unit)[0]}](exercises/{unit}/{unit}.ipynb)")
    lines += ["", "Keep the files of a folder together: the notebook needs those beside it."]
    if "requirements.txt" in files:
        lines += ["", "## On your own machine", "", "With Python 3.11 or newer:", "", "```sh"]
        lines += ["python3 -m venv .venv", "source .venv/bin/activate"]
        lines += ["pip install -r requirements.txt jupyterlab", "jupyter lab", "```"]
    if "LICENSE" in files:
        text = ", the text under [LICENSE-text](LICENSE-text)" if "LICENSE-text" in files else ""
        lines += ["", "## Licences", "", f"Code is under [LICENSE](LICENSE){text}."]
    return "\n".join(lines) + "\n"


def _write(target: Path, wanted: Files, ours: set[str], done: Published) -> Published:
    """Write what differs and remove what this command wrote before and students have no more."""
    target.mkdir(parents=True, exist_ok=True)
    _list(target, ours | set(wanted))  # first: a killed run is taken up again
    for path, read in wanted.items():
        data, file = read(), target / path
        if file.is_file() and not file.is_symlink() and file.read_bytes() == data:
            done.same += 1
            continue
        write_bytes_atomically(file, data)
        done.written += 1
    for path in sorted(ours - set(wanted)):
        if (target / path).is_file():
            (target / path).unlink()
            done.removed += 1
    for folder in sorted({parent for path in ours for parent in Path(path).parents} - {Path()}, reverse=True):
        if (target / folder).is_dir() and not any((target / folder).iterdir()):
            (target / folder).rmdir()
    _list(target, set(wanted))
    return done


def _list(target: Path, paths: set[str]) -> None:
    write_atomically(target / WRITTEN, json.dumps(sorted(paths), indent=0, ensure_ascii=False) + "\n")
