"""Who is treated: age, sex, body and kidney as numbers, and what of them is not believed."""

from __future__ import annotations

from math import sqrt

from msgspec import Struct

from calcinosis.criteria.kleene import conjunction
from calcinosis.knowledge.treatment_schema import Body, Dosing, Renal, WeightBand, Who
from calcinosis.model import Finding, Findings, Patient, Status, Verdict

_ANYONE = Who()


class Person(Struct, frozen=True, kw_only=True):
    """The facts that doses and age limits rest on; `None` is not known, or not believed.

    Attributes:
        age: years. weight: kg. height: cm. surface: m2.
        egfr: measured, mL/min/1.73 m2; `egfr_below`, `egfr_from`: what the record says without a number.
        doubts: why a recorded weight is not used, or used with a question.
    """

    age: float | None = None
    sex: str = ""
    weight: float | None = None
    height: float | None = None
    surface: float | None = None
    egfr: float | None = None
    egfr_below: float | None = None
    egfr_from: float | None = None
    doubts: tuple[str, ...] = ()


def person(findings: Findings, patient: Patient, dosing: Dosing) -> Person:
    """The person behind a patient's findings."""
    body = dosing.body
    age = _measured(findings, "age_years")
    age = patient.age_years if age is None else age
    height = _measured(findings, body.height)
    weighed = findings.measured.get(body.weight)
    weight, doubts = believed_weight(weighed, age, height, body)
    below, at_least = _stages(findings, dosing.renal)
    return Person(
        age=age,
        sex=patient.sex,
        weight=weight,
        height=height,
        surface=body_surface(weight, height, body),
        egfr=_measured(findings, dosing.renal.analyte),
        egfr_below=below,
        egfr_from=at_least,
        doubts=doubts,
    )


def _measured(findings: Findings, analyte: str) -> float | None:
    found = findings.measured.get(analyte)
    return found.value if found is not None else None


def _stages(findings: Findings, renal: Renal) -> tuple[float | None, float | None]:
    """The lowest limit that the renal function is said to be under, and the highest it is not under."""
    below = [stage.below for stage in renal.stages if findings.status(stage.finding) is Status.PRESENT]
    above = [
        stage.below
        for stage in renal.stages
        if stage.absence_counts and findings.status(stage.finding) is Status.ABSENT
    ]
    return min(below, default=None), max(above, default=None)


def body_surface(weight: float | None, height: float | None, body: Body) -> float | None:
    """Body surface in m2 from kg and cm (Mosteller), `None` when either is not known."""
    if weight is None or height is None:
        return None
    return sqrt(weight * height / body.mosteller)


def believed_weight(
    weighed: Finding | None, age: float | None, height: float | None, body: Body
) -> tuple[float | None, tuple[str, ...]]:
    """The weight in kg, or `None` with the reason when it cannot be true; questions beside it."""
    if weighed is None or weighed.value is None:
        return None, ()
    weight = weighed.value
    band = _band(age, body)
    if not band.low <= weight <= band.high:
        return None, (_outside(weight, band, age, body),)
    return weight, tuple(_questions(weighed, weight, age, height, body))


def _band(age: float | None, body: Body) -> WeightBand:
    """The weights believed at this age; at an unknown age, at any."""
    if age is None:
        lowest, highest = min(band.low for band in body.bands), max(band.high for band in body.bands)
        return WeightBand(_ANYONE.age_from, _ANYONE.age_to, lowest, highest)
    return next((band for band in body.bands if band.age_from <= age < band.age_to), body.bands[-1])


def _outside(weight: float, band: WeightBand, age: float | None, body: Body) -> str:
    at = f" at age {_short(age)}" if age is not None else ""
    text = f"A weight of {_short(weight)} kg is not believed{at} (expected {band.low:g} to {band.high:g} kg)"
    pounds = weight * body.pound
    if band.low <= pounds <= band.high:
        text += f"; were it pounds, it would be {_short(pounds)} kg"
    return f"{text}. Check the unit; no dose by weight is computed"


def _questions(
    weighed: Finding, weight: float, age: float | None, height: float | None, body: Body
) -> list[str]:
    found = []
    adult = age is not None and age >= body.bands[-1].age_from
    if adult and height:
        index = weight / (height / 100) ** 2
        if not body.bmi[0] <= index <= body.bmi[1]:
            found.append(
                f"Body mass index {index:.0f} kg/m2 is unusual: check weight ({_short(weight)} kg; were it"
                f" pounds, {_short(weight * body.pound)} kg) and height"
            )
    for _, earlier in weighed.history[:1]:
        low, high = body.unit_ratio
        if earlier > 0 and (low <= weight / earlier <= high or low <= earlier / weight <= high):
            found.append(
                f"The weight went from {_short(earlier)} to {_short(weight)} kg, the ratio of pounds to"
                " kilograms: check the unit"
            )
    return found


def _short(value: float) -> str:
    return f"{round(value, 1):g}"


def belongs(person: Person, who: Who | None) -> Verdict:
    """Whether the person is one of `who`; unknown where a fact that decides is not known."""
    if who is None:
        return Verdict.MET
    tests = [
        _inside(person.age, who.age_from, who.age_to, _ANYONE.age_from, _ANYONE.age_to),
        _inside(person.weight, who.weight_from, who.weight_to, _ANYONE.weight_from, _ANYONE.weight_to),
        _same_sex(person.sex, who.sex),
    ]
    return conjunction(tests)


def _inside(value: float | None, low: float, high: float, least: float, most: float) -> Verdict:
    if low <= least and high >= most:
        return Verdict.MET
    if value is None:
        return Verdict.UNKNOWN
    return Verdict.MET if low <= value < high else Verdict.NOT_MET


def _same_sex(sex: str, wanted: str) -> Verdict:
    if not wanted:
        return Verdict.MET
    if sex not in ("female", "male"):
        return Verdict.UNKNOWN
    return Verdict.MET if sex == wanted else Verdict.NOT_MET


def renal_below(person: Person, limit: float) -> Verdict:
    """Whether the renal function is below `limit` mL/min/1.73 m2, from the number or from what is said."""
    # What is said in words (dialysis, stage 5) holds against a number that looks better.
    said = person.egfr_below is not None and person.egfr_below <= limit
    if said or (person.egfr is not None and person.egfr < limit):
        return Verdict.MET
    if person.egfr is not None or (person.egfr_from is not None and person.egfr_from >= limit):
        return Verdict.NOT_MET
    return Verdict.UNKNOWN
