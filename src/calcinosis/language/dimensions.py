"""Age, sex, size, number and duration in running text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from calcinosis.model import Patient, Quantity

_UNITS = r"(?P<unit>years?|yrs?|y|months?|mo|mths?|weeks?|wks?|days?|hours?)"
_AGE = re.compile(
    rf"\b(?:aged?\s+(?:of\s+)?)?(?P<num>\d{{1,3}}(?:\.\d{{1,6}})?)[\s-]{{0,4}}{_UNITS}(?:\.|s'|'s)?[\s-]{{0,4}}(?:old|of\s+age|/?o\b)",
    re.I,
)
_AGED = re.compile(rf"\baged?\s*:?\s*(?P<num>\d{{1,3}}(?:\.\d{{1,6}})?)(?:[\s-]{{0,4}}{_UNITS})?\b", re.I)
_SHORT = re.compile(r"\b(?P<num>\d{1,3})\s?(?P<sex>[MF])\b")
_YEARS = {"y": 1.0, "m": 1 / 12, "w": 7 / 365.25, "d": 1 / 365.25, "h": 1 / 8766}
_FEMALE = re.compile(r"\b(?:female|woman|girl|lady|she|her)\b", re.I)
_MALE = re.compile(r"\b(?:male|man|boy|gentleman|he|his)\b", re.I)
# Digits and gaps are bounded: a long run of either must not be tried in every way.
_FIGURE = r"\d{1,6}(?:\.\d{1,6})?"
_SIZE = re.compile(
    rf"(?<![\d.])(?P<first>{_FIGURE})\s{{0,4}}(?:(?:mm|cm)\s{{0,4}})?"
    rf"(?:(?:-|–|to|x|×|by)\s{{0,4}}(?P<second>{_FIGURE})\s{{0,4}})?"
    rf"(?:(?:mm|cm)?\s{{0,4}}(?:x|×|by)\s{{0,4}}(?P<third>{_FIGURE})\s{{0,4}})?"
    r"(?P<unit>mm|cm|millimet(?:re|er)s?|centimet(?:re|er)s?)\b(?!\s*/|\s*Hg|\s*\^?\s*[23²³])",
    re.I,
)
# A size counts as the lesion's in a clause that names a lesion or says that it measures one.
MEASURES = re.compile(r"\b(?:largest|size|diameter|measur\w*|across)\b", re.I)
_NUMBER = re.compile(r"\b(?:number of lesions|lesions? count)\s*[:=]?\s*(?P<num>\d{1,6})", re.I)
_DURATION = re.compile(
    rf"\b(?:present|lasting|persisting|duration|evolving|developed|noted|history of)\b[^.;\n]{{0,24}}?"
    rf"(?:for|over|of|since|during)?\s*(?P<num>{_FIGURE})[\s-]{{0,4}}{_UNITS}\b|"
    rf"(?<![\d.])(?P<num2>{_FIGURE})[\s-]{{0,4}}(?P<unit2>years?|months?|weeks?|days?)[\s-]{{1,4}}(?:history|duration|evolution)",
    re.I,
)
_MONTHS = {"y": 12.0, "m": 1.0, "w": 12 / 52.18, "d": 12 / 365.25, "h": 12 / 8766}


class Dimension(Struct, frozen=True):
    """A number about the lesion: which analyte, how much, where in the text."""

    what: str
    value: Quantity
    start: int
    end: int


def patient(text: str) -> Patient:
    """Age and sex as a note states them first; what it does not state stays empty."""
    years, sex = _age_years(text), ""
    female, male = _FEMALE.search(text), _MALE.search(text)
    if female and (not male or female.start() < male.start()):
        sex = "female"
    elif male:
        sex = "male"
    short = _SHORT.search(text)
    if short and not sex:
        sex = "female" if short.group("sex") == "F" else "male"
    return Patient(age_years=years, sex=sex)


def _age_years(text: str) -> float | None:
    match = _AGE.search(text) or _AGED.search(text)
    if match is not None:
        unit = (match.group("unit") or "y")[0].lower()
        return float(match.group("num")) * _YEARS[unit]
    short = _SHORT.search(text)
    return float(short.group("num")) if short else None


def dimensions(text: str, of_lesion: Callable[[int], bool]) -> Iterator[Dimension]:
    """Sizes (mm), numbers and durations (months) of lesions.

    `of_lesion` says for a place in the text whether its clause is about a lesion.
    """
    sizes = [(max(_millimetres(match)), match) for match in _SIZE.finditer(text) if of_lesion(match.start())]
    if sizes:
        largest, match = max(sizes, key=lambda found: found[0])
        yield Dimension("lesion_size", Quantity(largest, "mm"), match.start(), match.end())
    for match in _NUMBER.finditer(text):
        count = Quantity(float(match.group("num")), "1")
        yield Dimension("lesion_count", count, match.start(), match.end())
    match_ = _DURATION.search(text)
    if match_ is not None:
        number = match_.group("num") or match_.group("num2")
        unit = (match_.group("unit") or match_.group("unit2"))[0].lower()
        months = Quantity(float(number) * _MONTHS[unit], "mo")
        yield Dimension("lesion_duration", months, match_.start(), match_.end())


def _millimetres(match: re.Match[str]) -> list[float]:
    factor = 10.0 if match.group("unit").lower().startswith("c") else 1.0
    given = (match.group("first"), match.group("second"), match.group("third"))
    return [float(number) * factor for number in given if number]
