"""Oracle numbers, each file with its provenance inside."""

import json
from pathlib import Path

import pytest

ORACLES = Path(__file__).resolve().parent.parent / "oracles"


@pytest.fixture(scope="session")
def oracle():
    """Load one file of tests/oracles by name."""

    def load(name):
        return json.loads((ORACLES / f"{name}.json").read_text(encoding="utf-8"))

    return load
