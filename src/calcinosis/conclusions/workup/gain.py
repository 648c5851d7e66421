"""Expected information gain of an investigation over the open question: which disease, which form.

The question is the whole list of hypotheses, so that the forms of calcinosis (and with them subtype and
cause) count as answers, not only calcinosis or not. An investigation answers several findings at once;
the few that tell most are taken jointly, so that what they share is not counted twice. Gain is the
expected fall of the entropy as this program would update, with its calibration.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import exp, log2

import msgspec
from msgspec import Struct

from calcinosis.conclusions.differential import Differential
from calcinosis.conclusions.differential.likelihood import Rates, Tables
from calcinosis.knowledge.schema import Investigation
from calcinosis.model import Finding, Findings, Status

# Findings of one investigation taken jointly, and results and candidates shown to the reader.
_JOINT = 3
_SHOWN = 3
# Hypotheses rarer than this are left out of the sums.
_LEAST = 1e-3


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
    """

    id: str
    bits: float
    diagnosis_bits: float
    settles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Question:
    """The hypotheses still open, with their shares and the entry that each belongs to."""

    places: tuple[int, ...]
    shares: tuple[float, ...]
    entries: tuple[int, ...]
    tables: Tables


@dataclass(frozen=True, slots=True)
class _Answer:
    """One finding: its rates over the open hypotheses, and the factors of the two updates."""

    rates: tuple[float, ...]
    present: tuple[float, ...]
    absent: tuple[float, ...]


def gains(
    found: Differential, findings: Findings, investigations: Iterable[Investigation]
) -> tuple[Gain, ...]:
    """Gain of each investigation that can answer something unknown, highest first."""
    question = _question(found)
    known: dict[str, _Answer] = {}
    made = [_gain(question, findings, entry, known) for entry in investigations]
    return tuple(sorted((one for one in made if one.settles), key=lambda one: (-one.bits, one.id)))


def _question(found: Differential) -> _Question:
    shares = found.posterior.probabilities
    tables = found.posterior.tables
    number = {name: place for place, name in enumerate(tables.entries)}
    places = tuple(place for place, share in enumerate(shares) if share >= _LEAST)
    whole = sum(shares[place] for place in places)
    return _Question(
        places=places,
        shares=tuple(shares[place] / whole for place in places),
        entries=tuple(number[tables.hypotheses[place].entry] for place in places),
        tables=tables,
    )


def _gain(question: _Question, findings: Findings, entry: Investigation, known: dict[str, _Answer]) -> Gain:
    """What `entry` would tell; `known` keeps the answers met before."""
    answers = {
        name: _answer(name, question, known) for name in _open(entry.answers, findings, question.tables)
    }
    alone = {name: _left(_branches(question, [answer])) for name, answer in answers.items()}
    ranked = sorted(answers, key=lambda name: (alone[name], name))
    branches = _branches(question, [answers[name] for name in ranked[:_JOINT]])
    grouped = [(chance, _grouped(after, question.entries)) for chance, after in branches]
    return Gain(
        id=entry.id,
        bits=max(_entropy(question.shares) - _left(branches), 0.0) if ranked else 0.0,
        diagnosis_bits=max(_entropy(_grouped(question.shares, question.entries)) - _left(grouped), 0.0),
        settles=tuple(ranked),
    )


def _open(answers: Sequence[str], findings: Findings, tables: Tables) -> list[str]:
    """Answers that are unknown and that some disease speaks of."""
    return [name for name in answers if name in tables.rows and findings.status(name) is Status.UNKNOWN]


def _answer(name: str, question: _Question, known: dict[str, _Answer]) -> _Answer:
    if name not in known:
        tables, row = question.tables, question.tables.rows[name]
        part = tables.tested_absence if name in tables.tested else tables.absence
        rates: Rates = tables.rates[name]
        known[name] = _Answer(
            rates=tuple(rates[place] for place in question.places),
            present=tuple(exp(tables.temperature * row.present[place]) for place in question.places),
            absent=tuple(exp(tables.temperature * part * row.absent[place]) for place in question.places),
        )
    return known[name]


_Branch = tuple[float, Sequence[float]]


def _branches(question: _Question, answers: Sequence[_Answer]) -> list[_Branch]:
    """Every joint result: its probability and the shares that it leaves."""
    return [_branch(question, answers, signs) for signs in product((True, False), repeat=len(answers))]


def _left(branches: Iterable[_Branch]) -> float:
    """Entropy in bits that is expected to be left."""
    return sum(chance * _entropy(after) for chance, after in branches)


def _branch(question: _Question, answers: Sequence[_Answer], signs: Sequence[bool]) -> _Branch:
    """Probability of one joint result and the shares that it leaves."""
    chance, held = list(question.shares), list(question.shares)
    for answer, sign in zip(answers, signs, strict=True):
        factors = answer.present if sign else answer.absent
        held = [share * factor for share, factor in zip(held, factors, strict=True)]
        if sign:
            chance = [share * rate for share, rate in zip(chance, answer.rates, strict=True)]
        else:
            chance = [share * (1.0 - rate) for share, rate in zip(chance, answer.rates, strict=True)]
    whole = sum(held) or 1.0
    return sum(chance), [share / whole for share in held]


def _grouped(shares: Sequence[float], entries: Sequence[int]) -> list[float]:
    totals: dict[int, float] = {}
    for share, entry in zip(shares, entries, strict=True):
        totals[entry] = totals.get(entry, 0.0) + share
    return list(totals.values())


def _entropy(shares: Iterable[float]) -> float:
    return -sum([share * log2(share) for share in shares if share > 0.0])


def outcomes(
    found: Differential, findings: Findings, names: Sequence[str], most: int = 2
) -> tuple[Outcome, ...]:
    """What each result of the first `most` findings would make of the differential."""
    return tuple(
        _outcome(found, findings, name, status)
        for name in names[:most]
        for status in (Status.PRESENT, Status.ABSENT)
    )


def _outcome(found: Differential, findings: Findings, name: str, status: Status) -> Outcome:
    tables, shares = found.posterior.tables, found.posterior.probabilities
    rate = sum(share * r for share, r in zip(shares, tables.rates[name], strict=True))
    after = found.engine.differential(_with(findings, name, status), found.setting).probabilities
    before = found.probabilities
    moved = sorted(before, key=lambda entry: (-abs(after[entry] - before[entry]), entry))[:_SHOWN]
    return Outcome(
        finding=name,
        label=tables.labels.get(name, name),
        status=status.value,
        probability=rate if status is Status.PRESENT else 1.0 - rate,
        shifts=tuple(Shift(entry, found.name(entry), before[entry], after[entry]) for entry in moved),
    )


def _with(findings: Findings, name: str, status: Status) -> Findings:
    more = {**findings.by_id, name: Finding(id=name, status=status)}
    return msgspec.structs.replace(findings, by_id=more)
