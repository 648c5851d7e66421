"""One patient's record, read: what an adapter hands on as a whole."""

from __future__ import annotations

from msgspec import Struct

from calcinosis.model.observation import Ignored, Moment, Observation, Patient, Phrase
from calcinosis.model.question import Question
from calcinosis.model.reading import Reading


class Record(Struct, frozen=True, kw_only=True):
    """One patient's record, read.

    Attributes:
        format: fhir, phenopacket, case or note.
        patient: who.
        observations: in the order of the record.
        ignored: what could not be used.
        questions: what its words leave open.
        unread: phrases of its texts that look like findings and were not understood.
        readings: each text of it as it was read.
        recorded: the latest date the record speaks of, the default of `as_of`.
    """

    format: str
    patient: Patient
    observations: tuple[Observation, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    questions: tuple[Question, ...] = ()
    unread: tuple[Phrase, ...] = ()
    readings: tuple[Reading, ...] = ()
    recorded: Moment | None = None
