"""The verdicts of a shelf of criteria on one patient, each made once."""

from __future__ import annotations

from collections.abc import Mapping

from calcinosis.criteria import kleene
from calcinosis.criteria.environment import Environment
from calcinosis.criteria.evaluation import Result, combine, evaluate
from calcinosis.criteria.evaluation import verdict as judged
from calcinosis.criteria.shelf import CriterionId, Kind, Moves, Shelf
from calcinosis.criteria.tree import Branch, Certain, Leaf, Named, Node, children
from calcinosis.model import Findings, Status, Verdict


class Evaluation:
    """Verdicts of criteria on one patient.

    Args:
        environment: the patient.
        shelf: the criteria.
        given: verdicts that are taken as they are, whatever the findings say of them: "the leading subtype
            counts as met".
    """

    def __init__(
        self, environment: Environment, shelf: Shelf, given: Mapping[CriterionId, Verdict] | None = None
    ) -> None:
        self.environment = environment
        self.shelf = shelf
        self._given = dict(given or {})
        self._made: dict[CriterionId, Result] = {}
        self._judged: dict[CriterionId, Verdict] = {}

    @property
    def findings(self) -> Findings:
        """The findings of the patient."""
        return self.environment.findings

    def assuming(self, given: Mapping[CriterionId, Verdict]) -> Evaluation:
        """The same patient with these verdicts taken as given; what does not ask for them stands."""
        if not given:
            return self
        other = Evaluation(self.environment, self.shelf, {**self._given, **given})
        other._made = {key: made for key, made in self._made.items() if not self.shelf.asks(key, given)}
        return other

    def of(self, kind: Kind, name: str, part: str = "") -> Result:
        """The result of a criterion; `cause_of` and `form_of` are any of their members.

        Raises:
            KeyError: no criterion has that id.
        """
        return self.result(CriterionId(kind, name, part))

    def result(self, key: CriterionId) -> Result:
        """As `of`, by the id as one."""
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = self._evaluated(key)
        return made

    def verdict(self, key: CriterionId) -> Verdict:
        """The verdict alone, which stops at the first part that decides."""
        if key in self._made:
            return self._made[key].verdict
        found = self._judged.get(key)
        if found is None:
            tree = None if key in self._given else self.shelf.trees.get(key)
            found = (
                self.result(key).verdict if tree is None else judged(tree, self.environment, self._resolve)
            )
            self._judged[key] = found
        return found

    def _evaluated(self, key: CriterionId) -> Result:
        if key in self._given:
            return Result(key.kind, self._given[key], key.id)
        if key in self.shelf.members:
            parts = tuple(self.result(member) for member in self.shelf.members[key])
            return Result(key.kind, kleene.disjunction(part.verdict for part in parts), key.id, 0, parts)
        inner = evaluate(self.shelf.trees[key], self.environment, self._resolve)
        return Result(key.kind, inner.verdict, key.id, 0, (inner,))

    def _resolve(self, reference: Named) -> Result:
        return self.result(CriterionId(reference.kind, reference.id))

    def supposing(self, key: CriterionId, finding: str, status: Status) -> Verdict:
        """The verdict of a criterion, had the finding this status; only what it moves is judged anew."""
        return self._supposed(key, finding, kleene.of_status(status))

    def _supposed(self, key: CriterionId, finding: str, verdict: Verdict) -> Verdict:
        if key in self._given or finding not in self.shelf.depends(key):
            return self.result(key).verdict
        if key in self.shelf.members:
            members = self.shelf.members[key]
            return kleene.disjunction(self._supposed(member, finding, verdict) for member in members)
        made = self.result(key).parts[0]
        return self._supposed_node(self.shelf.trees[key], self.shelf.moves(key), made, finding, verdict)

    def _supposed_node(
        self, node: Node, moves: Moves, made: Result, finding: str, verdict: Verdict
    ) -> Verdict:
        """The verdict of a node that the finding can move; `made` is its result as things are."""
        match node:
            case Leaf():
                return verdict
            case Named():
                return self._supposed(CriterionId(node.kind, node.id), finding, verdict)
            case Branch() | Certain():
                verdicts = [part.verdict for part in made.parts]
                for place in moves.places[finding]:
                    part, below = children(node)[place], moves.parts[place]
                    verdicts[place] = self._supposed_node(part, below, made.parts[place], finding, verdict)
                return combine(node, verdicts)
            case _:
                return made.verdict
