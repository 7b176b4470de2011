"""Text that people read: counts agree with their nouns."""

from __future__ import annotations

import pytest

from grading.printable import counted


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 pages"), (1, "1 page"), (1.0, "1 page"), (0.5, "0.5 pages"), (60, "60 pages")]
)
def test_a_count_agrees_with_its_noun(number, text):
    assert counted(number, "page") == text


def test_a_plural_of_its_own():
    assert counted(1, "answer waits", "answers wait") == "1 answer waits"
    assert counted(2, "answer waits", "answers wait") == "2 answers wait"
