"""Age, sex, size and number in running text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from calcinosis.language.number_words import Figure
from calcinosis.language.plain import plain
from calcinosis.model import Patient, Quantity, Range

UNITS = r"(?P<unit>years?|yrs?|y|months?|mo|mths?|weeks?|wks?|days?|hours?)"
_AGE = re.compile(
    rf"\b(?:aged?\s+(?:of\s+)?)?(?P<num>\d{{1,3}}(?:\.\d{{1,6}})?)[\s-]{{0,4}}{UNITS}(?:\.|s'|'s)?[\s-]{{0,4}}(?:old|of\s+age|/?o\b)",
    re.I,
)
# "2 years and 3 months old", "aged 2 yr 3 mo", "2 and a half years old", "2½-year-old".
_AGE_OF_TWO = re.compile(
    r"\b(?P<aged>aged?\s+(?:of\s+)?)?(?P<num>\d{1,3})[\s-]{0,3}(?:years?|yrs?|y)[\s,-]{0,3}(?:and\s{1,3})?(?P<months>\d{1,2})"
    r"[\s-]{0,3}(?:months?|mo|mths?|m)\b[\s-]{0,3}(?P<old>old\b|of\s+age\b)?",
    re.I,
)
_AGE_AND_HALF = re.compile(
    rf"\b(?P<num>\d{{1,2}})(?:½|\s(?:and\s)?(?:1/2|½)|\s+and\s+a\s+half)[\s-]{{0,4}}{UNITS}"
    r"[\s-]{1,4}(?:old|of\s+age)\b",
    re.I,
)
_AGED = re.compile(rf"\baged?\s*:?\s*(?P<num>\d{{1,3}}(?:\.\d{{1,6}})?)(?:[\s-]{{0,4}}{UNITS})?\b", re.I)
_IS_AGED = re.compile(
    r"\b(?:she|he|patient)\s+is\s+(?:now\s+)?(?P<num>\d{1,3})(?=\s*[.,;]|\s+and\b|\s*$)", re.I
)
# "A woman of 46", "a boy of 9 months"; "a man of 80 kg" is a weight.
_PERSON_OF = re.compile(
    r"\b(?:man|woman|boy|girl|male|female|lady|gentleman|lad|lass|infant|baby|child|patient)\s+of\s+"
    rf"(?P<num>\d{{1,3}})(?![\d.,]*\d|\s?(?:kgs?|kilo\w*|lbs?|pounds?|st|stone|cm|mm|m|ft|feet|foot|mg|g|%)\b)"
    rf"(?:[\s-]{{0,4}}{UNITS})?\b",
    re.I,
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
NUMBERS = {word: value for value, word in enumerate(_UP_TO_NINETEEN.split())} | {
    word: 10 * value for value, word in enumerate(_TENS.split(), 2)
}
_AGE_IN_WORDS = re.compile(
    rf"\b(?P<tens>{'|'.join(NUMBERS)})(?:[\s-](?P<ones>one|two|three|four|five|six|seven|eight|nine))?"
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
FIGURE = r"\d{1,6}(?:[.,]\d{1,6})?"
_BOUND = (
    r"(?P<below>less\s+than|smaller\s+than|below|under|up\s+to|at\s+most|no\s+(?:more|larger|bigger)\s+than|not\s+exceeding|<=?|≤)|"
    r"(?P<above>(?:more|larger|greater|bigger)\s+than|over|above|exceeding|at\s+least|>=?|≥)"
)
_LENGTH = re.compile(r"[mc]m", re.I)
_SIZE = re.compile(
    rf"(?=\d|[<>≤≥]|(?<![\w.])[lsbunmoage])(?:(?<![\w.])(?:{_BOUND})\s{{0,4}})?(?<![\d.,])(?P<first>{FIGURE})\s{{0,4}}(?:(?:mm|cm)\s{{0,4}})?"
    rf"(?:(?P<joint>-|–|to|x|×|by)\s{{0,4}}(?P<second>{FIGURE})\s{{0,4}})?"
    rf"(?:(?:mm|cm)?\s{{0,4}}(?:x|×|by)\s{{0,4}}(?P<third>{FIGURE})\s{{0,4}})?"
    r"(?P<unit>mm|cm|millimet(?:re|er)s?|centimet(?:re|er)s?)\b(?!\s*/|\s*Hg|\s*\^?\s*[23²³])",
    re.I,
)
# A size counts as the lesion's in a clause that names a lesion or says that it measures one.
MEASURES = re.compile(r"\b(?:largest|size|diameter|measur\w*|across)\b", re.I)
_NUMBER = re.compile(r"\b(?:number of lesions|lesions? count)\s*[:=]?\s*(?P<num>\d{1,6})", re.I)


class Dimension(Struct, frozen=True):
    """A number about the lesion: which analyte, how much, where in the text."""

    what: str
    value: Quantity | Range
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
    for pattern in (_AGE_OF_TWO, _AGE_AND_HALF, _AGE, _AGE_IN_WORDS, _PERSON_OF, _AGED, _IS_AGED, _SHORT):
        for match in pattern.finditer(text):
            if pattern is _AGE_OF_TWO and not (match["aged"] or match["old"]):
                continue
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
    if match.re is _AGE_OF_TWO:
        return float(match["num"]) + float(match["months"]) / 12
    if match.re is _AGE_AND_HALF:
        return (float(match["num"]) + 0.5) * _YEARS[unit]
    if number is None:
        number = str(NUMBERS[named["tens"].lower()] + NUMBERS.get((named.get("ones") or "").lower(), 0))
    return float(number) * _YEARS[unit]


def _of_relative(text: str, match: re.Match[str]) -> bool:
    before, after = text[max(match.start() - 40, 0) : match.start()], text[match.end() : match.end() + 40]
    if _RELATIVE_BEFORE.search(before) or _RELATIVE_AFTER.match(after):
        return True
    return bool(_WHOSE.search(before) and _PARENT_AFTER.match(after))


def dimensions(text: str, of_lesion: Callable[[int], bool]) -> Iterator[Dimension]:
    """Sizes (mm) and numbers of lesions.

    `of_lesion` says for a place in the text whether its clause is about a lesion.
    """
    measured = _LENGTH.search(text) is not None
    found = _SIZE.finditer(text) if measured else ()
    sizes = [(_diameter(match), match) for match in found if of_lesion(match.start())]
    if sizes:
        value, match = max(sizes, key=lambda found: _reach(found[0]))
        yield Dimension("lesion_size", value.stated, match.start(), match.end())
    for match in _NUMBER.finditer(text):
        count = Quantity(float(match.group("num")), "1")
        yield Dimension("lesion_count", count, match.start(), match.end())


def _diameter(match: re.Match[str]) -> Figure:
    """The largest diameter in mm: of `2 x 3 cm` the longer side; `1 to 15 mm` between, `under 1 cm` below."""
    factor = 10.0 if match.group("unit").lower().startswith("c") else 1.0
    first, second, third = (
        float(found.replace(",", ".")) * factor if found else None
        for found in match.group("first", "second", "third")
    )
    apart = (match.group("joint") or "").strip().lower() in ("-", "–", "to")
    if apart and third is None and second is not None and first is not None and first < second:
        return Figure(first, "mm", upper=second)
    comparator = "<=" if match.group("below") else ">" if match.group("above") else ""
    longest = max(length for length in (first, second, third) if length is not None)
    return Figure(longest, "mm", _strict(comparator, match))


def _strict(comparator: str, match: re.Match[str]) -> str:
    """`<` and `>=` where the words say so."""
    words = " ".join((match.group("below") or match.group("above") or "").lower().split())
    if comparator == "<=" and words in ("less than", "smaller than", "below", "under", "<"):
        return "<"
    return ">=" if comparator == ">" and words in ("at least", ">=", "≥") else comparator


def _reach(value: Figure) -> tuple[bool, float]:
    """By how large it may be; what is larger than a number comes last."""
    return value.comparator.startswith(">"), value.upper or value.value
