"""What to look at or order next, in the order of the pathway: appearance, laboratory, imaging, histology.

An investigation is proposed when it can settle something that is unknown and would change a conclusion.
A criterion in `knowledge/investigations` may lift one above its step, or advise against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from calcinosis.conclusions.classification import SubtypeConclusion
from calcinosis.criteria import Evaluation
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.schema import Investigation
from calcinosis.model import Status, Verdict

STEPS = ("appearance", "history", "laboratory", "imaging", "histology")


class NextStep(Struct, frozen=True):
    """An investigation proposed, with what it would settle."""

    id: str
    name: str
    kind: str
    why: str
    settles: tuple[str, ...]
    would_change: tuple[str, ...]
    invasiveness: int
    cost: str
    first: bool
    advised_against: str
    sources: tuple[str, ...]
    basis: str


def next_steps(
    evaluation: Evaluation, subtypes: Sequence[SubtypeConclusion], knowledge: Knowledge
) -> tuple[NextStep, ...]:
    """Investigations that can settle an open question, in pathway order."""
    wanted = _wanted(subtypes)
    found = [
        step
        for entry in knowledge.contents.investigations.values()
        if (step := _step(entry, wanted, evaluation)) is not None
    ]
    return tuple(sorted(found, key=_place))


def _wanted(subtypes: Iterable[SubtypeConclusion]) -> dict[str, list[str]]:
    """Unknown finding -> subtypes whose verdict it would change."""
    wanted: dict[str, list[str]] = {}
    for subtype in subtypes:
        for missing in subtype.missing:
            wanted.setdefault(missing.finding, []).append(subtype.id)
    return wanted


def _step(entry: Investigation, wanted: dict[str, list[str]], evaluation: Evaluation) -> NextStep | None:
    unknown = [name for name in entry.answers if evaluation.findings.status(name) is Status.UNKNOWN]
    first = entry.first_when is not None and _met(entry.first_when, evaluation)
    changed = dict.fromkeys(name for finding in unknown for name in wanted.get(finding, ()))
    if not unknown or not (changed or first):
        return None
    if entry.when is not None and not _met(entry.when, evaluation):
        return None
    against = entry.avoid_when is not None and _met(entry.avoid_when, evaluation)
    return NextStep(
        id=entry.id,
        name=entry.name,
        kind=entry.step,
        why=entry.first_why if first and entry.first_why else entry.purpose,
        settles=tuple(unknown),
        would_change=tuple(changed),
        invasiveness=entry.invasiveness,
        cost=entry.cost,
        first=first,
        advised_against=entry.avoid_why if against else "",
        sources=entry.sources,
        basis=entry.basis,
    )


def _met(tree: object, evaluation: Evaluation) -> bool:
    return evaluation.tree(tree).verdict is Verdict.MET  # type: ignore[arg-type]


def _place(step: NextStep) -> tuple[bool, bool, int, int, int, str]:
    """Advised against last; lifted ones first; then by step, by what they change, by burden."""
    return (
        bool(step.advised_against),
        not step.first,
        STEPS.index(step.kind),
        -len(step.would_change),
        step.invasiveness,
        step.id,
    )
