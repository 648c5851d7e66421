"""Patients made by hand: findings by status, measured values, and what the earlier steps concluded."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from calcinosis.conclusions.synthesis import Lesion, Synthesis
from calcinosis.conclusions.treatment import Situation, TreatmentOption, drug_review, options
from calcinosis.conclusions.treatment.person import environment, person
from calcinosis.criteria import CriterionId, Evaluation
from calcinosis.knowledge import Knowledge
from calcinosis.model import Finding, Findings, Patient, Status, Verdict

UNITS = {
    "body_weight": "kg",
    "body_height": "cm",
    "egfr": "mL/min/{1.73_m2}",
    "age_years": "a",
    "lesion_size": "mm",
}

BELIEVED = Synthesis(
    lesion=Lesion("described"), calcium=(), likelihood="likely", probability=0.9, leading=None, watch=()
)


def made(
    present: Collection[str] = (), absent: Collection[str] = (), measured: Mapping[str, float] | None = None
) -> Findings:
    by_id = {name: Finding(id=name, status=Status.PRESENT) for name in present}
    by_id |= {name: Finding(id=name, status=Status.ABSENT) for name in absent}
    values = {
        name: Finding(id=name, status=Status.PRESENT, value=value, unit=UNITS.get(name, ""))
        for name, value in (measured or {}).items()
    }
    return Findings(by_id, values)


def implied(present: Collection[str], knowledge: Knowledge) -> tuple[str, ...]:
    """These findings and all that they imply, as the plan of findings closes them."""
    found = dict.fromkeys(present)
    open_ = list(found)
    while open_:
        for name in knowledge.contents.findings[open_.pop()].implies:
            if name not in found:
                found[name] = None
                open_.append(name)
    return tuple(found)


class Case:
    """A patient whose treatment options can be asked for; `also` are subtypes met beside the leading one."""

    def __init__(
        self,
        knowledge: Knowledge,
        subtype: str = "dystrophic",
        present: Collection[str] = (),
        absent: Collection[str] = (),
        *,
        age: float | None = 54,
        sex: str = "male",
        weight: float | None = 54,
        egfr: float | None = 90,
        causes: Collection[str] = (),
        forms: Collection[str] = (),
        also: Collection[str] = (),
        provisional: bool = False,
        **measured: float,
    ) -> None:
        values = {"age_years": age, "body_weight": weight, "egfr": egfr, **measured}
        self.findings = made(
            implied(present, knowledge), absent, {k: v for k, v in values.items() if v is not None}
        )
        leading = {subtype: Verdict.UNKNOWN if provisional else Verdict.MET} if subtype else {}
        given = {
            **{CriterionId("subtype", name): Verdict.UNKNOWN for name in knowledge.contents.subtypes},
            **{CriterionId("subtype", name): status for name, status in leading.items()},
            **{CriterionId("subtype", name): Verdict.MET for name in also},
            **{CriterionId("cause", name): Verdict.MET for name in causes},
            **{CriterionId("form", name): Verdict.MET for name in forms},
        }
        body = person(self.findings, Patient(age_years=age, sex=sex), knowledge.contents.treatment.dosing)
        evaluation = Evaluation(environment(self.findings, body), knowledge.shelf, given)
        self.situation = Situation(evaluation, body, BELIEVED, leading=subtype, knowledge=knowledge)

    def options(self) -> tuple[TreatmentOption, ...]:
        return options(self.situation)

    def option(self, name: str) -> TreatmentOption:
        return next(item for item in self.options() if item.id == name)

    def alerts(self):
        return drug_review(self.situation)
