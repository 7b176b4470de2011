"""A scratch folder is measured and emptied whatever a submission put into it."""

from __future__ import annotations

import os
from pathlib import Path

from grading.sandbox.inside import scratch


def test_files_count_by_what_they_take_on_disk(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a").write_bytes(bytes(100_000))
    assert 100_000 <= scratch.used_bytes(str(tmp_path), 1 << 30) < 200_000


def test_too_many_files_count_as_too_much(tmp_path: Path) -> None:
    for number in range(scratch.MOST_FILES + 1):
        os.close(os.open(tmp_path / str(number), os.O_CREAT))
    assert scratch.used_bytes(str(tmp_path), 1 << 30) > 1 << 30


def test_a_deep_locked_tree_with_links_is_emptied(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    box = tmp_path / "box"
    box.mkdir()
    (box / "link").symlink_to(outside)
    (box / ".old-1").write_text("a name that emptying would choose")
    (box / "locked").mkdir(mode=0)
    here = os.open(box, os.O_DIRECTORY)
    for _ in range(2000):  # deeper than any path that the kernel takes
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_DIRECTORY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    scratch.empty(str(box))
    assert os.listdir(box) == []
    assert (outside / "kept").read_text() == "x"
