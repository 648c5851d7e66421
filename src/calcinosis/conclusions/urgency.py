"""Red flags: which are raised, and which could not be checked. Medicine in `knowledge/urgent/`."""

from __future__ import annotations

from msgspec import Struct

from calcinosis.conclusions.reasons import Reason, reasons
from calcinosis.criteria import Evaluation, leaf_results
from calcinosis.knowledge import Knowledge
from calcinosis.model import Status, Verdict

_ORDER = {"emergency": 0, "same_day": 1, "urgent": 2}


class UrgentFlag(Struct, frozen=True):
    """A red flag that is raised: how soon, what to do, and because of what."""

    id: str
    name: str
    urgency: str
    action: str
    why: str
    because: tuple[Reason, ...]
    sources: tuple[str, ...]
    basis: str
    action_basis: str


class Unchecked(Struct, frozen=True):
    """A red flag that the record neither raises nor rules out.

    `partly` is true when something in the record speaks for it; age, sex or site alone do not.
    """

    id: str
    name: str
    unknown: tuple[str, ...]
    partly: bool


def urgent(evaluation: Evaluation, knowledge: Knowledge) -> tuple[UrgentFlag, ...]:
    """Every red flag that is met, the most urgent first."""
    raised = []
    for entry in knowledge.contents.urgent.values():
        result = evaluation.of("urgent", entry.id)
        if result.verdict is Verdict.MET:
            raised.append(
                UrgentFlag(
                    entry.id,
                    entry.name,
                    entry.urgency,
                    entry.action,
                    entry.why,
                    reasons(result, evaluation.findings, knowledge),
                    entry.sources,
                    entry.basis,
                    entry.action_basis,
                )
            )
    return tuple(sorted(raised, key=lambda flag: (_ORDER[flag.urgency], flag.id)))


def unchecked(evaluation: Evaluation, knowledge: Knowledge) -> tuple[Unchecked, ...]:
    """Every red flag whose verdict is unknown; `partly` when something of it is present."""
    open_flags = []
    for entry in knowledge.contents.urgent.values():
        result = evaluation.of("urgent", entry.id)
        if result.verdict is Verdict.UNKNOWN:
            leaves = list(leaf_results(result))
            status = evaluation.findings.status
            open_flags.append(
                Unchecked(
                    entry.id,
                    entry.name,
                    tuple(leaf.id for leaf in leaves if status(leaf.id) is Status.UNKNOWN),
                    any(status(leaf.id) is Status.PRESENT and knowledge.telling(leaf.id) for leaf in leaves),
                )
            )
    return tuple(open_flags)
