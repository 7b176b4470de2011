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


@pytest.fixture(scope="module")
def narrowed() -> Figure:
    """Two panels side by side, drawn anew for a phone."""
    with mpl.rc_context(fname=str(BOOK / "matplotlibrc")):
        figure = panels(2)
        two_widths.narrow(figure)
        figure.draw_without_rendering()
        return figure


def test_panels_stand_below_each_other(narrowed: Figure) -> None:
    grid = narrowed.axes[0].get_gridspec()
    assert (grid.nrows, grid.ncols) == (2, 1)
    assert narrowed.get_size_inches()[0] == two_widths.PHONE


def test_many_panels_of_the_same_axes_stand_in_two_columns() -> None:
    figure = panels(5, "title")
    two_widths.stacked(figure, figure.axes)
    grid = figure.axes[0].get_gridspec()
    assert (grid.nrows, grid.ncols) == (3, 2)


def test_nothing_runs_out_of_the_narrow_figure(narrowed: Figure) -> None:
    texts = [ax.title for ax in narrowed.axes] + [ax._left_title for ax in narrowed.axes] + narrowed.texts
    texts += narrowed.legends[0].get_texts()
    assert all(text.get_window_extent().x1 <= narrowed.bbox.width + 1 for text in texts if text.get_text())


def test_the_legend_stands_once_above_the_panels(narrowed: Figure) -> None:
    assert [ax.get_legend() for ax in narrowed.axes] == [None, None]
    (legend,) = narrowed.legends
    assert legend.get_window_extent().y0 >= max(ax.bbox.y1 for ax in narrowed.axes)


def test_a_formula_is_never_broken() -> None:
    assert two_widths.SPACE.split("spread $\\sigma _j$ of it") == ["spread", "$\\sigma _j$", "of", "it"]


def test_the_same_figure_gives_the_same_bytes_without_a_comment() -> None:
    first, second = (two_widths.as_svg(panels(2)) for _ in range(2))
    assert first == second
    assert not re.search("<!--|<metadata|<\\?xml", first)


def ticked(labels: list[str]) -> list[str]:
    """What labels the ticks of a figure for a phone."""
    figure = Figure(figsize=(7, 3))
    ax = figure.subplots()
    ax.set_xticks(range(len(labels)), labels)
    two_widths.narrow(figure)
    return [label.get_text() for label in ax.get_xticklabels()]


def test_names_that_would_touch_are_broken_not_dropped() -> None:
    sizes = (10, 14, 18, 24)
    assert ticked([f"school {n} (n = {n})" for n in sizes]) == [f"school {n}\n(n = {n})" for n in sizes]
    assert ticked(["before", "after"]) == ["before", "after"]


def test_every_second_number_goes_if_numbers_would_touch() -> None:
    numbers = [f"{k},000,000" for k in range(1, 9)]
    assert ticked(numbers) == numbers[::2]
    formulas = [rf"$\mathdefault{{10^{{1000{k}}}}}$" for k in range(8)]
    assert ticked(formulas) == formulas[::2]
