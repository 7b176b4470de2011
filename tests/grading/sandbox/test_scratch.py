"""A scratch folder is measured and removed whatever a submission put into it, by root and by an ordinary user."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grading.sandbox import scratch

ORDINARY = 1000


def as_user(user: int, action: Callable[[], object]) -> None:
    """Run an action in a forked process as another user, where this one is root."""
    pid = os.fork()
    if pid == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
            action()
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0


@pytest.fixture(params=[0, ORDINARY], ids=["root", "ordinary user"])
def user(request: pytest.FixtureRequest) -> int:
    if request.param == 0 and os.geteuid() != 0:
        pytest.skip("not root")
    return int(request.param)


@pytest.fixture
def box(user: int) -> Iterator[Path]:
    """A scratch folder of that user's, where scratch folders are, and which all users reach."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as place:
        os.chmod(place, 0o777)
        folder = Path(place, "box")
        as_user(user, folder.mkdir)
        yield folder
        as_user(user, lambda: scratch.remove(str(folder)))


def deep(folder: Path, depth: int, mode: int = 0o700) -> None:
    here = os.open(folder, os.O_DIRECTORY)
    for _ in range(depth):  # deeper than any path that the kernel takes
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_DIRECTORY, dir_fd=here)
        os.close(here)
        here = below
    os.mkdir("last", mode, dir_fd=here)
    os.close(here)


def locked_inside(box: Path) -> None:
    (box / "a").mkdir()
    (box / "a" / "b").mkdir(mode=0)


def write_only(box: Path) -> None:
    (box / "d" / "e").mkdir(parents=True)
    (box / "d" / "e" / "f").write_bytes(b"x")
    (box / "d" / "e").chmod(0o300)
    (box / "d").chmod(0o300)


def read_only(box: Path) -> None:
    (box / "d" / "e").mkdir(parents=True)
    (box / "d" / "f").write_bytes(b"x")
    for path in (box / "d" / "f", box / "d" / "e", box / "d"):
        path.chmod(0o500)


def strange_names(box: Path) -> None:
    for name in (".old-1", "a\nb", "-rf", "*", "\udcff", "x" * 255, " "):
        (box / name).mkdir(mode=0o000)
    inner = box / "inner"
    inner.mkdir()
    for name in (".old-1", ".old-2", "-rf", "\udcff", "x" * 255):
        (inner / name).mkdir(mode=0o100)


def links(box: Path) -> None:
    (box / "d").mkdir()
    (box / "d" / "up").symlink_to("..")
    (box / "d" / "out").symlink_to("/etc")
    (box / "gone").symlink_to("nothing")
    (box / "one").write_text("x")
    os.link(box / "one", box / "d" / "two")


TREES = {
    "a locked folder in a folder": locked_inside,
    "folders that cannot be listed": write_only,
    "folders that cannot be written": read_only,
    "strange names": strange_names,
    "links": links,
    "a deep tree": lambda box: deep(box, 2000),
    "a deep tree with a locked end": lambda box: deep(box, 300, 0),
    "a locked box": lambda box: box.chmod(0),
}


@pytest.mark.parametrize("plant", TREES.values(), ids=TREES.keys())
def test_whatever_it_holds_a_folder_is_removed_by_its_owner(
    box: Path, user: int, plant: Callable[[Path], None]
) -> None:
    as_user(user, lambda: plant(box))
    as_user(user, lambda: scratch.remove(str(box)))
    assert not os.path.lexists(box)


def test_what_links_point_to_stays(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("x")
    box = tmp_path / "box"
    box.mkdir()
    (box / "link").symlink_to(tmp_path)
    (box / "file").symlink_to(tmp_path / "kept")
    scratch.remove(str(box))
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_folder_that_is_not_there_is_removed_already(tmp_path: Path) -> None:
    scratch.remove(str(tmp_path / "nothing"))


def test_files_count_by_what_they_take_on_disk(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a").write_bytes(bytes(100_000))
    assert 100_000 <= scratch.used_bytes(str(tmp_path), 1 << 30) < 200_000


def test_too_many_files_count_as_too_much(box: Path) -> None:
    for number in range(scratch.MOST_FILES + 1):
        os.close(os.open(box / str(number), os.O_CREAT))
    assert scratch.used_bytes(str(box), 1 << 30) > 1 << 30


@pytest.mark.parametrize("mode", [0o000, 0o100, 0o200, 0o300])
def test_what_cannot_be_listed_counts_as_full(box: Path, user: int, mode: int) -> None:
    as_user(user, lambda: (box / "d").mkdir(mode=mode))

    def measure() -> None:
        assert scratch.used_bytes(str(box), 1000) > 1000

    if user != 0:  # root lists it all the same
        as_user(user, measure)


def test_a_path_too_long_to_list_counts_as_full(box: Path, user: int) -> None:
    as_user(user, lambda: deep(box, 2100))

    def measure() -> None:
        assert scratch.used_bytes(str(box), 1 << 30) > 1 << 30

    as_user(user, measure)
