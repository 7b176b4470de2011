"""Encrypt what the build and the kernels that execute pages tell each other, as ipykernel 7.3 and newer ask for.

Without it each kernel warns that it listens on TCP in plain text. MyST-NB has no setting for the kernels' manager,
so the configuration is given to the function of nbclient that jupyter-cache calls.
"""

from __future__ import annotations

from functools import partial

import nbclient
from jupyter_cache.executors import utils
from sphinx.application import Sphinx
from traitlets.config import Config

ENCRYPTED = Config(KernelManager={"transport_encryption": "auto"})  # auto: for every kernel that can do it


def setup(app: Sphinx) -> dict[str, bool]:
    """Configure the kernels of this build."""
    utils.executenb = partial(nbclient.execute, config=ENCRYPTED)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
