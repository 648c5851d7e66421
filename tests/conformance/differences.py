"""Where two readers differ on a patient, and the fewest observations on which they still do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isclose, isinf

from msgspec.structs import replace

from calcinosis.model import Finding, Findings, Interval, Status

from .engines import Verdicts
from .rows import Case

CLOSE = 1e-9


def of_findings(one: Findings, other: Findings) -> Iterator[str]:
    """Findings with another status, number or reason, and values of analytes that differ."""
    for name in sorted({*one.by_id, *other.by_id}):
        first, second = one.by_id.get(name), other.by_id.get(name)
        if first is None or second is None or not _same(first, second):
            yield f"{name}: {_shown(first)} / {_shown(second)}"
    measured = [
        {name: found for name, found in each.measured.items() if found.status is Status.PRESENT}
        for each in (one, other)
    ]
    for name in sorted({*measured[0], *measured[1]}):
        first, second = (each.get(name) for each in measured)
        if first is None or second is None or not _same(first, second):
            yield f"measured {name}: {_shown(first)} / {_shown(second)}"


def _same(first: Finding, second: Finding) -> bool:
    if (first.status, first.unit, bool(first.derived)) != (second.status, second.unit, bool(second.derived)):
        return False
    reasons = bool(first.derived) or first.reason == second.reason
    return reasons and _close(first.value, second.value) and _alike(first.interval, second.interval)


def _close(first: float | None, second: float | None) -> bool:
    if first is None or second is None or isinf(first) or isinf(second):
        return first == second
    return isclose(first, second, rel_tol=CLOSE)


def _alike(first: Interval | None, second: Interval | None) -> bool:
    if first is None or second is None:
        return first is second
    return _close(first.low, second.low) and _close(first.high, second.high)


def _shown(found: Finding | None) -> str:
    if found is None:
        return "nothing"
    return f"{found.status} {found.value} {found.interval} {found.unit} {found.reason} {found.derived}"


def of_verdicts(one: Verdicts, other: Verdicts) -> Iterator[str]:
    """Criteria with another verdict."""
    return (f"{key}: {verdict} / {other[key]}" for key, verdict in one.items() if other[key] is not verdict)


def smallest(case: Case, differ: Callable[[Case], bool]) -> Case:
    """The case with every observation left out without which the readers still differ."""
    record, as_of = case
    for one in record.observations:
        fewer = replace(record, observations=tuple(left for left in record.observations if left is not one))
        if differ((fewer, as_of)):
            record = fewer
    return record, as_of
