"""Age, sex, size, number and duration in running text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from calcinosis.language.plain import plain
from calcinosis.model import Patient, Quantity

_UNITS = r"(?P<unit>years?|yrs?|y|months?|mo|mths?|weeks?|wks?|days?|hours?)"
_AGE = re.compile(
    rf"\b(?:aged?\s+(?:of\s+)?)?(?P<num>\d{{1,3}}(?:\.\d{{1,6}})?)[\s-]{{0,4}}{_UNITS}(?:\.|s'|'s)?[\s-]{{0,4}}(?:old|of\s+age|/?o\b)",
    re.I,
)
_AGED = re.compile(rf"\baged?\s*:?\s*(?P<num>\d{{1,3}}(?:\.\d{{1,6}})?)(?:[\s-]{{0,4}}{_UNITS})?\b", re.I)
_IS_AGED = re.compile(
    r"\b(?:she|he|patient)\s+is\s+(?:now\s+)?(?P<num>\d{1,3})(?=\s*[.,;]|\s+and\b|\s*$)", re.I
)
_SHORT = re.compile(r"(?<![\d.,])\b(?P<num>\d{1,3})\s?(?P<sex>[MF])\b")
# "Term baby, day 6", "DOL 6", "day 6 of life".
_DAY_OF_LIFE = re.compile(
    r"\b(?:DOL|day\s+of\s+life|postnatal\s+day)\s{0,3}#?(?P<num>\d{1,2})\b|"
    r"\bday\s{1,3}(?P<num2>\d{1,2})\s+of\s+life\b|"
    r"\b(?:baby|neonate|newborn|preterm|ex-\d\d-weeker)\b[^.;:\n]{0,24}[\s,(]day\s{1,3}(?P<num3>\d{1,2})\b(?!\s*(?:of|after|post))",
    re.I,
)
# "temp 101 F" is no age.
_HOT = re.compile(r"(?:\btemp\w*|\bT(?:max)?|\bfever|\bfebrile)\W*(?:of|to|at|was|is)?\W*$", re.I)
_UP_TO_NINETEEN = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_NUMBERS = {word: value for value, word in enumerate(_UP_TO_NINETEEN.split())} | {
    word: 10 * value for value, word in enumerate(_TENS.split(), 2)
}
_AGE_IN_WORDS = re.compile(
    rf"\b(?P<tens>{'|'.join(_NUMBERS)})(?:[\s-](?P<ones>one|two|three|four|five|six|seven|eight|nine))?"
    r"[\s-]{1,4}(?P<unit>year|month|week|day)s?[\s-]{1,4}(?:old|of\s+age)\b",
    re.I,
)
_PERSON = r"(?:female|woman|girl|lady|male|man|boy|gentleman|lad|lass)"
_SEX_BESIDE = re.compile(
    rf"[\s,-]{{0,4}}(?:(?P<letter>[MF])\b|(?:[^\W\d]{{2,20}}[\s-]{{1,4}}){{0,3}}?(?i:{_PERSON})\b)"
)
_LETTERS = {"F": "female", "M": "male", "": ""}
_KIN = r"(?:son|daughter|brother|sister|sibling|twin|wife|husband|niece|nephew|cousin|uncle|aunt|grand\w+)"
_PARENT = r"(?:mother|father|parent|mum|mom|dad)"
_RELATIVE_BEFORE = re.compile(
    rf"\b(?:{_KIN}|{_PARENT})s?\W+(?:(?:who|is|was|were|died|at|aged?|of|now|a|an|the)\W+){{0,5}}$", re.I
)
_RELATIVE_AFTER = re.compile(rf"[\s-]{{0,3}}(?:(?!{_PERSON})[^\W\d]+\s+)?{_KIN}\b", re.I)
_PARENT_AFTER = re.compile(rf"[\s-]{{0,3}}(?:[^\W\d]+\s+)?{_PARENT}\b", re.I)
_WHOSE = re.compile(r"(?:\b(?:her|his|their|whose)|['’]s)\s*$", re.I)
_LINE_LEAD = re.compile(r"^[ \t#*_>-]{0,8}(?P<number>\d{1,2}[.)][ \t]+)?(?:an?|this|the)?[ \t]*", re.I | re.M)
_LEAD_REACH = 120
_YEARS = {"y": 1.0, "m": 1 / 12, "w": 7 / 365.25, "d": 1 / 365.25, "h": 1 / 8766}
_FEMALE = re.compile(r"\b(?:female|woman|girl|lady|lass|she|her)\b", re.I)
_MALE = re.compile(r"\b(?:male|man|boy|gentleman|lad|he|his)\b", re.I)
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
    text = plain(text).text
    stated = _stated_age(text)
    if stated is None:
        return Patient(age_years=None, sex=_sex_in(text))
    years, end = stated
    beside = _SEX_BESIDE.match(text, end)
    sex = _sex_in(beside.group()) or _LETTERS[beside.group("letter") or ""] if beside else ""
    return Patient(age_years=years, sex=sex or _sex_in(text))


def _sex_in(text: str) -> str:
    female, male = _FEMALE.search(text), _MALE.search(text)
    if female and (not male or female.start() < male.start()):
        return "female"
    return "male" if male else ""


def _stated_age(text: str) -> tuple[float, int] | None:
    """The first age that is not said of a relative, in years, and where the statement ends."""
    for pattern in (_AGE, _AGE_IN_WORDS, _AGED, _IS_AGED, _SHORT):
        for match in pattern.finditer(text):
            if not _of_relative(text, match) and not _HOT.search(
                text[max(match.start() - 16, 0) : match.start()]
            ):
                end = match.start("sex") if pattern is _SHORT else match.end()
                return _years(match), end
    match_ = _DAY_OF_LIFE.search(text)
    if match_ is None:
        return None
    days = next(number for number in match_.groups() if number)
    return float(days) * _YEARS["d"], match_.end()


def presented(text: str) -> Iterator[tuple[float, str, bool]]:
    """Age and sex of each person a line begins with ("A 54-year-old woman", "2. 12M"), and if numbered."""
    for lead in _LINE_LEAD.finditer(text):
        line = text[lead.end() : lead.end() + _LEAD_REACH]
        for pattern in (_AGE, _AGE_IN_WORDS, _SHORT):
            match = pattern.match(line)
            if match is None or _of_relative(line, match):
                continue
            end = match.start("sex") if pattern is _SHORT else match.end()
            beside = _SEX_BESIDE.match(line, end)
            sex = _sex_in(beside.group()) or _LETTERS[beside.group("letter") or ""] if beside else ""
            if sex:
                yield _years(match), sex, bool(lead.group("number"))
                break


def _years(match: re.Match[str]) -> float:
    named = match.groupdict()
    unit = (named.get("unit") or "y")[0].lower()
    number = named.get("num")
    if number is None:
        number = str(_NUMBERS[named["tens"].lower()] + _NUMBERS.get((named.get("ones") or "").lower(), 0))
    return float(number) * _YEARS[unit]


def _of_relative(text: str, match: re.Match[str]) -> bool:
    before, after = text[max(match.start() - 40, 0) : match.start()], text[match.end() : match.end() + 40]
    if _RELATIVE_BEFORE.search(before) or _RELATIVE_AFTER.match(after):
        return True
    return bool(_WHOSE.search(before) and _PARENT_AFTER.match(after))


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
