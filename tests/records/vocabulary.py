"""A vocabulary of a dozen words, so that these tests depend on no entry of the knowledge base."""

from __future__ import annotations

from typing import Any, get_origin

import msgspec

from calcinosis.knowledge import Knowledge, load
from calcinosis.knowledge.contents import Contents, Cues, KindOfFinding, Language
from calcinosis.knowledge.schema import Analyte, Codes, Term
from calcinosis.model import Observation, Record

FINDINGS = {
    "diabetes": ("diabetes", "diabetes mellitus"),
    "lupus": ("lupus", "systemic lupus erythematosus"),
    "scleroderma": ("scleroderma", "systemic sclerosis"),
    "dialysis": ("dialysis",),
    "burn": ("burn",),
    "bite": ("dog bite",),
    "skin_ulcer": ("skin ulcer", "ulceration"),
    "raynaud": ("raynaud phenomenon",),
    "calcium_deposit": ("calcium deposits", "calcification"),
    "warfarin": ("warfarin",),
    "penicillin": ("penicillin",),
    "number_multiple": ("multiple lesions",),
    "site_elbow": ("elbow",),
    "site_knee": ("knee",),
}
ANALYTES = {
    "calcium": ("mg/dL", ("calcium", "serum calcium")),
    "urine_calcium": ("mg/dL", ("calcium in urine", "calcium in 24 hour urine")),
    "phosphate": ("mg/dL", ("phosphate",)),
    "ana": ("", ("antinuclear antibody", "ANA")),
    "lesion_size": ("mm", ()),
    "lesion_duration": ("mo", ()),
    "lesion_count": ("1", ()),
}
CODES = (
    ("lupus", "SNOMED", "55464009"),
    ("lupus", "ICD10CM", "M32.9"),
    ("calcium", "LOINC", "2000-8"),
    ("raynaud", "HPO", "HP:0030880"),
    ("warfarin", "RXNORM", "11289"),
)
LANGUAGE = Language(
    folding=(),
    forms={},
    cues={
        "negation": Cues(preceding=("no", "denies", "without", "no evidence of", "not")),
        "uncertainty": Cues(preceding=("possible", "suspected")),
        "family": Cues(
            introducing=("family history",), preceding=("mother with",), following=("in her mother",)
        ),
        "past": Cues(preceding=("history of",), following=("years earlier",)),
    },
    cue_classes={},
    termination=("but", "however"),
    grammar=load().contents.language.grammar,
    anatomy=load().contents.language.anatomy,
    lay=(),
    short_forms={},
    flags={
        "high": ("high", "raised"),
        "low": ("low",),
        "normal": ("normal",),
        "positive": ("positive",),
        "negative": ("negative",),
    },
    lesion_words=("lesion",),
    contexts={"imaging": ("imaging",), "histology": ("histology",)},
    unit_spellings={"mg/dL": ("mg/dl",), "mm": ()},
)


def small_knowledge() -> Knowledge:
    """The vocabulary as a knowledge base."""
    held: dict[str, Any] = {
        field.name: {dict: {}, tuple: (), str: ""}.get(get_origin(field.type) or field.type)
        for field in msgspec.structs.fields(Contents)
    }
    held["findings"] = {
        name: Term(
            id=name, label=terms[0], terms=terms[1:], kind="site" if name.startswith("site_") else "condition"
        )
        for name, terms in FINDINGS.items()
    }
    held["kinds"] = {
        kind: KindOfFinding(
            label=kind,
            deniable=kind != "site",
            circumstantial=kind == "site",
            is_site=kind == "site",
            describes_lesion=kind == "site",
            named_by_procedure=kind == "condition",
        )
        for kind in ("condition", "site")
    }
    held["analytes"] = {
        name: Analyte(id=name, label=terms[0] if terms else name, terms=terms[1:], unit=unit, sources=())
        for name, (unit, terms) in ANALYTES.items()
    }
    held["codes"] = tuple(
        Codes(concept=concept, system=system, code=code, display="", descendants=False)
        for concept, system, code in CODES
    )
    held["language"] = LANGUAGE
    held["records"] = load().contents.records
    return Knowledge(Contents(**held))


def bundle(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    patient = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1970-05"}
    entries = [{"resource": resource} for resource in (patient, *resources)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries, **more}


def said(record: Record) -> set[tuple[str, str]]:
    """What a record says: (code of the vocabulary, assertion)."""
    return {
        (code.code, observation.assertion.value)
        for observation in record.observations
        for code in observation.codes
        if code.system == "calcinosis"
    }


def one(record: Record) -> Observation:
    (found,) = record.observations
    return found
