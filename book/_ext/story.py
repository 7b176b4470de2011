"""The steps of the story demo, from `book/demo/story.toml`, with their numbers filled in from the fits.

They become part of the page, so they can be read, searched and printed without the figure.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[1] / "demo" / "story.toml"


@dataclass(frozen=True)
class Step:
    """One step; `text` is Markdown, `key` names the state of `book/demo/story-demo.js`."""

    key: str
    title: str
    text: str
    equation: str
    python: str
    r: str


def steps(data: dict[str, Any]) -> list[Step]:
    """The story about the data that the figure shows."""
    departments, n, lines = data["departments"], data["n"], data["lines"]
    smallest, largest = n.index(min(n)), n.index(max(n))
    values = {
        "people": len(data["salary"]),
        "smallest": departments[smallest],
        "size": n[smallest],
        "largest": departments[largest],
        "largest_size": n[largest],
        "common_slope": lines["complete"][0][1],
        "own_slope": lines["separate"][smallest][1],
        "pooled_slope": lines["both"][smallest][1],
        "average_slope": lines["both-average"][0][1],
    }
    found = [Step(**entry) for entry in tomllib.loads(SOURCE.read_text("utf-8"))["step"]]
    return [Step(**{**vars(step), "text": step.text.strip().format(**values)}) for step in found]


def markdown(step: Step) -> tuple[str, str]:
    """The words of a step, and its formulas."""
    words = f"**{step.title}**\n\n{step.text}"
    code = [
        f"```{{code-block}} {language}\n{source.strip()}\n```"
        for language, source in (("python", step.python), ("r", step.r))
    ]
    return words, "\n\n".join([f"$$\n{step.equation.strip()}\n$$", *code])
