"""Frozen, typed records that every step shares. Imports nothing of ours, nothing heavy."""

from calcinosis.model.finding import Evidence, Finding, Findings
from calcinosis.model.interval import Interval
from calcinosis.model.observation import (
    LOCALLY,
    SUSPECTED,
    UNDECIDED,
    Code,
    Ignored,
    Kind,
    Moment,
    Observation,
    Patient,
    Phrase,
    Quantity,
    Range,
    Stretch,
    Unread,
    stretch,
)
from calcinosis.model.question import Doubt, Meant, Question
from calcinosis.model.reading import Reading, Section, Sentence, Statement
from calcinosis.model.record import Record
from calcinosis.model.status import Assertion, Status, Verdict

__all__ = [
    "LOCALLY",
    "SUSPECTED",
    "UNDECIDED",
    "Assertion",
    "Code",
    "Doubt",
    "Evidence",
    "Finding",
    "Findings",
    "Ignored",
    "Interval",
    "Kind",
    "Meant",
    "Moment",
    "Observation",
    "Patient",
    "Phrase",
    "Quantity",
    "Question",
    "Range",
    "Reading",
    "Record",
    "Section",
    "Sentence",
    "Statement",
    "Status",
    "Stretch",
    "Unread",
    "Verdict",
    "stretch",
]
