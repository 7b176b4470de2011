"""Pictures: both widths of a figure, its size, so that text does not jump when it arrives, and no haste below.

Cells draw with `book/two_widths.py`: one SVG, with the figure for a phone as its last comment. Here that becomes
a file and a `<picture>`.
"""

from __future__ import annotations

import os
import re
import struct
from pathlib import Path

from sphinx.application import Sphinx

IMAGE = re.compile(r'<img (?P<attributes>[^>]*src="(?P<src>_images/[^"]+\.(?:png|svg))"[^>]*?)(?P<close>\s*/?>)')
BACKEND = "module://two_widths"
BETWEEN = "<!--narrow\n"
PHONE = "(max-width: 36rem)"
VIEW = re.compile(r'viewBox="0 0 (?P<width>[\d.]+) (?P<height>[\d.]+)"')
PIXELS = 96 / 72  # of a point
PNG_HEADER = struct.Struct(">8s4x4sII")


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of a picture in pixels: of a PNG file from its header, of an SVG file from its view box.

    Raises
    ------
    ValueError
        If the file is neither.
    """
    if path.suffix == ".svg":
        view = VIEW.search(path.read_text("utf-8"))
        if not view:
            raise ValueError(f"{path}: an SVG file without viewBox")
        return round(float(view["width"]) * PIXELS), round(float(view["height"]) * PIXELS)
    with path.open("rb") as file:
        signature, chunk, width, height = PNG_HEADER.unpack(file.read(PNG_HEADER.size))
    if signature != b"\x89PNG\r\n\x1a\n" or chunk != b"IHDR":
        raise ValueError(f"{path}: not a PNG file")
    return width, height


def narrow_of(path: Path) -> Path:
    """Where the figure for a phone lies, beside the wide one."""
    return path.with_name(f"{path.stem}-narrow.svg")


def part(path: Path) -> None:
    """Make two files of a figure that holds the one for a phone."""
    wide, found, narrow = path.read_text("utf-8").partition(BETWEEN)
    if found:
        path.write_text(wide, "utf-8")
        narrow_of(path).write_text(narrow.rstrip().removesuffix("-->"), "utf-8")


def with_sizes(page: str, folder: Path) -> str:
    """A page whose pictures have sizes, all but the first of them lazy; what has a size already stays."""
    first = IMAGE.search(page)

    def sized(match: re.Match[str]) -> str:
        attributes = match["attributes"]
        lazy = "" if match.start() == first.start() or "loading=" in attributes else ' loading="lazy"'  # type: ignore[union-attr]
        if re.search(r"\b(?:width|height|style)=", attributes):
            return f"<img {attributes}{lazy}{match['close']}"
        path = folder / match["src"]
        image = f"<img {attributes}{size(path)}{lazy}{match['close']}"
        other = narrow_of(path)
        if not other.exists():
            return image
        address = narrow_of(Path(match["src"])).as_posix()
        return f'<picture><source media="{PHONE}" srcset="{address}"{size(other)} />{image}</picture>'

    return IMAGE.sub(sized, page)


def size(path: Path) -> str:
    """The attributes of an element that shows a picture."""
    width, height = size_of(path)
    return f' width="{width}" height="{height}"'


def size_all(app: Sphinx, exception: Exception | None) -> None:
    """Treat every picture and every page."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for path in out.glob("_images/*.svg"):
        part(path)
    for path in sorted(out.glob("*.html")):
        page = path.read_text("utf-8")
        done = with_sizes(page, out)
        if done != page:
            path.write_text(done, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build; kernels that execute pages inherit the backend, and find it in the pages' folder."""
    os.environ["MPLBACKEND"] = BACKEND
    app.connect("build-finished", size_all, priority=920)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
