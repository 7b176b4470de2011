"""Honest submissions that look strange. Each has every automatic task right and must get every automatic point."""

from __future__ import annotations

import copy
import json
import re

from tests.grading.conftest import Edit, Notebook, cell, own_cell, position, with_cell
from tests.grading.hostile import TASKS, both


def cell_first(source: str, after: str = "setup") -> Edit:
    return lambda notebook: with_cell(notebook, source, after=after)


def in_answers(old: str, new: str) -> Edit:
    """Change a piece of the right answers into another right one."""

    def edit(notebook: Notebook) -> Notebook:
        hits = 0
        for name in TASKS:
            entry = cell(notebook, name)
            hits += entry["source"].count(old)
            entry["source"] = entry["source"].replace(old, new)
        assert hits, old
        return notebook

    return edit


def at_start_of(name: str, lines: str) -> Edit:
    """Add lines to the beginning of one function."""

    def edit(notebook: Notebook) -> Notebook:
        entry = cell(notebook, name)
        head = re.match(r'.*?""".*?"""\n', entry["source"], re.DOTALL)
        assert head
        added = "".join(f"    {line}\n" for line in lines.splitlines())
        entry["source"] = head[0] + added + entry["source"][head.end() :]
        return notebook

    return edit


def before_every_answer(lines: str) -> Edit:
    def edit(notebook: Notebook) -> Notebook:
        for name in TASKS:
            cell(notebook, name)["source"] = lines + cell(notebook, name)["source"]
        return notebook

    return edit


def copied_cell(notebook: Notebook) -> Notebook:
    notebook["cells"].insert(5, copy.deepcopy(cell(notebook, "partial_pooling")))
    return notebook


def copied_stub_first(notebook: Notebook) -> Notebook:
    stub = copy.deepcopy(cell(notebook, "partial_pooling"))
    stub["source"] = ""
    notebook["cells"].insert(position(notebook, "partial_pooling"), stub)
    return notebook


def deleted_tests(notebook: Notebook) -> Notebook:
    notebook["cells"] = [c for c in notebook["cells"] if not c["id"].startswith("test_")]
    return notebook


def deleted_given(notebook: Notebook) -> Notebook:
    notebook["cells"] = [c for c in notebook["cells"] if c["id"] not in ("setup", "show_intervals")]
    return notebook


def deleted_prose(notebook: Notebook) -> Notebook:
    notebook["cells"] = [c for c in notebook["cells"] if c["metadata"].get("nbgrader")]
    return notebook


def reordered(notebook: Notebook) -> Notebook:
    notebook["cells"] = notebook["cells"][:4] + notebook["cells"][:3:-1]
    return notebook


def answer_in_own_cell(notebook: Notebook) -> Notebook:
    entry = cell(notebook, "partial_pooling")
    answer = entry["source"]
    entry["source"] = "# see below"
    notebook["cells"].insert(position(notebook, "partial_pooling") + 1, own_cell(answer))
    return notebook


def answer_cell_replaced(notebook: Notebook) -> Notebook:
    at = position(notebook, "f_ratio")
    notebook["cells"][at] = own_cell(notebook["cells"][at]["source"])
    return notebook


def without_metadata(notebook: Notebook) -> Notebook:
    for entry in notebook["cells"]:
        entry["metadata"] = {}
    return notebook


def without_any_ids(notebook: Notebook) -> Notebook:
    for entry in notebook["cells"]:
        entry["metadata"] = {}
        entry.pop("id")
    return {**notebook, "nbformat_minor": 4}


def with_new_ids(notebook: Notebook) -> Notebook:
    for number, entry in enumerate(notebook["cells"]):
        entry["id"] = f"random-{number}"
    return notebook


def from_colab(notebook: Notebook) -> Notebook:
    for number, entry in enumerate(notebook["cells"]):
        entry["metadata"] |= {
            "id": f"Zx{number}",
            "colab": {"base_uri": "https://localhost:8080/"},
            "outputId": "a1",
        }
    notebook["metadata"] |= {"colab": {"provenance": []}, "accelerator": "GPU"}
    return notebook


def from_vscode(notebook: Notebook) -> Notebook:
    for entry in notebook["cells"]:
        entry["metadata"] |= {"vscode": {"languageId": "python"}}
    notebook["metadata"]["kernelspec"] = {"name": "my-env", "display_name": "my env (Python 3.13)"}
    return notebook


def lines_as_lists(notebook: Notebook) -> Notebook:
    for entry in notebook["cells"]:
        entry["source"] = entry["source"].splitlines(keepends=True)
    return notebook


def windows_line_ends(notebook: Notebook) -> bytes:
    for entry in notebook["cells"]:
        entry["source"] = entry["source"].replace("\n", "\r\n")
    return json.dumps(notebook, indent=1).replace("\n", "\r\n").encode()


def byte_order_mark(notebook: Notebook) -> bytes:
    return b"\xef\xbb\xbf" + json.dumps(notebook).encode()


def utf16(notebook: Notebook) -> bytes:
    return json.dumps(notebook, ensure_ascii=False).encode("utf-16")


def format_3(notebook: Notebook) -> Notebook:
    cells = []
    for entry in notebook["cells"]:
        old = {"cell_type": entry["cell_type"], "metadata": entry["metadata"]}
        old["input" if entry["cell_type"] == "code" else "source"] = entry["source"]
        cells.append(old)
    return {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells}]}


def split_cell(notebook: Notebook) -> Notebook:
    """What Jupyter's "split cell" leaves: two cells with the metadata of the one."""
    entry = cell(notebook, "partial_pooling")
    helper = copy.deepcopy(entry)
    helper["source"], helper["id"] = "def share(v, tau2): return tau2 / (tau2 + v)", "split"
    spread = "np.asarray(sampling_variances, dtype=float)"
    assert f"tau2 / (tau2 + {spread})" in entry["source"]
    entry["source"] = entry["source"].replace(f"tau2 / (tau2 + {spread})", f"share({spread}, tau2)")
    notebook["cells"].insert(position(notebook, "partial_pooling"), helper)
    return notebook


def import_in_locked_cell(line: str) -> Edit:
    def edit(notebook: Notebook) -> Notebook:
        cell(notebook, "setup")["source"] += f"\n{line}\n"
        return at_start_of("f_ratio", "arithmetic.sqrt(2.0)")(notebook)

    return edit


HELPER = "def my_mean(x): return x.mean()"


def helper_in_a_copy_of(name: str) -> Edit:
    """A cell copied, pasted near the top, and rewritten as a helper."""

    def edit(notebook: Notebook) -> Notebook:
        pasted = {**copy.deepcopy(cell(notebook, name)), "id": "pasted", "source": HELPER}
        notebook["cells"].insert(position(notebook, "setup") + 1, pasted)
        return in_answers("y[group == label].mean()", "my_mean(y[group == label])")(notebook)

    return edit


def helper_in_a_prose_cell(notebook: Notebook) -> Notebook:
    prose = notebook["cells"][position(notebook, "group_summary") - 1]
    assert prose["cell_type"] == "markdown"
    prose |= {"cell_type": "code", "source": HELPER, "outputs": [], "execution_count": None}
    return in_answers("y[group == label].mean()", "my_mean(y[group == label])")(notebook)


def all_answers_in(where: str, *, deleted: bool) -> Edit:
    """Every function in one cell, the answer cells deleted or emptied."""

    def edit(notebook: Notebook) -> Notebook:
        everything = "\n\n".join(cell(notebook, name)["source"] for name in reversed(TASKS))
        for name in TASKS:
            cell(notebook, name)["source"] = ""
        if where in TASKS:
            cell(notebook, where)["source"] = everything
        if deleted:
            empty = [name for name in TASKS if name != where]
            notebook["cells"] = [entry for entry in notebook["cells"] if entry["id"] not in empty]
        return notebook if where in TASKS else with_cell(notebook, everything, after=where)

    return edit


def tests_edited(notebook: Notebook) -> Notebook:
    for name in TASKS:
        cell(notebook, f"test_{name}")["source"] += (
            "\nprint(partial_pooling([1.0], [1.0], grand_mean=0.0, tau2=1.0))"
        )
    return notebook


def with_saved_outputs(notebook: Notebook) -> Notebook:
    for entry in notebook["cells"]:
        if entry["cell_type"] == "code":
            entry["outputs"] = [{"output_type": "stream", "name": "stderr", "text": "an old warning " * 1000}]
            entry["execution_count"] = 7
    return notebook


ODD: dict[str, Edit] = {
    "nothing strange": lambda notebook: notebook,
    "an overflow warning": at_start_of("partial_pooling", "np.exp(np.float64(1000.0))"),
    "a division warning": at_start_of("shrinkage_estimate", "np.float64(1.0) / np.float64(0.0)"),
    "warnings of every kind": at_start_of(
        "f_ratio", "import warnings\nwarnings.warn('old', DeprecationWarning)\nwarnings.warn('look')"
    ),
    "warnings always shown": cell_first("import warnings\nwarnings.simplefilter('always')"),
    "warnings turned into errors elsewhere": both(
        cell_first("import warnings\nwarnings.simplefilter('error')\nnp.seterr(all='raise')"),
        at_start_of("partial_pooling", "np.exp(np.float64(1000.0))\nnp.float64(1.0) / np.float64(0.0)"),
    ),
    "prints to stderr": at_start_of("group_summary", "import sys\nprint('debug', file=sys.stderr)"),
    "prints a lot": at_start_of("complete_pooling", "print('value', list(range(2000)))"),
    "huge but legal output": cell_first("for i in range(20000): print('line', i)"),
    "a copied answer cell": copied_cell,
    "an empty copy before the answer": copied_stub_first,
    "the tests deleted": deleted_tests,
    "the given cells deleted": deleted_given,
    "the prose deleted": deleted_prose,
    "the cells in another order": reordered,
    "the answer in a cell below": answer_in_own_cell,
    "the answer cell replaced by an own one": answer_cell_replaced,
    "no metadata left": without_metadata,
    "no metadata and no ids left": without_any_ids,
    "other cell ids": with_new_ids,
    "saved by Colab": from_colab,
    "saved by VS Code": from_vscode,
    "sources as lists of lines": lines_as_lists,
    "Windows line ends": windows_line_ends,
    "a byte order mark": byte_order_mark,
    "UTF-16": utf16,
    "notebook format 3": format_3,
    "test cells edited": tests_edited,
    "saved outputs": with_saved_outputs,
    "a slow scratch cell": cell_first("import time\ntime.sleep(1.5)"),
    "a scratch cell that runs out of time": cell_first("import time\ntime.sleep(60)"),
    "a scratch cell that fails": cell_first("1 / 0"),
    "a scratch cell with a syntax error": cell_first("this is ( not python"),
    "exit() at the end": cell_first("exit()", after="show_shrinkage"),
    "sys.exit() in the middle": cell_first("import sys\nsys.exit(0)"),
    "plots": cell_first("fig, axes = plt.subplots(2, 2)\naxes[0, 0].plot([1, 2], [3, 4])\nplt.show()"),
    "a figure left open": cell_first("for _ in range(30): plt.figure()"),
    "pandas shown": cell_first("schools.describe()"),
    "unicode names and text": cell_first("μ_0 = 'Grüße 数学 🎓'\nπ = 3.14159\nprint(μ_0, π)"),
    "helper cells": lambda notebook: with_cell(
        in_answers("np.sqrt(variance / n)", "standard_error(variance, n)")(notebook),
        "def standard_error(variance, n):\n    return (variance / n) ** 0.5",
    ),
    "globals defined elsewhere": lambda notebook: with_cell(
        in_answers("1.96 *", "Z *")(notebook), "Z = 1.96", after="group_summary"
    ),
    "a global named like a builtin": cell_first("sum = 3\nlist = [1]\nmax_ = max"),
    "NumPy under another name": cell_first("import numpy\nfrom numpy import array, sqrt"),
    "inputs changed in place": at_start_of("complete_pooling", "y.sort()"),
    "inputs overwritten": at_start_of("partial_pooling", "group_means = np.array(group_means); group_means += 0"),
    "one slow call": at_start_of(
        "complete_pooling",
        "import time\nif len(y) == 15 and not hasattr(np, 'slept'):\n    np.slept = True; time.sleep(1)",
    ),
    "a class used inside": at_start_of(
        "f_ratio", "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int = 1"
    ),
    "a Series and a list returned": in_answers(
        "return mean - half_width, mean + half_width",
        "return pd.Series(mean - half_width), list(mean + half_width)",
    ),
    "labels as a pandas Index": in_answers("return labels, n,", "return pd.Index(labels), n,"),
    "labels of pandas' categories": in_answers("return labels, n,", "return pd.CategoricalIndex(labels), n,"),
    "labels as pandas' text array": in_answers("return labels, n,", "return pd.Series(labels).unique(), n,"),
    "long doubles": in_answers("return labels, n, mean,", "return labels, n, np.asarray(mean, np.longdouble),"),
    "an answer cell split in two": split_cell,
    "an import typed into a locked cell": import_in_locked_cell("import math as arithmetic"),
    "an import with a remark": import_in_locked_cell("import math as arithmetic  # for the root"),
    "two imports on a line": import_in_locked_cell("import json; import math as arithmetic"),
    "an import that may fail": import_in_locked_cell(
        "try:\n    import math as arithmetic\nexcept ImportError:\n    pass"
    ),
    "a helper in a pasted answer cell": helper_in_a_copy_of("f_ratio"),
    "a helper in a pasted locked cell": helper_in_a_copy_of("setup"),
    "a helper in what was prose": helper_in_a_prose_cell,
    "all answers in one own cell, the others deleted": all_answers_in("setup", deleted=True),
    "all answers in one own cell, the others emptied": all_answers_in("setup", deleted=False),
    "all answers in the first answer cell": all_answers_in("group_summary", deleted=True),
    "type hints and a decorator": cell_first("import functools\nbefore = functools.lru_cache(lambda x: x)"),
    "magics": cell_first("%matplotlib inline\n%timeit -n 1 -r 1 sum([1, 2])"),
    "an installation, which is not run, and a window, which is not opened": before_every_answer(
        "%conda install seaborn\n%pip install seaborn\nimport matplotlib\nmatplotlib.use('TkAgg')\n"
        "plt.switch_backend('QtAgg')\n"
    ),
    "help left in the answers": before_every_answer("np.var?\n?np.mean\nhelp(np.unique)\n"),
    "cell magics on the answers": before_every_answer("%%time\n"),
    "captured answers": before_every_answer("%%capture out\n"),
    "annotations from the future": before_every_answer("from __future__ import annotations\n"),
    "everything shown, autoreload, retina": cell_first(
        "from IPython.core.interactiveshell import InteractiveShell\nInteractiveShell.ast_node_interactivity = 'all'\n"
        "%load_ext autoreload\n%autoreload 2\n%config InlineBackend.figure_format = 'retina'"
    ),
    "streams replaced": cell_first("import sys\nsys.stdout = open('log.txt', 'w')\nsys.stderr = None"),
    "the last cell forgets everything": cell_first("%reset -f", after="show_shrinkage"),
    "a module written by the notebook": both(
        cell_first("from my_module import one"), cell_first("%%writefile my_module.py\none = 1")
    ),
    "the debugger": cell_first("%pdb on\n1 / 0\n%debug\nbreakpoint()"),
    "a function wrapped in an object": cell_first(
        "import functools\ngroup_summary = functools.partial(group_summary)", after="group_summary"
    ),
    "a shell command, which is refused": cell_first("!echo hello"),
    "an await at top level": cell_first("import asyncio\nawait asyncio.sleep(0.01)"),
    "input() is asked for": cell_first("name = input('who? ')"),
    "a thread that ends": cell_first(
        "import threading\nt = threading.Thread(target=print, args=('hi',)); t.start(); t.join()"
    ),
    "a file written and read": cell_first("open('note.txt', 'w').write('x')\nprint(open('note.txt').read())"),
    "IPython's display": cell_first(
        "from IPython.display import display, Markdown\ndisplay(Markdown('# hi'), schools.head())"
    ),
    "random numbers": cell_first("np.random.seed(3)\nnp.random.default_rng().normal(size=3)"),
    "a trailing markdown cell": lambda notebook: {
        **notebook,
        "cells": [*notebook["cells"], own_cell("Thanks! <b>Nice</b> course & $x < y$", kind="markdown")],
    },
}
