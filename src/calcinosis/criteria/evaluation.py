"""A tree and a patient's environment give a verdict that keeps its reasons.

The result has the shape of the tree, so that `--why` prints what was evaluated and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import repeat

from msgspec import Struct

from calcinosis.criteria import kleene
from calcinosis.criteria.environment import Environment
from calcinosis.criteria.limits import kept
from calcinosis.criteria.tree import REFERENCES, Branch, Certain, Compare, Is, Leaf, Named, Node
from calcinosis.model import Verdict


class Result(Struct, frozen=True):
    """A verdict with the parts it was made of.

    `kind` is finding, all, any, none, at_least, certain, compare, is, or the kind of a named criterion; `id`
    is the finding, the quantity, the attribute or the named criterion; `needed` belongs to at_least.
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


def evaluate(node: Node, environment: Environment, resolve: Resolve) -> Result:
    """The verdict of `node`; `resolve` answers references to other criteria."""
    match node:  # the commonest first
        case Leaf():
            return Result("finding", environment.verdicts[node.finding], node.finding)
        case Branch():
            parts = tuple([evaluate(part, environment, resolve) for part in node.parts])
            found = combine(node, [part.verdict for part in parts])
            return Result(node.operator, found, "", node.needed, parts)
        case Named():
            return resolve(node)
        case Compare():
            return Result("compare", _compared(node, environment), node.quantity)
        case Is():
            return Result("is", _worded(node, environment), node.attribute)
        case Certain():
            part = evaluate(node.part, environment, resolve)
            return Result("certain", kleene.certain(part.verdict), "", 0, (part,))


def verdict(node: Node, environment: Environment, resolve: Resolve) -> Verdict:
    """As `evaluate` judges, without the reasons: it stops at the first part that decides."""
    match node:
        case Leaf():
            return environment.verdicts[node.finding]
        case Branch():
            return combine(node, map(verdict, node.parts, repeat(environment), repeat(resolve)))
        case Named():
            return resolve(node).verdict
        case Compare():
            return _compared(node, environment)
        case Is():
            return _worded(node, environment)
        case Certain():
            return kleene.certain(verdict(node.part, environment, resolve))


def _compared(node: Compare, environment: Environment) -> Verdict:
    value = environment.quantities.get(node.quantity)
    return Verdict.UNKNOWN if value is None else kept(node.limits, value)


def _worded(node: Is, environment: Environment) -> Verdict:
    word = environment.words.get(node.attribute)
    if not word:
        return Verdict.UNKNOWN
    return Verdict.MET if word == node.word else Verdict.NOT_MET


def combine(node: Branch | Certain, verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of a node from those of its parts, in order, as far as they are needed."""
    if isinstance(node, Certain):
        return kleene.certain(next(iter(verdicts)))
    if node.operator == "at_least":
        return kleene.at_least(node.needed, verdicts)
    return _OPERATORS[node.operator](verdicts)


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


def deciding(result: Result, *, through: bool = True) -> Iterator[str]:
    """Finding ids that carry the verdict, in order, repeats included.

    For a met criterion these are the findings that meet it, for an unmet one those that break it, for
    an unknown one those that are not known. Without `through`, those of the tree itself and none of the
    criteria that it refers to.
    """
    if result.kind == "finding":
        yield result.id
        return
    wanted = kleene.negation(result.verdict) if result.kind == "none" else result.verdict
    for part in result.parts:
        # What is not certain may be unknown: then that is what decides.
        if (part.verdict is wanted or result.kind == "certain") and (through or part.kind not in REFERENCES):
            yield from deciding(part, through=through)
