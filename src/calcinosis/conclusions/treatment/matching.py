"""Which treatment fits: every treatment with a status, its reasons, its dose and what speaks against it."""

from __future__ import annotations

from msgspec import Struct

from calcinosis.conclusions.treatment import dose, safety
from calcinosis.conclusions.treatment.dose import DoseAnswer
from calcinosis.conclusions.treatment.evidence import EvidenceView, view
from calcinosis.conclusions.treatment.planner import InjectionPlan, plan
from calcinosis.conclusions.treatment.safety import Guarded, Interacting
from calcinosis.conclusions.treatment.situation import Situation, Why
from calcinosis.criteria import CriterionId
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.schema import Statement
from calcinosis.knowledge.treatment_schema import (
    OFFERED,
    STATUSES,
    Action,
    Conflict,
    Indication,
    Plain,
    Treatment,
)
from calcinosis.model import Status, Verdict


class ActionNow(Struct, frozen=True, kw_only=True):
    """Something to do for this patient."""

    id: str
    text: str
    urgency: str
    consequence: str
    sources: tuple[str, ...]
    basis: str


class TreatmentOption(Struct, frozen=True, kw_only=True):
    """One treatment for this patient.

    Attributes:
        reasons: why it has its status; `would_fit`: what would make it fit, for one not indicated.
        checks: what to find out first.
        plan: where to inject, for an injected treatment and a lesion of recorded size.
        first: a source names it first for such a patient.
    """

    id: str
    name: str
    kind: str
    status: str
    first: bool
    order: int
    reasons: tuple[Why, ...]
    would_fit: tuple[str, ...]
    checks: tuple[str, ...]
    before: tuple[Statement, ...]
    actions: tuple[ActionNow, ...]
    technique: tuple[Statement, ...]
    dose: DoseAnswer
    plan: InjectionPlan | None
    contraindications: tuple[Guarded, ...]
    cautions: tuple[Guarded, ...]
    interactions: tuple[Interacting, ...]
    monitoring: tuple[Statement, ...]
    adverse_effects: tuple[Statement, ...]
    time_to_effect: tuple[Statement, ...]
    evidence: EvidenceView
    conflicts: tuple[Conflict, ...]
    plain: Plain
    facts: tuple[str, ...]
    sources: tuple[str, ...]
    basis: str


class _Judged(Struct, kw_only=True):
    """What is decided of a treatment before the options are compared with each other."""

    treatment: Treatment
    status: str
    first: bool
    reasons: list[Why]
    would_fit: tuple[str, ...]
    checks: list[str]
    contraindications: tuple[Guarded, ...]
    interactions: tuple[Interacting, ...]


def options(situation: Situation) -> tuple[TreatmentOption, ...]:
    """Every treatment of the knowledge base for one patient.

    Cause-directed treatment stands first, then `suitable`, `consider`, `avoid`, `not_indicated`. While the
    leading subtype is provisional, nothing that rests on a subtype is more than `consider`.
    """
    judged = [_judged(entry, situation) for entry in situation.held.treatments.values()]
    proposed = [item.treatment.id for item in judged if item.status in OFFERED]
    pairs = safety.between(proposed, situation)
    avoided = frozenset(item.treatment.id for item in judged if item.status == "avoid")
    made = [_option(item, pairs.get(item.treatment.id, ()), avoided, situation) for item in judged]
    return tuple(sorted(made, key=_place))


def _place(option: TreatmentOption) -> tuple[bool, int, bool, int]:
    offered = option.status in OFFERED
    causal = offered and option.kind == "cause"
    return not causal, STATUSES.index(option.status), not option.first, option.order


def _judged(treatment: Treatment, situation: Situation) -> _Judged:
    if treatment.serves == "deposit" and not situation.told.claims:
        return _unasked(treatment, situation)
    if treatment.kind == "observation" and situation.raised:
        return _overtaken(treatment, situation)
    indications = _matched(treatment, situation)
    made = _Judged(
        treatment=treatment,
        status=_best(indications),
        first=any(entry.first for _, entry in indications),
        reasons=[_why(place, entry, treatment, situation) for place, entry in indications],
        would_fit=() if indications else tuple(entry.text for entry in treatment.indications),
        checks=[],
        contraindications=safety.contraindications(treatment, situation),
        interactions=safety.with_drugs(treatment, situation),
    )
    _apply_stance(made)
    _apply_mixed(made, situation)
    _apply_provisional(made, situation)
    _apply_contraindications(made)
    _apply_interactions(made)
    return made


def _unasked(treatment: Treatment, situation: Situation) -> _Judged:
    """Nothing of calcinosis is treated where there is no lesion, or where it is likely something else."""
    told = situation.told
    rules = situation.knowledge.contents.synthesis
    shut = rules.words.only_if.lower() if told.lesion.there else ""
    why = Why(
        text=": ".join(part for part in (told.reason, shut) if part),
        because=told.lesion.because,
        sources=rules.bounds_basis.sources,
        basis=rules.bounds_basis.basis,
    )
    return _closed(treatment, why, situation)


def _overtaken(treatment: Treatment, situation: Situation) -> _Judged:
    """Nobody waits and sees beside a red flag that cannot wait."""
    text = situation.knowledge.contents.synthesis.words.not_now.format(flag=situation.raised[0].name)
    why = Why(text=text, because=situation.raised[0].because, basis="proposal")
    return _closed(treatment, why, situation)


def _closed(treatment: Treatment, why: Why, situation: Situation) -> _Judged:
    return _Judged(
        treatment=treatment,
        status="not_indicated",
        first=False,
        reasons=[why],
        would_fit=tuple(entry.text for entry in treatment.indications),
        checks=[],
        contraindications=safety.contraindications(treatment, situation),
        interactions=safety.with_drugs(treatment, situation),
    )


def _matched(treatment: Treatment, situation: Situation) -> list[tuple[int, Indication]]:
    """Indications that are met with their places, the strongest first; none outside the subtypes."""
    if treatment.stance == "historical" or not _in_subtypes(treatment, situation):
        return []
    met = [
        (place, entry)
        for place, entry in enumerate(treatment.indications)
        if situation.verdict(CriterionId("indication", treatment.id, str(place))) is Verdict.MET
    ]
    return sorted(met, key=lambda one: one[1].status != "suitable")


def _in_subtypes(treatment: Treatment, situation: Situation) -> bool:
    if not treatment.subtypes:
        return True
    return any(situation.subtype(name) is Verdict.MET for name in treatment.subtypes)


def _best(indications: list[tuple[int, Indication]]) -> str:
    return indications[0][1].status if indications else "not_indicated"


def _why(place: int, entry: Indication, treatment: Treatment, situation: Situation) -> Why:
    because = situation.because(treatment.id, f"indication {place}")
    return Why(text=entry.text, because=because, sources=entry.sources, basis=entry.basis)


def _cap(made: _Judged) -> None:
    if made.status == "suitable":
        made.status = "consider"


def _avoid(made: _Judged, why: Why) -> None:
    made.status = "avoid"
    made.reasons.insert(0, why)


def _apply_stance(made: _Judged) -> None:
    """What sources advise against is avoided; what is under trial is at most considered."""
    text = made.treatment.stance_text
    if text is None:
        return
    why = Why(text=text.text, sources=text.sources, basis=text.basis)
    if made.treatment.stance == "against":
        _avoid(made, why)
    else:
        _cap(made)
        made.reasons.insert(0, why)


def _apply_mixed(made: _Judged, situation: Situation) -> None:
    """Say why a treatment of a mechanism that does not lead is offered."""
    flag = situation.knowledge.contents.mixed
    alone = made.treatment.subtypes and set(made.treatment.subtypes) <= set(situation.mixed)
    if alone and made.status in OFFERED:
        made.reasons.append(Why(text=flag.text, sources=flag.sources, basis=flag.basis))


def _apply_provisional(made: _Judged, situation: Situation) -> None:
    """While the leading subtype is not met, what rests on a subtype is at most considered."""
    if not situation.provisional or made.status != "suitable" or not made.treatment.subtypes:
        return
    made.status = "consider"
    label = situation.knowledge.label(situation.provisional)
    made.reasons.append(Why(text=f"The subtype is provisional: {label}", basis="proposal"))
    made.checks.append("the subtype")


def _apply_contraindications(made: _Judged) -> None:
    """A met one means avoid, an unknown major one at most consider, with what to check."""
    for item in reversed(made.contraindications):
        if item.verdict is Verdict.MET:
            why = Why(text=item.text, because=item.because, sources=item.sources, basis=item.basis)
            _avoid(made, why)
    for item in made.contraindications:
        if item.verdict is Verdict.UNKNOWN and item.major:
            _cap(made)
            made.checks.append(item.check or item.text)


def _apply_interactions(made: _Judged) -> None:
    for item in made.interactions:
        text = f"With {item.other}: {item.text}"
        why = Why(text=text, because=item.because, sources=item.sources, basis=item.basis)
        if item.severity == "contraindicated" and item.verdict is Verdict.MET:
            _avoid(made, why)
        elif item.severity in ("contraindicated", "major"):
            _cap(made)
            made.checks.append(f"interaction with {item.other}")


def _option(
    made: _Judged, pairs: tuple[Interacting, ...], avoided: frozenset[str], situation: Situation
) -> TreatmentOption:
    entry = made.treatment
    offered = made.status in OFFERED
    doses = dose.answer(entry, situation) if offered else _unoffered(made)
    extra = (*_already(entry, situation), *made.reasons, *_not_together(pairs))
    cautions = () if made.status == "not_indicated" else safety.cautions(entry, situation)
    return TreatmentOption(
        id=entry.id,
        name=entry.name,
        kind=entry.kind,
        status=made.status,
        first=made.first and offered,
        order=entry.order,
        reasons=extra,
        would_fit=made.would_fit,
        checks=tuple(dict.fromkeys([*made.checks, *_asked(cautions), *doses.checks])),
        before=entry.before,
        actions=tuple(_actions(entry, avoided, situation)) if offered else (),
        technique=entry.technique,
        dose=doses,
        plan=_planned(entry, situation) if offered else None,
        contraindications=made.contraindications,
        cautions=cautions,
        interactions=(*made.interactions, *pairs),
        monitoring=entry.monitoring,
        adverse_effects=entry.adverse_effects,
        time_to_effect=entry.time_to_effect,
        evidence=view(entry.id, situation.knowledge),
        conflicts=situation.knowledge.built("treatment.conflicts", _conflicts).get(entry.id, ()),
        plain=entry.plain,
        facts=entry.facts,
        sources=entry.sources,
        basis=entry.basis,
    )


def _not_together(pairs: tuple[Interacting, ...]) -> list[Why]:
    """Other options that are offered as well and must not be given beside this one."""
    return [
        Why(text=f"Not together with {pair.other}: {pair.text}", sources=pair.sources, basis=pair.basis)
        for pair in pairs
        if pair.severity == "contraindicated" and pair.verdict is Verdict.MET
    ]


def _conflicts(knowledge: Knowledge) -> dict[str, tuple[Conflict, ...]]:
    """Treatment id -> what sources say differently of it."""
    held = knowledge.contents.treatment
    every = held.interactions.conflicts
    return {name: tuple(item for item in every if name in item.about) for name in held.treatments}


def _asked(cautions: tuple[Guarded, ...]) -> list[str]:
    return [item.check for item in cautions if item.verdict is Verdict.UNKNOWN]


def _planned(entry: Treatment, situation: Situation) -> InjectionPlan | None:
    """The injection plan for the recorded size of the lesion, where this treatment is injected."""
    constants = situation.held.dosing.injection
    measured = situation.findings.measured.get(constants.size_analyte)
    if entry.id != constants.treatment or measured is None or not measured.value:
        return None
    tip = situation.findings.status(constants.fingertip_finding) is Status.PRESENT
    return plan(situation.held, diameter=measured.value, fingertip=tip, person=situation.person)


def _unoffered(made: _Judged) -> DoseAnswer:
    """No amount for what is avoided or not indicated."""
    return DoseAnswer(withheld="To be avoided" if made.status == "avoid" else "Not indicated")


def _already(entry: Treatment, situation: Situation) -> list[Why]:
    """Duplicate therapy: the patient has it, or another of its group."""
    label = situation.knowledge.label
    found = []
    for name in safety.taking_already(entry, situation):
        text = f"Already recorded: {label(name)}; no second prescription, judge its effect first"
        found.append(Why(text=text, because=(situation.shown(name),), basis="proposal"))
    for name in safety.duplicates(entry, situation):
        text = f"{label(name)} is of the same group; not both"
        found.append(Why(text=text, because=(situation.shown(name),), basis="proposal"))
    return found


def _actions(entry: Treatment, avoided: frozenset[str], situation: Situation) -> list[ActionNow]:
    """Actions whose criterion is met, the urgent first."""
    met = [
        action
        for action in entry.actions
        if situation.verdict(CriterionId("action", entry.id, action.id)) is Verdict.MET
    ]
    return [_action(action, avoided) for action in sorted(met, key=lambda action: not action.urgency)]


def _action(action: Action, avoided: frozenset[str]) -> ActionNow:
    """What to do; where all that it is done with is to be avoided, what to do instead."""
    closed = bool(action.means) and avoided.issuperset(action.means)
    return ActionNow(
        id=action.id,
        text=action.instead if closed else action.text,
        urgency=action.urgency,
        consequence=action.consequence,
        sources=action.sources,
        basis=action.basis,
    )
