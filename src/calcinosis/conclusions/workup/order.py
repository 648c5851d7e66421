"""The order of tests: the steps of the pathway, unless a later step settles far more, and then why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from calcinosis.conclusions.workup.gain import Gain
from calcinosis.knowledge.differential_schema import Workup
from calcinosis.knowledge.schema import Investigation

STEPS = ("appearance", "history", "laboratory", "imaging", "histology")


class Placed(Struct, frozen=True):
    """An investigation in its place.

    Attributes:
        lifted: it stands before its step; `why` says what lifted it (empty otherwise).
    """

    investigation: str
    gain: Gain
    lifted: bool
    why: str


def order(
    found: Sequence[Gain],
    investigations: Mapping[str, Investigation],
    rules: Workup,
    first: Mapping[str, str] | None = None,
) -> tuple[Placed, ...]:
    """Tests in pathway order; within a step by gain for the burden.

    Args:
        found: gains of the tests that can tell something.
        investigations: the knowledge's entries by id.
        rules: when a later step may go first, and how burden weighs.
        first: tests that a criterion of the knowledge lifts, with the reason (radiography in autoimmune
            connective tissue disease).
    """
    lifted = dict(first or {})
    placed = [_placed(one, found, investigations, rules, lifted) for one in found]
    return tuple(sorted(placed, key=lambda one: _key(one, investigations, rules, lifted)))


def _placed(
    one: Gain,
    found: Sequence[Gain],
    investigations: Mapping[str, Investigation],
    rules: Workup,
    first: Mapping[str, str],
) -> Placed:
    if one.id in first:
        return Placed(one.id, one, True, first[one.id])
    why = _step_up(one, found, investigations, rules)
    return Placed(one.id, one, bool(why), why)


def _step_up(
    one: Gain, found: Sequence[Gain], investigations: Mapping[str, Investigation], rules: Workup
) -> str:
    """Why a test may go before the earlier steps, or nothing."""
    step = STEPS.index(investigations[one.id].step)
    earlier = [g for g in found if STEPS.index(investigations[g.id].step) < step]
    if not earlier or one.bits < rules.least_bits:
        return ""
    best = max(earlier, key=lambda g: (g.bits, g.id))
    if one.bits < rules.step_up_factor * best.bits:
        return ""
    name = investigations[best.id].name
    return (
        f"goes before the earlier steps because it is expected to settle {one.bits:.2f} bits, "
        f"against {best.bits:.2f} by the best of them ({name})"
    )


def burden(entry: Investigation, rules: Workup) -> float:
    """What a test costs the patient and the purse, in bits that it must bring."""
    return rules.invasiveness_bits[entry.invasiveness] + rules.cost_bits[entry.cost]


def _key(
    one: Placed, investigations: Mapping[str, Investigation], rules: Workup, first: Mapping[str, str]
) -> tuple[bool, bool, int, float, str]:
    entry = investigations[one.investigation]
    step = -1 if one.lifted else STEPS.index(entry.step)
    worth = one.gain.bits - burden(entry, rules)
    return (one.investigation not in first, not one.lifted, step, -worth, one.investigation)
