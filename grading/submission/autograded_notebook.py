"""The notebook kept after grading: the rebuilt cells, their outputs made harmless, each verdict under its cell.

Formgrader and nbconvert show this file, so nothing of the student's may stay alive in it: no HTML, SVG, script or
TeX command that loads or links, in outputs or in markdown. Pictures are attached if `pictures` lets them pass.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from grading.submission.pictures import TELLTALE, Pictures
from grading.submission.rebuild import Step
from grading.submission.results import CellMark
from grading.units.master import Master, nbgrader_of

KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
SAFE_TYPES = ("text/plain", "image/png", "image/jpeg")
JOINER = TELLTALE
_PICTURE = re.compile(rf"{JOINER}(!\[[^\[\]]*\]){JOINER}(\(attachment:picture-\d+\.\w+\))")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_ADDRESS = re.compile(r"(?<=[A-Za-z]):(?=//)|(?<=\bwww)\.", re.IGNORECASE)  # renderers make links of them
_ENTITY = re.compile(r"&(?=#|[A-Za-z]\w*;)")  # a browser would read "&#92;href" as a TeX command
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
# MathJax commands that link, style, load, or define such commands under other names
_TEX = re.compile(
    r"\\(?=(?:href|url|style|class|cssId|data|html\w*|require|unicode|def|let|gdef|edef|xdef|newcommand|"
    r"renewcommand|providecommand|newenvironment|renewenvironment|DeclareMathOperator|csname|includegraphics|"
    r"bbox|mmlToken|tooltip|texttip|toggle|begingroup|endgroup|global)(?![a-zA-Z]))"
)


def safe_outputs(outputs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Keep text and pictures of outputs; drop what a browser would interpret."""
    safe: list[dict[str, Any]] = []
    for output in outputs:
        if "data" not in output:
            safe.append(dict(output))
            continue
        data = {mime: value for mime, value in output["data"].items() if mime in SAFE_TYPES}
        for mime in ("image/png", "image/jpeg"):
            if mime in data and not _BASE64.fullmatch(data[mime]):
                del data[mime]
        if data:
            safe.append({**output, "data": data})
    return safe


def safe_markdown(text: str) -> str:
    """Markdown without HTML, links, pictures, or TeX commands that do more than set mathematics.

    A word joiner, which is not seen, after ``<`` makes it no tag, one after ``&`` no entity, one after a backslash
    no command, one after ``]`` no link, picture, reference or definition of one, and one in ``https://`` no
    address; `as_written` takes them out.
    """
    text = _ENTITY.sub(f"&{JOINER}", _TAG.sub(f"<{JOINER}", text))
    text = _ADDRESS.sub(lambda found: f"{found[0]}{JOINER}", text)
    for mark in ("(", "[", ":"):
        text = text.replace(f"]{mark}", f"]{JOINER}{mark}")
    return _TEX.sub(rf"\\{JOINER}", text)


def as_written(text: str) -> str:
    """What `safe_markdown` was made from."""
    return text.replace(JOINER, "")


def autograded_notebook(
    master: Master,
    steps: Sequence[Step],
    outputs: Mapping[int, Sequence[Mapping[str, Any]]],
    counts: Mapping[int, int | None],
    marks: Mapping[str, CellMark],
    fingerprint: str,
    files: Mapping[str, bytes] = MappingProxyType({}),
) -> str:
    """The autograded notebook as JSON, with nbgrader's metadata of the master and the result's fingerprint.

    Pictures that prose shows may lie among `files`, those handed in.
    """
    pictures = Pictures(files)
    nbgrader = {str(cell["id"]): nbgrader_of(cell) for cell in master.cells}
    cells = []
    for number, step in enumerate(steps):
        if step.once_more:  # its verdict stands under the tests' own cell
            continue
        cell = _cell(number, step, nbgrader.get(step.grade_id or "", {}), pictures)
        if step.cell_type == "code":
            mark = marks.get(step.grade_id or "") if step.kind == "tests" else None
            visible = safe_outputs(outputs.get(number, ())) if mark is None else [_verdict_output(mark)]
            cell |= {"outputs": visible, "execution_count": counts.get(number)}
        cells.append(cell)
    about = json.dumps({**KERNEL, "grading": {"fingerprint": fingerprint}})
    lines = ",\n".join(json.dumps(cell, ensure_ascii=False) for cell in cells)  # one cell a line, for diff
    return f'{{"cells": [\n{lines}\n],\n"metadata": {about},\n"nbformat": 4,\n"nbformat_minor": 5}}\n'


def _cell(number: int, step: Step, nbgrader: Mapping[str, Any], pictures: Pictures) -> dict[str, Any]:
    """One cell, still without outputs; prose of the student's is made harmless."""
    cell = {
        "cell_type": step.cell_type,
        "id": step.grade_id or f"cell-{number:03}",
        "metadata": {"nbgrader": dict(nbgrader)} if nbgrader else {},
        "source": step.source,
    }
    if step.kind in ("answer", "helper", "note") and step.cell_type == "markdown":
        text, shown = pictures.settled(as_written(step.source), step.attachments)
        cell["source"] = _PICTURE.sub(rf"{JOINER}\1\2", safe_markdown(text))
        cell |= {"attachments": shown} if shown else {}
    return cell


def _verdict_output(mark: CellMark) -> dict[str, Any]:
    text = f"{mark.score:g} of {mark.points:g} points. {mark.message}\n"
    return {"output_type": "stream", "name": "stdout", "text": text}
