"""Spares: a parked copy of a submission's process is copied once more before it is asked, and the new one kept."""

from __future__ import annotations

import os
import signal
from typing import Any

from .processes import kill
from .supervisor import Supervisor


class SupervisorWithSpares(Supervisor):
    """A supervisor that has a copy copied while it knows no question and has nothing to write to."""

    orders = (*Supervisor.orders, "split", "spare")

    def split(self, order: dict[str, Any]) -> dict[str, Any]:
        """Let a parked copy go on and permit it one fork; what the copy before it wrote is gone."""
        self._await_last()
        self.permits, self.asked = 1, order["channel"]
        os.kill(self.copies[self.asked].pid, signal.SIGCONT)
        return {}

    def spare(self, order: dict[str, Any]) -> dict[str, Any]:
        """Stop the copy and its spare, and look both through; tell why the spare cannot be asked."""
        self.permits = 0
        if (of := self.copies.get(order["of"])) is not None:
            os.kill(of.pid, signal.SIGSTOP)
        known = {copy.pid for copy in self.copies.values()} | {self.main}
        for process in self.processes.descendants():
            if process.pid not in known and self._holds(process, order["channel"]):
                self.copies[order["channel"]] = process
                os.kill(process.pid, signal.SIGSTOP)
                break
        self._end_all_but(self.copies.values())  # whoever took the permit, if it was not the spare
        if of is not None and self._fault(order["of"]):  # it has opened or started something meanwhile
            kill(of.pid)
        if order["channel"] not in self.copies:
            return {"refused": "it did not let itself be copied"}
        if fault := self._fault(order["channel"]):
            self._end_copy(order["channel"])
        return {"refused": fault}
