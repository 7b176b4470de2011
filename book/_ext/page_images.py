"""Pictures: both widths of a figure, its size, so that text does not jump when it arrives, and no haste below.

Cells draw with `book/two_widths.py`: one SVG, with the figure for a phone as its last comment. Here that becomes
a file and a `<picture>`. Text comes before pictures: they are fetched after it.
"""

from __future__ import annotations

import base64
import os
import re
import struct
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from sphinx.application import Sphinx

IMAGE = re.compile(r'<img (?P<attributes>[^>]*src="(?P<src>_images/[^"]+\.(?:png|svg))"[^>]*?)(?P<close>\s*/?>)')
BACKEND = "module://two_widths"
BETWEEN = "<!--narrow\n"
PHONE = "(max-width: 36rem)"
VIEW = re.compile(r'viewBox="0 0 (?P<width>[\d.]+) (?P<height>[\d.]+)"')
PIXELS = 96 / 72  # of a point
PNG_INSIDE = re.compile(r"(?P<before>data:image/png;base64,)(?P<data>[A-Za-z0-9+/=\s]+)")
PALETTE = 256  # colours at most
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
    """Make two files of a figure that holds the one for a phone, the pictures in them with palettes."""
    wide, found, narrow = path.read_text("utf-8").partition(BETWEEN)
    if found:
        path.write_text(PNG_INSIDE.sub(smaller, wide), "utf-8")
        narrow_of(path).write_text(PNG_INSIDE.sub(smaller, narrow.rstrip().removesuffix("-->")), "utf-8")


def smaller(match: re.Match[str]) -> str:
    """An embedded PNG file with a palette: half the bytes, the same pixels. With too many colours it stays."""
    image = np.asarray(Image.open(BytesIO(base64.b64decode(match["data"]))).convert("RGBA"))
    colours, places = np.unique(image.reshape(-1, 4), axis=0, return_inverse=True)
    if len(colours) > PALETTE:
        return match[0]
    indexed = Image.fromarray(places.reshape(image.shape[:2]).astype(np.uint8))
    indexed.putpalette(colours[:, :3].tobytes())
    file = BytesIO()
    indexed.save(file, "PNG", optimize=True, transparency=colours[:, 3].tobytes())
    return match["before"] + base64.b64encode(file.getvalue()).decode()


def with_sizes(page: str, folder: Path) -> str:
    """A page whose pictures have sizes and wait for text, all but the first until they are near."""
    first = IMAGE.search(page)

    def sized(match: re.Match[str]) -> str:
        attributes = match["attributes"]
        lazy = "" if match.start() == first.start() or "loading=" in attributes else ' loading="lazy"'  # type: ignore[union-attr]
        lazy += "" if "fetchpriority=" in attributes else ' fetchpriority="low"'
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
