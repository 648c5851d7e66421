"""Expected information gain of an investigation over the open question: which disease, which form.

The question is the whole list of hypotheses, so that the forms of calcinosis (and with them subtype and
cause) count as answers, not only calcinosis or not. An investigation answers several findings at once;
the few that tell most are taken jointly, so that what they share is not counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from math import log2

import msgspec
from msgspec import Struct

from calcinosis.conclusions.differential import Differential
from calcinosis.conclusions.differential.likelihood import Rates, Tables
from calcinosis.knowledge.schema import Investigation
from calcinosis.model import Finding, Findings, Status

# Findings of one investigation taken jointly, and results and candidates shown to the reader.
_JOINT = 4
_SHOWN = 3


class Shift(Struct, frozen=True):
    """What a result does to one candidate."""

    id: str
    name: str
    before: float
    after: float


class Outcome(Struct, frozen=True):
    """One possible result of a test: how likely it is, and which candidates it moves most."""

    finding: str
    label: str
    status: str
    probability: float
    shifts: tuple[Shift, ...]


class Gain(Struct, frozen=True, kw_only=True):
    """What an investigation is expected to tell.

    Attributes:
        bits: expected fall of the entropy over all hypotheses; `diagnosis_bits` over the entries alone,
            where the forms of calcinosis count as one.
        settles: unknown findings it answers, the most telling first.
        outcomes: what each result of the most telling findings would do.
    """

    id: str
    bits: float
    diagnosis_bits: float
    settles: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


def gains(
    found: Differential, findings: Findings, investigations: Iterable[Investigation]
) -> tuple[Gain, ...]:
    """Gain of each investigation that can answer something unknown, highest first."""
    all_gains = [gain(found, findings, entry) for entry in investigations]
    return tuple(sorted((one for one in all_gains if one.settles), key=lambda one: (-one.bits, one.id)))


def gain(found: Differential, findings: Findings, entry: Investigation) -> Gain:
    """What `entry` would tell about the hypotheses of `found`, given what `findings` tell already."""
    tables, shares = found.posterior.tables, found.posterior.probabilities
    open_rows = _open(entry.answers, findings, tables)
    ranked = sorted(open_rows, key=lambda name: (-_information([_effective(name, tables)], shares), name))
    joint = [_effective(name, tables) for name in ranked[:_JOINT]]
    entries = _by_entry(found)
    return Gain(
        id=entry.id,
        bits=_information(joint, shares),
        diagnosis_bits=_information(joint, shares, entries),
        settles=tuple(ranked),
        outcomes=tuple(
            outcome
            for name in ranked[:_SHOWN]
            for status in (Status.PRESENT, Status.ABSENT)
            if (outcome := _outcome(found, findings, name, status)) is not None
        ),
    )


def _open(answers: Sequence[str], findings: Findings, tables: Tables) -> list[str]:
    """Answers that are unknown and that some disease speaks of."""
    return [name for name in answers if name in tables.rows and findings.status(name) is Status.UNKNOWN]


def _effective(name: str, tables: Tables) -> Rates:
    """Rates drawn towards one half as far as the calibration draws the evidence."""
    t = tables.temperature
    return tuple(rate**t / (rate**t + (1.0 - rate) ** t) for rate in tables.rates[name])


def _by_entry(found: Differential) -> list[int]:
    """Number of the entry that each hypothesis belongs to."""
    number = {name: place for place, name in enumerate(found.engine.entries)}
    return [number[h.entry] for h in found.posterior.tables.hypotheses]


def _information(rates: Sequence[Rates], shares: Rates, groups: Sequence[int] | None = None) -> float:
    """Mutual information in bits between the joint result and the hypotheses (or groups of them)."""
    if not rates:
        return 0.0
    after = sum(_branch(signs, rates, shares, groups) for signs in product((True, False), repeat=len(rates)))
    return max(_entropy(_grouped(shares, groups)) - after, 0.0)


def _branch(
    signs: Sequence[bool], rates: Sequence[Rates], shares: Rates, groups: Sequence[int] | None
) -> float:
    """Probability of one joint result times the entropy that it leaves."""
    held = list(shares)
    for present, row in zip(signs, rates, strict=True):
        held = [share * (rate if present else 1.0 - rate) for share, rate in zip(held, row, strict=True)]
    whole = sum(held)
    return whole * _entropy([share / whole for share in _grouped(held, groups)]) if whole > 0 else 0.0


def _grouped(shares: Sequence[float], groups: Sequence[int] | None) -> Sequence[float]:
    if groups is None:
        return shares
    totals = [0.0] * (max(groups) + 1)
    for share, group in zip(shares, groups, strict=True):
        totals[group] += share
    return totals


def _entropy(shares: Iterable[float]) -> float:
    return -sum(share * log2(share) for share in shares if share > 0.0)


def _outcome(found: Differential, findings: Findings, name: str, status: Status) -> Outcome | None:
    """The differential as it would be with this result; None where the result cannot occur."""
    tables, shares = found.posterior.tables, found.posterior.probabilities
    rate = sum(share * r for share, r in zip(shares, tables.rates[name], strict=True))
    after = found.engine.differential(_with(findings, name, status), found.setting)
    moved = sorted(
        found.candidates,
        key=lambda c: (-abs(after.probabilities[c.id] - c.probability), c.id),
    )
    return Outcome(
        finding=name,
        label=tables.labels.get(name, name),
        status=status.value,
        probability=rate if status is Status.PRESENT else 1.0 - rate,
        shifts=tuple(Shift(c.id, c.name, c.probability, after.probabilities[c.id]) for c in moved[:_SHOWN]),
    )


def _with(findings: Findings, name: str, status: Status) -> Findings:
    more = {**findings.by_id, name: Finding(id=name, status=status)}
    return msgspec.structs.replace(findings, by_id=more)
