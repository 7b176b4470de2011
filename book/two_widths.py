"""Matplotlib's backend for the pages: each figure as SVG twice, for a column of text and for a phone.

Kernels that execute pages find it through MPLBACKEND, set by book/_ext/page_images.py, which also parts what it
shows in two files. Letters are drawn as paths: a picture in `<img>` cannot use the page's typeface.
"""

from __future__ import annotations

import re
from io import StringIO
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib import font_manager
from matplotlib._pylab_helpers import Gcf
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas
from matplotlib.backends.backend_agg import new_figure_manager
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text

__all__ = ["FigureCanvas", "new_figure_manager", "show"]

PHONE = 3.5  # inches; at 96 pixels each the column of a phone
MANY = 1500  # points of one artist; more are stored as a picture in the picture
BETWEEN = "<!--narrow"  # what page_images parts it at
IDLE = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)
NAME = re.compile(r"^[^$]*[^\W\d_]{2}[^$]*$")  # words, neither a number nor a formula
SPACE = re.compile(r" (?=(?:[^$]*\$[^$]*\$)*[^$]*$)")  # not within a formula

for font in (Path(__file__).parent / "assets" / "fonts").glob("*.ttf"):
    font_manager.fontManager.addfont(font)


def show(*args: object, **options: object) -> None:
    """Show every open figure and close it."""
    for manager in Gcf.get_all_fig_managers():
        figure = manager.canvas.figure
        wide = as_svg(figure)
        narrow(figure)
        display({"image/svg+xml": f"{wide}\n{BETWEEN}\n{as_svg(figure)}-->"}, raw=True)
    Gcf.destroy_all()


def as_svg(figure: Figure) -> str:
    """A figure as SVG without comments, the numbers of its paths no finer than a screen."""
    for artist in figure.findobj(lambda artist: hasattr(artist, "get_offsets") or hasattr(artist, "get_xdata")):
        points = artist.get_offsets() if hasattr(artist, "get_offsets") else artist.get_xdata()
        artist.set_rasterized(len(points) > MANY and getattr(artist, "get_linestyle", str)() in ("None", ""))
    text = StringIO()
    with mpl.rc_context({"svg.hashsalt": "course", "svg.fonttype": "path"}):
        figure.savefig(text, format="svg", dpi=144, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    svg = IDLE.sub("", text.getvalue())
    paths = re.compile(r' (?:d|x|y)="[^"]*"')
    svg = paths.sub(lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]), svg)
    return re.sub(r"\s*\n\s*", "\n", svg).strip()


def narrow(figure: Figure) -> None:
    """Draw a figure anew for a phone: panels below each other, the legend above them, long words in two lines."""
    height = figure.get_figheight()
    axes = [ax for ax in figure.axes if ax.get_subplotspec()]
    panels = stacked(figure, axes) if len(axes) > 1 and axes[0].get_gridspec().ncols > 1 else None
    figure.set_size_inches(PHONE, panels or height)
    legends_above(figure)
    figure.draw_without_rendering()
    for ax in figure.axes:
        for text in (ax.xaxis.label, ax.yaxis.label, ax.title, ax._left_title):
            fold(text, figure)
        make_room(ax, figure)
        thin_out(ax, figure)
    for text in figure.texts:
        fold(text, figure)


def stacked(figure: Figure, axes: list[Axes]) -> float:
    """Panels that stand side by side, below each other; two in a row if they share both axes. The new height."""
    first = axes[0]
    same_x, same_y = (
        all(group.joined(first, ax) for ax in axes)
        for group in (first.get_shared_x_axes(), first.get_shared_y_axes())
    )
    columns = 2 if same_x and same_y and len(axes) > 3 else 1
    rows = ceil(len(axes) / columns)
    grid = figure.add_gridspec(rows, columns)
    for k, ax in enumerate(axes):
        row, column = divmod(k, columns)
        ax.set_subplotspec(grid[row, column])
        ax.tick_params(labelleft=column == 0 or not same_y, labelbottom=k + columns >= len(axes) or not same_x)
    for same, which, over in ((same_x, "xlabel", figure.supxlabel), (same_y, "ylabel", figure.supylabel)):
        labels = [label for ax in axes if (label := ax.properties()[which])]
        if same and len(labels) == 1:
            plt.setp(axes, **{which: ""})
            over(labels[0], fontsize="medium")
    least = 2.8 if first.get_aspect() != "auto" else 2.0 if same_x else 2.4
    each = max(least, 0.9 + 0.2 * max(len(ax.get_yticks()) for ax in axes)) if columns == 1 else 1.8
    return float(rows * each + 0.4)


def legends_above(figure: Figure) -> None:
    """One legend of what the figure's legends hold, above the panels, in as many columns as fit."""
    legends = [*figure.legends, *(legend for ax in figure.axes if (legend := ax.get_legend()))]
    entries: dict[str, Any] = {}
    for legend in legends:
        entries |= dict(zip((text.get_text() for text in legend.get_texts()), handles_of(legend), strict=True))
        legend.remove()
    for columns in (3, 2, 1) if entries else ():
        place = {"loc": "outside upper left", "borderpad": 0}
        made = figure.legend(entries.values(), entries.keys(), ncols=columns, **place)
        figure.draw_without_rendering()
        if made.get_window_extent().width <= 0.97 * figure.bbox.width or columns == 1:
            for text in made.get_texts():
                fold(text, figure)
            return
        made.remove()


def handles_of(legend: Legend) -> list[Any]:
    """What a legend shows: the drawn artists where they have its labels, else its own copies."""
    labels = [text.get_text() for text in legend.get_texts()]
    axes = legend.axes or legend.figure.axes[0]
    known = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    return [known.get(label, handle) for label, handle in zip(labels, legend.legend_handles, strict=True)]


def fold(text: Text, figure: Figure) -> None:
    """Break a text that runs out of the figure into lines, at its spaces."""
    box, page = text.get_window_extent(), figure.bbox
    if text.get_rotation() == 90:
        length, room = box.height, page.height
    elif text.get_horizontalalignment() == "left":
        length, room = box.width, page.width - box.x0
    else:
        middle = (box.x0 + box.x1) / 2
        length, room = box.width, 2 * min(middle, page.width - middle)
    words = SPACE.split(text.get_text())
    if length <= 0.99 * room:
        return
    lines, limit = [words[0]], len(text.get_text()) / ceil(length / room)
    for word in words[1:]:
        if len(lines[-1]) + len(word) < limit + 4:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    text.set_text("\n".join(lines))


def make_room(ax: Axes, figure: Figure) -> None:
    """Let the horizontal axis begin earlier where words at a place of the data would run over its labels."""
    boxes = [text.get_window_extent() for text in ax.texts if text.get_transform() is ax.transData]
    over = ax.bbox.x0 - min((box.x0 for box in boxes), default=ax.bbox.x0)
    if over > 0 and ax.get_xscale() == "linear":
        left, right = ax.get_xlim()
        ax.set_xlim(left - (right - left) * over / (ax.bbox.width - over), right)


def thin_out(ax: Axes, figure: Figure) -> None:
    """Leave out every second number along the horizontal axis if they touch; break names at a space instead."""
    figure.draw_without_rendering()
    labels = [label for label in ax.get_xticklabels() if label.get_text() and label.get_visible()]
    boxes = sorted((label.get_window_extent() for label in labels), key=lambda box: box.x0)
    if not any(left.x1 + 2 > right.x0 for left, right in pairwise(boxes)):
        return
    ticks, words = ax.get_xticks(), [label.get_text() for label in ax.get_xticklabels()]
    if any(NAME.search(word) for word in words):
        ax.set_xticks(ticks, [in_two_lines(word) for word in words])
    else:
        ax.set_xticks(ticks[::2], words[::2])


def in_two_lines(words: str) -> str:
    """A name broken at the space nearest to its middle."""
    spaces = [space.start() for space in SPACE.finditer(words)]
    at = min(spaces, key=lambda place: abs(place - len(words) / 2), default=len(words))
    return f"{words[:at]}\n{words[at + 1 :]}".strip()
