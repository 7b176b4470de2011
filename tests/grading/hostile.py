"""Submissions that try to gain, see, harm or stop something. None of them has a right answer in it.

Each entry takes the released notebook (every task still a stub) and returns what is handed in. The automatic points of
each must be 0.
"""

from __future__ import annotations

import copy
import json

from tests.grading.conftest import Edit, Notebook, cell, own_cell, position, with_cell

TASKS = {
    "group_summary": "y, group",
    "no_pooling_interval": "y, group",
    "complete_pooling": "y",
    "f_ratio": "y, group",
    "partial_pooling": "group_means, sampling_variances, *, grand_mean, tau2",
    "between_group_variance": "y, group",
    "shrinkage_estimate": "y, group, *, tau2=None",
}


def bodies(body: str, prelude: str = "") -> Edit:
    """Every task answered by the same lines."""

    def edit(notebook: Notebook) -> Notebook:
        lines = "\n".join("    " + line for line in body.splitlines())
        for name, parameters in TASKS.items():
            cell(notebook, name)["source"] = f"{prelude}\ndef {name}({parameters}):\n{lines}"
        return notebook

    return edit


def cell_first(source: str) -> Edit:
    """One cell of the student's own after the set-up."""
    return lambda notebook: with_cell(notebook, source)


def on_tests(change: str) -> Edit:
    """Change every test cell's JSON by a statement about `entry`."""

    def edit(notebook: Notebook) -> Notebook:
        for entry in notebook["cells"]:
            if entry["metadata"].get("nbgrader", {}).get("grade") and entry["cell_type"] == "code":
                exec(change, {"entry": entry})
        return notebook

    return edit


def both(first: Edit, second: Edit) -> Edit:
    return lambda notebook: second(first(notebook))


def duplicate_everything(notebook: Notebook) -> Notebook:
    notebook["cells"] += [copy.deepcopy(entry) for entry in notebook["cells"]]
    return notebook


def test_ids_on_own_cells(notebook: Notebook) -> Notebook:
    for name in TASKS:
        fake = own_cell("1.0")
        fake["metadata"] = copy.deepcopy(cell(notebook, f"test_{name}")["metadata"])
        notebook["cells"].insert(position(notebook, name), fake)
    return notebook


def without_tests(notebook: Notebook) -> Notebook:
    notebook["cells"] = [c for c in notebook["cells"] if not c["metadata"].get("nbgrader", {}).get("grade")]
    return notebook


def raw(notebook: Notebook, **changes: object) -> bytes:
    return json.dumps({**notebook, **changes}).encode()


SOLVE_FROM_DISK = """
import pathlib, json, re
for start in ("/", "/work", "/home", "/root", "..", "../..", "/proc/1/root", "/proc/self/root", "/proc/self/cwd"):
    try:
        for path in pathlib.Path(start).rglob("*borrowing*"):
            if path.is_file():
                text = path.read_text(errors="ignore")
                for answer in re.findall(r"def \\w+.*", text):
                    exec(answer, globals())
    except BaseException:
        pass
try:
    from reference_impl import *
except ImportError:
    pass
"""

FORGE_REPLIES = """
import os, struct, json, threading, socket
def flood():
    for _ in range(200):
        for fd in range(3, 40):
            for data in (b"\\x00" * 64, b"\\xff" * 64, struct.pack("<IIQ", 10, 1, 5) + b'{"k":"ok"}', b"{}" * 500):
                try:
                    os.write(fd, data)
                except OSError:
                    pass
threading.Thread(target=flood, daemon=True).start()
"""

PATCH_SANDBOX = """
import sys, types, builtins
for name, module in list(sys.modules.items()):
    if name.startswith("sandbox."):
        for attribute in dir(module):
            value = getattr(module, attribute)
            if isinstance(value, types.FunctionType) and not attribute.startswith("__"):
                try:
                    setattr(module, attribute, lambda *args, **kwargs: {"value": 1.0, "status": "ok"})
                except Exception:
                    pass
"""

SPY_ON_FRAMES = """
import gc, sys, inspect
def _search():
    for frame in sys._current_frames().values():
        while frame:
            for value in list(frame.f_locals.values()):
                if isinstance(value, dict) and "expected" in value:
                    return value["expected"]
            frame = frame.f_back
    for value in gc.get_objects():
        if isinstance(value, dict) and "expected" in value:
            return value["expected"]
    raise NotImplementedError
"""

BY_HEART = """
import json, numpy as np
def _plain(value):
    return value.tolist() if hasattr(value, "tolist") else value
def _decode(value):
    if isinstance(value, dict) and "array" in value: return np.array(value["array"])
    if isinstance(value, dict) and "tuple" in value: return tuple(_decode(v) for v in value["tuple"])
    return value
_tables = json.load(open("public_checks.json"))["checks"]
def _known(name, *args, **kwargs):
    given = [_plain(v) for v in [*args, *kwargs.values()] if v is not None]
    for case in _tables[name]["cases"]:
        if [_plain(_decode(i["value"])) for i in case["inputs"]] == given:
            return _decode(case["expected"])
    return 0.0
"""


def by_heart(notebook: Notebook) -> Notebook:
    for name, parameters in TASKS.items():
        names = [p.split("=")[0].strip() for p in parameters.split(",") if p.strip() != "*"]
        call = f"return _known({name!r}, {', '.join(names)})"
        cell(notebook, name)["source"] = f"def {name}({parameters}):\n    {call}"
    return with_cell(notebook, BY_HEART)


HOSTILE: dict[str, Edit] = {
    # what earned full marks from a stock grader
    "the test cells are tagged skip-execution": on_tests('entry["metadata"]["tags"] = ["skip-execution"]'),
    "an input transformer blanks later cells": cell_first(
        "get_ipython().input_transformers_cleanup.append(lambda lines: ['pass\\n'])"
    ),
    "an AST transformer empties assertions": cell_first(
        "import ast\nclass T(ast.NodeTransformer):\n    def visit_Assert(self, node): return ast.Pass()\n"
        "    def visit_Raise(self, node): return ast.Pass()\nget_ipython().ast_transformers.append(T())"
    ),
    "NumPy's comparisons always agree": both(
        bodies("return 0.0"),
        cell_first(
            "import numpy as np\nnp.allclose = np.isclose = np.array_equal = lambda *a, **k: True\n"
            "np.testing.assert_allclose = np.testing.assert_array_equal = lambda *a, **k: None\n"
            "np.abs = np.absolute = lambda *a: 0"
        ),
    ),
    "the display hook is called inside the answer": bodies('get_ipython().displayhook("5.0")\nreturn None'),
    "the answer is read from In[-1]": bodies(
        "import re\nreturn float(re.findall(r'[0-9.]+', get_ipython().user_ns['In'][-1])[-1])"
    ),
    "run_cell is wrapped": cell_first(
        "ip = get_ipython()\nold = ip.run_cell\nip.run_cell = lambda *a, **k: old('pass')\n"
        "ip.run_cell_async = None\ntype(ip).run_cell = lambda *a, **k: old('pass')"
    ),
    "the solution is looked for on disk": cell_first(SOLVE_FROM_DISK),
    "forged replies are written on every descriptor": both(bodies("return 0.0"), cell_first(FORGE_REPLIES)),
    "the gradebook is rewritten": cell_first(
        "import sqlite3, pathlib\nfor p in pathlib.Path('/').rglob('gradebook.db'):\n    try:\n"
        "        c = sqlite3.connect(p); c.execute('update grade set auto_score = 10, manual_score = 10'); c.commit()\n"
        "    except Exception: pass"
    ),
    "a detached process waits for its chance": cell_first(
        "import os, time\ntry:\n    if os.fork() == 0:\n        os.setsid()\n        time.sleep(60)\n        os._exit(0)\n"
        "except OSError: pass"
    ),
    "an array equal to everything": bodies(
        "return Always(3)",
        "import numpy as np\nclass Always(np.ndarray):\n    def __eq__(self, o): return np.ones(3, bool)\n"
        "    def __array_ufunc__(self, *a, **k): return np.True_\n    def __array_function__(self, *a, **k): return True",
    ),
    "a number equal to everything": bodies(
        "return Yes(0)",
        "class Yes(float):\n    __eq__ = __le__ = __ge__ = lambda s, o: True\n    __ne__ = lambda s, o: False\n"
        "    __sub__ = __rsub__ = __abs__ = lambda s, *o: Yes(0)\n    __hash__ = None",
    ),
    "the answer cells are declared no solutions": on_tests('entry["metadata"]["nbgrader"]["solution"] = True'),
    "the tests are edited to print full marks": on_tests('entry["source"] = "100.0"'),
    "the tests claim 100 points": on_tests('entry["metadata"]["nbgrader"]["points"] = 100'),
    "the tests became markdown": on_tests('entry["cell_type"] = "markdown"'),
    "tracebacks are hidden": cell_first(
        "ip = get_ipython()\nip.showtraceback = ip._showtraceback = ip.showsyntaxerror = lambda *a, **k: None"
    ),
    "the tests are deleted": without_tests,
    "every cell stands twice": duplicate_everything,
    "a metadata schema from the future": on_tests('entry["metadata"]["nbgrader"]["schema_version"] = 99'),
    "own cells carry the tests' ids and print a score": test_ids_on_own_cells,
    # harm
    "the parent is killed": cell_first(
        "import os, signal\nfor pid in [os.getppid(), 1, 2, 3, 0, -1]:\n    for s in (9, 15, 19):\n        try: os.kill(pid, s)\n"
        "        except OSError: pass"
    ),
    "the database is locked": cell_first(
        "import sqlite3, pathlib\nkeep = []\nfor p in pathlib.Path('/').rglob('*.db'):\n    try:\n"
        "        c = sqlite3.connect(p, isolation_level=None); c.execute('BEGIN EXCLUSIVE'); keep.append(c)\n"
        "    except Exception: pass"
    ),
    "classmates' submissions are overwritten": cell_first(
        "import pathlib\nfor p in pathlib.Path('/').rglob('submitted'):\n    for q in p.rglob('*.ipynb'):\n"
        "        try: q.write_text('{}')\n        except OSError: pass"
    ),
    "the process exits": cell_first("import os\nos._exit(0)"),
    "the process exits inside an answer": bodies("import os\nos._exit(0)"),
    "a loop that swallows interrupts": cell_first(
        "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True:\n    try:\n        while True: pass\n"
        "    except BaseException: pass"
    ),
    "an answer that never comes": bodies("while True: pass"),
    "an answer that sleeps": bodies("import time\ntime.sleep(1000)"),
    "a line of 60 MB": cell_first("print('x' * 60_000_000)"),
    "output without end": cell_first("while True: print('x' * 10_000)"),
    "output into the descriptors without end": cell_first("import os\nwhile True: os.write(1, b'x' * 100_000)"),
    "3 GB of memory": cell_first("keep = [bytearray(100_000_000) for _ in range(30)]"),
    "a fork bomb": cell_first("import os\nwhile True:\n    try: os.fork()\n    except OSError: break"),
    "threads without end": cell_first(
        "import threading, time\nfor _ in range(5000):\n    try: threading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n"
        "    except RuntimeError: break"
    ),
    "the disk is filled": cell_first(
        "import os\nfor base in ('.', '/tmp', '/dev/shm', '/dev', '/var/tmp', '/run'):\n    try:\n"
        "        with open(base + '/fill', 'wb') as f:\n            for _ in range(300): f.write(b'x' * 10_000_000)\n    except OSError: pass"
    ),
    "a segmentation fault": cell_first("import ctypes\nctypes.string_at(0)"),
    "recursion without end": bodies("import sys\nsys.setrecursionlimit(10**9)\ndef f(): return f()\nreturn f()"),
    "all descriptors are closed": cell_first("import os\nos.closerange(0, 4096)"),
    "the process stops itself": cell_first("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"),
    "threads keep writing after the cell": cell_first(
        "import threading\ndef go():\n    while True: print('x' * 1000)\nthreading.Thread(target=go, daemon=True).start()"
    ),
    # seeing what is hidden
    "files and secrets are printed": cell_first(
        "import os, pathlib\nprint(os.environ)\nfor p in ('/etc/shadow', '/proc/1/environ', '/root', '/home', '/work'):\n"
        "    try: print(p, os.listdir(p) if os.path.isdir(p) else open(p).read())\n    except OSError as e: print(e)"
    ),
    "the network is used": cell_first(
        "import socket\nfor family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, 16, 40):\n    try:\n"
        "        s = socket.socket(family, socket.SOCK_STREAM); s.settimeout(1); s.connect(('127.0.0.1', 80)); print('connected')\n"
        "    except (OSError, TypeError) as e: print(e)"
    ),
    "expected values are searched in memory": both(bodies("return _search()"), cell_first(SPY_ON_FRAMES)),
    "the public answers by heart": by_heart,
    # lying
    "the sandbox's own modules are patched": both(bodies("return 0.0"), cell_first(PATCH_SANDBOX)),
    "the standard library lies": both(
        bodies("return 0.0"),
        cell_first(
            "import json, struct, pickle, builtins\njson.dumps = lambda *a, **k: '{}'\nstruct.pack = lambda *a: b''\n"
            "builtins.isinstance = lambda *a: True\nbuiltins.type = lambda *a: float\nbuiltins.len = lambda *a: 1"
        ),
    ),
    "the checks are redefined": both(
        bodies("return 0.0"),
        cell_first("check = hidden_check = lambda *a, **k: 'correct'\nNotImplementedError = ValueError"),
    ),
    "an answer with the class of another": bodies(
        "return Fake()",
        "class Fake:\n    __class__ = property(lambda s: float)\n    def __float__(self): return 1.0",
    ),
    "an array of objects that agree": bodies(
        "return np.array([Yes()] * 3, dtype=object)",
        "import numpy as np\nclass Yes:\n    __eq__ = __le__ = lambda s, o: True\n    __sub__ = __rsub__ = __abs__ = lambda s, *o: s",
    ),
    "a generator": bodies("yield 1.0"),
    "a value nested beyond depth": bodies("x = []\nfor _ in range(100000): x = [x]\nreturn x"),
    "a value that contains itself": bodies("x = []\nx.append(x)\nreturn x"),
    "a huge value": bodies("import numpy as np\nreturn np.zeros(50_000_000)"),
    "a huge integer": bodies("return 10 ** 100_000"),
    "NaN": bodies("return float('nan')"),
    "an empty array": bodies("import numpy as np\nreturn np.array([])"),
    "a structured array": bodies("import numpy as np\nreturn np.zeros(3, dtype=[('a', float)])"),
    "random answers": bodies("import random\nreturn random.choice([0.0, 1.0, [1.0], None])"),
    "KeyboardInterrupt": bodies("raise KeyboardInterrupt"),
    "SystemExit": bodies("raise SystemExit(0)"),
    "GeneratorExit": bodies("raise GeneratorExit"),
    "an exception whose text is a trap": bodies(
        "raise Trap", "class Trap(Exception):\n    def __str__(self):\n        while True: pass"
    ),
    "an exception class with a trap for a name": bodies(
        "raise type('<script>alert(1)</script>' * 1000, (Exception,), {})('<img src=x onerror=alert(1)>' * 1000)"
    ),
    "the answers are no functions": cell_first("\n".join(f"{name} = 5.0" for name in TASKS)),
    "the answers are classes": lambda notebook: with_cell(
        notebook,
        "\n".join(f"class {name}:\n    def __init__(self, *a, **k): pass" for name in TASKS),
        after="show_shrinkage",
    ),
    # the feedback and the formgrader
    "script in outputs and markdown": lambda notebook: {
        **with_cell(
            notebook,
            "from IPython.display import HTML, SVG, Javascript, Latex, display\ndisplay(HTML('<script>alert(1)</script>'))\n"
            "display(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>'))\ndisplay(Javascript('alert(1)'))\n"
            "display(Latex(r'$\\\\href{javascript:alert(1)}{x}$'))\nprint('</pre><script>alert(1)</script>')",
        )
    },
    "markdown that takes a slow pattern minutes": lambda notebook: {
        **notebook,
        "cells": [*notebook["cells"], own_cell("](" + " " * 60_000 + "](" * 60_000, kind="markdown")],
    },
    "a reference-style link to a script": lambda notebook: {
        **notebook,
        "cells": [*notebook["cells"], own_cell("see [my figure][1]\n\n[1]: javascript:alert(1)", kind="markdown")],
    },
    "one long text among many": bodies("return ['x' * 2_000_000] + [''] * 1000"),
    "sets whose hashes collide": bodies(
        "return {frozenset((2**61 - 1) * (k + j) for k in range(60)) for j in range(60)}"
    ),
    "a frame of many columns": bodies("import pandas as pd\nreturn pd.DataFrame([[0] * 20000])"),
    "large answers to every case": bodies("import numpy as np\nreturn np.zeros(400_000)"),
    "a million empty lists": bodies("return [[] for _ in range(1_000_000)]"),
    "a real-time signal": cell_first("import os\nos.kill(os.getpid(), 40)"),
    "a type with a name that forges a verdict": bodies(
        "return type('number.\\n1 of 1 points. Correct.\\x1b[8m', (), {})()"
    ),
    "minus infinity": bodies("return float('-inf')"),
    "oddities without end": lambda notebook: raw(
        notebook,
        cells=[{"cell_type": "code", "metadata": {}, "source": "def f_ratio(y, group): pass"}] * 5000,
    ),
    "records without end": lambda notebook: b'{"cells": [], "metadata": [' + b"{}," * 3_000_000 + b"{}]}",
    # the file itself
    "texts without end": lambda notebook: b'{"cells": [], "metadata": [' + b'"ab",' * 12_000_000 + b"1]}",
    "an import line without end": lambda notebook: raw(
        notebook,
        cells=[{**cell(notebook, "setup"), "source": "from " + "a import " * 100_000 + "!"}],
    ),
    "no JSON": lambda notebook: b"this is no notebook",
    "an empty file": lambda notebook: b"",
    "JSON, but a list": lambda notebook: b"[1, 2, 3]",
    "cells that are no cells": lambda notebook: raw(
        notebook, cells=[1, None, "x", {}, {"cell_type": 5, "source": {"a": 1}}]
    ),
    "nested beyond depth": lambda notebook: b"[" * 200_000 + b"]" * 200_000,
    "numbers beyond range": lambda notebook: b'{"cells": [], "nbformat": ' + b"9" * 10_000 + b"}",
    "lone surrogates": lambda notebook: raw(
        notebook, cells=[{"cell_type": "code", "metadata": {}, "source": "x = '\ud800'", "outputs": []}]
    ),
    "a hundred thousand empty cells": lambda notebook: raw(
        notebook, cells=[{"cell_type": "code", "metadata": {}, "source": ""}] * 100_000
    ),
    "metadata of wrong types": lambda notebook: raw(
        notebook,
        cells=[{"cell_type": "code", "metadata": [1], "source": ["a", 1]}, {"metadata": {"nbgrader": "x"}}],
    ),
}
