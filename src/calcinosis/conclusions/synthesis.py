"""What is there, before anything is said of it: the one place that decides it, read by every later section.

Is there a lesion? Is its calcium proven? How likely is calcinosis, and what leads? What is dangerous even if
it is less likely? A background disease makes a lesion that is described more likely to be calcinosis, and
makes none. The rules stand in `knowledge/synthesis.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from msgspec import Struct

from calcinosis.conclusions.differential.ranking import Differential
from calcinosis.conclusions.reasons import Reason, reasons
from calcinosis.criteria import CriterionId, Evaluation
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.synthesis_schema import Telling
from calcinosis.model import Finding, Findings, Status, Verdict

LesionState = Literal["described", "implied", "denied", "not_mentioned"]
Likelihood = Literal["proven", "likely", "possible", "unlikely", "not_asked"]

# The pooled entry of the contract.
FAMILY = "calcinosis_cutis"
_ONE_PERCENT = 0.01


class Lesion(Struct, frozen=True):
    """Whether a record tells of a present lesion of the skin, with the findings that say so.

    `described` by what it looks or feels like, `implied` by a diagnosis or a result without a description,
    `denied`, or `not_mentioned`.
    """

    state: LesionState
    because: tuple[Reason, ...] = ()

    @property
    def there(self) -> bool:
        """Whether there is a lesion to speak of."""
        return self.state in ("described", "implied")


class Leading(Struct, frozen=True):
    """The most probable entity, the specific one first; `family` where it is pooled under one."""

    id: str
    name: str
    probability: float
    family: str = ""
    family_name: str = ""
    family_probability: float | None = None


class Watch(Struct, frozen=True):
    """What this person should come back with."""

    id: str
    text: str
    because: tuple[Reason, ...]
    sources: tuple[str, ...]
    basis: str


class Synthesis(Struct, frozen=True, kw_only=True):
    """What is there.

    Attributes:
        lesion: whether there is one.
        calcium: the findings that prove calcium in it; empty where nothing does.
        named: those that only say that there is some.
        likelihood: of calcinosis; `not_asked` without a lesion.
        probability: of calcinosis, all its forms together; `None` without a lesion.
        leading: the most probable entity; `None` without a lesion.
        watch: what to come back with, where there is no lesion.
        reason: in one sentence why nothing of calcinosis is claimed or offered; empty where something may be.
    """

    lesion: Lesion
    calcium: tuple[Reason, ...]
    named: tuple[Reason, ...] = ()
    likelihood: Likelihood
    probability: float | None
    leading: Leading | None
    watch: tuple[Watch, ...]
    reason: str = ""

    @property
    def claims(self) -> bool:
        """Whether calcinosis is at least possible: only then is a treatment offered."""
        return self.likelihood in ("proven", "likely", "possible")

    @property
    def classifies(self) -> bool:
        """Whether a subtype may be claimed: there is calcium, be it in a lesion of another disease."""
        return self.claims or bool(self.calcium or self.named)

    @property
    def believed(self) -> bool:
        """Whether it is calcinosis rather than not."""
        return self.likelihood in ("proven", "likely")


class _Tellers(NamedTuple):
    """Which findings describe a lesion, which imply one, and of what the absence denies one."""

    describing: frozenset[str]
    implying: frozenset[str]
    denying: tuple[str, ...]


def lesion(findings: Findings, knowledge: Knowledge) -> Lesion:
    """Whether there is a lesion of the skin."""
    tellers = knowledge.built("synthesis.tellers", _tellers)
    states: tuple[tuple[LesionState, frozenset[str]], ...] = (
        ("described", tellers.describing),
        ("implied", tellers.implying),
    )
    for state, names in states:
        found = [one for one in findings.by_id.values() if one.status is Status.PRESENT and one.id in names]
        if found:
            return Lesion(state, tuple(_reasons(found, knowledge)))
    denied = [findings.get(name) for name in tellers.denying if findings.status(name) is Status.ABSENT]
    if denied:
        return Lesion("denied", tuple(_reasons(denied, knowledge)))
    return Lesion("not_mentioned")


def _reasons(found: list[Finding], knowledge: Knowledge) -> Iterator[Reason]:
    for one in sorted(found, key=lambda one: one.id):
        if not one.derived:
            yield Reason(one.id, knowledge.label(one.id), one.status, one.evidence)


def _tellers(knowledge: Knowledge) -> _Tellers:
    rules = knowledge.contents.synthesis.lesion
    return _Tellers(
        frozenset(_told(rules.described, knowledge)), frozenset(_told(rules.implied, knowledge)), rules.denied
    )


def _told(telling: Telling, knowledge: Knowledge) -> Iterator[str]:
    for term in knowledge.contents.findings.values():
        if term.of_lesion and term.kind in telling.kinds and term.id not in telling.without:
            yield term.id
    yield from telling.findings


def synthesis(there: Lesion, found: Differential, evaluation: Evaluation, knowledge: Knowledge) -> Synthesis:
    """What is there, from whether a lesion is, the differential and the criteria."""
    if not there.there:
        words = knowledge.contents.synthesis.words
        return Synthesis(
            lesion=there,
            calcium=(),
            likelihood="not_asked",
            probability=None,
            leading=None,
            watch=tuple(_watched(evaluation, knowledge)),
            reason=words.not_there,
        )
    calcium = _proof(evaluation, knowledge)
    probability = found.probabilities.get(FAMILY, 0.0)
    likelihood = _likelihood(probability, bool(calcium), knowledge)
    words = knowledge.contents.synthesis.words
    return Synthesis(
        lesion=there,
        calcium=calcium,
        named=tuple(_named(evaluation.findings, knowledge)),
        likelihood=likelihood,
        probability=probability,
        leading=_leading(found),
        watch=(),
        reason=f"{words.unlikely} ({percent(probability)})" if likelihood == "unlikely" else "",
    )


def _proof(evaluation: Evaluation, knowledge: Knowledge) -> tuple[Reason, ...]:
    result = evaluation.result(CriterionId("synthesis", "proven"))
    return reasons(result, evaluation.findings, knowledge) if result.verdict is Verdict.MET else ()


def _named(findings: Findings, knowledge: Knowledge) -> Iterator[Reason]:
    for name in knowledge.contents.synthesis.named:
        if findings.status(name) is Status.PRESENT:
            yield from _reasons([findings.get(name)], knowledge)


def _likelihood(probability: float, proven: bool, knowledge: Knowledge) -> Likelihood:
    rules = knowledge.contents.synthesis
    if probability < rules.unlikely_below:
        return "unlikely"
    if probability < rules.likely_from:
        return "possible"
    return "proven" if proven else "likely"


def _leading(found: Differential) -> Leading:
    first = found.candidates[0]
    if not first.of_which:
        return Leading(first.id, first.name, first.probability)
    name, label, probability = first.of_which[0]
    return Leading(name, label, probability, first.id, first.name, first.probability)


def _watched(evaluation: Evaluation, knowledge: Knowledge) -> Iterator[Watch]:
    for rule in knowledge.contents.synthesis.watch:
        result = evaluation.result(CriterionId("watch", rule.id))
        if result.verdict is Verdict.MET:
            because = reasons(result, evaluation.findings, knowledge)
            yield Watch(rule.id, rule.text, because, rule.sources, rule.basis)


def percent(probability: float) -> str:
    """A probability in words that claim no more than it holds: 94 %, under 1 %, over 99 %."""
    if probability < _ONE_PERCENT:
        return "under 1 %"
    if probability > 1 - _ONE_PERCENT:
        return "over 99 %"
    return f"{probability:.0%}".replace("%", " %")
