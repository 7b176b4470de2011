"""The hidden cases of a unit's checks: drawn from the course's secret, made ready for asking."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grading.checks.definition import Check
from grading.checks.notebook_check import Json, arguments, decoded_cases
from grading.sandbox import Calls


def hidden_rng(secret: bytes, unit: str, check: str) -> np.random.Generator:
    """Generator of a check's hidden cases: the same at every regrade, not to be guessed without the secret."""
    digest = hmac.digest(secret, f"{unit}/{check}".encode(), "sha256")
    return np.random.default_rng(int.from_bytes(digest, "big"))


def hidden_tables(checks: Mapping[str, Check], secret: bytes, unit: str) -> dict[str, dict[str, Json]]:
    """Every check's table, drawn once per course: ``public`` cases first, then hidden ones in the secret's order.

    A function that counts its calls learns nothing from that order, whatever order a check draws its cases in.
    """
    return {name: _table(check, secret, unit) for name, check in checks.items()}


def _table(check: Check, secret: bytes, unit: str) -> dict[str, Json]:
    fresh = list(check.fresh(hidden_rng(secret, unit, check.name)))
    order = hidden_rng(secret, unit, f"{check.name}/order").permutation(len(fresh))
    table = check.table([*check.public, *(fresh[k] for k in order)])
    return {**table, "public": len(check.public)}


@dataclass(frozen=True)
class HiddenCheck:
    """A check's table made ready for asking: its cases as values, and as two messages that ask them.

    ``public`` asks those that students know; no process has seen a hidden case when it answers them.
    """

    table: Mapping[str, Json]
    cases: Sequence[Mapping[str, Any]]
    public: Calls
    hidden: Calls

    @classmethod
    def prepare(cls, table: Mapping[str, Json]) -> HiddenCheck:
        """Decode a table once for a whole class; one that does not count its public cases has none."""
        cases = decoded_cases(table)
        asked, known = [arguments(case) for case in cases], table.get("public", 0)
        return cls(table, cases, Calls(asked[:known]), Calls(asked[known:]))
