"""The picture of a figure is the one that IPython would show, to within two pixels."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from IPython.core.pylabtools import print_figure
from matplotlib.axes import Axes
from PIL import Image

from grading.sandbox.inside import figures


@pytest.fixture(autouse=True)
def headless() -> Iterator[None]:
    with mpl.rc_context():
        plt.switch_backend("agg")
        yield
        plt.close("all")


def pixels(data: bytes | None) -> np.ndarray:
    assert data is not None
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=float)


def ink(picture: np.ndarray, axis: int) -> np.ndarray:
    """Share of all darkness up to each row or column: a line that snaps to the next pixel moves it by one."""
    total = np.cumsum((255 - picture).sum(axis=2).sum(axis=axis))
    return total / total[-1]


def far_outside(axes: Axes) -> None:
    axes.text(-0.6, 0.5, "far to the left of the axes", transform=axes.transAxes, ha="right")


DRAWINGS: dict[str, Callable[[Axes], object]] = {
    "a line": lambda axes: axes.plot([1, 3, 2]),
    "a long label outside the figure": lambda axes: axes.set_ylabel("first line\n" * 5),
    "text that sticks out further than the room": far_outside,
    "a coloured background": lambda axes: axes.figure.set_facecolor("tab:green"),
    "a higher resolution": lambda axes: axes.figure.set_dpi(177.3),
    "an odd size": lambda axes: axes.figure.set_size_inches(3.33, 2.27),
    "a layout engine": lambda axes: axes.figure.set_layout_engine("constrained"),
}


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_the_picture_is_what_ipython_shows(draw: Callable[[Axes], object]) -> None:
    figure, axes = plt.subplots()
    axes.scatter([1, 2], [3, 4])
    draw(axes)
    ours, theirs = pixels(figures.png(figure)), pixels(print_figure(figure, "png"))
    assert np.abs(np.subtract(ours.shape, theirs.shape)).max() <= 1
    for axis in (0, 1):
        mine, other = ink(ours, axis), ink(theirs, axis)
        inner = np.arange(2, len(other) - 3)
        assert (mine[inner] >= other[inner - 2] - 0.01).all()
        assert (mine[inner] <= other[inner + 2] + 0.01).all()


def test_an_empty_figure_shows_nothing() -> None:
    assert figures.png(plt.figure()) is None
