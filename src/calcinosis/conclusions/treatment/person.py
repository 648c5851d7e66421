"""Who is treated: age, sex, body and kidney as numbers, and what of them is not believed."""

from __future__ import annotations

from math import inf, nextafter, sqrt

from msgspec import Struct

from calcinosis.criteria import Environment, Named, Node, Result, verdict
from calcinosis.knowledge.guards import belonging
from calcinosis.knowledge.treatment_schema import Body, Dosing, Renal, WeightBand, Who
from calcinosis.model import Finding, Findings, Interval, Patient, Status, Verdict
from calcinosis.model.interval import exact

_ANYONE = Who()
_NOTHING = Findings({}, {})


class Person(Struct, frozen=True, kw_only=True):
    """The facts that doses and age limits rest on; `None` is not known, or not believed.

    Attributes:
        age: years. weight: kg. height: cm. surface: m2.
        egfr: mL/min/1.73 m2, as far as number and words of the record bound it.
        doubts: why a recorded weight is not used, or used with a question.
    """

    age: float | None = None
    sex: str = ""
    weight: float | None = None
    height: float | None = None
    surface: float | None = None
    egfr: Interval | None = None
    doubts: tuple[str, ...] = ()


def person(findings: Findings, patient: Patient, dosing: Dosing) -> Person:
    """The person behind a patient's findings."""
    body = dosing.body
    age = _measured(findings, "age_years")
    age = patient.age_years if age is None else age
    height = _measured(findings, body.height)
    weighed = findings.measured.get(body.weight)
    weight, doubts = believed_weight(weighed, age, height, body)
    return Person(
        age=age,
        sex=patient.sex,
        weight=weight,
        height=height,
        surface=body_surface(weight, height, body),
        egfr=_renal(findings, dosing.renal),
        doubts=doubts,
    )


def _measured(findings: Findings, analyte: str) -> float | None:
    """The number, where it is one: nothing is computed from a bound."""
    found = findings.measured.get(analyte)
    return found.value if found is not None and found.interval is None else None


def _renal(findings: Findings, renal: Renal) -> Interval | None:
    """The renal function: the number, but never better than what is said in words (dialysis, stage 5)."""
    said = [stage.below for stage in renal.stages if findings.status(stage.finding) is Status.PRESENT]
    not_below = [
        stage.below
        for stage in renal.stages
        if stage.absence_counts and findings.status(stage.finding) is Status.ABSENT
    ]
    most = nextafter(min(said), 0.0) if said else inf
    measured = findings.measured.get(renal.analyte)
    if measured is not None and measured.value is not None:
        number = measured.interval or exact(measured.value)
        return Interval(min(number.low, most), min(number.high, most))
    least = max(not_below, default=0.0)
    return Interval(min(least, most), most) if said or not_below else None


def environment(findings: Findings, person: Person) -> Environment:
    """What criteria are asked of."""
    known = {
        "age": None if person.age is None else exact(person.age),
        "weight": None if person.weight is None else exact(person.weight),
        "renal": person.egfr,
    }
    return Environment(
        findings,
        {name: value for name, value in known.items() if value is not None},
        {"sex": person.sex} if person.sex in ("female", "male") else {},
    )


def body_surface(weight: float | None, height: float | None, body: Body) -> float | None:
    """Body surface in m2 from kg and cm (Mosteller), `None` when either is not known."""
    if weight is None or height is None:
        return None
    return sqrt(weight * height / body.mosteller)


def believed_weight(
    weighed: Finding | None, age: float | None, height: float | None, body: Body
) -> tuple[float | None, tuple[str, ...]]:
    """The weight in kg, or `None` with the reason when it cannot be true; questions beside it."""
    if weighed is None or weighed.value is None or weighed.interval is not None:
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
    return asked(belonging(who), person)


def asked(node: Node, person: Person) -> Verdict:
    """A criterion about the person alone, without a record."""
    return verdict(node, environment(_NOTHING, person), _unnamed)


def _unnamed(reference: Named) -> Result:
    raise LookupError(f"{reference} is not about the person alone")
