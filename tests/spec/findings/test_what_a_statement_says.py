"""What an entry says of the patient now: by its answer, of whom, since when and until when, and where."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from calcinosis.findings.of_one import findings_of
from calcinosis.knowledge import Knowledge, load
from calcinosis.model import (
    LOCALLY,
    Assertion,
    Code,
    Evidence,
    Finding,
    Findings,
    Kind,
    Moment,
    Observation,
    Patient,
    Record,
    Status,
)
from calcinosis.records.moments import moment

AS_OF = datetime(2026, 1, 1)
PRESENT, ABSENT, UNKNOWN = Status.PRESENT, Status.ABSENT, Status.UNKNOWN
AFFIRMED, NEGATED, UNCERTAIN = Assertion.AFFIRMED, Assertion.NEGATED, Assertion.UNCERTAIN


@pytest.fixture
def knowledge() -> Knowledge:
    """Indexed anew for each test, so that each tests how it is indexed as well."""
    return Knowledge(load().contents)


def entry(name: str, kind: Kind = Kind.CONDITION, place: str = "note:1", **told) -> Observation:
    return Observation(source=place, text=name, kind=kind, codes=(Code("calcinosis", name),), **told)


def read(knowledge: Knowledge, *seen: Observation) -> Findings:
    record = Record(format="case", patient=Patient(), observations=seen)
    return findings_of(record, knowledge=knowledge, as_of=AS_OF)[0]


def one(knowledge: Knowledge, name: str, *seen: Observation) -> Finding:
    return read(knowledge, *seen).by_id[name]


# -- its answer -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({}, PRESENT),
        ({"value": True}, PRESENT),
        ({"value": False}, ABSENT),
        ({"value": "yes"}, PRESENT),
        ({"value": "no"}, ABSENT),
        ({"value": "negative"}, ABSENT),
        ({"value": "normal"}, ABSENT),
        ({"value": "unknown"}, UNKNOWN),
        ({"value": "of the left hand"}, PRESENT),
        ({"value": Code("SNOMED", "373067005")}, ABSENT),
        ({"value": Code("", "no")}, ABSENT),
        ({"interpretation": "negative"}, ABSENT),
        ({"interpretation": "normal"}, ABSENT),
        ({"interpretation": "positive"}, PRESENT),
        ({"interpretation": "high"}, PRESENT),
        ({"missing_reason": "not asked"}, UNKNOWN),
        ({"value": True, "missing_reason": "not asked"}, PRESENT),
        ({"assertion": NEGATED}, ABSENT),
        ({"assertion": NEGATED, "value": True}, ABSENT),
        ({"assertion": UNCERTAIN, "value": True}, UNKNOWN),
    ],
    ids=str,
)
def test_an_entry_says_that_it_is_there_unless_it_answers_otherwise(knowledge, told, status):
    assert one(knowledge, "raynaud", entry("raynaud", Kind.SIGN, **told)).status is status


def test_doubt_never_overrules_what_is_definite(knowledge):
    """Nor does it where it is the newer one."""
    older = entry("raynaud", effective=moment("2020"))
    doubt = entry("raynaud", place="note:2", assertion=UNCERTAIN, effective=moment("2025"))
    for seen in ((older, doubt), (doubt, older)):
        found = one(knowledge, "raynaud", *seen)
        assert (found.status, [which.source for which in found.evidence]) == (PRESENT, ["note:1"])


# -- its date -------------------------------------------------------------------------------------


def test_the_newest_statement_counts_and_is_the_evidence(knowledge):
    older = entry("raynaud", effective=moment("2020"))
    newer = entry("raynaud", place="note:2", assertion=NEGATED, effective=moment("2025"))
    undated = entry("raynaud", place="note:3")
    for seen in ((older, newer, undated), (undated, newer, older)):
        found = one(knowledge, "raynaud", *seen)
        assert found.status is ABSENT
        assert found.evidence == (Evidence("note:2", "raynaud", moment("2025"), ABSENT),)


@pytest.mark.parametrize(
    ("when", "counts"),
    [(AS_OF, True), (AS_OF + timedelta(microseconds=1), False), (datetime(2027, 1, 1), False)],
)
def test_what_is_said_of_a_later_time_does_not_count(knowledge, when, counts):
    found = read(knowledge, entry("raynaud", effective=Moment.instant(when)))
    assert ("raynaud" in found.by_id) is counts


# -- of whom --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("assertion", "status"), [(AFFIRMED, PRESENT), (NEGATED, ABSENT), (UNCERTAIN, UNKNOWN)]
)
def test_what_a_relative_has_is_a_finding_of_the_family_and_not_of_the_patient(knowledge, assertion, status):
    seen = entry("tumoral_calcinosis", family=True, assertion=assertion)
    found = read(knowledge, seen)
    assert "tumoral_calcinosis" not in found.by_id
    family = found.by_id["family_similar"]
    assert (family.status, [which.source for which in family.evidence]) == (status, ["note:1"])


def test_what_the_patient_has_is_none_of_the_family(knowledge):
    assert "family_similar" not in read(knowledge, entry("tumoral_calcinosis")).by_id
    assert "family_similar" not in read(knowledge, entry("family_similar")).by_id
    assert one(knowledge, "family_similar", entry("family_similar", family=True)).status is PRESENT


def test_of_two_kinds_in_one_entry_the_family_has_the_finding_once(knowledge):
    codes = (Code("calcinosis", "tumoral_calcinosis"), Code("calcinosis", "hftc"))
    seen = Observation(source="note:1", text="x", kind=Kind.CONDITION, codes=codes, family=True)
    assert len(one(knowledge, "family_similar", seen).evidence) == 1


# -- allergies ------------------------------------------------------------------------------------

SULFITE = "allergy_sulfite_thiosulfate"


@pytest.mark.parametrize(
    ("named", "assertion", "status"),
    [
        ("drug_sodium_thiosulfate", AFFIRMED, PRESENT),
        ("drug_sodium_thiosulfate", UNCERTAIN, UNKNOWN),
        (SULFITE, AFFIRMED, PRESENT),
        (SULFITE, NEGATED, ABSENT),
    ],
)
def test_a_substance_on_the_list_of_allergies_is_an_allergy_and_not_taken(
    knowledge, named, assertion, status
):
    found = read(knowledge, entry(named, Kind.ALLERGY, assertion=assertion))
    assert (found.status(SULFITE), found.by_id[SULFITE].evidence[0].source) == (status, "note:1")
    assert "drug_sodium_thiosulfate" not in found.by_id


def test_one_substance_that_is_no_allergy_denies_none_of_its_class(knowledge):
    assert (
        SULFITE
        not in read(knowledge, entry("drug_sodium_thiosulfate", Kind.ALLERGY, assertion=NEGATED)).by_id
    )


def test_an_allergy_of_a_relative_is_none_of_the_patient(knowledge):
    assert SULFITE not in read(knowledge, entry(SULFITE, Kind.ALLERGY, family=True)).by_id


def test_an_allergy_may_be_said_anywhere(knowledge):
    assert one(knowledge, SULFITE, entry(SULFITE)).status is PRESENT


# -- since when and until when --------------------------------------------------------------------

WARFARIN = "drug_vitamin_k_antagonist"


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({}, PRESENT),
        ({"until": moment("2025-12-31")}, UNKNOWN),
        ({"until": moment("2026-01-01")}, PRESENT),
        ({"until": moment("2027")}, PRESENT),
        ({"past": True}, UNKNOWN),
        ({"qualifiers": (LOCALLY,)}, UNKNOWN),
    ],
    ids=str,
)
def test_a_drug_is_taken_until_its_course_is_over(knowledge, told, status):
    assert read(knowledge, entry(WARFARIN, Kind.MEDICATION, **told)).status(WARFARIN) is status


def test_the_end_of_anything_else_is_no_end_of_a_course(knowledge):
    """A condition that was over says so itself (`past`)."""
    seen = entry("cancer_now", until=moment("2020"))
    assert read(knowledge, seen).status("cancer_now") is PRESENT


@pytest.mark.parametrize(
    ("told", "now"), [({}, PRESENT), ({"past": True}, UNKNOWN), ({"assertion": NEGATED}, ABSENT)], ids=str
)
def test_what_happened_is_going_on_unless_it_is_over(knowledge, told, now):
    """An infusion that ran beside the vein leaks now; one of long ago does not."""
    found = read(knowledge, entry("extravasation", **told))
    assert found.status("extravasation") is (ABSENT if now is ABSENT else PRESENT)
    assert found.status("leak_now") is now


def test_a_history_of_it_is_over_by_its_code_alone(knowledge):
    seen = Observation(source="note:1", text="x", kind=Kind.CONDITION, codes=(Code("ICD10CM", "Z85.3"),))
    found = read(knowledge, seen)
    assert found.status("malignancy_history") is PRESENT
    assert "cancer_now" not in found.by_id


# -- where ----------------------------------------------------------------------------------------


def test_the_site_of_a_lesion_is_a_finding_with_the_words_of_both(knowledge):
    when = moment("2025-12-01")
    seen = entry("calcinosis_stated", sites=("site_elbow", "site_knee"), sides=("left",), effective=when)
    found = read(knowledge, seen)
    for site, words in (("site_elbow", "Elbow"), ("site_knee", "Knee")):
        (evidence,) = found.by_id[site].evidence
        assert evidence == Evidence("note:1", f"calcinosis_stated, body site: {words}", when, PRESENT)
        assert found.by_id[site].sides == ("left",)


def test_of_an_entry_without_words_the_site_is_told_alone(knowledge):
    seen = Observation(
        source="note:1",
        text="",
        kind=Kind.CONDITION,
        codes=(Code("calcinosis", "calcinosis_stated"),),
        sites=("site_elbow",),
    )
    assert one(knowledge, "site_elbow", seen).evidence[0].text == "Elbow"


@pytest.mark.parametrize(
    "told",
    [{"family": True}, {"assertion": NEGATED}, {"assertion": UNCERTAIN}, {"value": False}],
    ids=str,
)
def test_what_is_not_there_stands_nowhere(knowledge, told):
    assert (
        "site_elbow" not in read(knowledge, entry("calcinosis_stated", sites=("site_elbow",), **told)).by_id
    )


def test_what_is_no_lesion_places_none(knowledge):
    assert "site_elbow" not in read(knowledge, entry("systemic_sclerosis", sites=("site_elbow",))).by_id


# -- what follows ---------------------------------------------------------------------------------


def test_a_kind_of_it_that_is_there_outweighs_its_general_denial(knowledge):
    found = one(
        knowledge,
        "systemic_sclerosis",
        entry("systemic_sclerosis", assertion=NEGATED),
        entry("limited_systemic_sclerosis", place="note:2"),
    )
    assert (found.status, found.derived) == (PRESENT, "limited_systemic_sclerosis")


def test_what_is_said_of_a_kind_stands_whatever_is_denied_in_general(knowledge):
    found = read(
        knowledge,
        entry("systemic_sclerosis", assertion=NEGATED),
        entry("limited_systemic_sclerosis", place="note:2", assertion=UNCERTAIN),
    )
    assert (found.status("systemic_sclerosis"), found.status("limited_systemic_sclerosis")) == (
        ABSENT,
        UNKNOWN,
    )


def test_a_vague_word_that_is_denied_denies_nothing_more_exact(knowledge):
    found = read(knowledge, entry("autoimmune_disease", assertion=NEGATED))
    assert found.status("autoimmune_disease") is ABSENT
    assert "systemic_sclerosis" not in found.by_id


def test_of_findings_that_exclude_each_other_what_was_said_stands(knowledge):
    found = read(knowledge, entry("sex_female"))
    assert (found.status("sex_female"), found.status("sex_male")) == (PRESENT, ABSENT)
    denied = read(knowledge, entry("sex_female", assertion=NEGATED))
    assert "sex_male" not in denied.by_id
    both = read(knowledge, entry("sex_female"), entry("sex_male", place="note:2"))
    assert (both.status("sex_female"), both.status("sex_male")) == (PRESENT, PRESENT)
