"""Expected information gain of an investigation over the open question: which disease, which form.

The question is the list of hypotheses that are still likely, so that the forms of calcinosis (and with
them subtype and cause) count as answers, not only calcinosis or not. An investigation answers several
findings at once; the two that tell most are taken jointly, so that what they share is not counted twice.
Gain is the expected fall of the entropy as this program would update, with its calibration. Hypotheses
below a share of `_LEAST` are left out and the others made to add up to one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from math import exp, log, log2
from operator import mul, sub

from msgspec import Struct

from calcinosis.conclusions.differential.inference import absence_weight, added
from calcinosis.conclusions.differential.likelihood import Tables
from calcinosis.conclusions.differential.ranking import Differential
from calcinosis.knowledge.schema import Investigation
from calcinosis.model import Findings, Status

# Results and candidates shown to the reader.
_SHOWN = 3
# Hypotheses rarer than this are left out of the sums.
_LEAST = 5e-3
# An investigation whose best answers promise fewer bits than this is not worked out any further.
_FAINT = 2e-3


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
    """One finding: its rates over the open hypotheses, and about how many bits it tells alone."""

    name: str
    rates: list[float]
    about: float


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
    places = tuple([place for place, share in enumerate(shares) if share >= _LEAST])
    whole = sum([shares[place] for place in places])
    return _Question(
        places=places,
        shares=tuple([shares[place] / whole for place in places]),
        entries=tuple([number[tables.hypotheses[place].entry] for place in places]),
        tables=tables,
    )


def _gain(question: _Question, findings: Findings, entry: Investigation, known: dict[str, _Answer]) -> Gain:
    """What `entry` would tell; `known` keeps the answers met before."""
    answers = [_answer(name, question, known) for name in _open(entry.answers, findings, question.tables)]
    answers.sort(key=lambda one: (-one.about, one.name))
    bits, diagnosis_bits = _told(question, answers[:2])
    return Gain(
        id=entry.id,
        bits=bits,
        diagnosis_bits=diagnosis_bits,
        settles=tuple([one.name for one in answers]),
    )


def _open(answers: Sequence[str], findings: Findings, tables: Tables) -> list[str]:
    """Answers that are unknown and that some disease speaks of."""
    rates, known = tables.rates, findings.by_id
    return [
        name
        for name in answers
        if name in rates and (name not in known or known[name].status is Status.UNKNOWN)
    ]


def _answer(name: str, question: _Question, known: dict[str, _Answer]) -> _Answer:
    """A finding over the open hypotheses.

    Its bits are estimated by the second-order expansion of the mutual information of a yes or no with the
    hypotheses: the variance of the rate between them over twice that within, which only ranks answers.
    """
    if name not in known:
        every = question.tables.rates[name]
        rates = [every[place] for place in question.places]
        weighted = list(map(mul, question.shares, rates))
        mean = sum(weighted)
        square = sum(map(mul, weighted, rates))
        known[name] = _Answer(name, rates, (square - mean * mean) / (2 * log(2) * mean * (1 - mean)))
    return known[name]


_Branch = tuple[list[float], list[float]]


def _told(question: _Question, answers: Sequence[_Answer]) -> tuple[float, float]:
    """Expected fall of the entropy over the hypotheses, and over the entries, by the answers jointly."""
    if sum([one.about for one in answers]) < _FAINT:
        return 0.0, 0.0
    start = list(question.shares)
    branches: list[_Branch] = [(start, start)]
    for answer in answers:
        yes, no = _factors(answer.name, question)
        branches = [half for branch in branches for half in _halves(answer.rates, yes, no, *branch)]
    held = [(sum(chance), after) for chance, after in branches]
    single = len(set(question.entries)) == len(question.entries)
    bits = _entropy(start) - sum([chance * _entropy(after) for chance, after in held])
    if single:
        return max(bits, 0.0), max(bits, 0.0)
    grouped = [(chance, _grouped(after, question.entries)) for chance, after in held]
    before = _entropy(_grouped(start, question.entries))
    fallen = before - sum([chance * _entropy(after) for chance, after in grouped])
    return max(bits, 0.0), max(fallen, 0.0)


def _halves(
    rates: list[float], yes: list[float], no: list[float], chance: list[float], after: list[float]
) -> tuple[_Branch, _Branch]:
    """A branch parted by yes and no: by the plain rates what will come, by the tempered what is concluded."""
    said = list(map(mul, chance, rates))
    unsaid = list(map(sub, chance, said))
    return (said, list(map(mul, after, yes))), (unsaid, list(map(mul, after, no)))


def _factors(name: str, question: _Question) -> tuple[list[float], list[float]]:
    """Factors of the two updates over the open hypotheses."""
    yes, no = _every_factor(name, question.tables)
    return [yes[place] for place in question.places], [no[place] for place in question.places]


def _every_factor(name: str, tables: Tables) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Factors of the two updates over all hypotheses, kept with the tables."""
    held = tables.factors.get(name)
    if held is None:
        row, part = tables.rows[name], absence_weight(name, tables)
        yes = tuple([exp(tables.temperature * one) for one in row.present])
        no = tuple([exp(tables.temperature * part * one) for one in row.absent])
        held = tables.factors[name] = (yes, no)
    return held


def _grouped(shares: Sequence[float], entries: Sequence[int]) -> list[float]:
    totals: dict[int, float] = {}
    for share, entry in zip(shares, entries, strict=True):
        totals[entry] = totals.get(entry, 0.0) + share
    return list(totals.values())


def _entropy(shares: Sequence[float]) -> float:
    """Entropy in bits of shares that need not add up to one."""
    whole = sum(shares)
    if whole <= 0.0:
        return 0.0
    return log2(whole) - sum([share * log2(share) for share in shares if share > 0.0]) / whole


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
    rate = sum([share * r for share, r in zip(shares, tables.rates[name], strict=True)])
    after = found.engine.grouped(added(found.posterior, findings, name, status))
    before = found.probabilities
    moved = nsmallest(_SHOWN, before, key=lambda entry: (-abs(after[entry] - before[entry]), entry))
    return Outcome(
        finding=name,
        label=tables.labels.get(name, name),
        status=status.value,
        probability=rate if status is Status.PRESENT else 1.0 - rate,
        shifts=tuple([Shift(entry, found.name(entry), before[entry], after[entry]) for entry in moved]),
    )
