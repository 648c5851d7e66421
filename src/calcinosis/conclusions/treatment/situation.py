"""One patient as the treatment step sees them, and criteria of the knowledge evaluated on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from calcinosis.conclusions.reasons import Reason, reasons
from calcinosis.conclusions.synthesis import Synthesis
from calcinosis.conclusions.treatment.person import Person
from calcinosis.conclusions.urgency import UrgentFlag
from calcinosis.criteria import CriterionId, Evaluation
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.schema import cannot_wait
from calcinosis.knowledge.treatment_schema import Treatments
from calcinosis.model import Status, Verdict


class Situation:
    """Findings, conclusions and body of one patient.

    A subtype that leads without being met counts as met here, and is remembered in `provisional`. Where two
    mechanisms act together both count as met, whichever leads.

    Args:
        evaluation: the criteria on this patient.
        person: the numbers that doses rest on.
        told: what is there; nothing against calcinosis is offered where none may be claimed.
        urgent: the red flags; `raised` keeps those that cannot wait, of the same day or sooner.
        leading: the subtype of rank 1, even when its verdict is still unknown.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        person: Person,
        told: Synthesis,
        urgent: Sequence[UrgentFlag] = (),
        *,
        leading: str,
        knowledge: Knowledge,
    ) -> None:
        self.raised = tuple(flag for flag in urgent if cannot_wait(flag.urgency))
        self.told = told
        self.knowledge = knowledge
        self.held: Treatments = knowledge.contents.treatment
        self.person = person
        self.findings = evaluation.findings
        key = CriterionId("subtype", leading)
        status = evaluation.result(key).verdict if leading else Verdict.MET
        self.provisional = leading if status is not Verdict.MET else ""
        led = {key: Verdict.MET} if status is Verdict.UNKNOWN else {}
        self.mixed = tuple(_mixed(leading, evaluation, knowledge))
        led |= {CriterionId("subtype", name): Verdict.MET for name in self.mixed}
        self._evaluation = evaluation.assuming(led)
        # What the record speaks of without settling it: doubted, or said both ways.
        self.doubted = frozenset(
            name
            for name, found in self.findings.by_id.items()
            if found.status is Status.UNKNOWN and found.evidence
        )

    def subtype(self, name: str) -> Verdict:
        """The verdict of a subtype; the leading one counts as met."""
        return self.verdict(CriterionId("subtype", name))

    def verdict(self, key: CriterionId) -> Verdict:
        """The verdict of a criterion, without the reasons."""
        return self._evaluation.verdict(key)

    def because(self, treatment: str, part: str) -> tuple[Reason, ...]:
        """The findings that decide what a part of an entry asks, with their places in the record."""
        key = CriterionId("asked", treatment, part)
        if key not in self._evaluation.shelf:
            return ()
        return reasons(self._evaluation.result(key), self.findings, self.knowledge, through=False)

    def shown(self, finding: str) -> Reason:
        """A finding as a reason."""
        found = self.findings.get(finding)
        return Reason(finding, self.knowledge.label(finding), found.status, found.evidence)


def _mixed(leading: str, evaluation: Evaluation, knowledge: Knowledge) -> Iterator[str]:
    """The other subtypes that count beside the leading one, because two mechanisms act together."""
    flag = knowledge.contents.mixed
    if leading in flag.counts and evaluation.of("mixed", flag.id).verdict is Verdict.MET:
        yield from (name for name in flag.counts if name != leading)


class Why(Struct, frozen=True, kw_only=True):
    """One reason for a status, with the findings behind it."""

    text: str
    because: tuple[Reason, ...] = ()
    sources: tuple[str, ...] = ()
    basis: str = "published"
