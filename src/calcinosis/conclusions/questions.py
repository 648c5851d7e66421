"""What a person must be asked because the record is ambiguous, the most decisive question first.

Each reading of an open place is supposed in turn and the record judged anew. The rule of the order:

1. a question of which a reading raises a red flag that the record as it stands does not raise, the most
   urgent flag first;
2. one whose readings give a finding that a criterion of a subtype, a cause, a form or a treatment asks of,
   the one that more criteria ask of first; and a text that was left aside because it is about several
   persons, since anything may stand in it;
3. the others, in the order of the record.

Only one place is supposed at a time: a flag that needs two open places read in one way each is not raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Literal, NamedTuple

from msgspec import Struct

from calcinosis.criteria import CriterionId, Evaluation
from calcinosis.findings.doubts import doubts_of, supposing
from calcinosis.findings.of_one import findings_of
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.schema import soonness
from calcinosis.model import Doubt, Findings, Meant, Question, Record, Verdict

_ASKING: frozenset[str] = frozenset(
    ("subtype", "cause", "form", "indication", "contraindication", "caution", "dose", "action", "interaction")
)
_ENDINGS = {
    Doubt.PATIENT: "about which of them is the text",
    Doubt.DATE: "when was that",
}
Decides = Literal["red_flag", "criteria", "nothing_known"]


class Answer(Struct, frozen=True):
    """One answer, and the red flags that it would raise."""

    words: str
    raises: tuple[str, ...] = ()


class Asked(Struct, frozen=True, kw_only=True):
    """A question for a person.

    Attributes:
        doubt: what makes the place ambiguous.
        where: its address; `what`: its words.
        asks: the question in one line.
        answers: the ways to read it, with what each would raise.
        decides: red_flag, criteria or nothing_known: what the answers tell apart.
        criteria: how many criteria of subtypes, causes, forms and treatments ask of what it settles.
    """

    doubt: Doubt
    where: str
    what: str
    asks: str
    answers: tuple[Answer, ...] = ()
    decides: Decides = "nothing_known"
    criteria: int = 0


class Supposed(NamedTuple):
    """An open place read in one way, the patient judged so, and the red flags that this adds."""

    question: Question
    meant: Meant
    evaluation: Evaluation
    raises: tuple[str, ...]


def supposed(
    record: Record,
    evaluation: Evaluation,
    judge: Callable[[Findings], Evaluation],
    knowledge: Knowledge,
    as_of: datetime,
) -> tuple[tuple[Question, ...], tuple[Supposed, ...]]:
    """The open places of a record, and each of their readings that says anything, judged.

    Args:
        record: the record.
        evaluation: the patient as the record stands.
        judge: how a patient with other findings is judged.
        knowledge: the knowledge base.
        as_of: the day of the consultation.
    """
    questions = doubts_of(record, knowledge=knowledge, as_of=as_of)
    found = []
    for question in questions:
        for meant in question.readings:
            so = supposing(record, question, meant)
            if so is not None:
                other = judge(findings_of(so, knowledge=knowledge, as_of=as_of)[0])
                raised = tuple(
                    flag
                    for flag in knowledge.contents.urgent
                    if _met(other, flag) and not _met(evaluation, flag)
                )
                found.append(Supposed(question, meant, other, raised))
    return questions, tuple(found)


def asked(
    questions: Iterable[Question], readings: Iterable[Supposed], evaluation: Evaluation, knowledge: Knowledge
) -> tuple[Asked, ...]:
    """The questions, the most decisive first."""
    by_question: dict[int, list[Supposed]] = {}
    for one in readings:
        by_question.setdefault(id(one.question), []).append(one)
    told = [_asked(one, by_question.get(id(one), []), evaluation, knowledge) for one in questions]
    soonest = {flag: soonness(entry.urgency) for flag, entry in knowledge.contents.urgent.items()}
    return tuple(sorted(told, key=lambda one: _place(one, soonest)))


def _place(one: Asked, soonest: dict[str, int]) -> tuple[int, int, int]:
    flags = [soonest[flag] for answer in one.answers for flag in answer.raises]
    tier = {"red_flag": 0, "criteria": 1, "nothing_known": 2}[one.decides]
    return tier, min(flags, default=0), -one.criteria


def _asked(
    question: Question, readings: list[Supposed], evaluation: Evaluation, knowledge: Knowledge
) -> Asked:
    raises = {one.meant: one.raises for one in readings}
    moved = {name for one in readings for name in _moved(one.evaluation.findings, evaluation.findings)}
    shelf = evaluation.shelf
    asking = sum(key.kind in _ASKING and not moved.isdisjoint(shelf.depends(key)) for key in shelf.trees)
    decides: Decides = "criteria" if asking or question.doubt is Doubt.PATIENT else "nothing_known"
    if any(raises.values()):
        decides = "red_flag"
    return Asked(
        doubt=question.doubt,
        where=question.where,
        what=question.what,
        asks=_sentence(question),
        answers=tuple(Answer(meant.words, raises.get(meant, ())) for meant in question.readings),
        decides=decides,
        criteria=asking,
    )


def _moved(other: Findings, findings: Findings) -> Iterator[str]:
    for name in {**other.by_id, **findings.by_id}:
        if other.status(name) is not findings.status(name):
            yield name


def _sentence(question: Question) -> str:
    words = [meant.words for meant in question.readings]
    choice = ", ".join(words[:-1]) + (" or " if len(words) > 1 else "") + "".join(words[-1:])
    if question.doubt is Doubt.CONTRADICTION:
        choice = f"which is right, {choice}"
    return f"{question.what}: {choice or _ENDINGS.get(question.doubt, 'what is meant')}?"


def _met(evaluation: Evaluation, flag: str) -> bool:
    return evaluation.verdict(CriterionId("urgent", flag)) is Verdict.MET
