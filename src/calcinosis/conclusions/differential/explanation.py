"""What raised and what lowered each candidate, by how much, and why a candidate is not on top."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

from msgspec import Struct

from calcinosis.conclusions.differential.inference import Piece, Posterior
from calcinosis.conclusions.differential.likelihood import Tables
from calcinosis.knowledge.differential_schema import Cell
from calcinosis.model import Status

# Natural logarithm to decibans (ten times the decimal logarithm).
_DECIBANS = 10.0 / log(10.0)
_WORDS = {status: status.value for status in Status}
# A bar of fewer decibans is not drawn.
_VISIBLE = 1e-6


class Contribution(Struct, frozen=True, kw_only=True, gc=False):
    """What one finding adds to the odds of a candidate against its rival.

    Attributes:
        status: present, absent; `value` and `unit` where a number was used.
        decibans: ten times the decimal logarithm of the likelihood ratio that was counted.
        full_decibans: the same before shrinkage for overlap and calibration.
        expected: probability of the finding in the candidate; `rival_expected` in the rival.
        basis: published or proposal; `stated` is false where neither disease states the finding and
            the background rate was used.
    """

    finding: str
    label: str
    status: str
    decibans: float
    full_decibans: float
    expected: float | None
    rival_expected: float | None
    stated: bool
    basis: str
    sources: tuple[str, ...]
    value: float | None = None
    unit: str = ""


class Step(Struct, frozen=True, kw_only=True):
    """One bar of a waterfall: from `start` to `end` decibans of odds against the rival."""

    label: str
    decibans: float
    start: float
    end: float
    finding: str = ""


class Explanation(Struct, frozen=True, kw_only=True):
    """Why a candidate stands where it stands, as its leading form against its strongest rival.

    Attributes:
        form: the hypothesis that carries the candidate; `rival`: what it is weighed against.
        prior_decibans: odds before any finding; `odds_decibans` after all of them.
    """

    candidate: str
    form: str
    form_name: str
    rival: str
    rival_name: str
    prior_decibans: float
    odds_decibans: float
    supporting: tuple[Contribution, ...]
    opposing: tuple[Contribution, ...]

    @property
    def waterfall(self) -> tuple[Step, ...]:
        """The prior first, then what moved the odds most; the last bar ends at the odds."""
        ordered = sorted((*self.supporting, *self.opposing), key=_weightiest)
        return _waterfall(self.prior_decibans, ordered, self.odds_decibans)


def explain(found: Posterior, candidate: str, rival: str = "") -> Explanation:
    """Weigh `candidate` against `rival`, or against the strongest other candidate.

    Args:
        found: what inference concluded.
        candidate: id of an entry or of one of its forms.
        rival: id of an entry or form; empty for the strongest other.
    """
    own, against = _pair(found, candidate, rival)
    given = [_contribution(found.tables, piece, own, against) for piece in found.pieces]
    given.sort(key=_weightiest)
    return _explanation(found, candidate, (own, against), given)


def standing(found: Posterior, candidate: str) -> Explanation:
    """Where `candidate` stands against the strongest other, without the reasons."""
    return _explanation(found, candidate, _pair(found, candidate, ""), ())


def _explanation(
    found: Posterior, candidate: str, pair: tuple[int, int], given: Sequence[Contribution]
) -> Explanation:
    own, against = pair
    tables = found.tables
    return Explanation(
        candidate=candidate,
        form=tables.hypotheses[own].id,
        form_name=tables.hypotheses[own].name,
        rival=tables.hypotheses[against].id,
        rival_name=tables.hypotheses[against].name,
        prior_decibans=(found.log_priors[own] - found.log_priors[against]) * _DECIBANS,
        odds_decibans=log(found.probabilities[own] / found.probabilities[against]) * _DECIBANS,
        supporting=tuple([one for one in given if one.decibans > 0]),
        opposing=tuple([one for one in given if one.decibans < 0]),
    )


def _pair(found: Posterior, candidate: str, rival: str) -> tuple[int, int]:
    """The leading forms of the candidate and of what it is weighed against."""
    own = _leader(found, _places(found, candidate))
    return own, _leader(found, _places(found, rival) if rival else _others(found, own))


def _weightiest(one: Contribution) -> tuple[float, str]:
    return -abs(one.decibans), one.finding


def _places(found: Posterior, candidate: str) -> list[int]:
    """Hypotheses of an entry, or the one form of that id."""
    tables = found.tables
    return tables.entries.get(candidate) or [tables.position[candidate]]


def _others(found: Posterior, own: int) -> list[int]:
    hypotheses = found.tables.hypotheses
    entry = hypotheses[own].entry
    return [place for place, h in enumerate(hypotheses) if h.entry != entry]


def _leader(found: Posterior, places: list[int]) -> int:
    """The most probable of some hypotheses, the first of equal ones."""
    shares = found.probabilities
    return max(places, key=shares.__getitem__)


class _Behind(Struct, frozen=True, gc=False):
    """What a finding rests on for one pair of hypotheses; the same for every patient."""

    label: str
    expected: float | None
    rival_expected: float | None
    stated: bool
    basis: str
    sources: tuple[str, ...]


def _contribution(tables: Tables, piece: Piece, own: int, against: int) -> Contribution:
    behind = _behind(tables, piece, own, against)
    full = (piece.logs[own] - piece.logs[against]) * _DECIBANS
    return Contribution(
        finding=piece.finding,
        label=behind.label,
        status=_WORDS[piece.status],
        decibans=full * piece.weight * tables.temperature,
        full_decibans=full,
        expected=behind.expected,
        rival_expected=behind.rival_expected,
        stated=behind.stated,
        basis=behind.basis,
        sources=behind.sources,
        value=piece.value,
        unit=piece.unit,
    )


def _behind(tables: Tables, piece: Piece, own: int, against: int) -> _Behind:
    cells = [cell for place in (own, against) if (cell := _cell(tables, piece.row, place)) is not None]
    rates = tables.rates.get(piece.row)
    return _Behind(
        label=tables.labels.get(piece.finding, piece.finding),
        expected=rates[own] if rates else None,
        rival_expected=rates[against] if rates else None,
        stated=bool(cells),
        basis="published" if cells and all(c.basis == "published" for c in cells) else "proposal",
        sources=tuple(dict.fromkeys(source for cell in cells for source in cell.sources)),
    )


def _cell(tables: Tables, row: str, place: int) -> Cell | None:
    """The cell behind a row; for a number, that of the band that holds most of the disease."""
    cells = tables.cells.get(tables.hypotheses[place].disease, {})
    if row in tables.bands:
        stated = [cells[member] for member in tables.bands[row] if member in cells]
        return max(stated, key=lambda cell: tables.rates[cell.finding][place], default=None)
    return cells.get(tables.hearsay.get(row, row))


def _waterfall(prior: float, ordered: Sequence[Contribution], odds: float) -> tuple[Step, ...]:
    """Bars from the prior to the odds; the last one is what is taken back for records that mislead."""
    steps = [Step(label="before any finding", decibans=prior, start=0.0, end=prior)]
    for one in ordered:
        start = steps[-1].end
        absent = one.status == Status.ABSENT.value
        label = f"no {one.label}" if absent else one.label
        steps.append(
            Step(
                label=label, decibans=one.decibans, start=start, end=start + one.decibans, finding=one.finding
            )
        )
    reached = steps[-1].end
    if abs(odds - reached) > _VISIBLE:
        steps.append(Step(label="the record may mislead", decibans=odds - reached, start=reached, end=odds))
    return tuple(steps)
