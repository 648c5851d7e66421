"""The order of tests: the steps of the pathway, unless a later step settles far more, and then why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from calcinosis.conclusions.workup.gain import Gain
from calcinosis.knowledge.differential_schema import Workup
from calcinosis.knowledge.schema import Investigation

STEPS = ("appearance", "history", "laboratory", "imaging", "histology")


def step_up(
    one: Gain, found: Sequence[Gain], investigations: Mapping[str, Investigation], rules: Workup
) -> str:
    """Why a test may go before the earlier steps, or nothing when it may not.

    Args:
        one: the test in question.
        found: the tests that are open, this one among them.
        investigations: the knowledge's entries by id.
        rules: how much more a later step must settle.
    """
    step = STEPS.index(investigations[one.id].step)
    earlier = [g for g in found if STEPS.index(investigations[g.id].step) < step]
    if not earlier or one.bits < rules.least_bits:
        return ""
    best = max(earlier, key=lambda g: (g.bits, g.id))
    if one.bits < rules.step_up_factor * best.bits:
        return ""
    return (
        f"Goes before the earlier steps because it is expected to settle {one.bits:.2f} bits, "
        f"against {best.bits:.2f} by the best of them ({investigations[best.id].name})."
    )


def worth(bits: float, changes: int, entry: Investigation, rules: Workup) -> float:
    """Bits a test brings, with those of the subtype verdicts it can change, less its burden in bits."""
    return bits + rules.verdict_bits * changes - burden(entry, rules)


def burden(entry: Investigation, rules: Workup) -> float:
    """What a test costs the patient and the purse, in bits that it must bring."""
    return rules.invasiveness_bits[entry.invasiveness] + rules.cost_bits[entry.cost]
