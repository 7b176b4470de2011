"""Pictures that a student's prose shows: attached, inlined, or handed in beside the notebook.

A picture is kept, under a name of ours, if its headers are those of a PNG, JPEG or GIF of bounded size. Of any
other the prose tells in its place that it cannot be shown. Nothing is fetched; no path leaves what was handed in.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import html
import posixpath
import re
import struct
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from grading.printable import printable

Attachments = Mapping[str, Mapping[str, str]]
"""nbformat's: name -> media type -> base64."""

MOST_PICTURES = 20  # of one notebook
MOST_BYTES = 8 << 20  # of one picture
MOST_BYTES_IN_ALL = 16 << 20
MOST_BYTES_LOOKED_AT = 4 * MOST_BYTES_IN_ALL  # with those that occur again or cannot be shown
MOST_LOOKS = 200  # any further reference to a picture stands as it was typed
MOST_PIXELS = 60_000_000
LONGEST_SIDE = 20_000
MOST_SEGMENTS = 2_000  # of a JPEG before its frame
PNG_END = b"IEND\xaeB`\x82"
JPEG_END = b"\xff\xd9"
FRAMES = frozenset(range(0xFFC0, 0xFFD0)) - {0xFFC4, 0xFFC8, 0xFFCC}
NOT_BEFORE_A_FRAME = frozenset(range(0xFFD0, 0xFFDB))
TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif"}
TOO_MUCH = "cannot be shown here: too many or too large pictures"
TELLTALE = "\N{WORD JOINER}"
"""Stands before each picture of ours; it is not seen."""

_ALT = r"(?P<alt>(?:[^\[\]]|\[[^\[\]]{0,100}\]){0,500}+)"
_TITLE = r"""(?:\s+(?:"[^"]{0,500}"|'[^']{0,500}'|\([^()]{0,500}\)|=\d{0,5}x\d{0,5}))?"""
_BARE = r"data:[\w/+.-]{1,50};base64,[\w+/=%-]*+|(?:\\\S|\([^\s()<>\\]{0,200}\)|[^\s()<>\\]){1,2000}+"
_TARGET = rf"<(?P<angled>[^<>\n]{{0,2000}})>|(?P<bare>{_BARE})"
_PICTURE = re.compile(
    rf"!\[{_ALT}\](?:\(\s*+(?:{_TARGET}){_TITLE}\s*+\)|\[(?P<label>[^\[\]]{{0,200}})\])?"
    r"""|<img(?=[\s/])(?P<attributes>(?:[^<>"']|"[^"<]*+"|'[^'<]*+')*+)>""",
    re.IGNORECASE,
)
_DEFINITION = re.compile(r"^ {0,3}\[([^\[\]\n]{1,200})\]:[ \t]*+<?([^\s<>]+)", re.MULTILINE)
_ATTRIBUTE = re.compile(r"""(?<![\w-])(src|alt)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|[/\\]{2}", re.IGNORECASE)
_DATA = re.compile(r"data:[\w/+.-]+;base64,", re.IGNORECASE)


class UnshownError(Exception):
    """A picture cannot be shown; the text says why."""


class Pictures:
    """The pictures of one notebook, within its bounds.

    Parameters
    ----------
    files : mapping of str to bytes
        What was handed in beside the notebook, by the path that the notebook uses.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._kept: dict[str, tuple[str, Mapping[str, str]]] = {}  # by digest: name, data
        self._room = MOST_BYTES_IN_ALL
        self._looks, self._bytes_to_look_at = MOST_LOOKS, MOST_BYTES_LOOKED_AT

    def settled(self, text: str, attached: Mapping[str, Any]) -> tuple[str, dict[str, Mapping[str, str]]]:
        """Prose in which each picture has a name of ours or is told of, and the pictures by those names."""
        shown: dict[str, Mapping[str, str]] = {}
        defined = {label.casefold(): target for label, target in _DEFINITION.findall(text)}

        def settle(match: re.Match[str]) -> str:
            target, alt = _reference(match, defined)
            if target is None or self._looks == 0:
                return match.group()
            self._looks -= 1
            try:
                name, data = self._keep(self._bytes(target, attached))
            except UnshownError as reason:
                return f"(a picture, {_name(target)}, {reason})"
            shown[name] = data
            return f"{TELLTALE}![{_plain(alt)}](attachment:{name})"

        return _PICTURE.sub(settle, text), shown

    def _bytes(self, target: str, attached: Mapping[str, Any]) -> bytes:
        """What a target stands for."""
        if self._bytes_to_look_at < 0:
            raise UnshownError(TOO_MUCH)
        if target.lower().startswith("attachment:"):
            return _attached(attached, target[len("attachment:") :])
        if _DATA.match(target):
            return _decoded(target.partition(",")[2])
        if _ELSEWHERE.match(target):
            raise UnshownError("is not loaded from elsewhere")
        path = posixpath.normpath(unquote(target.partition("?")[0].partition("#")[0]).replace("\\", "/"))
        if path.startswith(("/", "..")):
            raise UnshownError("cannot be shown here: it lies outside what was handed in")
        for found in (path, *_alike(path, self._files)):
            if found in self._files:
                return self._files[found]
        raise UnshownError("cannot be shown here: no such file was handed in")

    def _keep(self, data: bytes) -> tuple[str, Mapping[str, str]]:
        """A name for a picture, and its data; one that occurs again is kept once."""
        self._bytes_to_look_at -= len(data)
        digest = hashlib.sha256(data).hexdigest()
        if digest not in self._kept:
            kind = picture_type(data)
            if len(self._kept) >= MOST_PICTURES or len(data) > self._room:
                raise UnshownError(TOO_MUCH)
            self._room -= len(data)
            name = f"picture-{len(self._kept) + 1}.{kind.lower()}"
            self._kept[digest] = name, {TYPES[kind]: base64.b64encode(data).decode("ascii")}
        return self._kept[digest]


def picture_type(data: bytes) -> str:
    """A key of `TYPES`.

    Only a header is read, here and in time bounded by its few segments: nothing of a student's is decoded where
    marks are made, and Pillow's readers take quadratic time on some files.

    Raises
    ------
    UnshownError
        If it is something else, cut off, or too large.
    """
    if len(data) > MOST_BYTES:
        raise UnshownError(f"cannot be shown here: it has more than {MOST_BYTES >> 20} MB")
    try:
        kind, (width, height) = _header(data)
    except struct.error:
        raise UnshownError("cannot be shown here: it is cut off") from None
    if not 0 < width * height <= MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise UnshownError(f"cannot be shown here: it has {width} x {height} pixels")
    return kind


def _header(data: bytes) -> tuple[str, tuple[int, int]]:
    """Format, width and height; struct.error if the picture ends too early."""
    if data.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"):
        if PNG_END not in data:
            raise struct.error
        return "PNG", struct.unpack_from(">II", data, 16)
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF", struct.unpack_from("<HHxxxx", data, 6)
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG", _jpeg_size(data)
    raise UnshownError("cannot be shown here: it is no PNG, JPEG or GIF")


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height from the segment that starts the frame."""
    place = 2
    for _ in range(MOST_SEGMENTS):
        marker, length = struct.unpack_from(">HH", data, place)
        if marker in FRAMES:
            height, width = struct.unpack_from(">HH", data, place + 5)
            if data.find(JPEG_END, place) < 0:
                raise struct.error
            return width, height
        if not 0xFFC0 <= marker <= 0xFFFE or marker in NOT_BEFORE_A_FRAME:
            break
        place += 2 + length
    raise UnshownError("cannot be shown here: it is no PNG, JPEG or GIF")


def _reference(match: re.Match[str], defined: Mapping[str, str]) -> tuple[str | None, str]:
    """Target and description of one picture; no target if it is none after all."""
    if match["attributes"] is not None:
        found = _ATTRIBUTE.findall(match["attributes"])
        values = {name.lower(): html.unescape("".join(quoted)) for name, *quoted in reversed(found)}
        return values.get("src", "").strip() or None, values.get("alt", "")
    target = match["bare"] if match["angled"] is None else match["angled"]
    if target is None:
        target = defined.get((match["label"] or match["alt"]).casefold())
    return target and html.unescape(_ESCAPE.sub(r"\1", target)), match["alt"]


def _attached(attached: Mapping[str, Any], name: str) -> bytes:
    data = attached.get(name, attached.get(unquote(name)))
    texts = ["".join(map(str, text)) for text in data.values()] if isinstance(data, dict) else []
    if not texts:
        raise UnshownError("cannot be shown here: the notebook does not hold it")
    return _decoded(texts[0])


def _decoded(text: str) -> bytes:
    if len(text) > 2 * MOST_BYTES:
        raise UnshownError(f"cannot be shown here: it has more than {MOST_BYTES >> 20} MB")
    try:
        return base64.b64decode("".join(unquote(text).split()), validate=True)
    except (binascii.Error, ValueError):
        raise UnshownError("cannot be shown here: it is broken") from None


def _alike(path: str, files: Mapping[str, bytes]) -> Iterator[str]:
    """The only file of that name in other letters, or in a folder that got lost or was added on the way."""
    for key in (str.casefold, lambda name: posixpath.basename(name).casefold()):
        fitting = [name for name in files if key(name) == key(path)]
        if len(fitting) == 1:
            yield fitting[0]


def _name(target: str) -> str:
    """What a picture is called in a sentence, without letters that Markdown might read."""
    if _DATA.match(target):
        return "inlined"
    return re.sub(r"[^\w./:%=+ -]", "?", printable(re.sub("^attachment:", "", target, flags=re.I), 120))


def _plain(alt: str) -> str:
    return " ".join(re.sub(r"[\[\]`\\]", " ", alt).split())
