"""Red flags: raised, not checkable, and what to look at now. Medicine in `knowledge/urgent/`.

A flag that guards a diagnosis is raised by that diagnosis as well: by its subtype met or ranked first, or by
its disease from the probability of `knowledge/alarms.yaml` on. So an alarm never sleeps beside its diagnosis.
A subtype that is first only because to miss it does more harm asks its questions and raises nothing.

A short form that stays open counts in each of its readings: a flag that one of them raises is raised, and
says on which reading it rests. A value without a unit, or one that its flag contradicts, raises none in this
way; it is not used until somebody was asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from calcinosis.conclusions.classification import SubtypeConclusion
from calcinosis.conclusions.questions import Supposed
from calcinosis.conclusions.reasons import Reason, reasons
from calcinosis.conclusions.synthesis import Synthesis, percent
from calcinosis.criteria import CriterionId, Environment, Evaluation, leaf_results
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.schema import Guards, Urgent, cannot_wait, soonness
from calcinosis.model import Doubt, Finding, Findings, Status, Verdict


class UrgentFlag(Struct, frozen=True):
    """A red flag that is raised: how soon, what to do, and because of what.

    `supposing` is empty where the record raises it as it stands; else it tells how a short form that is
    open was read ("HD: Haemodialysis"); findings that rest on it have the status that the record gives them.
    `diagnosis` tells which conclusion raised it, where its own criterion did not.
    """

    id: str
    name: str
    urgency: str
    action: str
    why: str
    because: tuple[Reason, ...]
    sources: tuple[str, ...]
    basis: str
    action_basis: str
    supposing: str = ""
    diagnosis: str = ""


class Look(Struct, frozen=True):
    """What one look at the patient settles, and the red flags that it would raise."""

    finding: str
    asks: str
    raises: tuple[str, ...]


class Unchecked(Struct, frozen=True):
    """A red flag that the record neither raises nor rules out.

    `partly` is true when something in the record speaks for it; age, sex, site or pain alone do not.
    """

    id: str
    name: str
    unknown: tuple[str, ...]
    partly: bool


def urgent(
    evaluation: Evaluation,
    knowledge: Knowledge,
    readings: Sequence[Supposed] = (),
    classified: Sequence[SubtypeConclusion] = (),
    there: Synthesis | None = None,
) -> tuple[UrgentFlag, ...]:
    """Every red flag that is met, most urgent first.

    So is one whose diagnosis is `classified` or among the dangers of what is `there`, and one that would be
    met in one of the `readings` of a short form.
    """
    raised = {
        entry.id: _flag(entry, evaluation, knowledge)
        for entry in knowledge.contents.urgent.values()
        if evaluation.of("urgent", entry.id).verdict is Verdict.MET
    }
    for entry in knowledge.contents.urgent.values():
        if entry.guards is not None and entry.id not in raised:
            told = next(_diagnoses(entry.id, entry.guards, classified, there), None)
            if told is not None:
                raised[entry.id] = replace(
                    _flag(entry, evaluation, knowledge), because=told[1], diagnosis=told[0]
                )
    for one in readings:
        for flag in one.raises if one.question.doubt is Doubt.SHORT_FORM else ():
            if flag not in raised:
                raised[flag] = _on_reading(knowledge.contents.urgent[flag], one, evaluation, knowledge)
    return tuple(sorted(raised.values(), key=lambda flag: (soonness(flag.urgency), flag.id)))


def _diagnoses(
    flag: str, guards: Guards, classified: Sequence[SubtypeConclusion], there: Synthesis | None
) -> Iterator[tuple[str, tuple[Reason, ...]]]:
    """The conclusions that raise a flag by themselves, in words, with their reasons."""
    for item in classified:
        if item.id == guards.subtype and item.status is Verdict.MET:
            yield f"{item.name}: its criteria are met", item.because
        elif item.id == guards.subtype and item.rank == 1 and not item.why_first:
            yield f"{item.name} is ranked first", item.because
    for danger in there.dangers if there is not None else ():
        if danger.flag == flag:
            yield f"{danger.name} has a probability of {percent(danger.probability)}", ()


def _flag(entry: Urgent, evaluation: Evaluation, knowledge: Knowledge) -> UrgentFlag:
    return UrgentFlag(
        entry.id,
        entry.name,
        entry.urgency,
        entry.action,
        entry.why,
        reasons(evaluation.of("urgent", entry.id), evaluation.findings, knowledge),
        entry.sources,
        entry.basis,
        entry.action_basis,
    )


def _on_reading(entry: Urgent, one: Supposed, evaluation: Evaluation, knowledge: Knowledge) -> UrgentFlag:
    flag = _flag(entry, one.evaluation, knowledge)
    return replace(
        flag,
        because=tuple(_as_recorded(flag.because, evaluation)),
        supposing=f"{one.question.what}: {one.meant.words}",
    )


def _as_recorded(because: Sequence[Reason], evaluation: Evaluation) -> Iterator[Reason]:
    for reason in because:
        yield replace(reason, status=evaluation.findings.status(reason.finding))


def unchecked(
    evaluation: Evaluation, knowledge: Knowledge, raised: Sequence[UrgentFlag] = ()
) -> tuple[Unchecked, ...]:
    """Every red flag of unknown verdict that is not `raised`; `partly` when something of it is present.

    What age or sex excludes is neither unknown nor could it be checked.
    """
    names = {flag.id for flag in raised}
    open_flags = []
    evaluation = _without_impossible(evaluation, knowledge)
    for entry in knowledge.contents.urgent.values():
        result = evaluation.of("urgent", entry.id)
        if result.verdict is Verdict.UNKNOWN and entry.id not in names:
            leaves = list(leaf_results(result))
            status = evaluation.findings.status
            open_flags.append(
                Unchecked(
                    entry.id,
                    entry.name,
                    tuple(leaf.id for leaf in leaves if status(leaf.id) is Status.UNKNOWN),
                    any(_begins(leaf.id, status(leaf.id), knowledge) for leaf in leaves),
                )
            )
    return tuple(open_flags)


def _begins(finding: str, status: Status, knowledge: Knowledge) -> bool:
    told = status is Status.PRESENT and knowledge.telling(finding)
    return told and finding not in knowledge.contents.alarms.general


def _without_impossible(evaluation: Evaluation, knowledge: Knowledge) -> Evaluation:
    """The same patient, in whom what age or sex excludes is absent where nothing was said of it."""
    found = evaluation.findings
    excluded = {
        name: Finding(id=name, status=Status.ABSENT)
        for place, one in enumerate(knowledge.contents.alarms.impossible)
        if evaluation.of("impossible", "alarms", str(place)).verdict is Verdict.MET
        for name in one.findings
        if found.status(name) is Status.UNKNOWN
    }
    if not excluded:
        return evaluation
    known = evaluation.environment
    findings = Findings({**found.by_id, **excluded}, found.measured, found.terms)
    return Evaluation(Environment(findings, known.quantities, known.words), evaluation.shelf)


def looks(
    evaluation: Evaluation, told: Synthesis, knowledge: Knowledge, unchecked: Sequence[Unchecked]
) -> tuple[Look, ...]:
    """What one look settles of the red flags that are begun and not decided; the first few.

    Only where a lesion is told: who has none cannot be looked at.
    """
    alarms, findings = knowledge.contents.alarms, evaluation.findings
    flags = knowledge.contents.urgent
    begun = [flag.id for flag in unchecked if flag.partly and cannot_wait(flags[flag.id].urgency)]
    if not begun or not told.lesion.there:
        return ()
    asked = []
    for look in alarms.looks:
        if findings.status(look.finding) is Status.UNKNOWN:
            raises = tuple(
                flag
                for flag in begun
                if evaluation.supposing(CriterionId("urgent", flag), look.finding, Status.PRESENT)
                is Verdict.MET
            )
            if raises:
                asked.append(Look(look.finding, look.asks, raises))
    return tuple(asked[: alarms.most])
