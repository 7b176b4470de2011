"""The sandbox: runs a submission's cells, and calls its functions, where it can harm and see nothing.

From the caller inwards: `client` starts sandboxes and `session` talks with one submission; both are trusted and
treat every reply as untrusted data (`replies`). `warm` holds the warm parent, `modes` finds out which walls this
machine has, `launch` and `bubblewrap` start the parent behind them, `limits` says what a submission may use.
Beyond the wall lies `inside`, which nothing here imports. `wire` is the only language between the two sides.
"""

from .client import Sandbox, SiblingParent
from .limits import Limits
from .modes import Mode, detect
from .session import Calls, CellResult, Session, StudentError
from .wire.plain import Opaque, WireError

__all__ = [
    "Calls",
    "CellResult",
    "Limits",
    "Mode",
    "Opaque",
    "Sandbox",
    "Session",
    "SiblingParent",
    "StudentError",
    "WireError",
    "detect",
]
