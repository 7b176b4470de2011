"""Figures of the pages: the form for a phone is drawn from the same figure."""

from __future__ import annotations

import re
from collections.abc import Iterator

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from .conftest import BOOK  # puts the book on the path

import two_widths  # isort: skip


@pytest.fixture(autouse=True)
def style() -> Iterator[None]:
    with mpl.rc_context(fname=str(BOOK / "matplotlibrc")):
        yield


LONG = "words that are longer than a panel of a phone can hold in a single line"


def panels(count: int, title: str = LONG) -> Figure:
    figure = Figure(figsize=(7, 3))
    for ax in figure.subplots(1, count, sharex=True, sharey=True):
        ax.plot([0, 1], [0, 1], label="a line with a long name for a phone")
        ax.set_title(title)
    figure.axes[0].legend()
    figure.axes[0].set_xlabel("time")
    return figure


@pytest.mark.parametrize(("count", "rows", "columns"), [(2, 2, 1), (3, 3, 1), (5, 3, 2)])
def test_panels_stand_below_each_other(count: int, rows: int, columns: int) -> None:
    figure = panels(count, "title")
    two_widths.narrow(figure)
    grid = figure.axes[0].get_gridspec()
    assert (grid.nrows, grid.ncols) == (rows, columns)
    assert figure.get_size_inches()[0] == two_widths.PHONE


def test_nothing_runs_out_of_the_narrow_figure() -> None:
    figure = panels(2)
    two_widths.narrow(figure)
    figure.draw_without_rendering()
    texts = [ax.title for ax in figure.axes] + [ax._left_title for ax in figure.axes] + figure.texts
    texts += figure.legends[0].get_texts()
    assert all(text.get_window_extent().x1 <= figure.bbox.width + 1 for text in texts if text.get_text())


def test_the_legend_stands_once_above_the_panels() -> None:
    figure = panels(2)
    two_widths.narrow(figure)
    figure.draw_without_rendering()
    assert [ax.get_legend() for ax in figure.axes] == [None, None]
    (legend,) = figure.legends
    assert legend.get_window_extent().y0 >= max(ax.bbox.y1 for ax in figure.axes)


def test_a_formula_is_never_broken() -> None:
    assert two_widths.SPACE.split("spread $\\sigma _j$ of it") == ["spread", "$\\sigma _j$", "of", "it"]


def test_the_same_figure_gives_the_same_bytes_without_a_comment() -> None:
    first, second = (two_widths.as_svg(panels(2)) for _ in range(2))
    assert first == second
    assert not re.search("<!--|<metadata|<\\?xml", first)
