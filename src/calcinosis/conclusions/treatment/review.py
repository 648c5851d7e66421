"""Drugs that the patient already takes: those that cause or feed deposits, and those that do not fit."""

from __future__ import annotations

from msgspec import Struct

from calcinosis.conclusions.reasons import Reason
from calcinosis.conclusions.treatment.safety import Interacting, interacting
from calcinosis.conclusions.treatment.situation import Situation
from calcinosis.criteria import CriterionId
from calcinosis.knowledge.schema import soonness
from calcinosis.knowledge.treatment_schema import DrugReview, Interaction
from calcinosis.model import Status, Verdict


class DrugAlert(Struct, frozen=True, kw_only=True):
    """A drug to review, what follows from changing it, and how soon."""

    id: str
    drug: str
    urgency: str
    text: str
    consequence: str
    because: tuple[Reason, ...]
    sources: tuple[str, ...]
    basis: str


def drug_review(situation: Situation) -> tuple[tuple[DrugAlert, ...], tuple[Interacting, ...]]:
    """Drugs to review, the most urgent first, and interactions among the drugs that are taken.

    Where no calcinosis may be claimed, no drug is reviewed for what it does to one.
    """
    if not situation.told.claims:
        return (), _among(situation)
    return alerts(situation), _among(situation)


def alerts(situation: Situation) -> tuple[DrugAlert, ...]:
    """Drugs to review, the most urgent first."""
    found = [
        _alert(rule, situation)
        for rule in situation.held.interactions.reviews
        if situation.verdict(CriterionId("review", rule.id)) is Verdict.MET
    ]
    return tuple(sorted(found, key=lambda alert: soonness(alert.urgency)))


def _alert(rule: DrugReview, situation: Situation) -> DrugAlert:
    return DrugAlert(
        id=rule.id,
        drug=rule.drug,
        urgency=rule.urgency,
        text=rule.text,
        consequence=rule.consequence,
        because=situation.because(rule.id, "review"),
        sources=rule.sources,
        basis=rule.basis,
    )


def _among(situation: Situation) -> tuple[Interacting, ...]:
    """Interactions between two drugs that the patient takes."""
    found = []
    for pair in situation.held.interactions.interactions:
        taken = _both(pair, situation)
        if not taken:
            continue
        verdict = situation.verdict(CriterionId("interaction", pair.id))
        if verdict is not Verdict.NOT_MET:
            found.append(interacting(pair, "drug", pair.second.name, verdict, situation, taken))
    return tuple(found)


def _both(pair: Interaction, situation: Situation) -> tuple[str, ...]:
    """One finding of each side, not the same; nothing when a side is not taken."""
    present = [
        [name for name in side.taking if situation.findings.status(name) is Status.PRESENT]
        for side in (pair.first, pair.second)
    ]
    return next(((a, b) for a in present[0] for b in present[1] if a != b), ())
