"""Doses for one person, with the arithmetic as data and as a line of text.

Amounts come from the knowledge base and are converted by factors of the units library. What a weight or a
body surface is needed for and is not known stays uncomputed; a cap cuts, a label limit only warns.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from calcinosis.conclusions.treatment.person import Person, belongs
from calcinosis.conclusions.treatment.situation import Situation
from calcinosis.criteria import CriterionId, leaves
from calcinosis.knowledge.treatment_schema import Ceiling, Dose, Treatment, Treatments, limits_of, same_unit
from calcinosis.model import Status, Verdict

Range = tuple[float | None, float | None]


class Step(Struct, frozen=True, kw_only=True):
    """One operation: `low`-`high` `unit`, multiplied or divided by `by` `by_unit`, gives the result."""

    operation: str
    low: float | None
    high: float | None
    unit: str
    by: float | None = None
    by_unit: str = ""
    result_low: float | None = None
    result_high: float | None = None
    result_unit: str = ""


class DoseLine(Struct, frozen=True, kw_only=True):
    """A published dose, computed for a person.

    Attributes:
        status: `computed`, `needs` (something that is not known) or `shown` (never computed).
        low, high: amount in `unit` for each `every`, after the cap.
        each_low, each_high: one administration, where the amount is divided.
        text: the arithmetic as a line; `steps` the same as data.
        capped: the cap that cut it, with its sources.
        warnings: label limits that it exceeds, amounts that are hard to believe.
    """

    id: str
    use: str
    status: str
    published: str
    population: str
    ingredient: str
    route: str
    low: float | None
    high: float | None
    unit: str
    every: str
    divided: int | None
    each_low: float | None
    each_high: float | None
    text: str
    steps: tuple[Step, ...]
    capped: str
    cap: str
    needs: tuple[str, ...]
    warnings: tuple[str, ...]
    frequency: str
    titration: str
    duration: str
    preparation: str
    sources: tuple[str, ...]
    basis: str
    facts: tuple[str, ...]


class DoseAnswer(Struct, frozen=True, kw_only=True):
    """What is known of the dose: the proposed ones, what other sources say, and what is missing."""

    proposed: tuple[DoseLine, ...] = ()
    alternatives: tuple[DoseLine, ...] = ()
    shown: tuple[DoseLine, ...] = ()
    withheld: str = ""
    checks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def number(value: float | None) -> str:
    """A number as it is printed: no exponent, at most two decimals below 100."""
    if value is None:
        return "?"
    return f"{round(value, 3 if abs(value) < 1 else 2 if abs(value) < 100 else 1):,.10g}".replace(",", "")


def spanned(low: float | None, high: float | None) -> str:
    """`54-162`, `108`, or `12.5 upwards` where the source gives no upper amount."""
    if high is None:
        return f"{number(low)} upwards"
    return number(low) if low == high else f"{number(low)}-{number(high)}"


def answer(treatment: Treatment, situation: Situation) -> DoseAnswer:
    """Every dose of a treatment that concerns this person."""
    lines = [
        (fits, compute(dose, situation.person, situation.held))
        for dose in treatment.doses
        if (fits := situation.verdict(CriterionId("dose", treatment.id, dose.id))) is not Verdict.NOT_MET
        or dose.use == "shown"
    ]
    proposed = tuple(line for fits, line in lines if line.use == "proposed" and fits is Verdict.MET)
    shown = tuple(line for _, line in lines if line.use == "shown")
    others = tuple(line for _, line in lines if line not in proposed and line.use != "shown")
    return DoseAnswer(
        proposed=proposed,
        alternatives=others,
        shown=shown,
        withheld=_withheld(treatment, proposed, situation),
        checks=tuple(dict.fromkeys(need for line in proposed for need in line.needs)),
        warnings=(*situation.person.doubts,) if _weighs(treatment) else (),
    )


def _weighs(treatment: Treatment) -> bool:
    return any(dose.per or dose.ceilings for dose in treatment.doses)


def _withheld(treatment: Treatment, proposed: tuple[DoseLine, ...], situation: Situation) -> str:
    if proposed or not treatment.doses:
        return ""
    if all(dose.use == "shown" for dose in treatment.doses):
        return "No source that was read gives an amount that may be computed"
    open_ = [
        dose
        for dose in treatment.doses
        if dose.use == "proposed"
        and situation.verdict(CriterionId("dose", treatment.id, dose.id)) is Verdict.UNKNOWN
    ]
    named = (leaf for dose in open_ if dose.when is not None for leaf in leaves(dose.when))
    asked = [name for name in dict.fromkeys(named) if situation.findings.status(name) is Status.UNKNOWN]
    if asked:
        labels = ", ".join(situation.knowledge.label(name).lower() for name in asked)
        return f"Which published amount holds turns on what is not recorded: {labels}"
    return "No source gives an amount for this patient's age, weight or situation"


def compute(dose: Dose, person: Person, held: Treatments) -> DoseLine:
    """A dose for a person, whoever it was published for.

    Args:
        dose: what was published.
        person: whose weight and surface count.
        held: for the conversion of units and the limits of what can be believed.
    """
    line = _blank(dose)
    if dose.use == "shown" or (dose.low is None and dose.high is None):
        return replace(line, status="shown", text=dose.text)
    size, size_unit = _size(dose, person)
    if size is None:
        need = "weight" if dose.per == "kg" else "weight and height"
        return replace(line, status="needs", needs=(need,), text=f"{_rate(dose)}; {need} not known")
    low, high = _times(dose.low, size), _times(dose.high, size)
    line = replace(line, low=low, high=high, text=_product(dose, size, size_unit, low, high))
    line = replace(line, steps=_first_step(dose, size, size_unit, low, high))
    line = _capped(line, dose, person, held)
    line = _divided(line, dose)
    return replace(line, warnings=(*_label(dose, line, person, held), *_beyond(dose, line, held, person)))


def _blank(dose: Dose) -> DoseLine:
    return DoseLine(
        id=dose.id,
        use=dose.use,
        status="computed",
        published=dose.text,
        population=dose.population,
        ingredient=dose.ingredient,
        route=dose.route,
        low=None,
        high=None,
        unit=dose.unit,
        every=dose.every,
        divided=dose.divided,
        each_low=None,
        each_high=None,
        text="",
        steps=(),
        capped="",
        cap="",
        needs=(),
        warnings=(),
        frequency=dose.frequency,
        titration=dose.titration,
        duration=dose.duration,
        preparation=dose.preparation,
        sources=dose.sources,
        basis=dose.basis,
        facts=dose.facts,
    )


def _size(dose: Dose, person: Person) -> tuple[float | None, str]:
    """What the amount is multiplied by: kg, m2, or 1 for a flat amount."""
    if dose.per == "kg":
        return person.weight, "kg"
    if dose.per == "m2":
        return person.surface, "m2"
    return 1.0, ""


def _times(amount: float | None, size: float) -> float | None:
    return None if amount is None else amount * size


def _rate(dose: Dose) -> str:
    per = f"/{dose.per}" if dose.per else ""
    every = f"/{dose.every}" if dose.every and dose.unit != "mg/mL" else ""
    return f"{spanned(dose.low, dose.high)} {dose.unit}{per}{every}"


def _product(dose: Dose, size: float, unit: str, low: float | None, high: float | None) -> str:
    if not dose.per:
        return _rate(dose)
    every = f"/{dose.every}" if dose.every else ""
    return f"{_rate(dose)} x {number(size)} {unit} = {spanned(low, high)} {dose.unit}{every}"


def _first_step(
    dose: Dose, size: float, unit: str, low: float | None, high: float | None
) -> tuple[Step, ...]:
    if not dose.per:
        return ()
    return (
        Step(
            operation="multiply",
            low=dose.low,
            high=dose.high,
            unit=f"{dose.unit}/{dose.per}",
            by=size,
            by_unit=unit,
            result_low=low,
            result_high=high,
            result_unit=dose.unit,
        ),
    )


def _ceiling(ceiling: Ceiling, person: Person, unit: str, held: Treatments) -> float | None:
    """The limit in the unit of the dose, or `None` when it cannot be compared."""
    amount = same_unit(ceiling.amount, ceiling.unit, unit, held.mass)
    size = person.weight if ceiling.per == "kg" else person.surface if ceiling.per == "m2" else 1.0
    return None if amount is None or size is None else amount * size


def _holds(ceiling: Ceiling, person: Person) -> bool:
    return belongs(person, ceiling.who) is not Verdict.NOT_MET


def _capped(line: DoseLine, dose: Dose, person: Person, held: Treatments) -> DoseLine:
    for ceiling in dose.ceilings:
        if ceiling.kind != "cap" or ceiling.every != dose.every or not _holds(ceiling, person):
            continue
        limit = _ceiling(ceiling, person, dose.unit, held)
        if limit is not None:
            line = _cut(line, ceiling, limit)
    return line


def _cut(line: DoseLine, ceiling: Ceiling, limit: float) -> DoseLine:
    named = f"cap {number(limit)} {line.unit}/{line.every}"
    reached = (line.low or 0.0) > limit or (line.high or 0.0) > limit
    low, high = _least(line.low, limit), _least(line.high, limit)
    step = Step(
        operation="at most",
        low=line.low,
        high=line.high,
        unit=line.unit,
        by=limit,
        by_unit=line.unit,
        result_low=low,
        result_high=high,
        result_unit=line.unit,
    )
    tail = f"; {named} ({ceiling.text})" if ceiling.text else f"; {named}"
    said = f"{tail}: {spanned(low, high)} {line.unit}/{line.every}" if reached else tail
    return replace(
        line,
        low=low,
        high=high,
        cap=named,
        capped=named if reached else "",
        text=line.text + said,
        steps=(*line.steps, step) if reached else line.steps,
    )


def _least(amount: float | None, limit: float) -> float | None:
    return None if amount is None else min(amount, limit)


def _divided(line: DoseLine, dose: Dose) -> DoseLine:
    if not dose.divided:
        return line
    low, high = _times(line.low, 1 / dose.divided), _times(line.high, 1 / dose.divided)
    step = Step(
        operation="divide",
        low=line.low,
        high=line.high,
        unit=line.unit,
        by=float(dose.divided),
        result_low=low,
        result_high=high,
        result_unit=line.unit,
    )
    text = f"{line.text}; divided in {dose.divided} doses of {spanned(low, high)} {line.unit}"
    return replace(line, each_low=low, each_high=high, text=text, steps=(*line.steps, step))


def _label(dose: Dose, line: DoseLine, person: Person, held: Treatments) -> Iterator[str]:
    """Limits of a label that the amount exceeds, or that cannot be compared."""
    for ceiling in dose.ceilings:
        if ceiling.kind != "label" or not _holds(ceiling, person):
            continue
        limit = _ceiling(ceiling, person, dose.unit, held)
        per = f"/{ceiling.per}" if ceiling.per else ""
        named = f"{number(ceiling.amount)} {ceiling.unit}{per}/{ceiling.every}"
        top = line.high if line.high is not None else line.low
        if limit is None:
            yield f"Cannot be held against {named} ({ceiling.text}): weight not known"
        elif top is not None and top > limit:
            yield _exceeds(ceiling, line, top, named, person)


def _exceeds(ceiling: Ceiling, line: DoseLine, top: float, named: str, person: Person) -> str:
    said = f"{number(top)} {line.unit}/{line.every}"
    if ceiling.per == "kg" and person.weight:
        rate = f"{number(round(top / person.weight))} {line.unit}/kg/{line.every}"
        said += f" / {number(person.weight)} kg = {rate}"
    return f"{said} is above {named} ({ceiling.text}); not proposed without a specialist"


def _beyond(dose: Dose, line: DoseLine, held: Treatments, person: Person) -> Iterator[str]:
    """Amounts outside what the ingredient can believably have: a wrong weight or unit."""
    top = line.high if line.high is not None else line.low
    for limit in limits_of(dose, held.dosing):
        most = same_unit(limit.high, limit.unit, line.unit, held.mass)
        if top is not None and most is not None and top > most:
            yield (
                f"{number(top)} {line.unit} is more than {limit.ingredient} is believably given"
                f" ({number(most)} {line.unit}/{limit.every}): check weight and unit"
            )
