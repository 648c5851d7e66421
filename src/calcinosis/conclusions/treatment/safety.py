"""Contraindications, cautions and interactions of one treatment for one patient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from calcinosis.conclusions.reasons import Reason
from calcinosis.conclusions.treatment.situation import Situation
from calcinosis.criteria import CriterionId
from calcinosis.criteria.shelf import Kind
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.schema import Position
from calcinosis.knowledge.treatment_schema import Guard, Interaction, Side, Treatment
from calcinosis.model import Status, Verdict


class Guarded(Struct, frozen=True, kw_only=True):
    """A contraindication or caution, evaluated.

    Attributes:
        major: while it is unknown the treatment is at most `consider`: the knowledge says so, or the record
            raises the question itself (a doubted or contradicted entry).
        check: what to find out while it is unknown.
    """

    id: str
    text: str
    verdict: Verdict
    major: bool
    check: str
    because: tuple[Reason, ...]
    sources: tuple[str, ...]
    basis: str


class Interacting(Struct, frozen=True, kw_only=True):
    """An interaction that concerns this patient.

    `partner` is `drug` when the patient takes the other, `option` when this report proposes it.
    """

    id: str
    partner: str
    other: str
    severity: str
    verdict: Verdict
    text: str
    handling: str
    positions: tuple[Position, ...]
    because: tuple[Reason, ...]
    sources: tuple[str, ...]
    basis: str


def guarded(kind: Kind, guard: Guard, treatment: Treatment, situation: Situation) -> Guarded:
    """A guard of this kind with its verdict for this patient."""
    verdict = situation.verdict(CriterionId(kind, treatment.id, guard.id))
    asked = (
        situation.because(treatment.id, f"{kind} {guard.id}") if _speaks(verdict, guard, situation) else ()
    )
    doubted = verdict is Verdict.UNKNOWN and any(reason.finding in situation.doubted for reason in asked)
    shown = verdict is Verdict.MET or doubted or (guard.major and verdict is Verdict.UNKNOWN)
    check = guard.check or (guard.text if doubted else "")
    return Guarded(
        id=guard.id,
        text=guard.text,
        verdict=verdict,
        major=guard.major or doubted,
        check=check if verdict is Verdict.UNKNOWN else "",
        because=asked if shown else (),
        sources=guard.sources,
        basis=guard.basis,
    )


def _speaks(verdict: Verdict, guard: Guard, situation: Situation) -> bool:
    """Whether what the guard asks may be shown: it holds, or is open and the record raises the question."""
    open_ = verdict is Verdict.UNKNOWN and (guard.major or bool(situation.doubted))
    return verdict is Verdict.MET or open_


def contraindications(treatment: Treatment, situation: Situation) -> tuple[Guarded, ...]:
    """All of them, the met first, then the unknown."""
    rank = {Verdict.MET: 0, Verdict.UNKNOWN: 1, Verdict.NOT_MET: 2}
    found = [
        guarded("contraindication", guard, treatment, situation) for guard in treatment.contraindications
    ]
    return tuple(sorted(found, key=lambda item: (rank[item.verdict], not item.major)))


def cautions(treatment: Treatment, situation: Situation) -> tuple[Guarded, ...]:
    """Those that hold, and the unknown ones that name something to check."""
    found = [guarded("caution", guard, treatment, situation) for guard in treatment.cautions]
    return tuple(
        item
        for item in found
        if item.verdict is Verdict.MET or (item.verdict is Verdict.UNKNOWN and item.check)
    )


def with_drugs(treatment: Treatment, situation: Situation) -> tuple[Interacting, ...]:
    """Interactions with what the patient takes."""
    return tuple(_with_drugs(treatment, situation))


def _with_drugs(treatment: Treatment, situation: Situation) -> Iterator[Interacting]:
    sides = situation.knowledge.built("treatment.sides", _sides)
    for pair, other in sides.get(treatment.id, ()):
        taken = _taken(other, situation)
        if not taken:
            continue
        verdict = situation.verdict(CriterionId("interaction", pair.id))
        if verdict is not Verdict.NOT_MET:
            yield interacting(pair, "drug", other.name, verdict, situation, taken)


def _sides(knowledge: Knowledge) -> dict[str, tuple[tuple[Interaction, Side], ...]]:
    """Treatment id -> interactions it is part of, each with the other side."""
    found: dict[str, list[tuple[Interaction, Side]]] = {}
    for pair in knowledge.contents.treatment.interactions.interactions:
        for mine, other in ((pair.first, pair.second), (pair.second, pair.first)):
            for name in mine.treatments:
                found.setdefault(name, []).append((pair, other))
    return {name: tuple(items) for name, items in found.items()}


def _taken(side: Side, situation: Situation) -> tuple[str, ...]:
    return tuple(name for name in side.taking if situation.findings.status(name) is Status.PRESENT)


def interacting(
    pair: Interaction,
    partner: str,
    other: str,
    verdict: Verdict,
    situation: Situation,
    taken: Iterable[str] = (),
) -> Interacting:
    """An interaction as it is shown, with the findings that say what the patient takes."""
    return Interacting(
        id=pair.id,
        partner=partner,
        other=other,
        severity=pair.severity,
        verdict=verdict,
        text=pair.text,
        handling=pair.handling,
        positions=pair.positions,
        because=tuple(situation.shown(name) for name in taken),
        sources=pair.sources,
        basis=pair.basis,
    )


def between(proposed: Iterable[str], situation: Situation) -> dict[str, tuple[Interacting, ...]]:
    """Interactions among options that are proposed together, by option; `other` names the other one."""
    chosen = set(proposed)
    names = {name: situation.held.treatments[name].name for name in chosen}
    found: dict[str, list[Interacting]] = {}
    for pair in situation.held.interactions.interactions:
        if chosen.isdisjoint(pair.first.treatments) or chosen.isdisjoint(pair.second.treatments):
            continue
        verdict = situation.verdict(CriterionId("interaction", pair.id))
        if verdict is Verdict.NOT_MET:
            continue
        for first in sorted(chosen.intersection(pair.first.treatments)):
            for second in sorted(chosen.intersection(pair.second.treatments) - {first}):
                for mine, other in ((first, second), (second, first)):
                    item = interacting(pair, "option", names[other], verdict, situation)
                    found.setdefault(mine, []).append(item)
    return {name: tuple(items) for name, items in found.items()}


def taking_already(treatment: Treatment, situation: Situation) -> tuple[str, ...]:
    """Findings that say the patient has this treatment already."""
    return tuple(name for name in treatment.taking if situation.findings.status(name) is Status.PRESENT)


def duplicates(treatment: Treatment, situation: Situation) -> tuple[str, ...]:
    """Findings of drugs of the same group that the patient takes."""
    if not treatment.group:
        return ()
    others = (
        name
        for other in situation.held.treatments.values()
        if other.group == treatment.group and other.id != treatment.id
        for name in other.taking
    )
    return tuple(dict.fromkeys(n for n in others if situation.findings.status(n) is Status.PRESENT))
