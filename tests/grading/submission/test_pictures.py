"""Pictures in a student's prose: shown if they were handed in and are pictures, else told of in their place."""

import base64
import io
import re
import struct
import zlib

import pytest
from PIL import Image

from grading.submission import pictures
from grading.submission.pictures import Pictures, UnshownError, picture_type
from tests.growth import assert_growth


def drawn(kind="PNG", size=(3, 2)):
    memory = io.BytesIO()
    Image.new("RGB", size, "red").save(memory, kind)
    return memory.getvalue()


def encoded(data):
    return base64.b64encode(data).decode()


def png_of_size(width, height):
    """A PNG that promises a size and holds nothing."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


PNG = drawn()
FILES = {"plot.png": PNG, "figures/my plot.png": PNG, "photo.heic": b"\0\0\0 ftypheic", "a_(1).png": PNG}
ATTACHED = {
    "x.png": {"image/png": encoded(PNG)},
    "two words.png": {"image/png": [encoded(PNG)[:8], encoded(PNG)[8:]]},
}

SHOWN = {
    "attachment": "![x](attachment:x.png)",
    "attachment with a space": "![x](attachment:two%20words.png)",
    "file": "![x](plot.png)",
    "file with a title": '![x](plot.png "my plot")',
    "file with a size": "![x](plot.png =200x)",
    "file in this folder": "![x](./plot.png)",
    "file in a folder": "![x](figures/my%20plot.png)",
    "angle brackets": "![x](<figures/my plot.png>)",
    "brackets in the name": "![x](a_(1).png)",
    "brackets in the name, escaped": "![x](a_\\(1\\).png)",
    "Windows' separator": "![x](figures%5Cmy%20plot.png)",
    "other capitals": "![x](Plot.PNG)",
    "folder lost on the way": "![x](img/plot.png)",
    "brackets in the description": "![a [b] c](plot.png)",
    "no description": "![](plot.png)",
    "reference": "![x][p]\n\n[p]: plot.png",
    "collapsed reference": "![p][]\n\n[p]: plot.png",
    "shortcut reference": "![p]\n\n[p]: <plot.png>",
    "inlined": f"![x](data:image/png;base64,{encoded(PNG)})",
    "img": "<img src='plot.png'>",
    "img with more": '<IMG width="300"\n alt="a > b" src="attachment:x.png" />',
    "img without quotes": "<img src=plot.png width=300>",
    "img in a link": '<a href="x"><img src="plot.png"></a>',
    "picture in a link": "[![x](plot.png)](javascript:alert(1))",
}


@pytest.mark.parametrize("text", SHOWN.values(), ids=SHOWN)
def test_a_picture_that_was_handed_in_is_attached(text):
    settled, shown = Pictures(FILES).settled(text, ATTACHED)
    assert shown == {"picture-1.png": {"image/png": encoded(PNG)}}
    assert re.search(r"!\[[^\[\]]*\]\(attachment:picture-1\.png\)", settled)
    assert "plot.png" not in re.sub(r"(?m)^\[p\]:.*$", "", settled)


TOLD = {
    "no picture": ("![x](photo.heic)", "a picture, photo.heic, cannot be shown here: it is no PNG, JPEG or GIF"),
    "absent": ("![x](gone.png)", "a picture, gone.png, cannot be shown here: no such file was handed in"),
    "no attachment": ("![x](attachment:gone.png)", "a picture, gone.png, cannot be shown here"),
    "outside": ("![x](../plot.png)", "a picture, ../plot.png, cannot be shown here: it lies outside"),
    "outside, hidden": ("![x](figures/../../plot.png)", "lies outside"),
    "outside, encoded": ("![x](%2e%2e/plot.png)", "lies outside"),
    "outside, Windows": ("![x](..%5Cplot.png)", "lies outside"),
    "absolute": ("![x](/etc/plot.png)", "lies outside"),
    "drive": ("![x](C:/plot.png)", "not loaded"),
    "elsewhere": ("![x](https://example.org/p.png)", "https://example.org/p.png, is not loaded from elsewhere"),
    "elsewhere, no scheme": ("![x](//example.org/p.png)", "is not loaded from elsewhere"),
    "elsewhere, img": ('<img src="https://example.org/p.png" onerror="alert(1)">', "is not loaded from elsewhere"),
    "script": ("![x](javascript:alert(1))", None),
    "file scheme": ("![x](file:///etc/passwd)", "is not loaded from elsewhere"),
    "SVG inlined": ("![x](data:image/svg+xml;base64,PHN2Zy8+)", "inlined, cannot be shown here"),
    "web page inlined": ("![x](data:text/html;base64,PHN2Zy8+)", "inlined, cannot be shown here"),
    "broken base64": ("![x](data:image/png;base64,a)", "inlined, cannot be shown here: it is broken"),
    "markup in the name": ("![x](<**a**`.png>)", "a picture, ??a???.png, cannot"),
}


@pytest.mark.parametrize(("text", "told"), TOLD.values(), ids=TOLD)
def test_a_picture_that_cannot_be_shown_is_told_in_its_place(text, told):
    settled, shown = Pictures(FILES).settled(f"before {text} after", {})
    assert not shown
    assert settled.startswith("before ")
    assert settled.endswith(" after")
    assert "](" not in settled or told is None
    assert "<img" not in settled
    assert told is None or told in settled


@pytest.mark.parametrize("text", ["an ![ and a ](", "![x] alone", "<imgx src=plot.png>", "<img>", "f(x)![0]"])
def test_what_is_no_picture_stays(text):
    assert Pictures(FILES).settled(text, ATTACHED) == (text, {})


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
def test_a_picture_is_what_its_bytes_say_whatever_it_is_called(kind):
    _, shown = Pictures({"a.txt": drawn(kind)}).settled("![x](a.txt)", {})
    assert shown == {f"picture-1.{kind.lower()}": {f"image/{kind.lower()}": encoded(drawn(kind))}}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", id="SVG"),
        pytest.param(b"\x89PNG\r\n\x1a\n<script>", id="a PNG by its first bytes only"),
        pytest.param(PNG[:-8], id="a PNG cut off"),
        pytest.param(b"\xff\xd8\xff<script>", id="a JPEG by its first bytes only"),
        pytest.param(b"\xff\xd8\xff\xe0\0\2" * 3, id="a JPEG without a frame"),
        pytest.param(b"\xff\xd8" + b"\xff\xe0\0\2" * 10_000 + drawn("JPEG")[2:], id="a JPEG of segments"),
        pytest.param(drawn("JPEG")[:-2], id="a JPEG cut off"),
        pytest.param(b"GIF89a", id="a GIF by its first bytes only"),
        pytest.param(drawn("BMP"), id="BMP"),
        pytest.param(drawn("TIFF"), id="TIFF"),
        pytest.param(drawn("WEBP"), id="WebP"),
        pytest.param(png_of_size(100_000, 1), id="a long side"),
        pytest.param(png_of_size(9_000, 9_000), id="many pixels"),
        pytest.param(png_of_size(60_000, 60_000), id="a bomb"),
        pytest.param(png_of_size(0, 5), id="no pixel"),
    ],
)
def test_nothing_else_is_a_picture(data):
    with pytest.raises(UnshownError, match="cannot be shown here"):
        picture_type(data)


def test_a_photo_in_the_format_of_telephones_is_a_jpeg():
    memory = io.BytesIO()
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    frames[0].save(memory, "MPO", save_all=True, append_images=frames[1:])
    assert picture_type(memory.getvalue()) == "JPEG"


def test_a_notebook_has_a_bounded_number_of_pictures_and_of_bytes(monkeypatch):
    files = {f"{k}.png": drawn(size=(k + 1, 1)) for k in range(pictures.MOST_PICTURES + 2)}
    text = "".join(f"![x]({name})" for name in files)
    found = Pictures(files)
    settled, shown = found.settled(text, {})
    assert len(shown) == pictures.MOST_PICTURES
    assert settled.count("cannot be shown here: too many or too large pictures") == 2
    assert not found.settled("![x](21.png)", {})[1]  # the next cell of the same notebook
    assert found.settled("![x](0.png)", {})[1]  # one that is kept already
    settled, _ = Pictures({}).settled("![x](a.png)" * 1000, {})
    assert settled.count("![x](a.png)") == 1000 - pictures.MOST_LOOKS
    large = Pictures({"a.png": b"x" * pictures.MOST_BYTES})
    settled, _ = large.settled("![x](a.png)" * 20, {})
    assert 0 < settled.count("too many or too large") < 20  # it is not looked at for ever
    monkeypatch.setattr(pictures, "MOST_BYTES", 10)
    with pytest.raises(UnshownError, match="it has more than"):
        picture_type(PNG)


@pytest.mark.parametrize(
    "piece",
    ["![", "![a](", "![a][", "<img ", '<img "', "<img src=", "![[]", "![](<", '![](a "', "[a]: b\n", "![a] "],
)
def test_long_prose_takes_time_in_proportion(piece):
    found = Pictures(FILES)
    assert_growth(lambda n: found.settled(piece * n, {}), 4_000, 16_000, below=12)  # 16 if it were quadratic
