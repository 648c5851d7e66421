"""Observations to findings: the one place where units, ranges, ties and implications are settled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from calcinosis.findings.age import aged
from calcinosis.findings.allergies import allergies_of
from calcinosis.findings.clinical import ended, stated
from calcinosis.findings.coding import allowed, coding, meanings
from calcinosis.findings.derived import derived
from calcinosis.findings.implications import closed, hierarchy
from calcinosis.findings.laboratory import Measured, measured, members_of_panels, not_negated
from calcinosis.findings.quantities import units_of
from calcinosis.findings.relatives import of_relatives
from calcinosis.findings.sites import sites_of
from calcinosis.knowledge import Knowledge
from calcinosis.model import (
    Code,
    Finding,
    Findings,
    Ignored,
    Kind,
    Observation,
    Patient,
    Quantity,
    Record,
    Status,
)

__all__ = ["findings_of"]

_AGE = "age_years"


def findings_of(
    record: Record, *, knowledge: Knowledge, as_of: datetime
) -> tuple[Findings, tuple[Ignored, ...]]:
    """Every finding that a record supports at `as_of`, and what of it could not be used."""
    patient = aged(record.patient, as_of)
    by_term, by_analyte = _sorted(
        (*record.observations, *_demographics(patient, knowledge)), knowledge, as_of
    )
    values, ignored = _values(by_analyte, patient, knowledge, as_of)
    found: dict[str, Finding] = {}
    for name, observations in by_term.items():
        finding = stated(knowledge.contents.findings[name], observations, as_of)
        if finding is not None:
            found[name] = finding
    for finding in _from_values(values, knowledge):
        found[finding.id] = _merged(found.get(finding.id), finding)
    return (
        Findings(
            by_id=closed(found, hierarchy(knowledge)),
            measured={name: value.finding for name, value in values.items()},
        ),
        ignored,
    )


def _demographics(patient: Patient, knowledge: Knowledge) -> Iterable[Observation]:
    if patient.sex in ("female", "male"):
        yield Observation(
            source="Patient.sex",
            text=patient.sex,
            kind=Kind.SIGN,
            codes=(Code("calcinosis", knowledge.built("findings.sexes", _sexes)[patient.sex]),),
        )
    if patient.age_years is not None and _AGE in knowledge.contents.analytes:
        yield Observation(
            source="Patient.age",
            text=f"{patient.age_years:.4g} years",
            kind=Kind.MEASUREMENT,
            codes=(Code("calcinosis", _AGE),),
            value=Quantity(patient.age_years, "a"),
        )


def _sexes(knowledge: Knowledge) -> dict[str, str]:
    """Recorded sex -> the finding that says so, as the vocabulary words it."""
    terms = knowledge.contents.findings.values()
    return {sex: term.id for sex in ("female", "male") for term in terms if sex in term.terms}


def _sorted(
    observations: Iterable[Observation], knowledge: Knowledge, as_of: datetime
) -> tuple[dict[str, list[Observation]], dict[str, list[Observation]]]:
    """Observations by finding and by analyte."""
    index, terms = coding(knowledge), knowledge.contents.findings
    by_term: dict[str, list[Observation]] = {}
    by_analyte: dict[str, list[Observation]] = {}
    for seen in observations:
        if seen.kind is Kind.ALLERGY:
            for name in allergies_of(seen, knowledge):
                by_term.setdefault(name, []).append(seen)
            continue
        over = seen.past or ended(seen, as_of)
        meaning = meanings(seen, index)
        for name, match in meaning.findings:
            if allowed(match, seen.assertion) and not (over and terms[name].current):
                by_term.setdefault(name, []).append(seen)
                if terms[name].now and not over:
                    by_term.setdefault(terms[name].now, []).append(seen)
        told = [name for name, _ in meaning.findings if not (over and terms[name].current)]
        for site in sites_of(seen, told, knowledge):
            by_term.setdefault(site.codes[0].code, []).append(site)
        if seen.family:
            for name in of_relatives(meaning, knowledge):
                by_term.setdefault(name, []).append(seen)
        if not seen.family and not_negated(seen):
            for name in meaning.analytes:
                by_analyte.setdefault(name, []).append(seen)
    return by_term, by_analyte


def _values(
    by_analyte: dict[str, list[Observation]],
    patient: Patient,
    knowledge: Knowledge,
    as_of: datetime,
) -> tuple[dict[str, Measured], tuple[Ignored, ...]]:
    """Every analyte's current value, derived ones last; a recorded value is never replaced."""
    analytes, units = knowledge.contents.analytes, units_of(knowledge)
    gathered = {name: list(seen) for name, seen in by_analyte.items()}
    for member, seen in list(members_of_panels(analytes, by_analyte)):
        gathered.setdefault(member, []).append(seen)
    values: dict[str, Measured] = {}

    def settle(name: str, observations: list[Observation]) -> None:
        value = measured(analytes[name], observations, patient=patient, as_of=as_of, units=units)
        if value is not None:
            values[name] = value

    for name, observations in gathered.items():
        settle(name, observations)
    for formula in knowledge.contents.formulas.values():
        known = {name: value.finding for name, value in values.items()}
        has_value = known.get(formula.gives) is not None and known[formula.gives].value is not None
        target = analytes.get(formula.gives)
        if target is None or has_value:
            continue
        computed = derived(formula, known, target, patient)
        if computed is not None and formula.gives not in known:
            settle(formula.gives, [computed])
    return values, tuple(item for value in values.values() for item in value.ignored)


def _from_values(values: dict[str, Measured], knowledge: Knowledge) -> Iterable[Finding]:
    """The findings of all analytes; a superseded analyte is silent where its better one speaks."""
    settled = {
        (older, finding.id)
        for name, value in values.items()
        for older in knowledge.contents.analytes[name].supersedes
        for finding in value.gives
        if finding.status is not Status.UNKNOWN
    }
    for name, value in values.items():
        for finding in value.gives:
            if (name, finding.id) not in settled:
                yield finding


def _merged(said: Finding | None, other: Finding) -> Finding:
    """One finding from two origins; where definite ones differ it is unknown and conflicting."""
    if said is None or said.status is Status.UNKNOWN:
        return other
    if other.status is Status.UNKNOWN or other.status is said.status:
        return said
    return msgspec.structs.replace(
        other,
        status=Status.UNKNOWN,
        reason="conflicting",
        evidence=(*said.evidence, *other.evidence),
    )
