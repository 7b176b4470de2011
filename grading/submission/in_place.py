"""Change a test cell's own value in place, as a function of the student's changed the copy that it was given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from grading.submission.no_answer import MisuseError


def change(mine: Any, theirs: Any) -> None:
    """Give a list, dict, set, array or table the content of another; what lies in it keeps its identity too.

    Raises
    ------
    MisuseError
        If they are not of one type, or are arrays of different shapes.
    """
    if type(mine) is not type(theirs):
        raise MisuseError(f"a {type(mine).__name__} cannot be changed in place into another type")
    match mine:
        case list():
            mine[:] = [_item(old, new) for old, new in zip(mine, theirs, strict=False)] + theirs[len(mine) :]
        case dict():
            items = {key: _item(mine.get(key), new) for key, new in theirs.items()}
            mine.clear()
            mine.update(items)
        case set():
            mine.clear()
            mine.update(theirs)
        case np.ndarray() if mine.shape == theirs.shape:
            mine[...] = theirs
        case pd.DataFrame() | pd.Series():
            update: Any = mine
            update._update_inplace(theirs)
        case _:
            raise MisuseError(f"a {type(mine).__name__} cannot be changed in place like this")


def _item(old: Any, new: Any) -> Any:
    """An item with its new content, the same object if it can be changed in place."""
    if type(old) is type(new) and type(old) in (list, dict, set):
        change(old, new)
        return old
    return new
