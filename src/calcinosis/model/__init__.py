"""Frozen, typed records that every step shares. Imports nothing of ours, nothing heavy."""

from calcinosis.model.finding import Evidence, Finding, Findings
from calcinosis.model.interval import Interval
from calcinosis.model.observation import (
    LOCALLY,
    Code,
    Ignored,
    Kind,
    Moment,
    Observation,
    Patient,
    Quantity,
    Range,
    Record,
    Unread,
)
from calcinosis.model.status import Assertion, Status, Verdict

__all__ = [
    "LOCALLY",
    "Assertion",
    "Code",
    "Evidence",
    "Finding",
    "Findings",
    "Ignored",
    "Interval",
    "Kind",
    "Moment",
    "Observation",
    "Patient",
    "Quantity",
    "Range",
    "Record",
    "Status",
    "Unread",
    "Verdict",
]
