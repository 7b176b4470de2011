"""What the warm parent does once, so that no submission pays for it: imports, and a first use of each part."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

from IPython.core.async_helpers import get_asyncio_loop

from .cells import MODULES, run_cell
from .figures import show_all_as_png, stay_inline
from .shell import Shell


def import_modules(sources: dict[str, str]) -> None:
    """Import modules that lie beside every notebook of a unit, so that no submission pays for compiling them."""
    for name, source in sources.items():
        module = ModuleType(Path(name).stem)
        sys.modules[module.__name__] = module
        try:
            exec(compile(source, name, "exec"), module.__dict__)
        except Exception:  # it may need what lies beside it: each notebook imports it, and shows what it raises
            del sys.modules[module.__name__]
        else:
            MODULES[name] = source.encode()


def warm(shell: Shell) -> None:
    """Import the students' stack and use each part once, so that no submission pays for it."""
    show_all_as_png()
    for source in (
        "%matplotlib inline\nimport numpy as np, pandas as pd, matplotlib.pyplot as plt",
        "figure, axes = plt.subplots(figsize=(2, 2))\naxes.plot([0, 1], [0, 1], label='a')\n"
        "axes.scatter([0], [0])\naxes.set_xlabel('$x$')\naxes.legend()\nplt.show()",
        "import io\ntable = pd.read_csv(io.StringIO('b,a\\nx,1.0\\ny,2.5\\n'))\ntable",
        "table.groupby('b')['a'].agg(['size', 'mean']).round(1)",
        "np.linalg.solve(np.eye(2), np.ones(2)); np.random.default_rng(0).normal()",
        "async def nothing(): pass\nawait nothing()",
    ):
        run_cell(shell, source).raise_error()  # type: ignore[no-untyped-call]
    stay_inline()
    run_cell(shell, "1 / 0")  # the traceback formatter is slow the first time
    # each child opens its own loop: this one's descriptors do not survive the fork
    get_asyncio_loop().close()  # type: ignore[no-untyped-call]
