"""What to look at or order next, in the order of the pathway: appearance, laboratory, imaging, histology.

An investigation is proposed when it can settle something that is unknown and would change a conclusion:
the verdict on a subtype, or the differential by more than a little. A criterion in
`knowledge/investigations` may lift one above its step, or advise against it; so does an expected gain far
above that of the earlier steps, and then the reason says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from calcinosis.conclusions.classification import SubtypeConclusion
from calcinosis.conclusions.differential.ranking import Differential
from calcinosis.conclusions.synthesis import Synthesis
from calcinosis.conclusions.workup import STEPS, Gain, Outcome, gains, outcomes, step_up, worth
from calcinosis.criteria import CriterionId, Evaluation
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.differential_schema import Workup
from calcinosis.knowledge.schema import Investigation
from calcinosis.model import Status, Verdict

# Steps for which the effect of each result is worked out.
_EXPLAINED = 3


class NextStep(Struct, frozen=True):
    """An investigation proposed, with what it would settle.

    Attributes:
        gain_bits: expected fall of the uncertainty over diagnosis and form; `diagnosis_bits` over the
            diagnosis alone.
        lifted: it stands before its step because it settles far more; `why` says so.
        worth: bits less the burden, which orders the tests of one step.
        outcomes: what its most telling results would do, for the first few steps.
    """

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
    gain_bits: float = 0.0
    diagnosis_bits: float = 0.0
    lifted: bool = False
    worth: float = 0.0
    outcomes: tuple[Outcome, ...] = ()


def next_steps(
    evaluation: Evaluation,
    subtypes: Sequence[SubtypeConclusion],
    found: Differential,
    told: Synthesis,
    knowledge: Knowledge,
) -> tuple[NextStep, ...]:
    """Investigations that can settle an open question, in pathway order.

    None without a lesion. Where calcinosis is unlikely only those that tell which disease it is: its subtype
    is no question.
    """
    if not told.lesion.there:
        return ()
    wanted = _wanted(subtypes) if told.claims else {}
    rules = knowledge.contents.differential.likelihoods.workup
    possible = {
        entry.id: entry
        for entry in knowledge.contents.investigations.values()
        if entry.when is None or _met(entry, "when", evaluation)
    }
    gained = {one.id: one for one in gains(found, evaluation.findings, possible.values())}
    steps = [
        step
        for entry in possible.values()
        if (step := _step(entry, wanted, evaluation, gained.get(entry.id), rules, about_it=told.claims))
    ]
    placed = sorted(_lifted(steps, gained, possible, rules), key=_place)
    return tuple(_explained(placed, gained, evaluation, found))


def _lifted(
    steps: Sequence[NextStep],
    told: Mapping[str, Gain],
    investigations: Mapping[str, Investigation],
    rules: Workup,
) -> list[NextStep]:
    """Mark the tests that settle far more than every earlier step; never one that is advised against."""
    open_gains = [told[step.id] for step in steps if step.id in told and not step.advised_against]
    marked = []
    for step in steps:
        may = step.id in told and not step.first and not step.advised_against
        why = step_up(told[step.id], open_gains, investigations, rules) if may else ""
        marked.append(msgspec.structs.replace(step, lifted=True, why=f"{step.why} {why}") if why else step)
    return marked


def _explained(
    placed: Sequence[NextStep], told: Mapping[str, Gain], evaluation: Evaluation, found: Differential
) -> list[NextStep]:
    """Work out what the results of the first few steps would do."""
    head = [
        msgspec.structs.replace(step, outcomes=outcomes(found, evaluation.findings, told[step.id].settles))
        if step.id in told
        else step
        for step in placed[:_EXPLAINED]
    ]
    return [*head, *placed[_EXPLAINED:]]


def _wanted(subtypes: Iterable[SubtypeConclusion]) -> dict[str, list[str]]:
    """Unknown finding -> subtypes whose verdict it would change."""
    wanted: dict[str, list[str]] = {}
    for subtype in subtypes:
        for missing in subtype.missing:
            wanted.setdefault(missing.finding, []).append(subtype.id)
    return wanted


def _step(
    entry: Investigation,
    wanted: dict[str, list[str]],
    evaluation: Evaluation,
    told: Gain | None,
    rules: Workup,
    *,
    about_it: bool,
) -> NextStep | None:
    """The investigation as a step, or nothing; `about_it` where calcinosis and its form are the question."""
    unknown = [name for name in entry.answers if evaluation.findings.status(name) is Status.UNKNOWN]
    first = about_it and entry.first_when is not None and _met(entry, "first_when", evaluation)
    changed = dict.fromkeys(name for finding in unknown for name in wanted.get(finding, ()))
    bits = (told.bits if about_it else told.diagnosis_bits) if told else 0.0
    if not unknown or not (changed or first or bits >= rules.shown_bits):
        return None
    against = entry.avoid_when is not None and _met(entry, "avoid_when", evaluation)
    return NextStep(
        id=entry.id,
        name=entry.name,
        kind=entry.step,
        why=entry.first_why if first and entry.first_why else entry.purpose,
        settles=tuple(dict.fromkeys([*(told.settles if told else ()), *unknown])),
        would_change=tuple(changed),
        invasiveness=entry.invasiveness,
        cost=entry.cost,
        first=first,
        advised_against=entry.avoid_why if against else "",
        sources=entry.sources,
        basis=entry.basis,
        gain_bits=bits,
        diagnosis_bits=told.diagnosis_bits if told else 0.0,
        worth=worth(bits, len(changed), entry, rules),
    )


def _met(entry: Investigation, part: str, evaluation: Evaluation) -> bool:
    return evaluation.verdict(CriterionId("investigation", entry.id, part)) is Verdict.MET


def _place(step: NextStep) -> tuple[bool, bool, bool, int, float, str]:
    """Advised against last; lifted ones first; then by step, and within one by worth."""
    return (
        bool(step.advised_against),
        not step.first,
        not step.lifted,
        STEPS.index(step.kind),
        -step.worth,
        step.id,
    )
