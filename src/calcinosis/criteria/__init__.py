"""Criteria: trees of all, any, none and at_least over findings, in three values."""

from calcinosis.criteria.evaluation import Resolve, Result, deciding, evaluate, leaf_results, verdict
from calcinosis.criteria.library import Evaluation, Library, library
from calcinosis.criteria.tree import Branch, Leaf, Named, Node, leaves, named, parse

__all__ = [
    "Branch",
    "Evaluation",
    "Leaf",
    "Library",
    "Named",
    "Node",
    "Resolve",
    "Result",
    "deciding",
    "evaluate",
    "leaf_results",
    "leaves",
    "library",
    "named",
    "parse",
    "verdict",
]
