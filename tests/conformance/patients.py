"""Patients made to be difficult: values at limits, every way to write a unit, ties, gaps, contradictions.

A patient is drawn around a few topics, so that what is said of one thing meets. All of one example come from one
number: a strategy that chose every field would be out of choices after two patients.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import nextafter
from random import Random

from hypothesis import strategies as st
from msgspec.structs import replace

from calcinosis.criteria import Branch, leaves, nodes
from calcinosis.findings.index import index_of
from calcinosis.knowledge import Knowledge
from calcinosis.model import (
    LOCALLY,
    Assertion,
    Code,
    Kind,
    Moment,
    Observation,
    Patient,
    Quantity,
    Range,
    Record,
)
from calcinosis.records.units import with_units

from .rows import Case

AS_OF = datetime(2026, 1, 1, 23, 59, 59)
DAY = timedelta(days=1)
WORDS = (
    *("positive", "Negative.", "not detected", "detected", "normal", "low", "high", "no", "No", "yes", "0"),
    *("none", "absent", "abnormal", "trace", "see report", ""),
    *("Negative (<1:40)", "Positive 1:640", "yes, since 2019", "Absent (qualifier value)", "not done"),
)
TITRES = (
    "1:40",
    "1:159",
    "1:160",
    "1/160",
    "<1:40",
    "<1:640",
    ">1:80",
    ">=1:1280",
    "=1:320",
    " 1 : 640 ",
    "1:0",
)
# What a value has to be beyond a limit by to be normal in no laboratory.
FAR = 1.5
FLAGS = ("", "", "", "", "", "low", "normal", "high", "negative", "positive")
COMPARATORS = ("", "", "", "<", "<=", ">", ">=")
# Ages at which something of the growing body, of ranges and of formulas changes.
AGES = (0.0, 0.02, 0.08, 0.5, 1.0, 2.0, 9.99, 12.0, 15.0, 17.99, 18.0, 40.0, 54.0, 65.0, 90.0, 130.0)
# What other values are computed from.
PARTS = ("serum_calcium_total", "serum_albumin", "serum_phosphate", "serum_creatinine", "body_height")


def batches(knowledge: Knowledge, size: int) -> st.SearchStrategy[list[Case]]:
    """Some patients each on the day of a consultation."""
    made = Maker(knowledge)
    numbers = st.integers(0, 2**48)
    return numbers.map(lambda number: [made.case(Random(f"{number}.{one}")) for one in range(size)])


class Maker:
    """Draws patients of what a knowledge base speaks of."""

    def __init__(self, knowledge: Knowledge) -> None:
        held, tables = knowledge.contents, knowledge.tables
        self.knowledge = knowledge
        self.order = knowledge.vocabulary
        self.terms = sorted(held.findings)
        self.analytes = sorted(held.analytes)
        self.units = {
            name: ("", "%", "mm[Hg]", "furlong", *factors) for name, factors in held.factors.items()
        }
        self.factors = held.factors
        self.canonical = {row.analyte: row.unit for row in tables.analyte}
        self.windows = {row.analyte: row.window_days for row in tables.analyte}
        self.panels = sorted({row.panel for row in tables.panel})
        self.members = {
            panel: [row.member for row in tables.panel if row.panel == panel] for panel in self.panels
        }
        self.products = sorted({row.gives for row in tables.formula})
        self.panels_of_products = sorted({row.panel for row in tables.panel if row.member in self.products})
        self.limits = _limits(knowledge)
        self.ages = sorted(
            {*AGES, *(age for row in (*tables.range, *tables.gives) for age in (row.age_from, row.age_to))}
        )
        self.sharing = _sharing(knowledge)
        trees = knowledge.shelf.trees.values()
        self.criteria = [listed for tree in trees if (listed := list(dict.fromkeys(leaves(tree))))]
        self.counting = [
            list(dict.fromkeys(leaves(tree)))
            for tree in trees
            if any(isinstance(node, Branch) and node.operator == "at_least" for node in nodes(tree))
        ]
        self.stages = [stage.finding for stage in held.treatment.dosing.renal.stages]
        self.allergens = sorted({row.named for row in tables.allergy})
        self.hereditary = sorted({row.disease for row in tables.kin})
        self.sites = sorted(self.order.sites)
        self.of_lesion = sorted(self.order.of_lesion)
        self.current = sorted(term.term for term in tables.term if term.current)
        self.now = sorted(name for term in tables.term if term.now for name in (term.term, term.now))
        self.codes = [Code(row.system, row.code) for row in held.codes]
        by_hpo = [(Code("HPO", term.hpo), term.match) for term in held.findings.values() if term.hpo]
        by_code = [(Code(row.system, row.code), row.match) for row in held.codes]
        # Codes by what they say of a finding; the broader ones of HPO apart, which are few.
        self.matched = [
            [code for code, match in codes if match == wanted]
            for codes, wanted in (
                (by_code, "N"),
                (by_code, "B"),
                (by_code, "H"),
                (by_hpo, "N"),
                (by_hpo, "B"),
            )
        ]
        self.products_by_name = sorted(
            {
                f"{row.display} {form}"
                for row in held.codes
                if row.system == "RXNORM" and row.descendants
                for form in ("5 MG Oral Tablet", "10 MG/ML Injection", "1 MG/ML Topical Cream")
            }
        )
        self.answers = [
            Code(*code.rsplit("|", 1))
            for said in held.records.answers.answers.values()
            for code in said.codes
        ]
        self.yes_or_no = [
            Code(*code.rsplit("|", 1))
            for kind in ("yes", "no", "positive", "negative")
            for code in held.records.answers.answers[kind].codes
        ]
        drugs = [Code(row.system, row.code) for row in held.codes if row.system in ("ATC", "RXNORM")]
        coding = index_of(knowledge).coding
        self.drugs = sorted({name for code in drugs for name, _ in coding.meaning(code).findings})
        self.locally = sorted(term.term for term in tables.term if term.locally)
        self.titred = sorted(row.analyte for row in tables.analyte if row.unit == "{titer}")
        self.ranged = sorted({row.analyte for row in tables.range if row.analyte in held.factors})
        self.unwritten = sorted(name for name, one in held.analytes.items() if one.unwritten)
        self.narrow = [Code("HPO", term.hpo) for term in held.findings.values() if term.hpo]

    def case(self, random: Random) -> Case:
        """A patient with everything that was recorded, and the day."""
        as_of = random.choice((AS_OF, AS_OF - 200 * DAY, datetime(2024, 2, 29, 12)))
        days = [self._day(random, as_of) for _ in range(random.choice((1, 2, 4)))]
        topics = self._topics(random)
        measured = self._measured(random)
        observations = [
            one
            for number in range(random.choice((1, 6, 14, 24)))
            for one in self._observations(random, topics, measured, days, as_of, number)
        ]
        if random.random() < 0.5:
            observations += self._round(random, random.choice(days))
        if random.random() < 0.5:
            observations += [self._unwritten(random, days) for _ in range(random.choice((1, 3)))]
        random.shuffle(observations)
        record = Record(format="case", patient=self._patient(random), observations=tuple(observations))
        return with_units(record, self.knowledge) if random.random() < 0.5 else record, as_of

    def _round(self, random: Random, when: Moment | None) -> Iterable[Observation]:
        """What other values are computed from, of about one day, now and then with what they give."""
        parts = random.sample(PARTS, random.choice((2, 3, 5)))
        beside = random.sample((*self.products, *self.panels_of_products), random.choice((0, 0, 1, 2)))
        for part in (*parts, *beside):
            apart = random.choice((0, 0, 0, 0, 1, 7, 8)) * DAY
            taken = when and Moment.instant(when.first - apart)
            one = self._plain(random, part) if part not in self.members else self._normal(part)
            yield replace(one, source=f"Observation/{part}", effective=taken)

    def _patient(self, random: Random) -> Patient:
        sex = random.choice(("female", "male", "female", "male", "other", ""))
        age = random.choice((None, random.choice(self.ages), random.choice(self.ages), random.uniform(0, 95)))
        birth = None
        if random.random() < 0.3:
            year, month = random.randint(1930, 2026), random.randint(1, 12)
            birth = random.choice((Moment.of(year), Moment.of(year, month), Moment.of(year, month, 28)))
        return Patient(birth=birth, age_years=age, sex=sex)

    def _topics(self, random: Random) -> list[str]:
        """Terms that meet: what one implies, what implies it, what excludes it; what a criterion asks."""
        asked = random.choice(self.counting if random.random() < 0.1 else self.criteria)
        found = [*random.sample(asked, min(random.choice((0, 3, 6)), len(asked))), random.choice(self.stages)]
        for pool in (self.terms, random.choice((self.current, self.now)), self.of_lesion):
            name = random.choice(pool)
            near = sorted(
                {*self.order.ancestors[name], *self.order.descendants[name], *self.order.rivals.get(name, ())}
            )
            found += [name, *random.sample(near, min(2, len(near)))]
        return found

    def _measured(self, random: Random) -> list[str]:
        """Analytes that meet: parts of formulas, those that give one finding, a panel with its members."""
        panel = random.choice(self.panels)
        shared = random.choice(self.sharing)
        return [
            *random.sample(PARTS, random.choice((2, 3, 5))),
            *random.sample(shared, min(2, len(shared))),
            *[other for other in self.panels if set(self.members[other]) & set(shared)][:1],
            panel,
            *random.sample(self.members[panel], min(2, len(self.members[panel]))),
            random.choice(self.analytes),
            random.choice((*self.titred, random.choice(self.ranged))),
            random.choice(("age_years", "body_weight", *self.products)),
        ]

    def _observations(
        self,
        random: Random,
        topics: Sequence[str],
        measured: Sequence[str],
        days: Sequence[Moment | None],
        as_of: datetime,
        number: int,
    ) -> Iterable[Observation]:
        when = random.choice(days) if random.random() < 0.8 else self._day(random, as_of)
        if random.random() < 0.6:
            one = self._measurement(random, random.choice(measured), as_of)
        else:
            one = self._statement(random, random.choice(topics), as_of)
        if random.random() < 0.1:
            one = replace(one, codes=(*one.codes, *self._codes(random)))
        yield replace(
            one,
            source=f"Observation/{random.choice((number, number // 2, 10 - number))}",
            text=random.choice((f"line {number}", "result", "")),
            id=random.choice(("", "a", "b", str(number))),
            effective=when if one.effective is None else one.effective,
            issued=random.choice((None, None, when, self._day(random, as_of))),
            family=one.family or random.random() < 0.05,
            past=random.random() < 0.1,
        )

    def _codes(self, random: Random) -> tuple[Code, ...]:
        """Codes as records give them: also one below what is listed, and one that nobody knows."""
        code = random.choice(self.codes)
        deeper = Code(code.system, code.code + random.choice(("1", "A", ".9")))
        matched = random.choice(random.choice(self.matched))
        named = Code("RXNORM", random.choice(("9999999", "1")), random.choice(self.products_by_name))
        local = Code("urn:of-the-house", "17", random.choice((named.display, "Calcinosis cutis")))
        unknown = Code("SNOMED", "999999999")
        narrow = random.choice(self.narrow)
        return (
            random.choice((code, code, deeper, narrow, matched, matched, matched, named, local, unknown)),
        )

    def _answer(self, random: Random) -> Code | str:
        """An answer by code, by the display of a code of the house, or in words."""
        coded = random.choice((*self.yes_or_no, random.choice(self.answers)))
        of_house = Code(
            random.choice(("urn:of-the-house", "")), random.choice(("1", "yes", "N")), random.choice(WORDS)
        )
        named = Code(coded.system, coded.code, random.choice(("", "as the form has it", "yes")))
        return random.choice((coded, coded, named, of_house, random.choice(WORDS)))

    def _unwritten(self, random: Random, days: Sequence[Moment | None]) -> Observation:
        """A number without its unit, which is now and then possible in one unit only."""
        analyte = random.choice(self.unwritten)
        unit = random.choice(self.knowledge.contents.analytes[analyte].unwritten)
        number = round(random.uniform(unit.low, unit.high), random.choice((0, 1, 2)))
        return Observation(
            source=f"Observation/unwritten-{analyte}",
            text=f"{analyte} {number:g}",
            kind=Kind.MEASUREMENT,
            codes=(Code("calcinosis", analyte),),
            value=Quantity(number, random.choice(("", "", " ")), random.choice(("", "", "", "<", ">"))),
            interpretation=random.choice(FLAGS),
            effective=random.choice(days),
        )

    def _statement(self, random: Random, term: str, as_of: datetime) -> Observation:
        kind = random.choice((Kind.CONDITION, Kind.SIGN, Kind.PROCEDURE, Kind.IMAGING, Kind.MEDICATION))
        assertion = random.choice((Assertion.AFFIRMED, *Assertion))
        codes = (Code("calcinosis", term),) if random.random() < 0.65 else self._codes(random)
        family, sites = False, ()
        drawn = random.random()
        if kind is Kind.MEDICATION and random.random() < 0.5:
            named = Code("calcinosis", random.choice((random.choice(self.drugs), *self.locally)))
            codes = random.choice(((named,), (named,), self._codes(random)))
        if drawn < 0.15:
            kind, codes = Kind.ALLERGY, (Code("calcinosis", random.choice(self.allergens)),)
        elif drawn < 0.25:
            family, codes = True, (Code("calcinosis", random.choice(self.hereditary)),)
        if random.random() < 0.3:
            sites = tuple(random.sample(self.sites, random.choice((1, 2))))
        return Observation(
            source="",
            text="",
            kind=kind,
            codes=codes,
            assertion=assertion,
            family=family,
            sites=sites,
            value=random.choice((None, None, None, None, True, False, *[self._answer(random)] * 3)),
            interpretation=random.choice(FLAGS) if random.random() < 0.2 else "",
            until=self._day(random, as_of) if kind is Kind.MEDICATION and random.random() < 0.6 else None,
            missing_reason="not asked" if random.random() < 0.05 else "",
            qualifiers=(("route", "topical"), LOCALLY) if random.random() < 0.3 else (),
        )

    def _measurement(self, random: Random, analyte: str, as_of: datetime) -> Observation:
        if random.random() < 0.4 and analyte not in self.members:
            return self._plain(random, analyte)
        if random.random() < 0.2 and analyte in self.ranged:
            return self._against_flag(random, analyte)
        value = self._value(random, analyte)
        edge = as_of - timedelta(days=self.windows[analyte])
        when = None
        if random.random() < 0.1:
            when = random.choice((Moment.instant(edge), Moment.instant(edge - DAY / 2)))
        return Observation(
            source="",
            text="",
            kind=random.choice((*[Kind.MEASUREMENT] * 20, Kind.ALLERGY)),
            codes=(Code("calcinosis", analyte),) if random.random() < 0.9 else self._codes(random),
            assertion=random.choice((*[Assertion.AFFIRMED] * 8, Assertion.NEGATED, Assertion.UNCERTAIN)),
            value=value,
            interpretation=random.choice(FLAGS),
            reference=self._own_range(random, analyte) if random.random() < 0.3 else None,
            missing_reason="error" if value is None and random.random() < 0.5 else "",
            effective=when,
        )

    def _value(self, random: Random, analyte: str) -> Quantity | Range | Code | str | bool | None:
        if random.random() < (0.5 if analyte in self.titred else 0.05):
            return random.choice(TITRES)
        drawn = random.random()
        if drawn < (0.2 if analyte in self.members else 0.65):
            return self._quantity(random, analyte)
        if drawn < 0.75:
            return self._between(random, analyte)
        return random.choice((True, False, None, *[self._answer(random)] * 4))

    def _between(self, random: Random, analyte: str) -> Range:
        """Two numbers between which a value lies: mostly in order and both there, in any unit."""
        one, other = self._quantity(random, analyte), self._number(random, analyte)
        by = self.factors.get(analyte, {}).get(one.unit, 1.0)
        low, high = sorted((one.value, other / by))
        return random.choice(
            (
                *[Range(low, high, one.unit)] * 6,
                Range(high, low, one.unit),
                Range(low, None, one.unit),
                Range(low),
            )
        )

    def _against_flag(self, random: Random, analyte: str) -> Observation:
        """A number and a flag that may exclude each other, mostly without a range of its own."""
        limit = random.choice([one for one in self.limits[analyte] if one > 0])
        edges = [limit * FAR, limit * (1 / FAR), limit]
        near = [nextafter(edge, to) for edge in edges for to in (-1.0, 1e9)]
        far = (limit * 1.7, limit * 0.5, limit * 1.2)
        unit = self._unit(random, analyte)
        by = self.factors[analyte].get(unit, 1.0)
        return Observation(
            source="",
            text="",
            kind=Kind.MEASUREMENT,
            codes=(Code("calcinosis", analyte),),
            value=Quantity(random.choice((*edges, *near, *far)) / by, unit, random.choice(COMPARATORS)),
            interpretation=random.choice(("low", "normal", "normal", "high", "negative", "positive")),
            reference=self._own_range(random, analyte) if random.random() < 0.1 else None,
        )

    def _plain(self, random: Random, analyte: str) -> Observation:
        """As most results are: a number in a unit, or a bound, and nothing else."""
        comparator = random.choice(("", "", "", "", "<", ">"))
        return Observation(
            source="",
            text="",
            kind=Kind.MEASUREMENT,
            codes=(Code("calcinosis", analyte),),
            value=Quantity(self._number(random, analyte), self.canonical[analyte], comparator),
        )

    def _normal(self, panel: str) -> Observation:
        return Observation(
            source="",
            text="",
            kind=Kind.MEASUREMENT,
            codes=(Code("calcinosis", panel),),
            value="normal",
        )

    def _unit(self, random: Random, analyte: str) -> str:
        if random.random() < 0.6:
            return self.canonical[analyte]
        return random.choice(self.units.get(analyte, ("", "mg/dL", "%", "furlong")))

    def _quantity(self, random: Random, analyte: str) -> Quantity:
        unit = self._unit(random, analyte)
        by = self.factors.get(analyte, {}).get(unit, 1.0)
        return Quantity(self._number(random, analyte) / by, unit, random.choice(COMPARATORS))

    def _number(self, random: Random, analyte: str) -> float:
        """At a limit, next to it, or anywhere between the limits and beyond."""
        limits = self.limits[analyte]
        limit = random.choice(limits)
        near = (limit, nextafter(limit, -1.0), nextafter(limit, 1e9), limit * 0.9, limit * 1.1)
        between = random.uniform(limits[0], limits[-1])
        beyond = random.uniform(0.3 * limits[0], 1.8 * limits[-1])
        return random.choice((*near, between, between, between, beyond, -limit, 0.0, limit * 1e3))

    def _own_range(self, random: Random, analyte: str) -> Range:
        ends = [self._number(random, analyte) for _ in range(2)]
        low, high = sorted(ends) if random.random() < 0.9 else ends
        return Range(
            random.choice((low, low, None)),
            random.choice((high, high, None)),
            random.choice(("", "", self._unit(random, analyte))),
        )

    def _day(self, random: Random, as_of: datetime) -> Moment | None:
        """Known to the instant, day, month, year or not at all; mostly of the last months, now and then ahead."""
        days = random.choice((0, 1, 6, 7, 8, 30, 90, 91, 180, 181, 365, 1000, -1, -40))
        when = as_of - timedelta(days=days, seconds=random.choice((0, 0, 0, 43_200)))
        return random.choice(
            (
                Moment.instant(when),
                Moment.instant(when),
                Moment.of(when.year, when.month, when.day),
                Moment.of(when.year, when.month),
                Moment.of(when.year),
                None,
            )
        )


def _limits(knowledge: Knowledge) -> dict[str, list[float]]:
    """What a value is held against, analyte by analyte."""
    tables = knowledge.tables
    found: dict[str, set[float | None]] = {row.analyte: set() for row in tables.analyte}
    for listed in tables.range:
        found[listed.analyte] |= {listed.low, listed.high}
    for row in tables.gives:
        limits = row.limits
        found[row.analyte] |= {limits.above, limits.at_least, limits.below, limits.at_most}
    for one in tables.analyte:
        found[one.analyte] |= {one.believed_low, one.believed_high}
    return {
        name: sorted(limit for limit in limits if limit is not None) or [1.0]
        for name, limits in found.items()
    }


def _sharing(knowledge: Knowledge) -> list[list[str]]:
    """Analytes that give the same finding."""
    found: dict[str, set[str]] = {}
    for row in knowledge.tables.gives:
        found.setdefault(row.finding, set()).add(row.analyte)
    return [sorted(analytes) for _, analytes in sorted(found.items()) if len(analytes) > 1]
