"""The shape of `knowledge/treatments/`, `interactions.yaml`, `dosing.yaml` and `evidence/`.

Amounts are numbers with a UCUM unit. `None` means that the source does not say; nobody fills it in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct

from calcinosis.criteria import Node
from calcinosis.errors import KnowledgeFault
from calcinosis.knowledge.files import Fault, Reader
from calcinosis.knowledge.schema import Basis, Position, Statement, SubtypeId

Choice = Literal["suitable", "consider", "avoid", "not_indicated"]
Severity = Literal["contraindicated", "major", "moderate", "minor"]
Per = Literal["", "kg", "m2"]
Interval = Literal["", "day", "dose", "week", "month", "session", "course", "mL"]


# What an option can be for a patient, from the one offered first.
STATUSES = ("suitable", "consider", "avoid", "not_indicated")
# Those that offer a treatment.
OFFERED = STATUSES[:2]


class Who(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Part of all patients; ages in years `[age_from, age_to)`, weights in kg `[weight_from, weight_to)`."""

    sex: Literal["", "female", "male"] = ""
    age_from: float = 0.0
    age_to: float = 200.0
    weight_from: float = 0.0
    weight_to: float = 2000.0


class Indication(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A reason to give the treatment, and how strongly it speaks for it.

    `first` puts it at the head of its status: the treatment a source names first for this patient.
    """

    text: str
    status: Literal["suitable", "consider"]
    when: Node | None = None
    who: Who | None = None
    first: bool = False
    facts: tuple[str, ...] = ()
    sources: tuple[str, ...]
    basis: Basis = "published"


class Guard(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A contraindication or a caution.

    It is met when `when` is met or the renal function is below `egfr_below` (mL/min/1.73 m2), for
    patients in `who`, but not while `unless` is met.

    Attributes:
        major: while it is unknown, the treatment is at most `consider` and `check` is named.
        ask: the patients for whom an unknown `when` matters; for others unknown counts as not met.
        check: what to find out.
    """

    id: str
    text: str
    when: Node | None = None
    unless: Node | None = None
    who: Who | None = None
    egfr_below: float | None = None
    major: bool = False
    ask: Who | None = None
    check: str = ""
    facts: tuple[str, ...] = ()
    sources: tuple[str, ...]
    basis: Basis = "published"


class Ceiling(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A limit that a dose is held against: `cap` cuts the dose, `label` only flags it."""

    kind: Literal["cap", "label"]
    amount: float
    unit: str
    per: Per = ""
    every: Interval = "day"
    text: str = ""
    who: Who | None = None
    sources: tuple[str, ...]
    basis: Basis = "published"


class Dose(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A published amount.

    Attributes:
        use: `proposed` is what the program computes first; `alternative` is computed and shown beside
            it (another source, another schedule); `reported` was given once to somebody and is never
            proposed; `label` is a licensed dose for another purpose; `shown` states no amount that may
            be computed (the source gives none, or is of low authority).
        who, when: the patients it was published for.
        low, high: amount in `unit`, per kg or m2 of body where `per` says so, for each `every`.
        divided: into how many administrations a daily amount is split.
        ceilings: caps and label limits of this amount.
    """

    id: str
    use: Literal["proposed", "alternative", "reported", "label", "shown"]
    text: str
    population: str = ""
    who: Who | None = None
    when: Node | None = None
    ingredient: str = ""
    route: str = ""
    low: float | None = None
    high: float | None = None
    unit: str = ""
    per: Per = ""
    every: Interval = ""
    frequency: str = ""
    divided: int | None = None
    titration: str = ""
    duration: str = ""
    preparation: str = ""
    ceilings: tuple[Ceiling, ...] = ()
    facts: tuple[str, ...] = ()
    sources: tuple[str, ...]
    basis: Basis = "published"


class Action(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Something to do that is no dose; with `when`, only for patients who meet it.

    Attributes:
        means: the treatments that it is done with; where all of them are to be avoided `instead` is said.
    """

    id: str
    text: str
    means: tuple[str, ...] = ()
    instead: str = ""
    when: Node | None = None
    who: Who | None = None
    urgency: Literal["", "emergency", "same_day", "urgent"] = ""
    consequence: str = ""
    facts: tuple[str, ...] = ()
    sources: tuple[str, ...]
    basis: Basis = "published"


class Level(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """OCEBM 2011 level, 1 strongest to 5 weakest, and what it means here."""

    level: int
    text: str


class Plain(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What a patient is told, in words for a reader of about eleven; for the leaflet."""

    what: str
    helps: str = ""
    watch: str = ""


class Treatment(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One treatment.

    Attributes:
        kind: cause-directed treatments are always listed first.
        stance: `against` is always avoided, `investigational` never more than considered in a trial,
            `historical` never offered.
        order: among treatments of equal status the lower number stands first.
        subtypes: it is offered only where one of these is met or leads; empty: whatever the subtype.
        group: two options of one group duplicate each other.
        taking: findings that mean the patient already has it.
        before: advice that precedes the treatment.
        serves: what it acts on: a `deposit`, so that there must be one, or an `exposure` before there is.
    """

    id: str
    name: str
    serves: Literal["deposit", "exposure"] = "deposit"
    kind: Literal["cause", "observation", "drug", "procedure", "supportive", "historical"]
    stance: Literal["offer", "against", "investigational", "historical"] = "offer"
    stance_text: Statement | None = None
    order: int
    ingredients: tuple[str, ...] = ()
    atc: tuple[str, ...] = ()
    drug_class: str
    routes: tuple[str, ...]
    subtypes: tuple[SubtypeId, ...] = ()
    group: str = ""
    taking: tuple[str, ...] = ()
    indications: tuple[Indication, ...]
    before: tuple[Statement, ...] = ()
    actions: tuple[Action, ...] = ()
    doses: tuple[Dose, ...] = ()
    technique: tuple[Statement, ...] = ()
    time_to_effect: tuple[Statement, ...] = ()
    contraindications: tuple[Guard, ...] = ()
    cautions: tuple[Guard, ...] = ()
    monitoring: tuple[Statement, ...] = ()
    adverse_effects: tuple[Statement, ...] = ()
    evidence: tuple[Statement, ...]
    ocebm: Level
    plain: Plain
    facts: tuple[str, ...] = ()
    sources: tuple[str, ...]
    basis: Basis = "published"


class Side(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One partner of an interaction: treatments of this knowledge base, or drugs a record shows."""

    name: str
    treatments: tuple[str, ...] = ()
    taking: tuple[str, ...] = ()


class Interaction(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Two drugs that should not simply meet.

    `contraindicated` makes an option `avoid`, `major` caps it at `consider`; `when` restricts it
    (renal impairment), `positions` holds what sources say differently.
    """

    id: str
    first: Side
    second: Side
    severity: Severity
    text: str
    handling: str = ""
    when: Node | None = None
    positions: tuple[Position, ...] = ()
    sources: tuple[str, ...]
    basis: Basis = "published"


class DrugReview(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A drug the patient already takes that this disease, or pregnancy, makes a matter of review."""

    id: str
    drug: str
    when: Node
    who: Who | None = None
    text: str
    consequence: str = ""
    urgency: Literal["", "emergency", "same_day", "urgent"] = ""
    sources: tuple[str, ...]
    basis: Basis = "published"


class Conflict(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What sources say differently of one or more treatments, and what the program does about it."""

    id: str
    question: str
    about: tuple[str, ...]
    positions: tuple[Position, ...]
    handling: str
    basis: Basis = "proposal"


class Interactions(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`knowledge/interactions.yaml`."""

    interactions: tuple[Interaction, ...]
    reviews: tuple[DrugReview, ...]
    conflicts: tuple[Conflict, ...]


class RenalStage(Struct, frozen=True, forbid_unknown_fields=True):
    """A finding that says the renal function is below a value, and when absent that it is not."""

    finding: str
    below: float
    absence_counts: bool = True


class Renal(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the renal function is read from."""

    analyte: str
    unit: str
    stages: tuple[RenalStage, ...]
    check: str
    sources: tuple[str, ...]
    basis: Basis = "published"


class WeightBand(Struct, frozen=True, forbid_unknown_fields=True):
    """Weights in kg that are believed at ages `[age_from, age_to)` years."""

    age_from: float
    age_to: float
    low: float
    high: float


class Body(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How weight and height are read and believed.

    `bmi` is the range (kg/m2) outside which a weight is questioned; `pound` the mass of one pound in
    kg, by which a questioned weight is tried; `unit_ratio` how close two weights must be to that
    ratio for it to be named. `mosteller` is the divisor of the body surface formula (cm, kg).
    """

    weight: str
    height: str
    bands: tuple[WeightBand, ...]
    bands_statement: Statement
    bmi: tuple[float, float]
    pound: float
    unit_ratio: tuple[float, float]
    mosteller: float
    surface_statement: Statement


class IngredientLimit(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Plausible amount of one ingredient: a written dose outside it is a wrong unit or a slip."""

    ingredient: str
    route: str = ""
    every: Interval
    low: float
    high: float
    unit: str
    sources: tuple[str, ...]
    basis: Basis = "proposal"


class Injection(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Constants of the intralesional plan; lengths in mm, volumes in mL, amounts as their unit says.

    `size_analyte` is the measured diameter of the lesion (mm) for which a plan is made unasked.
    """

    treatment: str
    vial: float
    concentrations: tuple[float, ...]
    concentration_default: float
    concentration_unit: str
    circle_diameter: float
    circle_volume: float
    spacing: tuple[float, float]
    spacing_default: float
    single_site_diameter: float
    fingertip_diameter: float
    fingertip_volume: tuple[float, float]
    fingertip_finding: str
    size_analyte: str
    session_limit: float
    session_limit_unit: str
    egfr_below: float
    anaesthetic_per_kg: float
    anaesthetic_max: float
    anaesthetic_unit: str
    readings: tuple[Reading, ...]
    schedules: tuple[Statement, ...]
    warnings: tuple[Action, ...]
    statements: dict[str, Statement]


class Reading(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One way to read the source's geometry."""

    id: Literal["each_point", "each_circle"]
    label: str
    text: str
    default: bool = False
    sources: tuple[str, ...]
    basis: Basis


class Dosing(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`knowledge/dosing.yaml`: what dose arithmetic needs besides the treatments."""

    low_authority: tuple[str, ...]
    renal: Renal
    body: Body
    ingredient_limits: tuple[IngredientLimit, ...]
    injection: Injection
    principles: tuple[Statement, ...]


class Arm(Struct, frozen=True, kw_only=True):
    """A row of `knowledge/evidence/arms.csv`: one study arm.

    Attributes:
        complete, partial, none, worsened: counted in `unit`; `None` where not reported.
        use: `pool` (a series or trial arm with counts), `single` (one patient), `review` (a review or
            meta-analysis: contains other rows), `member` (counted inside a review arm as well),
            `baseline` (natural course), `comparator`, `uncoded` (no count could be read).
        read: whether anybody here read the publication.
    """

    id: str
    treatment: str
    study: str
    year: int | None
    design: str
    population: str
    route: str
    unit: str
    n: int | None
    complete: int | None
    partial: int | None
    none: int | None
    worsened: int | None
    follow_up_months: float | None
    use: str
    overlaps: str
    read: bool
    sources: tuple[str, ...]
    note: str


class Pooled(Struct, frozen=True, kw_only=True):
    """A row of `knowledge/evidence/pooled.csv`: a pooled proportion, computed from `arms.csv`.

    Proportions are between 0 and 1; `k` arms with `n` patients, of whom `responders` had the outcome.
    """

    treatment: str
    outcome: str
    k: int
    n: int
    responders: int
    estimate: float
    low: float
    high: float
    i2: float | None
    tau2: float | None
    method: str
    arms: tuple[str, ...]


class EvidenceMethod(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`knowledge/evidence/method.yaml`: how proportions are pooled and what must be said with them."""

    continuity: float
    level: float
    methods: dict[str, Statement]
    caveats: tuple[Statement, ...]
    baseline: str
    baseline_text: Statement


class Treatments(Struct, frozen=True, kw_only=True):
    """All of it, compiled. `mass` holds UCUM unit -> milligrams, from the units library."""

    treatments: dict[str, Treatment]
    interactions: Interactions
    dosing: Dosing
    arms: tuple[Arm, ...]
    pooled: tuple[Pooled, ...]
    method: EvidenceMethod
    mass: dict[str, float]


T = TypeVar("T")
# Units of mass that doses may be written in; the library gives what each is worth.
MASS_UNITS = ("ug", "mg", "g", "kg", "[lb_av]")


def read(reader: Reader) -> Treatments:
    """The treatments' part of the knowledge base."""
    return Treatments(
        treatments=reader.keyed(reader.each("treatments/*.yaml", Treatment)),
        interactions=reader.one("interactions.yaml", Interactions),
        dosing=reader.one("dosing.yaml", Dosing),
        arms=tuple(_rows(reader, "evidence/arms.csv", Arm)),
        pooled=tuple(_rows(reader, "evidence/pooled.csv", Pooled)),
        method=reader.one("evidence/method.yaml", EvidenceMethod),
        mass=_mass(),
    )


def _mass() -> dict[str, float]:
    """UCUM unit of mass -> milligrams, by the units library."""
    from ucumvert import PintUcumRegistry

    registry = PintUcumRegistry()
    milligram = registry.from_ucum("mg")
    return {unit: float((1.0 * registry.from_ucum(unit)).to(milligram).magnitude) for unit in MASS_UNITS}


def _rows(reader: Reader, name: str, shape: type[T]) -> Iterator[T]:
    """Rows of a CSV as structs; an empty cell is `None`, or empty text where a text is expected."""
    for where, row in reader.rows(name):
        with reader.gathering():
            try:
                entry = msgspec.convert(_cells(row, shape), shape, strict=False)
            except msgspec.ValidationError as error:
                raise KnowledgeFault(str(error), where=where) from error
            reader.note(row.get("id", ""), name)
            yield entry


def _cells(row: dict[str, str], shape: type[Any]) -> dict[str, Any]:
    kinds = {field.name: str(field.type) for field in msgspec.structs.fields(shape)}
    return {name: _cell(value, kinds.get(name, "")) for name, value in row.items()}


def _cell(value: str, kind: str) -> Any:
    if "bool" in kind:
        return value == "y"
    if "tuple" in kind:
        return tuple(value.split(";")) if value else ()
    return None if value == "" and "None" in kind else value


def faults(found: Treatments) -> Iterator[Fault]:
    """What breaks a rule: low authority that computes, amounts nobody can mean."""
    for entry in found.treatments.values():
        yield from _low_authority(entry, set(found.dosing.low_authority))
        for dose in entry.doses:
            yield from _implausible(entry, dose, found)


def _low_authority(entry: Treatment, low: set[str]) -> Iterator[Fault]:
    computing = [(dose.id, dose.sources) for dose in entry.doses if dose.use != "shown"]
    acting = [(action.id, action.sources) for action in entry.actions]
    for name, sources in (*computing, *acting):
        if set(sources) <= low:
            yield Fault(
                entry.id,
                f"{entry.id}: {name} rests on a source of low authority alone",
                name,
                expected="another source, or use: shown",
            )


# Bodies on which a written dose must be believable: an adult, and a child of six.
_ADULT_BODY = {"kg": 70.0, "m2": 1.8, "": 1.0}
_CHILD_BODY = {"kg": 20.0, "m2": 0.8, "": 1.0}


def _implausible(entry: Treatment, dose: Dose, found: Treatments) -> Iterator[Fault]:
    for limit in limits_of(dose, found.dosing):
        child = dose.who is not None and dose.who.age_to <= 18
        body = (_CHILD_BODY if child else _ADULT_BODY)[dose.per]
        high = dose.high if dose.high is not None else dose.low
        low = dose.low if dose.low is not None else dose.high
        if high is None or low is None:
            continue
        scale = same_unit(1.0, dose.unit, limit.unit, found.mass)
        if (
            scale is None
            or high * body * scale > limit.high
            or (low * body * scale < limit.low and not child)
        ):
            yield Fault(
                entry.id,
                f"{entry.id}: {dose.id}: {low:g} to {high:g} {dose.unit} cannot be meant",
                dose.id,
                expected=f"{limit.low:g} to {limit.high:g} {limit.unit} per {limit.every}",
                remedy="Check the unit (mg or g).",
            )


def limits_of(dose: Dose, dosing: Dosing) -> Iterable[IngredientLimit]:
    """The plausible amounts that hold for a dose: same ingredient, same route where one is named."""
    return [
        limit
        for limit in dosing.ingredient_limits
        if limit.ingredient == dose.ingredient
        and limit.route in ("", dose.route)
        and limit.every == dose.every
    ]


def same_unit(amount: float, unit: str, wanted: str, mass: dict[str, float]) -> float | None:
    """`amount` of `unit` in `wanted`; `None` when they do not measure the same."""
    if unit == wanted:
        return amount
    if unit in mass and wanted in mass:
        return amount * mass[unit] / mass[wanted]
    return None
