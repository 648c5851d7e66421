"""Are the codes sound? Their form and check digit, what stands twice, what no finding uses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from calcinosis.knowledge.contents import Contents
from calcinosis.knowledge.schema import Codes

_FORMS = {
    "SNOMED": r"[1-9]\d{5,17}",
    "ICD10CM": r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?",
    "ICD10": r"[A-Z]\d\d(\.\d{1,2})?",
    "LOINC": r"\d{1,7}-\d",
    "RXNORM": r"[1-9]\d{0,6}",
    "ATC": r"[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?",
    "HPO": r"HP:\d{7}",
    "MONDO": r"MONDO:\d{7}",
    "OMIM": r"[1-6]\d{5}",
    "ORPHA": r"[1-9]\d{0,5}",
}
_RANGED = ("ICD10", "ICD10CM")
# Of these no code holds its descendants' codes, nor are their trees here.
_LISTED = ("SNOMED", "LOINC", "OMIM")
# The dihedral group of ten elements and its permutation: Verhoeff's check digit, as SNOMED CT uses it.
_TIMES = tuple(
    tuple((i + j) % 5 if i < 5 and j < 5 else (i - j) % 5 if i >= 5 and j >= 5 else
          5 + ((i + j) % 5 if i < 5 else (i - j) % 5) for j in range(10))
    for i in range(10)
)  # fmt: skip
_PERMUTED = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def faults(held: Contents) -> Iterator[tuple[str, str]]:
    """What is wrong with the codes: the concept, and what."""
    for row in held.codes:
        for text in (*_form(row), *_match(row), *_evidence(row)):
            yield row.concept, f"{row.system} {row.code}: {text}"
    times = Counter((row.concept, row.system, row.code) for row in held.codes)
    for (concept, system, code), number in times.items():
        if number > 1:
            yield concept, f"{system} {code}: stands {number} times"


def unused(held: Contents) -> Iterator[str]:
    """Concepts that no finding and no analyte names."""
    named = {name for term in held.findings.values() for name in (*term.concepts, *term.narrower)}
    named.update(name for analyte in held.analytes.values() for name in analyte.concepts)
    yield from dict.fromkeys(row.concept for row in held.codes if row.concept not in named)


def _form(row: Codes) -> Iterator[str]:
    form = _FORMS.get(row.system)
    if form is None:
        return
    ends = row.code.split("-") if row.system in _RANGED else [row.code]
    if not all(re.fullmatch(form, end) for end in ends) or len(ends) > 2:
        yield "has not the form of its system"
    elif len(ends) == 2 and (len(ends[0]) != len(ends[1]) or ends[0] >= ends[1] or not row.descendants):
        yield "is no range: two codes of one length, the first before the last, with their descendants"
    elif not _checked(row):
        yield "has a wrong check digit"


def _checked(row: Codes) -> bool:
    if row.system == "SNOMED":
        return verhoeff(row.code)
    return row.system != "LOINC" or luhn(row.code[:-2]) == int(row.code[-1])


def _match(row: Codes) -> Iterator[str]:
    if row.match == "B" and row.descendants:
        yield "is broader than its concept, so that its descendants say nothing of it"
    if row.match != "E" and row.descendants and row.system in _LISTED:
        yield "has no descendants here"


def _evidence(row: Codes) -> Iterator[str]:
    if not row.seen:
        yield "does not say where it was seen, or on what it rests"


def verhoeff(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (SNOMED CT release file specification)."""
    held = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        for _ in range(place % 8):
            value = _PERMUTED[value]
        held = _TIMES[held][value]
    return held == 0


def luhn(stem: str) -> int:
    """The check digit of a LOINC code without it (LOINC Users' Guide, appendix on check digits)."""
    total = 0
    for place, digit in enumerate(reversed(stem)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return -total % 10
