"""Criteria: trees of all, any, none and at_least over findings, in three values."""

from calcinosis.criteria.evaluation import Resolve, Result, deciding, evaluate, leaf_results
from calcinosis.criteria.tree import Branch, Leaf, Named, Node, leaves, named, parse

__all__ = [
    "Branch",
    "Leaf",
    "Named",
    "Node",
    "Resolve",
    "Result",
    "deciding",
    "evaluate",
    "leaf_results",
    "leaves",
    "named",
    "parse",
]
