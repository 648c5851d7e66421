"""The rows of the relations that the plan goes through, for one patient; each knows what it was made of."""

from __future__ import annotations

from typing import NamedTuple

from calcinosis.model import Interval, Observation, Range, Status


class Statement(NamedTuple):
    """A term and what one observation says of it."""

    term: str
    seen: Observation
    says: Status


class Reading(NamedTuple):
    """One result of an analyte.

    Attributes:
        value: the number in the canonical unit, where there is one, and the `interval` that it stands for.
        word: the flag or word beside it: low, normal, high, negative, positive or empty.
        own: the record's own range in the canonical unit, where it has one that can be used.
        weak: true for what a panel's word says of its members.
    """

    analyte: str
    seen: Observation
    value: float | None
    interval: Interval | None
    word: str
    own: Range | None = None
    weak: bool = False


class Judged(NamedTuple):
    """A reading judged low, normal or high; empty where nothing decides. `why` says by what, or why not."""

    reading: Reading
    flag: str
    why: str


class Sign(NamedTuple):
    """What a judged reading says of one finding; `ranged` where its judgement decides and no limit."""

    finding: str
    status: Status
    judged: Judged
    ranged: bool


class Given(NamedTuple):
    """The status that one analyte gives one finding, with the signs it was settled from."""

    analyte: str
    finding: str
    status: Status
    signs: tuple[Sign, ...]
    conflict: bool

    @property
    def weak(self) -> bool:
        """Whether it rests on a panel's word alone."""
        return all(sign.judged.reading.weak for sign in self.signs)
