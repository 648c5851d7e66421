"""What a consultation returns, and the same as the JSON object that integrators and tests rely on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from importlib.metadata import version
from math import isfinite
from typing import Any

import msgspec
from msgspec import Struct

from calcinosis.conclusions.classification import (
    FormConclusion,
    Mixture,
    PatternReading,
    SubtypeConclusion,
    leading,
)
from calcinosis.conclusions.differential.ranking import Differential
from calcinosis.conclusions.next_steps import NextStep, Referred
from calcinosis.conclusions.questions import Asked
from calcinosis.conclusions.reasons import Reason
from calcinosis.conclusions.synthesis import Synthesis
from calcinosis.conclusions.treatment import DrugAlert, TreatmentOption
from calcinosis.conclusions.treatment.person import environment, person
from calcinosis.conclusions.treatment.safety import Interacting
from calcinosis.conclusions.urgency import Look, Unchecked, UrgentFlag
from calcinosis.criteria import Evaluation
from calcinosis.knowledge import Knowledge
from calcinosis.model import Evidence, Finding, Findings, Ignored, Moment, Patient, Reading, Status, Unread


class Consultation(Struct, frozen=True, kw_only=True):
    """Everything concluded for one record at one time.

    `to_dict` gives the object of the output contract; what stands here keeps its types.
    """

    knowledge: Knowledge
    as_of: datetime
    setting: str
    patient: Patient
    findings: Findings
    questions: tuple[Asked, ...]
    urgent: tuple[UrgentFlag, ...]
    urgent_unchecked: tuple[Unchecked, ...]
    synthesis: Synthesis
    ask_now: tuple[Look, ...]
    subtypes: tuple[SubtypeConclusion, ...]
    mixed: Mixture
    forms: tuple[FormConclusion, ...]
    patterns: tuple[PatternReading, ...]
    differential: Differential
    next_steps: tuple[NextStep, ...]
    referrals: tuple[Referred, ...]
    treatments: tuple[TreatmentOption, ...]
    drugs: tuple[DrugAlert, ...]
    drug_interactions: tuple[Interacting, ...]
    ignored: tuple[Ignored, ...]
    readings: tuple[Reading, ...]
    unread: tuple[Unread, ...]
    record_format: str

    @property
    def leading(self) -> SubtypeConclusion | None:
        """The subtype that is ranked first, if any is."""
        return leading(self.subtypes)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of the contract, of plain types only."""
        return _as_contract(self)

    def reading(self) -> list[dict[str, Any]]:
        """Each text of the record as it was read, of plain types only."""
        return [builtin(one) for one in self.readings]

    def evaluation(self) -> Evaluation:
        """The criteria evaluated on these findings, for explanations."""
        body = person(self.findings, self.patient, self.knowledge.contents.treatment.dosing)
        return Evaluation(environment(self.findings, body), self.knowledge.shelf)


def _as_contract(consultation: Consultation) -> dict[str, Any]:
    """The contract object; `sources` holds the reference of every source that the rest names."""
    held = consultation
    age = held.findings.measured.get("age_years")
    body: dict[str, Any] = {
        "calcinosis": {"version": package_version(), "knowledge": held.knowledge.digest},
        "as_of": held.as_of.date().isoformat(),
        "setting": held.setting,
        "patient": {
            "age_years": round(age.value, 2) if age and age.value is not None else None,
            "sex": held.patient.sex or None,
        },
        "findings": [_finding(found) for found in _ordered(held.findings.by_id.values())],
        "measured": [_finding(found) for found in _ordered(held.findings.measured.values())],
        "questions": builtin(held.questions),
        "urgent": [{**builtin(flag), "because": _reasons(flag.because)} for flag in held.urgent],
        "urgent_unchecked": builtin(held.urgent_unchecked),
        "synthesis": _synthesis(held.synthesis),
        "ask_now": builtin(held.ask_now),
        "differential": held.differential.to_dict(),
        "subtypes": [_subtype(item) for item in held.subtypes],
        "undetermined": all(item.rank is None for item in held.subtypes),
        "mixed": {**builtin(held.mixed), "because": _reasons(held.mixed.because)},
        "forms": [{**builtin(form), "because": _reasons(form.because)} for form in held.forms],
        "patterns": builtin(held.patterns),
        "next_steps": builtin(held.next_steps),
        "referrals": [_because_of(one) for one in held.referrals],
        "treatments": [_option(option) for option in held.treatments],
        "drugs": [_because(drug) for drug in held.drugs],
        "drug_interactions": [_because(pair) for pair in held.drug_interactions],
        "follow_up": {},
        "ignored": builtin(held.ignored),
        "unread": builtin(held.unread),
    }
    body["sources"] = {source: held.knowledge.citation(source) for source in sorted(sources_named(body))}
    return body


def _ordered(found: Iterable[Finding]) -> list[Finding]:
    rank = {Status.PRESENT: 0, Status.ABSENT: 1, Status.UNKNOWN: 2}
    return sorted(found, key=lambda finding: (rank[finding.status], finding.id))


def _finding(found: Finding) -> dict[str, Any]:
    plain: dict[str, Any] = {"id": found.id, "status": found.status.value}
    if found.value is not None:
        plain |= {"value": round(found.value, 4), "unit": found.unit}
    if found.interval is not None:
        ends = {"low": found.interval.low, "high": found.interval.high}
        plain |= {name: round(end, 4) for name, end in ends.items() if isfinite(end)} | {"unit": found.unit}
    for name in ("reason", "derived"):
        if getattr(found, name):
            plain[name] = getattr(found, name)
    if found.sides:
        plain["sides"] = list(found.sides)
    if found.history:
        plain["history"] = [
            {"when": when.first.date().isoformat() if when else None, "value": round(value, 4)}
            for when, value in found.history
        ]
    plain["evidence"] = [_evidence(place) for place in found.evidence]
    return plain


def _evidence(place: Evidence) -> dict[str, Any]:
    plain: dict[str, Any] = {"source": place.source, "text": place.text}
    if place.when is not None:
        plain["date"] = place.when.first.date().isoformat()
    return plain


def _reasons(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    return [
        {
            "finding": reason.finding,
            "label": reason.label,
            "status": reason.status.value,
            "evidence": [_evidence(place) for place in reason.evidence],
        }
        for reason in reasons
    ]


def _synthesis(told: Synthesis) -> dict[str, Any]:
    """What is there, with the places in the record behind it."""
    return {
        **builtin(told),
        "lesion": {"state": told.lesion.state, "because": _reasons(told.lesion.because)},
        "calcium": _reasons(told.calcium),
        "watch": [{**builtin(one), "because": _reasons(one.because)} for one in told.watch],
    }


def _subtype(item: Any) -> dict[str, Any]:
    plain = builtin(item)
    plain["because"] = _reasons(item.because)
    plain["causes"] = [{**builtin(cause), "because": _reasons(cause.because)} for cause in item.causes]
    return dict(plain)


_REASONED = ("reasons", "contraindications", "cautions", "interactions")


def _option(option: TreatmentOption) -> dict[str, Any]:
    """A treatment option with the field names of the contract."""
    return {
        **builtin(option),
        **{name: [_because(one) for one in getattr(option, name)] for name in _REASONED},
    }


def _because_of(one: Referred) -> dict[str, Any]:
    return {**builtin(one), "because": _reasons(one.because)}


def _because(item: Struct) -> dict[str, Any]:
    """What rests on findings, whose places in the record say how exact their dates are."""
    plain: dict[str, Any] = builtin(item)
    for reason, told in zip(getattr(item, "because"), plain["because"], strict=True):  # noqa: B009
        for place, printed in zip(reason.evidence, told["evidence"], strict=True):
            if place.when is not None:
                printed["when"] = {"at": place.when.first.isoformat(), "precision": precision(place.when)}
    return plain


def precision(when: Moment) -> str:
    """The word of the contract for how exact a date is."""
    year, month, day = when.first.year, when.first.month, when.first.day
    wholes = {"year": Moment.of(year), "month": Moment.of(year, month), "day": Moment.of(year, month, day)}
    return next((word for word, whole in wholes.items() if whole == when), "second")


def sources_named(value: Any) -> list[str]:
    """Every source id named anywhere in a part of the contract, in order, each once."""
    return list(dict.fromkeys(_sources(value)))


def _sources(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        own = value.get("sources")
        yield from own if isinstance(own, (list, tuple)) else ()
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        return
    for inner in value:
        yield from _sources(inner)


def package_version() -> str:
    """The version of the installed package."""
    return version("calcinosis")


def builtin(value: Any) -> Any:
    """`value` as plain types, dates as ISO text."""
    return msgspec.to_builtins(value, str_keys=True)
