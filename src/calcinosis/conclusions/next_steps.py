"""What to look at or order next, in the order of the pathway: appearance, laboratory, imaging, histology.

An investigation is proposed when it can settle something that is unknown and would change a conclusion:
the verdict on a subtype, or the differential by more than a little. A criterion in
`knowledge/investigations` may lift one above its step, or advise against it; so does an expected gain far
above that of the earlier steps, and then the reason says so. What the record has already is not proposed
again, unless repeating it is worth it, and then the reason says so; of a panel only the missing parts are
named. Referrals stand in `knowledge/referrals.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from calcinosis.conclusions.classification import SubtypeConclusion
from calcinosis.conclusions.differential.ranking import Differential
from calcinosis.conclusions.reasons import Reason, reasons
from calcinosis.conclusions.synthesis import Synthesis
from calcinosis.conclusions.workup import STEPS, Gain, Outcome, gains, outcomes, step_up, worth
from calcinosis.criteria import CriterionId, Evaluation
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.differential_schema import Workup
from calcinosis.knowledge.schema import Investigation, Referral
from calcinosis.model import Status, Verdict

# Kinds of step that a person answers by looking or by asking, and how many questions each names.
_ASKED, _MOST_ASKED = ("appearance", "history"), 3
# How soon a referral may be meant, the soonest first.
SOON = ("today", "within 2 weeks", "within 3 months")
# Steps for which the effect of each result is worked out.
_EXPLAINED = 3


class NextStep(Struct, frozen=True):
    """An investigation proposed, with what it would settle.

    Attributes:
        name: of a panel the parts that are missing.
        asks: the signs to look for, as questions, the most telling first.
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
    asks: tuple[str, ...] = ()


class Referred(Struct, frozen=True):
    """To whom the patient is sent, how soon and why."""

    id: str
    to: str
    soon: str
    why: str
    because: tuple[Reason, ...]
    sources: tuple[str, ...]
    basis: str


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
        if (step := _step(entry, wanted, evaluation, gained.get(entry.id), knowledge, about_it=told.claims))
    ]
    steps = _warned_once(steps)
    placed = _asked_once(sorted(_lifted(steps, gained, possible, rules), key=_place))
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


def referrals(evaluation: Evaluation, told: Synthesis, knowledge: Knowledge) -> tuple[Referred, ...]:
    """To whom this patient is sent, the soonest first; nobody is for a lesion that is not there."""
    if not told.lesion.there:
        return ()
    met = [
        _referred(entry, evaluation, knowledge)
        for entry in knowledge.contents.referrals.values()
        if (told.claims or not entry.of_calcinosis)
        and evaluation.of("referral", entry.id).verdict is Verdict.MET
    ]
    return tuple(sorted(met, key=lambda one: SOON.index(one.soon)))


def _referred(entry: Referral, evaluation: Evaluation, knowledge: Knowledge) -> Referred:
    because = reasons(evaluation.of("referral", entry.id), evaluation.findings, knowledge)
    return Referred(entry.id, entry.to, entry.soon, entry.why, because, entry.sources, entry.basis)


def _warned_once(steps: Iterable[NextStep]) -> list[NextStep]:
    """The steps, of each kind no more than one that is advised against: it says it for the others."""
    kept: list[NextStep] = []
    for step in steps:
        warned = step.advised_against and any(one.kind == step.kind and one.advised_against for one in kept)
        if not warned:
            kept.append(step)
    return kept


def _asked_once(steps: Iterable[NextStep]) -> list[NextStep]:
    """The steps in their order, no question asked by a second one."""
    seen: set[str] = set()
    told = []
    for step in steps:
        asks = tuple(ask for ask in step.asks if ask not in seen)
        seen.update(asks)
        told.append(msgspec.structs.replace(step, asks=asks))
    return told


def _step(
    entry: Investigation,
    wanted: dict[str, list[str]],
    evaluation: Evaluation,
    told: Gain | None,
    knowledge: Knowledge,
    *,
    about_it: bool,
) -> NextStep | None:
    """The investigation as a step, or nothing; `about_it` where calcinosis and its form are the question."""
    rules = knowledge.contents.differential.likelihoods.workup
    unknown = [name for name in entry.answers if evaluation.findings.status(name) is Status.UNKNOWN]
    done = _done(entry, evaluation)
    again = done and entry.repeat_when is not None and _met(entry, "repeat_when", evaluation)
    needless = entry.needless_when is not None and _met(entry, "needless_when", evaluation)
    if needless or (done and not again):
        return None
    first = about_it and not again and entry.first_when is not None and _met(entry, "first_when", evaluation)
    changed = dict.fromkeys(name for finding in unknown for name in wanted.get(finding, ()))
    bits = (told.bits if about_it else told.diagnosis_bits) if told else 0.0
    if not again and (not unknown or not (changed or first or bits >= rules.shown_bits)):
        return None
    settles = tuple(dict.fromkeys([*(told.settles if told else ()), *unknown]))
    why = entry.first_why if first and entry.first_why else entry.purpose
    return NextStep(
        id=entry.id,
        name=_missing_parts(entry, unknown),
        kind=entry.step,
        why=entry.repeat_why if again else why,
        settles=settles,
        would_change=tuple(changed),
        invasiveness=entry.invasiveness,
        cost=entry.cost,
        first=first,
        advised_against=entry.avoid_why if _avoided(entry, evaluation) else "",
        sources=entry.sources,
        basis=entry.basis,
        gain_bits=bits,
        diagnosis_bits=told.diagnosis_bits if told else 0.0,
        worth=worth(bits, len(changed), entry, rules),
        asks=_asks(entry, settles, knowledge),
    )


def _done(entry: Investigation, evaluation: Evaluation) -> bool:
    """Whether the record tells a result of it, whatever the result."""
    told = any(evaluation.findings.status(name) is not Status.UNKNOWN for name in entry.done_by)
    return told and (entry.done_at is None or _met(entry, "done_at", evaluation))


def _avoided(entry: Investigation, evaluation: Evaluation) -> bool:
    """Whether its own criterion or a red flag that is raised advises against it."""
    own = entry.avoid_when is not None and _met(entry, "avoid_when", evaluation)
    return own or any(evaluation.of("urgent", flag).verdict is Verdict.MET for flag in entry.avoid_with)


def _missing_parts(entry: Investigation, unknown: Sequence[str]) -> str:
    """The name of the investigation, or of a panel the parts of which nothing is recorded."""
    open_ = set(unknown)
    missing = [part.name for part in entry.parts if open_.issuperset(part.answers)]
    return entry.name if not missing or len(missing) == len(entry.parts) else ", ".join(missing)


def _asks(entry: Investigation, settles: Sequence[str], knowledge: Knowledge) -> tuple[str, ...]:
    """What to ask or look for, where a person and no machine answers."""
    if entry.step not in _ASKED:
        return ()
    held = knowledge.contents.findings
    return tuple(dict.fromkeys(held[name].ask for name in settles if held[name].ask))[:_MOST_ASKED]


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
