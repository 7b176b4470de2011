"""The sandbox: runs a submission's cells, and calls its functions, where it can harm and see nothing.

From the caller inwards: `client` starts sandboxes, `session` runs one submission and `conversation` asks its
processes; all are trusted and treat every reply as untrusted data (`replies`). `warm` holds the warm parent,
`modes` finds out which walls this machine has, `launch` and `bubblewrap` start the parent behind them, `limits`
says what a submission may use. Beyond the wall lies `inside`, which nothing here imports. `wire` is the only
language between the two sides, and `scratch` knows the folders that both remove.
"""

from .client import Sandbox, SiblingParent
from .conversation import PATIENCE, Calls, Conversation, StudentError
from .limits import Limits
from .modes import Mode, detect
from .session import CellResult, Copy, Session
from .wire.plain import Opaque, WireError

__all__ = [
    "PATIENCE",
    "Calls",
    "CellResult",
    "Conversation",
    "Copy",
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
