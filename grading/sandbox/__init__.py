"""The sandbox: runs a submission's cells, and calls its functions, where it can harm and see nothing.

Layers, from the caller inwards: `client` and `session` (trusted; they treat every reply as untrusted data), `warm`
and `launch` (start the warm parent), `bubblewrap` (the outer wall), then inside it `zygote` (the warm parent, and
its twins for other processes), `keeper` (one per submission that needs it), `confine`, `kernel` and `seccomp`
(the child's own walls), `cells`, `shell`, `outputs` and `figures` (running the notebook). `wire`, with `plain`,
`codec` and `arrays`, is the only language between the sides.
"""

from .client import Sandbox, Twin
from .limits import Limits
from .modes import Mode, detect
from .session import CallResult, Calls, CellResult, Session, StudentError
from .wire.plain import Opaque, WireError

__all__ = [
    "CallResult",
    "Calls",
    "CellResult",
    "Limits",
    "Mode",
    "Opaque",
    "Sandbox",
    "Session",
    "StudentError",
    "Twin",
    "WireError",
    "detect",
]
