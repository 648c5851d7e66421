"""How much work something is: counted, or against itself, so that no test depends on the machine."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any


class Endless(BaseException):
    """More work than was allowed; no reader catches it."""


def bounded(work: Callable[[], Any], calls: int) -> Any:
    """What `work` gives; stopped when it takes more than so many calls of functions, Python's and C's.

    A loop that never ends is stopped too. Work inside one call of C, a regular expression's, is not counted:
    see `growth`.
    """
    left = calls

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal left
        left -= event in ("call", "c_call")
        if left < 0:
            raise Endless(f"more than {calls} calls")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        return work()
    finally:
        sys.setprofile(before)


def growth(short: Callable[[], Any], long: Callable[[], Any]) -> float:
    """How many times longer `long` takes than `short`, in processor time; of each the best of three."""
    return _best(long) / _best(short)


def _best(work: Callable[[], Any]) -> int:
    taken = []
    for _ in range(3):
        begun = time.process_time_ns()
        work()
        taken.append(time.process_time_ns() - begun)
    return min(taken)
