"""The output contract: a consultation as the one JSON object that integrators and tests rely on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import msgspec

from calcinosis.model import Evidence, Finding, Moment, Status

if TYPE_CHECKING:
    from calcinosis.conclusions.reasons import Reason
    from calcinosis.consultation import Consultation

_MOMENT = frozenset(Moment.__struct_fields__)


def as_contract(consultation: Consultation) -> dict[str, Any]:
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
        "urgent": [{**builtin(flag), "because": _reasons(flag.because)} for flag in held.urgent],
        "urgent_unchecked": builtin(held.urgent_unchecked),
        "differential": held.differential.to_dict(),
        "subtypes": [_subtype(item) for item in held.subtypes],
        "undetermined": all(item.rank is None for item in held.subtypes),
        "mixed": {**builtin(held.mixed), "because": _reasons(held.mixed.because)},
        "forms": [{**builtin(form), "because": _reasons(form.because)} for form in held.forms],
        "patterns": builtin(held.patterns),
        "next_steps": builtin(held.next_steps),
        "treatments": [_option(option) for option in held.treatments],
        "drugs": builtin(held.drugs),
        "drug_interactions": builtin(held.drug_interactions),
        "follow_up": {},
        "ignored": builtin(held.ignored),
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


def _subtype(item: Any) -> dict[str, Any]:
    plain = builtin(item)
    plain["because"] = _reasons(item.because)
    plain["causes"] = [{**builtin(cause), "because": _reasons(cause.because)} for cause in item.causes]
    return dict(plain)


def _option(option: Any) -> dict[str, Any]:
    """A treatment option with the field names of the contract."""
    return dict(builtin(option))


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
    """`value` as plain types, dates as ISO text, a moment as its first instant and how exact it is."""
    return _printed(msgspec.to_builtins(value, str_keys=True))


def _printed(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == _MOMENT:
            return {"at": value["first"], "precision": _precision(msgspec.convert(value, Moment))}
        return {key: _printed(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_printed(inner) for inner in value)
    return value


def _precision(when: Moment) -> str:
    """The word of the contract for how exact a date is."""
    year, month, day = when.first.year, when.first.month, when.first.day
    wholes = {"year": Moment.of(year), "month": Moment.of(year, month), "day": Moment.of(year, month, day)}
    return next((word for word, whole in wholes.items() if whole == when), "second")
