"""How the odds of one candidate come about, from before any finding to after all: one bar a finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

_MOST = 8
_DECIBANS_PER_LOG10 = 10.0


class Bar(Struct, frozen=True):
    """A bar from `left` with `width`, both in percent of the axis; `change` in log10 odds."""

    label: str
    kind: Literal["before", "for", "against", "rest", "after"]
    change: float
    left: float
    width: float


class Waterfall(Struct, frozen=True):
    """The bars from top to bottom, and where zero (even odds) stands, in percent of the axis."""

    rival: str
    zero: float
    bars: tuple[Bar, ...]


class _Move(Struct, frozen=True):
    label: str
    kind: Literal["before", "for", "against", "rest", "after"]
    start: float
    end: float


def waterfall(entry: Mapping[str, Any]) -> Waterfall | None:
    """The figure for one entry of the differential; none when it carries no contributions.

    Args:
        entry: `for` and `against` with `label`, `status` and `decibans` each, `prior_decibans` and
            `rival_name`, as the output contract has them.
    """
    said = sorted(
        [one for one in [*entry.get("for", ()), *entry.get("against", ())] if "decibans" in one],
        key=lambda one: -abs(one["decibans"]),
    )
    if not said or "prior_decibans" not in entry:
        return None
    moves = list(_moves(float(entry["prior_decibans"]), said))
    low = min(0.0, *(min(move.start, move.end) for move in moves))
    high = max(0.0, *(max(move.start, move.end) for move in moves))
    span = (high - low) or 1.0
    return Waterfall(
        str(entry.get("rival_name") or entry.get("rival", "")),
        _percent(-low, span),
        tuple(_bar(move, low, span) for move in moves),
    )


def _moves(prior: float, said: Sequence[Mapping[str, Any]]) -> Iterator[_Move]:
    yield _Move("before any finding", "before", 0.0, prior)
    place = prior
    for one in said[:_MOST]:
        label = f"no {one['label']}" if one.get("status") == "absent" else str(one["label"])
        end = place + one["decibans"]
        yield _Move(label, "for" if end > place else "against", place, end)
        place = end
    if len(said) > _MOST:
        end = place + sum(one["decibans"] for one in said[_MOST:])
        yield _Move(f"{len(said) - _MOST} smaller ones together", "rest", place, end)
        place = end
    yield _Move("after all findings", "after", 0.0, place)


def _bar(move: _Move, low: float, span: float) -> Bar:
    left = min(move.start, move.end) - low
    width = max(abs(move.end - move.start), span * 0.004)  # a bar of nothing is still seen
    return Bar(
        move.label,
        move.kind,
        (move.end - move.start) / _DECIBANS_PER_LOG10,
        _percent(left, span),
        _percent(width, span),
    )


def _percent(part: float, whole: float) -> float:
    return round(100 * part / whole, 2)
