"""A sentence of a page as a function that asserts it, with the situation in which it would be false."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Check = Callable[..., None]


@dataclass(frozen=True)
class Claim:
    """A check whose defaults are the page's situation.

    Attributes
    ----------
    check : callable
        Raises AssertionError where the sentence is false; its docstring is the sentence.
    false_when : str
        The situation in which the sentence is false, in words.
    setting : dict
        The same situation as arguments of `check`, which must then fail.
    """

    check: Check
    false_when: str
    setting: dict[str, Any]

    def holds_on_the_page(self) -> None:
        """Run the check with the page's values."""
        self.check()

    def fails_elsewhere(self) -> bool:
        """Whether the same computation refutes the sentence where it would be false."""
        try:
            self.check(**self.setting)
        except AssertionError:
            return True
        return False


def claim(*, false_when: str, **setting: Any) -> Callable[[Check], Claim]:
    """Register a function as a claim; `setting` are the arguments with which it must fail."""
    if not setting:
        raise TypeError(f"false_when={false_when!r} needs the arguments that make it so")

    def register(check: Check) -> Claim:
        return Claim(check, false_when, setting)

    return register
