"""The pathway: the one place where its steps are put in order for one patient."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec

from calcinosis.conclusions.classification import forms, leading, mixed, patterns, subtypes
from calcinosis.conclusions.differential.ranking import differential
from calcinosis.conclusions.next_steps import next_steps, referrals
from calcinosis.conclusions.questions import asked, supposed
from calcinosis.conclusions.synthesis import lesion, synthesis
from calcinosis.conclusions.treatment import Situation, drug_review, options
from calcinosis.conclusions.treatment.person import Person, environment, person
from calcinosis.conclusions.urgency import looks, unchecked, urgent
from calcinosis.consultation import Consultation
from calcinosis.criteria import Evaluation
from calcinosis.findings.age import aged
from calcinosis.findings.of_one import findings_of
from calcinosis.findings.unread import passed_over, unread_of
from calcinosis.knowledge import Knowledge, load
from calcinosis.model import Findings, Record

_NOTHING = Findings({}, {})


def consult(
    record: Path | str | bytes | Mapping[str, Any] | Record,
    as_of: datetime | date | str | None = None,
    setting: str = "dermatology",
    *,
    measurement: Path | str | None = None,
    knowledge: Knowledge | None = None,
    patient: str = "",
) -> Consultation:
    """Carry one patient's record down the pathway.

    Args:
        record: a path, a parsed dict, a text, or a record that was read already.
        as_of: the day of the consultation (default: the latest date of the record, else today).
        setting: the clinic, which decides how likely each disease is before the first look.
        measurement: a `measurement.json` of a CT of this patient, whose extent and size count as findings.
        knowledge: another knowledge base than the one that ships.
        patient: which one is meant, where a record holds several: id, address or identifier.

    Raises:
        UnreadableRecord: the record cannot be read.
        UnknownName: no such setting.
    """
    from calcinosis.records import read

    base = knowledge or load()
    read_record = record if isinstance(record, Record) else read(record, knowledge=base, patient=patient)
    if measurement is not None:
        read_record = _with_measurement(read_record, Path(measurement), base)
    return conclude(read_record, _instant(as_of, read_record), setting, base)


def _with_measurement(record: Record, path: Path, knowledge: Knowledge) -> Record:
    """The record with what was measured on CT: observations that name the measurement, by their words."""
    from calcinosis.language import codes_of
    from calcinosis.records.measurement import read_measurement

    seen = tuple(
        msgspec.structs.replace(one, codes=(*one.codes, *codes_of(one.text, knowledge=knowledge)))
        for one in read_measurement(path)
    )
    return msgspec.structs.replace(record, observations=(*record.observations, *seen))


def conclude(record: Record, as_of: datetime, setting: str, knowledge: Knowledge) -> Consultation:
    """Everything after reading: findings, then each step of the pathway on them."""
    findings, unused = findings_of(record, knowledge=knowledge, as_of=as_of)
    unread = unread_of(record, knowledge)
    patient = aged(record.patient, as_of)

    def judged(found: Findings) -> tuple[Person, Evaluation]:
        body = person(found, patient, knowledge.contents.treatment.dosing)
        return body, Evaluation(environment(found, body), knowledge.shelf)

    body, evaluation = judged(findings)
    questions, readings = supposed(record, evaluation, lambda found: judged(found)[1], knowledge, as_of)
    there = lesion(findings, knowledge)
    # Without a lesion nothing is weighed: what remains is how likely each disease is before one is seen.
    weighed = findings if there.there else _NOTHING
    found = differential(weighed, knowledge=knowledge, setting=setting)
    told = synthesis(there, found, evaluation, knowledge)
    classified = subtypes(evaluation, told, knowledge)
    raised = urgent(evaluation, knowledge, readings, classified, told)
    open_flags = unchecked(evaluation, knowledge, raised)
    first = leading(classified)
    situation = Situation(
        evaluation, body, told, raised, leading=first.id if first else "", knowledge=knowledge
    )
    alerts, interacting = drug_review(situation)
    return Consultation(
        knowledge=knowledge,
        as_of=as_of,
        setting=setting,
        patient=patient,
        findings=findings,
        questions=asked(questions, readings, evaluation, knowledge),
        urgent=raised,
        urgent_unchecked=open_flags,
        ask_now=looks(evaluation, told, knowledge, open_flags),
        synthesis=told,
        subtypes=classified,
        mixed=mixed(evaluation, told, knowledge),
        forms=forms(evaluation, told, knowledge),
        patterns=patterns(evaluation, told, knowledge),
        differential=found,
        next_steps=next_steps(evaluation, classified, found, told, knowledge),
        referrals=referrals(evaluation, told, knowledge),
        treatments=options(situation),
        drugs=alerts,
        drug_interactions=interacting,
        readings=record.readings,
        ignored=(*record.ignored, *unused, *passed_over(unread)),
        unread=unread,
        record_format=record.format,
    )


def _instant(as_of: datetime | date | str | None, record: Record) -> datetime:
    """The moment of the consultation, without a time zone; a bare day means its end."""
    if isinstance(as_of, str):
        as_of = date.fromisoformat(as_of) if len(as_of) == 10 else datetime.fromisoformat(as_of)
    if isinstance(as_of, datetime):
        return as_of.astimezone(UTC).replace(tzinfo=None) if as_of.tzinfo else as_of
    if isinstance(as_of, date):
        return datetime(as_of.year, as_of.month, as_of.day, 23, 59, 59)
    if record.recorded is not None:
        last = record.recorded.first
        return last.replace(hour=23, minute=59, second=59, microsecond=0)
    return datetime.now(UTC).replace(tzinfo=None)
