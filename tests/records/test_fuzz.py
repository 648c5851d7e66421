"""Whatever comes in: a record or one of our errors, soon; never another exception, never a hang."""

from __future__ import annotations

import base64
import contextlib
import copy
import gzip
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calcinosis.errors import CalcinosisError
from calcinosis.knowledge import Knowledge
from calcinosis.model import Record
from calcinosis.records import read
from calcinosis.records.casefile import KEYS
from effort import bounded, growth

from .test_case_files import CASE
from .test_conformance import FHIR, NOTE, PACKET
from .vocabulary import bundle, small_knowledge

KNOWLEDGE: Knowledge = small_knowledge()
# Ten times what the longest of the records below takes.
CALLS = 400_000
CODE = {
    "coding": [{"system": "http://snomed.info/sct", "code": "55464009", "display": "lupus"}],
    "text": "lupus",
}
AMOUNT = {
    "value": 9.4,
    "comparator": "<",
    "unit": "mg/dL",
    "system": "http://unitsofmeasure.org",
    "code": "mg/dL",
}
PERIOD = {"start": "2020-01-01", "end": "2021-02"}
# One of everything that is read, so that a change anywhere meets a reader.
RICH = bundle(
    {
        "resourceType": "Condition",
        "id": "c",
        "subject": {"reference": "Patient/p"},
        "code": CODE,
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "severity": {"text": "severe"},
        "stage": [{"summary": {"text": "5"}}],
        "onsetAge": {"value": 30, "code": "a"},
        "abatementPeriod": PERIOD,
        "recordedDate": "2021-05-01T10:00:00+01:00",
        "bodySite": [{"text": "left elbow"}],
        "evidence": [{"code": [{"text": "skin ulcer"}]}],
        "note": [{"text": "no dialysis"}],
    },
    {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "category": [{"coding": [{"code": "laboratory"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "1", "display": "Calcium [Mass]"}], "text": "calcium"},
        "effectivePeriod": PERIOD,
        "issued": "2021-01-01T00:00:00Z",
        "valueQuantity": AMOUNT,
        "interpretation": [{"coding": [{"code": "H"}], "text": "high"}],
        "referenceRange": [{"low": {"value": 8}, "high": {"value": 10}, "type": {"text": "normal"}, "text": "8-10"}],
        "method": {"text": "m"},
        "specimen": {"reference": "Specimen/s"},
        "component": [
            {"code": {"text": "phosphate"}, "valueRatio": {"numerator": AMOUNT, "denominator": AMOUNT}},
            {"code": {"text": "ANA"}, "valueCodeableConcept": CODE},
            {"code": {"text": "lupus"}, "valueRange": {"low": AMOUNT, "high": AMOUNT}},
            {"code": {"text": "lupus"}, "dataAbsentReason": CODE},
            {"code": {"text": "lupus"}, "valueString": "no diabetes"},
        ],
    },
    {
        "resourceType": "MedicationRequest",
        "status": "active",
        "contained": [{"resourceType": "Medication", "id": "w", "code": {"text": "warfarin"}}],
        "medicationReference": {"reference": "#w"},
        "dosageInstruction": [{"text": "daily", "route": CODE}],
        "reasonCode": [CODE],
    },
    {"resourceType": "Procedure", "status": "completed", "code": CODE, "performedPeriod": PERIOD, "outcome": CODE,
     "complication": [CODE]},
    {"resourceType": "AllergyIntolerance", "code": CODE, "reaction": [{"substance": CODE}]},
    {"resourceType": "FamilyMemberHistory", "relationship": CODE, "condition": [{"code": CODE, "note": [{"text": "x"}]}]},
    {"resourceType": "DiagnosticReport", "category": [CODE], "code": CODE, "conclusion": "no lupus", "conclusionCode": [CODE],
     "presentedForm": [{"contentType": "text/plain", "data": "bHVwdXM="}]},
    {"resourceType": "ImagingStudy", "description": "elbow", "series": [
        {"modality": {"system": "x", "code": "CT"}, "bodySite": {"display": "elbow"}, "description": "d"}]},
    {"resourceType": "DocumentReference", "date": "2020", "context": {"period": PERIOD}, "content": [
        {"attachment": {"contentType": "text/plain", "data": base64.b64encode(NOTE.encode()).decode()}}]},
    {"resourceType": "QuestionnaireResponse", "authored": "2020", "item": [
        {"linkId": "a", "text": "lupus?", "answer": [{"valueBoolean": True, "item": [{"linkId": "b"}]}]},
        {"linkId": "c", "text": "calcium", "answer": [{"valueQuantity": AMOUNT}, {"valueCoding": CODE["coding"][0]}]}]},
    {"resourceType": "Encounter", "period": PERIOD, "reasonCode": [CODE], "diagnosis": [{"condition": {"display": "lupus"}}]},
    {"resourceType": "Specimen", "id": "s", "type": {"text": "urine"}},
    timestamp="2026-01-01T00:00:00Z",
)  # fmt: skip
RICH_PACKET = {
    **PACKET,
    "phenotypicFeatures": [
        {"type": {"id": "HP:1", "label": "lupus"}, "excluded": True, "onset": {"age": {"iso8601duration": "P3Y"}},
         "modifiers": [{"id": "HP:0012835", "label": "Left"}], "severity": {"label": "Severe"}, "description": "no ulcer"}
    ],
    "subject": {"sex": "MALE", "dateOfBirth": "1970-01-01", "timeAtLastEncounter": {"ageRange": {"start": {}}}},
}  # fmt: skip
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**300, max_value=10**320),
    st.floats(),
    st.text(max_size=40),
    st.sampled_from(
        ["", "\ud800", "\x00", "2020-13-45", "P", "#", "/", "urn:", "1:2", "<", "9" * 300, "٣", "-1,234"]
    ),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
QUICK = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


def outcome(source: Any) -> Record | CalcinosisError:
    """Read it; any exception but ours fails the test."""
    try:
        return read(source, knowledge=KNOWLEDGE)
    except CalcinosisError as error:
        return error


def attempt(source: Any) -> Record | CalcinosisError:
    """The same in a bounded number of calls."""
    return bounded(lambda: outcome(source), CALLS)


def paths(held: Any, path: tuple = ()) -> list[tuple]:
    """Every place in a JSON value."""
    items = held.items() if isinstance(held, dict) else enumerate(held) if isinstance(held, list) else ()
    return [path, *(deeper for key, value in items for deeper in paths(value, (*path, key)))]


def replaced(held: Any, path: tuple, value: Any) -> Any:
    if not path:
        return value
    changed = copy.copy(held)
    changed[path[0]] = replaced(held[path[0]], path[1:], value)
    return changed


BASES = {"fhir": RICH, "plain fhir": FHIR, "phenopacket": RICH_PACKET}
PLACES = {name: paths(held) for name, held in BASES.items()}


@pytest.mark.parametrize("name", BASES)
def test_the_bases_are_whole(name):
    record = read(BASES[name], knowledge=KNOWLEDGE)
    assert len(record.observations) >= 5


@pytest.mark.parametrize("name", BASES)
@QUICK
@given(data=st.data(), value=JSON)
def test_any_value_in_any_place(name: str, data: st.DataObject, value: Any):
    path = data.draw(st.sampled_from(PLACES[name]))
    changed = replaced(BASES[name], path, value)
    if isinstance(changed, dict):
        attempt(changed)


SWAPS: tuple[Callable[[Any], Any], ...] = (
    lambda value: [value],
    lambda value: {"value": value},
    lambda value: None,
    str,
    lambda value: 7,
    lambda value: [],
    lambda value: {},
    lambda value: True,
)


@pytest.mark.parametrize("name", BASES)
def test_every_place_with_another_type(name):
    """Exhaustive, not sampled: each place of the rich record takes each wrong type in turn."""
    for path in PLACES[name][1:]:
        for swap in SWAPS:
            value = BASES[name]
            for key in path:
                value = value[key]
            outcome(replaced(BASES[name], path, swap(value)))


@QUICK
@given(st.dictionaries(st.sampled_from(sorted(KEYS)), JSON))
def test_any_value_in_a_case(held):
    attempt(held)


@QUICK
@given(st.data())
def test_a_case_file_cut_or_changed_anywhere(data: st.DataObject):
    place = data.draw(st.integers(0, len(CASE)))
    mark = data.draw(
        st.sampled_from(
            ["", "&a ", "*a", "!x ", "- ", ": ", "{", "[", "\t", '"', "'", "|", ">", "#", "\x00", "\n"]
        )
    )
    attempt(CASE[:place] + mark + data.draw(st.sampled_from([CASE[place:], ""])))


@QUICK
@given(st.text(max_size=300))
def test_any_text(text: str):
    attempt(text)


@QUICK
@given(st.binary(max_size=300))
def test_any_bytes(raw: bytes):
    attempt(raw)


@QUICK
@given(
    st.sampled_from(
        [json.dumps(RICH), json.dumps(RICH_PACKET), CASE, NOTE, json.dumps(RICH).replace("{", "\n{")]
    ),
    st.sampled_from(["utf-8", "utf-16", "latin-1", "gzip"]),
    st.data(),
)
def test_files_cut_and_flipped(text: str, form: str, data: st.DataObject):
    raw = gzip.compress(text.encode(), 1) if form == "gzip" else text.encode(form, "replace")
    changed = bytearray(raw[: data.draw(st.integers(0, len(raw)))])
    for _ in range(data.draw(st.integers(0, 8))):
        if changed:
            changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    attempt(bytes(changed))


@pytest.mark.parametrize(
    ("begin", "repeated", "times"),
    [
        ("", "no ", 9_000),
        ("", "no lupus ", 2_000),
        ("", "lupus, ", 4_000),
        ("", "1", 40_000),
        ("", "(", 9_000),
        ("", "a.b:", 9_000),
        ("calcium", " ", 9_000),
    ],
)
def test_a_monotonous_text_takes_no_longer_than_its_length(begin, repeated, times):
    """A text in which nothing is known is refused, not answered; four times the text, not eight times the work."""

    def reading(number: int) -> Callable[[], None]:
        def once() -> None:
            with contextlib.suppress(CalcinosisError):
                read(begin + repeated * number, knowledge=KNOWLEDGE)

        return once

    assert growth(reading(times // 4), reading(times)) < 8


@pytest.mark.shared
def test_published_and_synthetic_bundles_mutated(shared):
    """Real bundles with one seeded fault each: a value of another type, a cut, a flipped byte."""
    rng = random.Random(20260101)  # noqa: S311, a seed, no secret
    published = sorted(shared.glob("cases/*.json"))[::8]
    synthetic = sorted(
        shared.glob("data/synthea_r4_bundles_40/*.json.gz"), key=lambda path: path.stat().st_size
    )[:3]
    wrong = [None, 3, "x", [], {}, True, 1e308, "\x00"]
    for path in (*published, *synthetic):
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        held = json.loads(raw)
        places = paths(held)
        for _ in range(15):
            changed = replaced(held, rng.choice(places), rng.choice(wrong))
            if isinstance(changed, dict):
                attempt(changed)
            cut = bytearray(raw[: rng.randrange(len(raw))] if rng.random() < 0.3 else raw)
            if cut:
                cut[rng.randrange(len(cut))] = rng.randrange(256)
            attempt(bytes(cut))
