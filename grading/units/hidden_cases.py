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
    """Every check's table of public and hidden cases, drawn once per course."""
    return {name: check.hidden_table(hidden_rng(secret, unit, name)) for name, check in checks.items()}


@dataclass(frozen=True)
class HiddenCheck:
    """A check's table made ready for asking: its cases as values, and as the one message that asks them all."""

    table: Mapping[str, Json]
    cases: Sequence[Mapping[str, Any]]
    calls: Calls

    @classmethod
    def prepare(cls, table: Mapping[str, Json]) -> HiddenCheck:
        """Decode a table once for a whole class."""
        cases = decoded_cases(table)
        return cls(table, cases, Calls([arguments(case) for case in cases]))
