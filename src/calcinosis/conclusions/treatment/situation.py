"""One patient as the treatment step sees them, and criteria of the knowledge evaluated on them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct

from calcinosis.conclusions.reasons import Reason, reasons
from calcinosis.conclusions.treatment.person import Person, person
from calcinosis.criteria import Named, Node, Result, evaluate, kleene, parse, verdict
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.schema import Tree
from calcinosis.knowledge.treatment_schema import Treatments
from calcinosis.model import Findings, Patient, Status, Verdict


class Situation:
    """Findings, conclusions and body of one patient.

    A subtype that leads without being met counts as met here, and is remembered in `provisional`.

    Args:
        subtypes: verdict of each subtype; one that is missing is unknown.
        causes, forms: ids of those that are met; all others are unknown.
        leading: the subtype of rank 1, even when its verdict is still unknown.
    """

    def __init__(
        self,
        findings: Findings,
        *,
        patient: Patient,
        subtypes: Mapping[str, Verdict],
        causes: Collection[str],
        forms: Collection[str],
        leading: str,
        knowledge: Knowledge,
    ) -> None:
        self.findings = findings
        self.knowledge = knowledge
        self.held: Treatments = knowledge.contents.treatment
        self.person: Person = person(findings, patient, self.held.dosing)
        self._subtypes = dict(subtypes)
        self.provisional = leading if leading and subtypes.get(leading) is not Verdict.MET else ""
        if self.provisional and subtypes.get(leading) is not Verdict.NOT_MET:
            self._subtypes[leading] = Verdict.MET
        # What the record speaks of without settling it: doubted, or said both ways.
        self.doubted = frozenset(
            name
            for name, found in findings.by_id.items()
            if found.status is Status.UNKNOWN and found.evidence
        )
        self._met = {"cause": frozenset(causes), "form": frozenset(forms)}
        self._nodes: dict[int | str, Node] = knowledge.built("treatment.nodes", lambda _: {})
        self._made: dict[int | str, Result] = {}

    def subtype(self, name: str) -> Verdict:
        """The verdict of a subtype; the leading one counts as met."""
        return self._subtypes.get(name, Verdict.UNKNOWN)

    def _resolve(self, named: Named) -> Result:
        if named.kind == "subtype":
            return Result("subtype", self.subtype(named.id), named.id)
        met = named.id in self._met.get(named.kind, ())
        return Result(named.kind, Verdict.MET if met else Verdict.UNKNOWN, named.id)

    def result(self, tree: Tree) -> Result:
        """The criterion evaluated, each tree once."""
        key = tree if isinstance(tree, str) else id(tree)
        if key not in self._made:
            self._made[key] = evaluate(self._node(tree), self.findings, self._resolve)
        return self._made[key]

    def _node(self, tree: Tree) -> Node:
        """The parsed tree; trees of the knowledge base live as long as it does, so their id is a key."""
        key = tree if isinstance(tree, str) else id(tree)
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = parse(tree, "treatments")
        return node

    def verdict(self, tree: Tree | None) -> Verdict:
        """The verdict alone, without the reasons; no criterion is always met."""
        if tree is None:
            return Verdict.MET
        if isinstance(tree, str):
            return kleene.of_status(self.findings.status(tree))
        return verdict(self._node(tree), self.findings, self._resolve)

    def because(self, tree: Tree | None) -> tuple[Reason, ...]:
        """The findings that decide a criterion, with their places in the record."""
        return () if tree is None else reasons(self.result(tree), self.findings, self.knowledge)


class Why(Struct, frozen=True, kw_only=True):
    """One reason for a status, with the findings behind it."""

    text: str
    because: tuple[Reason, ...] = ()
    sources: tuple[str, ...] = ()
    basis: str = "published"
