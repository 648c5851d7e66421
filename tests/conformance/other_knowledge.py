"""Tables that no knowledge base has yet: what they may say, both readers have to read alike.

The knowledge that ships leaves rules unused: nothing combines by `all`, no two ranges overlap, no limit stands
where the normal range ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from msgspec.structs import replace

from calcinosis.criteria import Limits
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.tables import (
    AllergyRow,
    AnalyteRow,
    GivesRow,
    KinRow,
    PreferRow,
    RangeRow,
    Tables,
    TermRow,
)


def altered(knowledge: Knowledge, random: Random) -> Knowledge:
    """The knowledge with other tables; codes, words, units and the order of the vocabulary stay."""
    other = Knowledge(knowledge.contents)
    # A cached property: what is set here is what is asked for from now on.
    other.__dict__["tables"] = _tables(knowledge.tables, random)
    return other


def _tables(tables: Tables, random: Random) -> Tables:
    ranges = tuple(_ranges(tables.range, random))
    gives = tuple(_gives(tables.gives, ranges, random))
    return replace(
        tables,
        term=tuple(_term(row, random) for row in tables.term),
        kin=tuple(_kin(tables, random)),
        allergy=tuple(AllergyRow(row.named, row.allergy, random.random() < 0.5) for row in tables.allergy),
        analyte=tuple(_analyte(row, random) for row in tables.analyte),
        range=ranges,
        gives=gives,
        prefer=tuple(_prefer(gives, random)),
        formula=tuple(
            replace(
                row,
                max_days_apart=random.choice((None, 0, 1, 7)),
                stands_days=random.choice((None, 0, 7)),
                applies=random.choice((row.applies, None)),
            )
            for row in tables.formula
        ),
    )


def _term(row: TermRow, random: Random) -> TermRow:
    return replace(
        row,
        family=row.family != (random.random() < 0.05),
        current=random.random() < 0.3,
        of_lesion=random.random() < 0.3,
        locally=random.random() < 0.3,
        combine=random.choice(("any", "all", "prefer")),
        prefer_days=random.choice((None, 0, 1, 7)),
    )


def _kin(tables: Tables, random: Random) -> Iterator[KinRow]:
    yield from tables.kin
    yield from (KinRow(row.disease, random.choice(tables.term).term) for row in tables.kin)


def _analyte(row: AnalyteRow, random: Random) -> AnalyteRow:
    return replace(row, window_days=random.choice((1, 7, 90, 365, 100_000)))


def _ranges(rows: tuple[RangeRow, ...], random: Random) -> Iterator[RangeRow]:
    """Each twice, the second for one sex or other ages, its ends elsewhere; in any order of place."""
    for row in rows:
        age_from = random.choice((row.age_from, 0.0, 18.0))
        other = replace(
            row,
            low=random.choice((row.low, row.high, None)),
            high=random.choice((row.high, None)),
            age_from=age_from,
            age_to=random.choice((age_from + 1, 200.0)),
            sex=random.choice(("", "female", "male")),
        )
        places = random.sample((10 * row.place, 10 * row.place + 1), 2)
        pair = (replace(row, place=places[0]), replace(other, place=places[1]))
        yield from sorted(pair, key=lambda one: one.place)


def _gives(rows: tuple[GivesRow, ...], ranges: tuple[RangeRow, ...], random: Random) -> Iterator[GivesRow]:
    """Limits of every sort, also where a range of the analyte ends, for some ages; one finding by many."""
    for row in rows:
        ends = [end for one in ranges if one.analyte == row.analyte for end in (one.low, one.high) if end]
        if row.flag:
            yield replace(row, flag=random.choice(("low", "high")))
        else:
            yield replace(row, limits=_limits(row.limits, ends, random), age_from=random.choice((0.0, 18.0)))
        if random.random() < 0.5:
            yield replace(row, finding=random.choice(rows).finding, place=row.place + 100)


def _limits(limits: Limits, ends: list[float], random: Random) -> Limits:
    written = [
        limit for limit in (limits.above, limits.at_least, limits.below, limits.at_most) if limit is not None
    ]
    one = random.choice((*written, *ends))
    side = random.choice(("above", "at_least", "below", "at_most", "both"))
    return Limits(at_least=one, below=2 * one) if side == "both" else Limits(**{side: one})


def _prefer(gives: tuple[GivesRow, ...], random: Random) -> Iterator[PreferRow]:
    """Some of the analytes of each finding, in any order."""
    found: dict[str, set[str]] = {}
    for row in gives:
        found.setdefault(row.finding, set()).add(row.analyte)
    for finding, analytes in found.items():
        listed = random.sample(sorted(analytes), random.randint(0, len(analytes)))
        yield from (PreferRow(finding, analyte, place) for place, analyte in enumerate(listed))
