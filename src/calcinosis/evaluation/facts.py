"""The founding facts as behaviours: each vignette is concluded, and what must come out is looked for.

The vignettes stand with the facts in `knowledge/facts.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import pairwise

import msgspec
from msgspec import Struct

from calcinosis.conclusions.treatment import TreatmentOption
from calcinosis.consultation import Consultation
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.schema import SUBJECTS, Expected, Fact, Vignette
from calcinosis.knowledge.treatment_schema import OFFERED
from calcinosis.model import Status, Verdict
from calcinosis.pathway import consult

AS_OF = date(2026, 1, 1)
# A consultation as it is printed in one of the formats of `says`.
Printed = Callable[[Consultation, str], str]


class Failure(Struct, frozen=True):
    """One thing that did not come out: of which vignette, from 1, what was expected and what was seen."""

    fact: str
    vignette: int
    note: str
    expected: str
    seen: str


class Behaviour(Struct, frozen=True):
    """A founding fact with how many vignettes show it, and what failed."""

    fact: str
    vignettes: int
    failures: tuple[Failure, ...]

    @property
    def works(self) -> bool:
        """Whether every vignette came out."""
        return self.vignettes > 0 and not self.failures


def behaviours(facts: Iterable[Fact], knowledge: Knowledge, printed: Printed) -> Iterator[Behaviour]:
    """Each fact after its vignettes were run."""
    for fact in facts:
        failures = [
            failure
            for number, vignette in enumerate(fact.vignettes, 1)
            for failure in _failures(fact.id, number, vignette, knowledge, printed)
        ]
        yield Behaviour(fact.id, len(fact.vignettes), tuple(failures))


def _failures(
    fact: str, number: int, vignette: Vignette, knowledge: Knowledge, printed: Printed
) -> Iterator[Failure]:
    done = [consult(note, AS_OF, knowledge=knowledge) for note in vignette.notes]
    for expected in vignette.must:
        holds, seen = looked(expected, done, printed)
        if holds is expected.never:
            yield Failure(fact, number, vignette.notes[0], worded(expected), seen)


def looked(expected: Expected, done: list[Consultation], printed: Printed) -> tuple[bool, str]:
    """Whether it came out, before `never` turns it round, and what was seen."""
    subject = next(name for name in SUBJECTS if getattr(expected, name))
    if subject == "falls":
        return _falls(expected, done)
    if subject == "says":
        text = printed(done[0], expected.says)
        return _any_word(expected.words, text), "other words"
    return _LOOKS[subject](expected, done[0])


def worded(expected: Expected) -> str:
    """The expectation as it is written, in one line."""
    held = {key: value for key, value in msgspec.to_builtins(expected).items() if key != "never"}
    told = ", ".join(f"{key} {_plain(value)}" for key, value in held.items())
    return f"never {told}" if expected.never else told


def _plain(value: object) -> str:
    return " or ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _any_word(words: Iterable[str], text: str) -> bool:
    said = " ".join(text.split()).casefold()
    return any(word.casefold() in said for word in words)


def _falls(expected: Expected, done: list[Consultation]) -> tuple[bool, str]:
    found = [_probability(expected.falls, one) for one in done]
    return all(one > two for one, two in pairwise(found)), _numbers(found)


def _numbers(found: Iterable[float]) -> str:
    return ", ".join(f"{one:.2f}" for one in found)


def _probability(name: str, done: Consultation) -> float:
    return next((one.probability for one in done.differential.candidates if one.id == name), 0.0)


def _finding(expected: Expected, done: Consultation) -> tuple[bool, str]:
    status = done.findings.status(expected.finding)
    return status.value in (expected.status or (Status.PRESENT.value,)), status.value


def _cause(expected: Expected, done: Consultation) -> tuple[bool, str]:
    named = [one for subtype in done.subtypes for one in subtype.causes if one.id == expected.cause]
    seen = named[0].status.value if named else Verdict.NOT_MET.value
    return seen in (expected.status or (Verdict.MET.value,)), seen


def _subtype(expected: Expected, done: Consultation) -> tuple[bool, str]:
    item = next(one for one in done.subtypes if one.id == expected.subtype)
    first = done.leading.id if done.leading else "none"
    placed = not expected.leads or item.rank == 1
    judged = item.status.value in (expected.status or (item.status.value,))
    return placed and judged, f"{item.status.value}, first {first}"


def _form(expected: Expected, done: Consultation) -> tuple[bool, str]:
    named = [form.id for form in done.forms]
    return expected.form in named, ", ".join(named) or "no form"


def _candidate(expected: Expected, done: Consultation) -> tuple[bool, str]:
    found = _probability(expected.candidate, done)
    ranked = [one.id for one in done.differential.candidates[: expected.within]]
    placed = not expected.leads or expected.candidate in ranked
    return placed and _between(
        found, expected.above, expected.below
    ), f"{found:.2f}, first {', '.join(ranked)}"


def _between(value: float, above: float | None, below: float | None) -> bool:
    return (above is None or value > above) and (below is None or value < below)


def _flag(expected: Expected, done: Consultation) -> tuple[bool, str]:
    raised = [flag.id for flag in done.urgent]
    return expected.flag in raised, ", ".join(raised) or "no red flag"


def _treatment(expected: Expected, done: Consultation) -> tuple[bool, str]:
    option = next(one for one in done.treatments if one.id == expected.treatment)
    offered = next((one.id for one in done.treatments if one.status in OFFERED), "none")
    doses = [line.id for line in option.dose.proposed]
    holds = (
        (not expected.status or option.status in expected.status)
        and (not expected.leads or offered == expected.treatment)
        and (not expected.proposes or expected.proposes in doses)
        and (expected.low is None or _amounts(expected, option))
        and (not expected.words or _any_word(expected.words, str(msgspec.to_builtins(option))))
    )
    return holds, f"{option.status}, proposed {', '.join(doses) or 'no dose'}, first offered {offered}"


def _amounts(expected: Expected, option: TreatmentOption) -> bool:
    """Whether every amount that is proposed lies in the limits, and there is one."""
    low, high = expected.low, expected.high
    lines = [line for line in option.dose.proposed if line.low is not None and line.unit == expected.unit]
    return bool(lines) and all(
        (low is None or (line.low or 0.0) >= low) and (high is None or (line.high or line.low or 0.0) <= high)
        for line in lines
    )


def _step(expected: Expected, done: Consultation) -> tuple[bool, str]:
    listed = [step.id for step in done.next_steps]
    place = listed.index(expected.step) + 1 if expected.step in listed else 0
    return place > 0 and _between(place, expected.above, expected.below), ", ".join(listed[:5]) or "no step"


def _steps(expected: Expected, done: Consultation) -> tuple[bool, str]:
    kinds = list(dict.fromkeys(step.kind for step in done.next_steps))
    places = [kinds.index(kind) if kind in kinds else -1 for kind in expected.steps]
    return -1 not in places and places == sorted(places), ", ".join(kinds) or "no step"


_LOOKS: dict[str, Callable[[Expected, Consultation], tuple[bool, str]]] = {
    "finding": _finding,
    "cause": _cause,
    "subtype": _subtype,
    "form": _form,
    "candidate": _candidate,
    "flag": _flag,
    "treatment": _treatment,
    "step": _step,
    "steps": _steps,
}
