"""Data types of FHIR R4 read from raw JSON: concepts, quantities, ranges, periods, codes of state."""

from __future__ import annotations

from collections.abc import Iterable

from calcinosis.model import Code, Moment, Patient, Quantity, Range
from calcinosis.records.codings import code
from calcinosis.records.moments import before, in_years, moment, years_between
from calcinosis.records.numerals import reference as reference_in_words
from calcinosis.records.tree import Node, mapping, mappings, number, text

_UCUM = ("http://unitsofmeasure.org", "urn:oid:2.16.840.1.113883.6.8", "https://unitsofmeasure.org")
_COMPARATORS = ("", "<", "<=", ">=", ">")
_NORMAL_RANGES = ("", "normal", "recommended")
_SEXES = {
    **dict.fromkeys(("female", "females", "f", "women", "woman", "248152002"), "female"),
    **dict.fromkeys(("male", "males", "m", "men", "man", "248153007"), "male"),
}


def codings(concept: Node) -> tuple[Code, ...]:
    """Every coding of a CodeableConcept that has a system and a code."""
    found = []
    for coding in mappings(concept, "coding"):
        system, written = text(coding, "system"), text(coding, "code")
        if system and written:
            found.append(code(system, written, text(coding, "display")))
    return tuple(found)


def words(concept: Node) -> str:
    """The words of a CodeableConcept: its text, else its first display."""
    return text(concept, "text") or next(iter(displays(concept)), "")


def displays(concept: Node) -> list[str]:
    """Displays of the codings, in order."""
    shown = (text(coding, "display") for coding in mappings(concept, "coding"))
    return [display for display in shown if display]


def shown(concept: Node) -> str:
    """What a reader is shown of a concept: its words, else its codes."""
    return words(concept) or ", ".join(f"{found.system} {found.code}" for found in codings(concept))


def unwrapped(concept: Node) -> Node:
    """The CodeableConcept inside what R5 calls a CodeableReference; any other concept as it is."""
    return mapping(concept, "concept") or concept


def state(node: Node, key: str) -> str:
    """A status, whether written as a code, a Coding or a CodeableConcept; lower case."""
    value = node.get(key)
    if isinstance(value, str):
        return value.strip().casefold()
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, dict)), None)
    if not isinstance(value, dict):
        return ""
    for coding in mappings(value, "coding"):
        if written := text(coding, "code"):
            return written.casefold()
    return (text(value, "code") or text(value, "text")).casefold()


def unit_of(node: Node) -> str:
    """The unit as the record writes it: the UCUM code where there is one, else the words."""
    if text(node, "system") in _UCUM and text(node, "code"):
        return text(node, "code")
    return text(node, "unit") or text(node, "code")


def quantity(node: Node) -> Quantity | None:
    """A Quantity with a number; None without one, or with a comparator that nobody defined."""
    value, comparator = number(node, "value"), text(node, "comparator")
    if value is None or comparator not in _COMPARATORS:
        return None
    return Quantity(value, unit_of(node), comparator)


def reference_range(node: Node, person: Patient | None = None) -> Range | None:
    """The one normal range of an Observation that is meant for this patient; None where several are.

    Where the ranges name sexes or ages, those of another sex or age are none of the patient's.
    """
    found = [
        read
        for written in mappings(node, "referenceRange")
        if state(written, "type") in _NORMAL_RANGES
        and _meant_for(written, node, person)
        and (read := _range(written)) is not None
    ]
    return found[0] if found and all(other == found[0] for other in found) else None


def _meant_for(written: Node, node: Node, person: Patient | None) -> bool:
    """Whether a range is for people like the patient, as far as that is known."""
    sex = person.sex if person is not None else ""
    named = {
        sexed
        for concept in mappings(written, "appliesTo")
        for word in (text(concept, "text"), *displays(concept), *_written(concept))
        if (sexed := _SEXES.get(word.casefold().strip()))
    }
    if sex and named and sex not in named:
        return False
    years = _years_at(person, node)
    ages = mapping(written, "age")
    if years is None or not ages:
        return True
    low, high = age_in_years(mapping(ages, "low")), age_in_years(mapping(ages, "high"))
    return (low is None or years >= low) and (high is None or years <= high)


def _written(concept: Node) -> list[str]:
    return [text(coding, "code") for coding in mappings(concept, "coding")]


def _years_at(person: Patient | None, node: Node) -> float | None:
    """The age of a patient when an Observation was made; None where either is not known."""
    seen = when(node, "effective") or moment(node.get("issued"))
    if person is None or person.birth is None or seen is None:
        return person.age_years if person is not None else None
    return years_between(person.birth, seen)


def _range(written: Node) -> Range | None:
    low, high = mapping(written, "low"), mapping(written, "high")
    bounds = Range(number(low, "value"), number(high, "value"), unit_of(low) or unit_of(high))
    if bounds.low is None and bounds.high is None:
        return reference_in_words(text(written, "text"))
    if bounds.low is not None and bounds.high is not None and bounds.low > bounds.high:
        return None
    return bounds


def when(node: Node, prefix: str, birth: Moment | None = None) -> Moment | None:
    """The start of a choice of time such as `onset[x]`: dateTime, instant, Period, Age or string."""
    for suffix in ("DateTime", "Instant", "Date"):
        if (found := moment(node.get(prefix + suffix))) is not None:
            return found
    period = mapping(node, prefix + "Period")
    if period and (found := moment(period.get("start")) or moment(period.get("end"))) is not None:
        return found
    if birth is not None and (age := mapping(node, prefix + "Age")):
        years = age_in_years(age)
        return None if years is None else before(birth, -years)
    return moment(node.get(prefix + "String"))


def until(node: Node, prefix: str) -> Moment | None:
    """The end of a choice of time given as a Period."""
    return moment(mapping(node, prefix + "Period").get("end"))


def age_in_years(age: Node) -> float | None:
    """An Age or Duration in years."""
    value = number(age, "value")
    return None if value is None else in_years(value, text(age, "code") or text(age, "unit"))


def notes(node: Node) -> Iterable[tuple[int, str]]:
    """Annotations with their place in the list."""
    return ((place, text(note, "text")) for place, note in enumerate(mappings(node, "note")))
