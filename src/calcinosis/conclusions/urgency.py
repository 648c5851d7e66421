"""Red flags: which are raised, and which could not be checked. Medicine in `knowledge/urgent/`.

A short form that stays open counts in each of its readings: a flag that one of them raises is raised, and
says on which reading it rests. A value without a unit, or one that its flag contradicts, raises none in this
way; it is not used until somebody was asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from calcinosis.conclusions.questions import Supposed
from calcinosis.conclusions.reasons import Reason, reasons
from calcinosis.criteria import Evaluation, leaf_results
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.schema import Urgent, soonness
from calcinosis.model import Doubt, Status, Verdict


class UrgentFlag(Struct, frozen=True):
    """A red flag that is raised: how soon, what to do, and because of what.

    `supposing` is empty where the record raises it as it stands; else it tells how a short form that is
    open was read ("HD: Haemodialysis"); findings that rest on it have the status that the record gives them.
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


class Unchecked(Struct, frozen=True):
    """A red flag that the record neither raises nor rules out.

    `partly` is true when something in the record speaks for it; age, sex or site alone do not.
    """

    id: str
    name: str
    unknown: tuple[str, ...]
    partly: bool


def urgent(
    evaluation: Evaluation, knowledge: Knowledge, readings: Sequence[Supposed] = ()
) -> tuple[UrgentFlag, ...]:
    """Every red flag that is met, or would be in one of the `readings` of a short form; most urgent first."""
    raised = {
        entry.id: _flag(entry, evaluation, knowledge)
        for entry in knowledge.contents.urgent.values()
        if evaluation.of("urgent", entry.id).verdict is Verdict.MET
    }
    for one in readings:
        for flag in one.raises if one.question.doubt is Doubt.SHORT_FORM else ():
            if flag not in raised:
                raised[flag] = _on_reading(knowledge.contents.urgent[flag], one, evaluation, knowledge)
    return tuple(sorted(raised.values(), key=lambda flag: (soonness(flag.urgency), flag.id)))


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
    """Every red flag of unknown verdict that is not `raised`; `partly` when something of it is present."""
    names = {flag.id for flag in raised}
    open_flags = []
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
                    any(status(leaf.id) is Status.PRESENT and knowledge.telling(leaf.id) for leaf in leaves),
                )
            )
    return tuple(open_flags)
