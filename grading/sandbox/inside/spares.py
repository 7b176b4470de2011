"""Spares: a parked copy of a submission's process is copied once more before it is asked, and the new one kept."""

from __future__ import annotations

import os
import signal
from typing import Any

from .supervisor import Supervisor


class SupervisorWithSpares(Supervisor):
    """A supervisor that has a copy copied while it knows no question and has nothing to write to."""

    orders = (*Supervisor.orders, "split", "spare")

    def split(self, order: dict[str, Any]) -> dict[str, Any]:
        """Let a parked copy go on and permit it one fork; what the copy before it wrote is gone."""
        self._await_last()
        self.permits.forks = 1
        os.kill(self.copies[order["channel"]].pid, signal.SIGCONT)
        return {}

    def spare(self, order: dict[str, Any]) -> dict[str, Any]:
        """Stop the copy and its spare, look both through, and tell why each cannot be asked."""
        self.permits.forks = 0
        os.kill(self.copies[order["of"]].pid, signal.SIGSTOP)
        known = {copy.pid for copy in self.copies.values()} | {self.main}
        for process in self.processes.descendants():
            if process.pid not in known and self._holds(process, order["channel"]):
                self.copies[order["channel"]] = process
                os.kill(process.pid, signal.SIGSTOP)
                break
        self._end_all_but(self.copies.values())  # whoever took the permit, if it was not the spare
        faults = {channel: self._fault(channel) for channel in order.values() if channel in self.copies}
        self._end_copies(filter(faults.get, faults))
        return {name: faults.get(order[name], "it did not let itself be copied") for name in ("of", "channel")}
