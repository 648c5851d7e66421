"""The knowledge that findings are made with, as small tables of typed rows.

Every reader of the plan (`findings.plan`) reads these and nothing else: the Python one indexes them, a
database loads them as they are. Limits and ranges are in the canonical unit of their analyte.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from calcinosis.criteria import Limits, Node
from calcinosis.criteria.expression import Expression
from calcinosis.knowledge.contents import Contents
from calcinosis.knowledge.schema import Analyte, ReferenceRange, Sex, Threshold
from calcinosis.knowledge.units import factor
from calcinosis.knowledge.vocabulary import Vocabulary

Combine = Literal["one", "any", "all", "prefer"]


class TermRow(Struct, frozen=True):
    """A finding: whose it is, whether the past counts, and how several analytes that give it combine.

    `locally`: whether a drug that is put on or into a place counts.
    """

    term: str
    family: bool
    current: bool
    now: str
    queried: str
    of_lesion: bool
    locally: bool
    vague: bool
    combine: Combine
    prefer_days: int | None


class KinRow(Struct, frozen=True):
    """What `disease` of a relative means for the patient."""

    disease: str
    finding: str


class AllergyRow(Struct, frozen=True):
    """The allergy that a named substance (or the allergy itself) on an allergy list means.

    `denied`: whether its denial denies the allergy: one substance of several does not.
    """

    named: str
    allergy: str
    denied: bool


class AnalyteRow(Struct, frozen=True):
    """Something measured: how long its value counts, what is believed, and the union of its ranges."""

    analyte: str
    unit: str
    window_days: int
    believed_low: float | None
    believed_high: float | None
    ranged: bool
    widest_low: float | None
    widest_high: float | None


class RangeRow(Struct, frozen=True):
    """The fallback range for an age (years, `[age_from, age_to)`) and a sex; the first that fits."""

    analyte: str
    place: int
    low: float | None
    high: float | None
    age_from: float
    age_to: float
    sex: str


class GivesRow(Struct, frozen=True):
    """A finding that an analyte gives: by its judgement (`flag`), or beyond `limits` at an age."""

    analyte: str
    place: int
    finding: str
    flag: Literal["", "low", "high"]
    limits: Limits
    age_from: float
    age_to: float


class PanelRow(Struct, frozen=True):
    """A panel said to be normal says so of each member that has no value of its own."""

    panel: str
    member: str


class PreferRow(Struct, frozen=True):
    """Which analyte decides first where several give a finding."""

    finding: str
    analyte: str
    place: int


class DescendsRow(Struct, frozen=True):
    """`child` implies `parent`, however far up; the denial of a `vague` parent denies no child."""

    child: str
    parent: str
    vague: bool


class RivalRow(Struct, frozen=True):
    """One patient cannot have both."""

    finding: str
    rival: str


class FormulaRow(Struct, frozen=True):
    """A value that follows from others, for patients who meet `applies`, in the order of `place`."""

    formula: str
    place: int
    label: str
    gives: str
    unit: str
    needs: tuple[str, ...]
    expression: Expression
    parameters: dict[str, dict[str, float]]
    applies: Node | None
    max_days_apart: int | None
    stands_days: int | None


class Tables(Struct, frozen=True):
    """All of them."""

    term: tuple[TermRow, ...]
    kin: tuple[KinRow, ...]
    allergy: tuple[AllergyRow, ...]
    analyte: tuple[AnalyteRow, ...]
    range: tuple[RangeRow, ...]
    gives: tuple[GivesRow, ...]
    panel: tuple[PanelRow, ...]
    prefer: tuple[PreferRow, ...]
    descends: tuple[DescendsRow, ...]
    rival: tuple[RivalRow, ...]
    formula: tuple[FormulaRow, ...]


def tables_of(held: Contents, vocabulary: Vocabulary) -> Tables:
    """The tables of a knowledge base."""
    return Tables(
        term=tuple(_terms(held)),
        kin=tuple(
            KinRow(disease, term.id) for term in held.findings.values() for disease in term.in_relatives
        ),
        allergy=tuple(_allergies(held)),
        analyte=tuple(_analyte(one, held) for one in held.analytes.values()),
        range=tuple(row for one in held.analytes.values() for row in _ranges(one, held)),
        gives=tuple(row for one in held.analytes.values() for row in _gives(one, held)),
        panel=tuple(PanelRow(one.id, member) for one in held.analytes.values() for member in one.panel_of),
        prefer=tuple(
            PreferRow(term.id, analyte, place)
            for term in held.findings.values()
            for place, analyte in enumerate(term.prefer)
        ),
        descends=tuple(
            DescendsRow(child, parent, parent in vocabulary.vague)
            for child, above in vocabulary.ancestors.items()
            for parent in sorted(above)
        ),
        rival=tuple(
            RivalRow(name, rival) for name, rivals in vocabulary.rivals.items() for rival in sorted(rivals)
        ),
        formula=tuple(_formulas(held)),
    )


def _terms(held: Contents) -> Iterator[TermRow]:
    locally = frozenset(held.records.routes.local_counts)
    for term in held.findings.values():
        combine: Combine = "prefer" if term.prefer else term.combine or "one"
        yield TermRow(
            term.id,
            term.family,
            term.current,
            term.now,
            term.queried,
            bool(term.of_lesion),
            term.id in locally,
            term.vague,
            combine,
            term.prefer_days,
        )


def _allergies(held: Contents) -> Iterator[AllergyRow]:
    for term in held.findings.values():
        if term.allergy_to:
            for name in (*term.allergy_to, term.id):
                yield AllergyRow(name, term.id, name == term.id or len(term.allergy_to) == 1)


def _analyte(analyte: Analyte, held: Contents) -> AnalyteRow:
    ranges = list(_ranges(analyte, held))
    least, most = analyte.plausible or (None, None)
    return AnalyteRow(
        analyte.id,
        analyte.unit,
        analyte.window_days,
        least,
        most,
        bool(ranges),
        min((row.low for row in ranges if row.low is not None), default=None),
        max((row.high for row in ranges if row.high is not None), default=None),
    )


def _ranges(analyte: Analyte, held: Contents) -> Iterator[RangeRow]:
    for place, listed in enumerate(analyte.ranges):
        by = _factor(analyte, listed, held)
        yield RangeRow(
            analyte.id,
            place,
            _scaled(listed.low, by),
            _scaled(listed.high, by),
            listed.age_from,
            listed.age_to,
            listed.sex,
        )


def _gives(analyte: Analyte, held: Contents) -> Iterator[GivesRow]:
    ranged: tuple[tuple[str, Literal["low", "high"]], ...] = (
        (analyte.above_range, "high"),
        (analyte.below_range, "low"),
        (analyte.positive, "high"),
    )
    flagged = [(finding, flag) for finding, flag in ranged if finding]
    for place, (finding, flag) in enumerate(flagged):
        yield GivesRow(analyte.id, place, finding, flag, Limits(), 0.0, EVER)
    for place, limit in enumerate(analyte.thresholds, len(flagged)):
        yield GivesRow(
            analyte.id,
            place,
            limit.finding,
            "",
            _limits(limit, _factor(analyte, limit, held)),
            limit.age_from,
            limit.age_to,
        )


# Above every age: a band that ends here has no end.
EVER = 200.0


def _limits(limit: Threshold, by: float) -> Limits:
    return Limits(
        above=_scaled(limit.above, by),
        at_least=_scaled(limit.at_least, by),
        below=_scaled(limit.below, by),
        at_most=_scaled(limit.at_most, by),
    )


def _factor(analyte: Analyte, written: ReferenceRange | Threshold, held: Contents) -> float:
    """To the canonical unit; for units that the analyte lists it was computed at compilation."""
    if not analyte.unit:
        return 1.0
    known = held.factors.get(analyte.id, {})
    return known[written.unit] if written.unit in known else factor(analyte, written.unit)


def _scaled(bound: float | None, by: float) -> float | None:
    return None if bound is None else bound * by


def _formulas(held: Contents) -> Iterator[FormulaRow]:
    for place, formula in enumerate(held.formulas.values()):
        yield FormulaRow(
            formula.id,
            place,
            formula.label,
            formula.gives,
            held.analytes[formula.gives].unit,
            formula.needs,
            formula.expression,
            {name: _by_sex(by) for name, by in formula.parameters.items()},
            formula.applies,
            formula.max_days_apart,
            formula.stands_days,
        )


def _by_sex(parameter: float | dict[Sex, float]) -> dict[str, float]:
    """The number for each sex; under the empty word the one that holds for everybody."""
    return (
        {str(sex): number for sex, number in parameter.items()}
        if isinstance(parameter, dict)
        else {"": parameter}
    )
