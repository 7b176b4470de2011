"""Give every picture its size, so that text does not jump when it arrives, and load those below only when near."""

from __future__ import annotations

import re
import struct
from pathlib import Path

from sphinx.application import Sphinx

IMAGE = re.compile(r'<img (?P<attributes>[^>]*src="(?P<src>_images/[^"]+\.png)"[^>]*?)(?P<close>\s*/?>)')
PNG_HEADER = struct.Struct(">8s4x4sII")


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of a PNG file, from its header.

    Raises
    ------
    ValueError
        If the file is no PNG.
    """
    with path.open("rb") as file:
        signature, chunk, width, height = PNG_HEADER.unpack(file.read(PNG_HEADER.size))
    if signature != b"\x89PNG\r\n\x1a\n" or chunk != b"IHDR":
        raise ValueError(f"{path}: not a PNG file")
    return width, height


def with_sizes(page: str, folder: Path) -> str:
    """A page whose pictures have sizes, all but the first of them lazy; what has a size already stays."""
    first = IMAGE.search(page)

    def sized(match: re.Match[str]) -> str:
        attributes = match["attributes"]
        if not re.search(r"\b(?:width|height|style)=", attributes):
            width, height = size_of(folder / match["src"])
            attributes += f' width="{width}" height="{height}"'
        if first and match.start() != first.start() and "loading=" not in attributes:
            attributes += ' loading="lazy"'
        return f"<img {attributes}{match['close']}"

    return IMAGE.sub(sized, page)


def size_all(app: Sphinx, exception: Exception | None) -> None:
    """Treat every page."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for path in sorted(out.glob("*.html")):
        page = path.read_text("utf-8")
        done = with_sizes(page, out)
        if done != page:
            path.write_text(done, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build."""
    app.connect("build-finished", size_all, priority=920)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
