"""A tree and a patient's findings give a verdict that keeps its reasons.

The result has the shape of the tree, so that `--why` prints what was evaluated and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from calcinosis.criteria import kleene
from calcinosis.criteria.tree import Branch, Leaf, Named, Node
from calcinosis.model import Findings, Verdict


class Result(Struct, frozen=True):
    """A verdict with the parts it was made of.

    `kind` is finding, all, any, none, at_least, or the kind of a named criterion; `id` is the finding
    or the named criterion; `needed` belongs to at_least.
    """

    kind: str
    verdict: Verdict
    id: str = ""
    needed: int = 0
    parts: tuple[Result, ...] = ()


Resolve = Callable[[Named], Result]

_OPERATORS = {
    "all": kleene.conjunction,
    "any": kleene.disjunction,
    "none": kleene.exclusion,
}


def evaluate(node: Node, findings: Findings, resolve: Resolve) -> Result:
    """The verdict of `node` on `findings`; `resolve` answers references to other criteria."""
    if isinstance(node, Leaf):
        return Result("finding", kleene.of_status(findings.status(node.finding)), node.finding)
    if isinstance(node, Named):
        return resolve(node)
    parts = tuple([evaluate(part, findings, resolve) for part in node.parts])
    return Result(node.operator, combine(node, [part.verdict for part in parts]), "", node.needed, parts)


def verdict(node: Node, findings: Findings, resolve: Resolve) -> Verdict:
    """As `evaluate` judges, without the reasons: it stops at the first part that decides."""
    if isinstance(node, Leaf):
        return kleene.of_status(findings.status(node.finding))
    if isinstance(node, Named):
        return resolve(node).verdict
    return combine(node, (verdict(part, findings, resolve) for part in node.parts))


def combine(branch: Branch, verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of a branch from those of its parts, in order, as far as they are needed."""
    if branch.operator == "at_least":
        return kleene.at_least(branch.needed, verdicts)
    return _OPERATORS[branch.operator](verdicts)


def leaf_results(result: Result) -> Iterator[Result]:
    """Every finding that took part, in order, each once."""
    seen: set[str] = set()
    stack = [result]
    while stack:
        current = stack.pop()
        if current.kind == "finding" and current.id not in seen:
            seen.add(current.id)
            yield current
        stack.extend(reversed(current.parts))


def deciding(result: Result, negated: bool = False) -> Iterator[tuple[str, bool]]:
    """Finding ids that carry the verdict, each with whether it is its absence that counts.

    For a met criterion these are the findings that meet it, for an unmet one those that break it, for
    an unknown one those that are not known.
    """
    if result.kind == "finding":
        yield result.id, (result.verdict is Verdict.NOT_MET)
        return
    wanted = kleene.negation(result.verdict) if result.kind == "none" else result.verdict
    for part in result.parts:
        if part.verdict is wanted:
            yield from deciding(part, negated)
