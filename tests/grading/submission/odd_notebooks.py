"""Honest but odd notebooks as data: what was done to a solved one, by small edits that can be put together.

What each earns is not written here: it is what the student's own *Run All* leaves at each test (`own_run`). Only
where the grader's run differs by design from the student's, ``as_if`` gives the notebook whose own run it must
equal. A new case is one line of `CASES`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.grading.conftest import Notebook, cell, own_cell, position
from tests.grading.hostile import TASKS
from tests.grading.odd import format_3, reordered, windows_line_ends, without_any_ids, without_metadata

Edit = Callable[[Notebook], Any]


@dataclass(frozen=True)
class Odd:
    """One notebook: what is done to a solved one, the files beside it, and what it must earn as much as."""

    edits: tuple[Edit, ...]
    as_if: tuple[Edit, ...] | None = None
    files: Mapping[str, str] = field(default_factory=dict)

    def made(self, solved: Notebook) -> Any:
        return applied(self.edits, solved)

    def own(self, solved: Notebook) -> Any:
        """The notebook whose own run says what this one earns."""
        return applied(self.edits if self.as_if is None else self.as_if, solved)


def applied(edits: tuple[Edit, ...], solved: Notebook) -> Any:
    made: Any = copy.deepcopy(solved)
    for edit in edits:
        made = edit(made) or made
    return made


def odd(*edits: Edit, as_if: tuple[Edit, ...] | None = None, **files: str) -> Odd:
    return Odd(edits, as_if, {name.replace("__", "."): text for name, text in files.items()})


# ---------------------------------------------------------------- edits


def wrong(name: str) -> str:
    return f"def {name}({TASKS[name]}):\n    return -1.0"


def stub(name: str) -> str:
    return f"def {name}({TASKS[name]}):\n    # YOUR CODE HERE\n    raise NotImplementedError()"


def put(name: str, source: str) -> Edit:
    """Give a cell another text; ``{right}`` in it is what it held."""

    def edit(notebook: Notebook) -> None:
        entry = cell(notebook, name)
        entry["source"] = source.replace("{right}", entry["source"])

    return edit


def own(source: str, *, after: str = "", before: str = "", of: str = "", right: str = "", name: str = "") -> Edit:
    """Add a cell after or before another one: the student's own, or a copy `of` one, with its metadata.

    ``{right}`` in the text stands for what the cell called `right`, else `of`, holds.
    """

    def edit(notebook: Notebook) -> None:
        at = position(notebook, after) + 1 if after else position(notebook, before)
        made = copy.deepcopy(cell(notebook, of)) if of else own_cell("")
        held = cell(notebook, right or of)["source"] if right or of else ""
        made |= {"id": name or f"new-{len(notebook['cells'])}", "source": source.replace("{right}", held)}
        notebook["cells"].insert(at, made)

    return edit


def last(source: str) -> Edit:
    """Add a cell of the student's own at the end."""
    return lambda notebook: notebook["cells"].append(own_cell(source))


def then_wrong(name: str) -> Edit:
    """Make a cell wrong, once its right answer was copied."""
    return put(name, wrong(name))


def delete(*names: str) -> Edit:
    def edit(notebook: Notebook) -> None:
        notebook["cells"] = [entry for entry in notebook["cells"] if entry["id"] not in names]

    return edit


def retype(name: str, kind: str) -> Edit:
    return lambda notebook: cell(notebook, name).update(cell_type=kind)


def move(name: str, *, after: str) -> Edit:
    def edit(notebook: Notebook) -> None:
        entry = notebook["cells"].pop(position(notebook, name))
        notebook["cells"].insert(position(notebook, after) + 1, entry)

    return edit


def replaced(name: str, old: str, new: str) -> Edit:
    def edit(notebook: Notebook) -> None:
        entry = cell(notebook, name)
        assert old in entry["source"], old
        entry["source"] = entry["source"].replace(old, new)

    return edit


def merged(*names: str) -> Edit:
    """Jupyter's "merge cells": the first keeps its metadata, the others are gone."""

    def edit(notebook: Notebook) -> None:
        cell(notebook, names[0])["source"] = "\n\n".join(cell(notebook, name)["source"] for name in names)
        delete(*names[1:])(notebook)

    return edit


def lost(notebook: Notebook) -> Notebook:
    """What Kaggle and some editors leave: neither ids nor metadata."""
    return without_any_ids(notebook)


def every_answer(source: str) -> Edit:
    def edit(notebook: Notebook) -> None:
        for name in TASKS:
            put(name, source)(notebook)

    return edit


def tabs(notebook: Notebook) -> None:
    for name in TASKS:
        cell(notebook, name)["source"] = cell(notebook, name)["source"].replace("    ", "\t")


def prompts(notebook: Notebook) -> None:
    entry = cell(notebook, "complete_pooling")
    first, *rest = entry["source"].split("\n")
    entry["source"] = "\n".join([f">>> {first}", *(f"... {line}" for line in rest)])


F, G, P = "f_ratio", "group_summary", "partial_pooling"
TESTS = tuple(f"test_{name}" for name in TASKS)
EVERYTHING = tuple(part for name in TASKS for part in (name, f"test_{name}"))
DATA = 'schools = pd.read_csv("schools.csv")'
USES_Z = replaced("no_pooling_interval", "1.96 *", "Z *")
USES_MEAN = replaced("complete_pooling", "np.mean(", "my_mean(")
MY_MEAN = "def my_mean(x):\n    return sum(x) / len(x)"

CASES: dict[str, Odd] = {
    "nothing odd": odd(),
    # ------------------------------------------------------------ several cells for one answer
    "first try wrong, a copy below right": odd(own("{right}", after=F, of=F), then_wrong(F)),
    "first try right, a copy below wrong": odd(own(wrong(F), after=F, of=F)),
    "first try right, an untouched copy below": odd(own(stub(F), after=F, of=F)),
    "a copy above wrong": odd(own(wrong(F), before=F, of=F)),
    "three copies, the last right": odd(
        own("{right}", after=F, of=F), then_wrong(F), own(wrong(F), after=F, of=F)
    ),
    "a wrong copy below the test": odd(own(wrong(F), after="test_f_ratio", of=F)),
    "a right copy below the test of a wrong one": odd(own("{right}", after="test_f_ratio", of=F), then_wrong(F)),
    "a second try in an own cell": odd(own("{right}", after=F, right=F), then_wrong(F)),
    "a first try in an own cell, the answer cell untouched": odd(
        own("{right}", before=F, right=F), put(F, stub(F))
    ),
    "ids lost, a second try below": odd(own("{right}", after=F, right=F), then_wrong(F), lost),
    "ids lost, a wrong second try below": odd(own(wrong(F), after=F), lost),
    "ids lost, a second try and a second check": odd(
        own("check(f_ratio)", after="test_f_ratio"),
        own("{right}", after="test_f_ratio", right=F),
        then_wrong(F),
        lost,
    ),
    "ids lost": odd(lost),
    "metadata lost": odd(without_metadata),
    "split in two": odd(own("import math", before=F, of=F), put(F, "{right}\n\nmath.pi")),
    "split in three, a helper last": odd(
        own("a = 1.0", before=F, of=F),
        replaced(F, "float(", "b * float("),
        own("b = 1.0", after=F, of=F),
    ),
    "all answers merged into the first": odd(merged(*TASKS)),
    "all answers and tests merged into the first": odd(merged(*EVERYTHING)),
    "everything merged into the set-up": odd(merged("setup", *EVERYTHING)),
    "everything merged, ids lost": odd(merged("setup", *EVERYTHING), lost),
    "a test and the next answer merged": odd(merged("test_group_summary", "no_pooling_interval")),
    # ------------------------------------------------------------ answers in locked cells
    "the answer typed above check()": odd(
        own("{right}\n\ncheck(f_ratio)", before="test_f_ratio", of="test_f_ratio", right=F),
        delete("test_f_ratio"),
        put(F, stub(F)),
    ),
    "the answer typed below check()": odd(
        own("check(f_ratio)\n\n{right}", before="test_f_ratio", of="test_f_ratio", right=F),
        delete("test_f_ratio"),
        put(F, stub(F)),
    ),
    "the answer typed above check(), its cell deleted": odd(
        own("{right}\n\ncheck(f_ratio)", before="test_f_ratio", of="test_f_ratio", right=F),
        delete("test_f_ratio", F),
    ),
    "a wrong answer typed above check()": odd(put("test_f_ratio", wrong(F) + "\n{right}")),
    "a wrong answer typed below check()": odd(put("test_f_ratio", "{right}\n" + wrong(F))),
    "the answer in the set-up, its cell deleted": odd(
        own("{right}", after="setup", right=F, name="added"), merged("setup", "added"), delete(F)
    ),
    "the answer in the set-up, its cell emptied": odd(
        own("{right}", after="setup", right=F, name="added"), merged("setup", "added"), put(F, "")
    ),
    "the answer in the set-up, its cell untouched": odd(
        own("{right}", after="setup", right=F, name="added"), merged("setup", "added"), put(F, stub(F))
    ),
    "a constant at the end of the set-up": odd(put("setup", "{right}\nZ = 1.96"), USES_Z),
    "a constant at the top of the set-up": odd(put("setup", "Z = 1.96\n{right}"), USES_Z),
    "a constant made of what the set-up binds": odd(
        put("setup", "{right}\nZ = 1.96 * len(schools) / schools.shape[0]"), USES_Z
    ),
    "a helper in the set-up": odd(put("setup", MY_MEAN + "\n{right}"), USES_MEAN),
    "a helper in a locked cell below": odd(put("show_intervals", "{right}\n" + MY_MEAN), USES_MEAN),
    "an import in brackets in the set-up": odd(
        put("setup", "{right}\nfrom math import (\n    sqrt,\n    fsum as my_sum,  # exact\n)"),
        replaced("complete_pooling", "np.mean(", "1 / len(y) * my_sum("),
    ),
    "an import that may fail in the set-up": odd(
        put("setup", "try:\n    from statistics import fmean as my_mean\nexcept ImportError:\n    pass\n{right}"),
        USES_MEAN,
    ),
    "an import inside the set-up's own try": odd(
        replaced(
            "setup",
            "from check import check",
            "from check import check\n    from statistics import fmean as my_mean",
        ),
        USES_MEAN,
    ),
    "imports on one line with the set-up's": odd(
        replaced("setup", "import numpy as np", "import numpy as np, statistics; my_mean = statistics.fmean"),
        USES_MEAN,
    ),
    "a magic in the set-up": odd(put("setup", "%matplotlib inline\n{right}\n%precision 3\nZ = 1.96"), USES_Z),
    "%%time on the set-up": odd(put("setup", "%%time\n{right}\nZ = 1.96"), USES_Z),
    "the data's path edited": odd(
        replaced("setup", 'read_csv("schools.csv")', 'read_csv("C:/Users/me/schools.csv")'), as_if=()
    ),
    "the data's path edited and a constant added": odd(
        replaced("setup", 'read_csv("schools.csv")', 'read_csv("C:/schools.csv")'),
        put("setup", "{right}\nZ = 1.96"),
        USES_Z,
        as_if=(),
    ),
    "a figure's size edited": odd(replaced("show_intervals", "(3, 2)", "(9, 6)")),
    "an if around the data, with a constant in it": odd(
        replaced("setup", DATA, f"if True:\n    {DATA}\n    Z = 1.96"), USES_Z
    ),
    "a call in place of what the set-up shows": odd(
        replaced(
            "setup",
            'schools.groupby("school")["score"].agg(["size", "mean"]).round(1)',
            "globals().update(Z=1.96)",
        ),
        USES_Z,
    ),
    "a locked figure drawn anew, with a constant": odd(
        put("show_intervals", "fig, ax = plt.subplots()\nax.plot([1], [2])\nZ = 1.0"),
        put("complete_pooling", "Z\n{right}"),
    ),
    "junk in the set-up": odd(put("setup", "{right}\nthis is ( not python"), as_if=()),
    "the set-up turned raw": odd(retype("setup", "raw"), as_if=()),
    "the set-up deleted": odd(delete("setup"), as_if=()),
    "the set-up replaced by an own one": odd(
        own("import numpy as np\nZ = 1.96", before="setup"), delete("setup"), USES_Z, as_if=()
    ),
    "every locked cell deleted": odd(delete("setup", "show_intervals", "show_shrinkage", *TESTS), as_if=()),
    # ------------------------------------------------------------ order, tests
    "an answer moved below its test": odd(move(F, after="show_shrinkage")),
    "an answer and its test moved to the end": odd(
        move("test_f_ratio", after="show_shrinkage"), move(F, after="show_shrinkage")
    ),
    "an answer moved above what it needs, with its test": odd(
        move("test_f_ratio", after="setup"), move(F, after="setup")
    ),
    "everything in reverse": odd(reordered),
    "all tests deleted": odd(delete(*TESTS)),
    "all tests deleted, a second try below": odd(own("{right}", after=F, right=F), then_wrong(F), delete(*TESTS)),
    "all tests moved to the end": odd(*(move(test, after="show_shrinkage") for test in reversed(TESTS))),
    "the answer only below its test": odd(own("{right}", after="test_f_ratio", right=F), put(F, stub(F))),
    "the answer only at the end, its cell deleted": odd(
        own("{right}", after="show_shrinkage", right=F), delete(F)
    ),
    "a check cell twice": odd(own("{right}", after="test_f_ratio", of="test_f_ratio")),
    "a check typed by hand": odd(own("check(f_ratio)", after="test_f_ratio")),
    # ------------------------------------------------------------ playing with names
    "a name rebound below its test": odd(own("f_ratio = 3", after="test_f_ratio")),
    "a name rebound above its test": odd(own("f_ratio = 3", after=F)),
    "a name deleted below its test": odd(own("del f_ratio", after="test_f_ratio")),
    "a name deleted above its test": odd(own("del f_ratio", after=F)),
    "a helper rebound below": odd(own("group_summary = None", after="test_between_group_variance")),
    "check shadowed": odd(own("check = 5", after="setup"), as_if=()),
    "np shadowed": odd(own("np = None", after="test_f_ratio")),
    "a builtin shadowed": odd(own("float = len = 3", after="test_partial_pooling")),
    "a helper of an answer only below the test": odd(USES_MEAN, own(MY_MEAN, after="test_complete_pooling")),
    "a helper of a cell only below it": odd(
        own("Z = later()", before="no_pooling_interval"),
        USES_Z,
        own("def later():\n    return 1.96", after="no_pooling_interval"),
    ),
    "a function made by exec": odd(put(F, "exec('''{right}''')")),
    "a function put into globals()": odd(
        replaced(F, "def f_ratio", "def mine"), put(F, "{right}\nglobals()['f_ratio'] = mine")
    ),
    # ------------------------------------------------------------ cells that do not run
    "an answer turned to prose": odd(retype("complete_pooling", "markdown")),
    "an answer turned raw": odd(retype("complete_pooling", "raw")),
    "a bracket forgotten": odd(replaced(G, "np.asarray(group)", "np.asarray(group")),
    "a bracket forgotten, mended below": odd(
        own("{right}", after=G, of=G), replaced(G, "np.asarray(group)", "np.asarray(group")
    ),
    "an answer emptied": odd(put(G, "")),
    "an answer of white space": odd(put(G, "  \n\t\n")),
    "an answer deleted": odd(delete(G)),
    "a cell that stops above its function": odd(put(F, "1 / 0\n{right}")),
    "a cell that stops below its function": odd(put(F, "{right}\n1 / 0")),
    "a misspelt module": odd(put(F, "import numpi as np\n{right}"), as_if=()),
    # ------------------------------------------------------------ modules that the course lacks
    "an unused import of SciPy": odd(put(F, "from scipy import stats\n{right}"), as_if=()),
    "an unused import of SciPy in every cell": odd(
        every_answer("import scipy.stats as st, sklearn\n{right}"), as_if=()
    ),
    "an unused import of SciPy in the set-up": odd(
        put("setup", "from scipy import stats\n{right}\nZ = 1.96"), USES_Z, as_if=()
    ),
    "an extension of IPython that the course lacks": odd(put(F, "%load_ext nb_black\n{right}"), as_if=()),
    "every name of SciPy's, one of them used": odd(
        put(F, "from scipy.stats import *\n{right}"),
        replaced(F, "return float(", "return norm.cdf(0) * float("),
        as_if=(put(F, wrong(F)),),
    ),
    "an answer that is far too long": odd(replaced(P, "return grand_mean", "return [0.0] * 60_000; grand_mean")),
    "SciPy used in one function": odd(
        put(F, "from scipy import stats\n{right}"),
        replaced(F, "return float(", "return stats.norm.cdf(0) * float("),
        as_if=(put(F, wrong(F)),),
    ),
    "SciPy where a branch never needs it": odd(
        put(F, "import scipy\n{right}"),
        replaced(F, "    J, N", "    if len(y) < 0: scipy.stats\n    J, N"),
        as_if=(),
    ),
    "SciPy with a way out": odd(
        put(
            "complete_pooling",
            "try:\n    from scipy import mean as my_mean\nexcept ImportError:\n    my_mean = np.mean\n{right}",
        ),
        USES_MEAN,
    ),
    "SciPy imported inside a function": odd(replaced(F, "    J, N", "    import scipy\n    J, N")),
    "SciPy at work where the cell runs": odd(
        put(F, "import scipy.stats\nZ = scipy.stats.norm.ppf(0.975)\n{right}"), as_if=(put(F, ""),)
    ),
    # ------------------------------------------------------------ how functions are written
    "magics on every answer": odd(every_answer("%%time\n{right}")),
    "captured answers": odd(every_answer("%%capture out\n{right}")),
    "installations above every answer": odd(
        every_answer("!pip install scipy\n%pip install scipy\n{right}"), as_if=()
    ),
    "what %load left": odd(every_answer("# %load answer.py\n{right}")),
    "help asked for": odd(every_answer("np.mean?\n?np.var\n{right}")),
    "nested functions": odd(
        put(
            "complete_pooling",
            "def complete_pooling(y):\n    def inner(x):\n        return float(np.mean(x))\n    return inner(y)",
        )
    ),
    "a lambda": odd(put("complete_pooling", "complete_pooling = lambda y: float(np.mean(y))")),
    "a partial": odd(put("complete_pooling", "import functools\ncomplete_pooling = functools.partial(np.mean)")),
    "an object that can be called": odd(
        put(
            "complete_pooling",
            "class Mean:\n    def __call__(self, y):\n        return float(np.mean(y))\n\n"
            "complete_pooling = Mean()",
        )
    ),
    "a decorator": odd(put("complete_pooling", "import functools\n\n@functools.wraps(np.mean)\n{right}")),
    "a coroutine": odd(replaced("complete_pooling", "def ", "async def ")),
    "a function from a file beside the notebook": odd(
        put("complete_pooling", "from helper import complete_pooling"),
        helper__py="import numpy as np\n\ndef complete_pooling(y):\n    return float(np.mean(y))\n",
    ),
    "everything from a file, by a star": odd(
        put("complete_pooling", "from helper import *"),
        helper__py="import numpy as np\n\ndef complete_pooling(y):\n    return float(np.mean(y))\n",
    ),
    "a file that was not handed in": odd(put("complete_pooling", "from helper import complete_pooling")),
    "defined under a condition": odd(
        put("complete_pooling", "if True:\n    complete_pooling = lambda y: float(np.mean(y))\nelse:\n    pass")
    ),
    "defined by a walrus": odd(put("complete_pooling", "print(complete_pooling := np.mean)")),
    "unicode names": odd(
        put(
            "complete_pooling",
            "def ȳ_mean(ÿ):\n    μ = np.mean(ÿ)\n    return float(μ)\n\ncomplete_pooling = ȳ_mean",
        )
    ),
    "tabs": odd(tabs),
    "indented as a whole": odd(
        put("complete_pooling", "  complete_pooling = lambda y: float(np.mean(y))\n  a = 1")
    ),
    "prompts of the interpreter": odd(prompts),
    "a very long cell": odd(put(F, "# a remark\n" * 20_000 + "{right}")),
    "annotations from the future": odd(every_answer("from __future__ import annotations\n{right}")),
    "a loop at the top of an answer": odd(
        put("complete_pooling", "for complete_pooling in (np.sum, np.mean):\n    pass")
    ),
    # ------------------------------------------------------------ files
    "a function that saves and loads": odd(
        put(
            "complete_pooling",
            "def complete_pooling(y):\n    np.save('y.npy', y)\n    return np.load('y.npy').mean()",
        )
    ),
    "a function that appends to a file of the notebook's": odd(
        put(
            "complete_pooling",
            "open('log.txt', 'w').write('begun')\n"
            "def complete_pooling(y):\n    with open('log.txt', 'a') as log:\n        log.write('asked')\n"
            "    return np.mean(y)",
        )
    ),
    "a function that writes into a file that stays open": odd(
        put(
            "complete_pooling",
            "log = open('log.txt', 'w')\n"
            "def complete_pooling(y):\n    print('asked', file=log, flush=True)\n    return np.mean(y)",
        )
    ),
    "a function that reads from a file that stays open": odd(
        put(
            "complete_pooling",
            "file = open('schools.csv')\nhead = file.readline()\n"
            "def complete_pooling(y):\n    file.seek(0)\n    assert file.readline() == head\n"
            "    return np.mean(y)",
        )
    ),
    "Windows line ends": odd(windows_line_ends, as_if=()),
    "notebook format 3": odd(format_3, as_if=()),
}


def cells_of(made: Any) -> list[tuple[str, str]]:
    """Kinds and texts of an odd notebook's cells, as a plain run needs them."""
    notebook = json.loads(made) if isinstance(made, bytes) else made
    return [(entry["cell_type"], "".join(entry["source"])) for entry in notebook["cells"]]
