"""Criteria: trees of all, any, none, at_least and certain over findings and numbers, in three values.

Read in this order: `kleene` (the truth tables), `tree` (what can be written), `limits` and `environment`
(what numbers are held against and where they come from), `evaluation` (tree -> verdict with its reasons),
`shelf` (many criteria that refer to each other), `width` (which of two is the wider), `asking` (all of them
for one patient); `expression` is for formulas. Knows nothing of the knowledge base, which stands above it.
"""

from calcinosis.criteria.asking import Evaluation
from calcinosis.criteria.environment import Environment
from calcinosis.criteria.evaluation import Resolve, Result, deciding, evaluate, leaf_results, verdict
from calcinosis.criteria.limits import Limits
from calcinosis.criteria.shelf import CriterionId, Shelf
from calcinosis.criteria.tree import (
    Branch,
    Certain,
    Compare,
    Is,
    Leaf,
    Named,
    Node,
    leaves,
    named,
    nodes,
    parse,
)
from calcinosis.criteria.width import covers

__all__ = [
    "Branch",
    "Certain",
    "Compare",
    "CriterionId",
    "Environment",
    "Evaluation",
    "Is",
    "Leaf",
    "Limits",
    "Named",
    "Node",
    "Resolve",
    "Result",
    "Shelf",
    "covers",
    "deciding",
    "evaluate",
    "leaf_results",
    "leaves",
    "named",
    "nodes",
    "parse",
    "verdict",
]
