"""Values in running text: `calcium 11.3 mg/dL (reference 8.4-10.2), high`, `normal calcium and phosphate`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct, structs

from calcinosis.knowledge import Knowledge
from calcinosis.language.mentions import Mention
from calcinosis.language.tokens import whole
from calcinosis.model import Moment, Quantity, Range

_NUMBER = r"\d+(?:[.,]\d+)?"
_LEAD = (
    r"[\s:=~,]*(?:(?:levels?|concentration|titre|titer|of|was|is|were|at|value|result|reading|"
    r"today|now|currently|again)[\s:=~,]*)*"
)
_VALUE = re.compile(
    rf"^(?:\s*\([A-Z]{{1,6}}\))?{_LEAD}(?:(?P<cmp><=|>=|[<>≤≥])\s*)?(?P<num>{_NUMBER})(?P<rest>.*)$", re.S
)
_RATIO = re.compile(r"^\s*:\s*\d")
_REFERENCE = re.compile(
    r"^[\s,;]{0,8}[(\[]?\s{0,8}(?:normal\s+range|reference\s+range|reference|ref\.?|range|normal|nr|n)?"
    r"\s{0,8}[:=]?\s{0,8}"
    rf"(?:(?P<low>{_NUMBER})\s*(?:-|–|to)\s*(?P<high>{_NUMBER})|(?P<cmp>[<>≤≥])\s*(?P<bound>{_NUMBER}))"
    r"(?P<unit>[^)\];]{0,24})[)\]]",
    re.I,
)
_LINK = re.compile(
    r"^[\s,]*(?:(?:and|or|as well as|plus|&|/|serum|plasma|blood|total|levels?)[\s,]*)*$", re.I
)
_CLAUSE_END = re.compile(r"[;\n]|\.(?=\s|$)")
_REACH = 48
# Numbers that can be a body's temperature in one scale only.
_BODY_FAHRENHEIT, _BODY_CELSIUS = (90, 113), (30, 45)
# "MDA5+", "Ro +, La -": a sign beside the name of a test.
_SIGN = re.compile(r"^(?:\s?(?P<plus>\+{1,4})|(?:\s?[-–−](?=[,.;)/])|[-–−]$))(?=[\s,.;)/]|$)")
_YEAR = r"((?:19|20)\d\d)\b"
_MONTH = r"(?:(?:[A-Za-z]{3,9}\.?|\d{1,2}[./-]\d{1,2}[./-]|\d{1,2}[./-]|\d{1,2})\s*){0,2}"
_DATED_AFTER = re.compile(
    rf"^[\s,]*(?:(?:back\s+)?(?:in|on|from|during|dated)\s+{_MONTH}{_YEAR}|\({_MONTH}{_YEAR}\))", re.I
)
_DATED_BEFORE = re.compile(rf"^\s*(?:in|on|during)\s+{_MONTH}{_YEAR}", re.I)
_EARLIER_BEFORE = re.compile(
    r"\b(?:previous(?:ly)?|prior|earlier|past|former|historical)\W+(?:\w+\W+){0,2}$", re.I
)
_EARLIER_AFTER = re.compile(
    r"^[\s,(]*(?:previously|earlier|in\s+the\s+past|(?:\w+\s+)?\w+\s+(?:years?|months?)\s+(?:ago|earlier|before))\b",
    re.I,
)
_CURRENT = re.compile(r"\b(?:now|today|current(?:ly)?|present(?:ly)?|latest|recent(?:ly)?)\b", re.I)
_CELSIUS, _FAHRENHEIT = "Cel", "[degF]"


class Reading(Struct, frozen=True):
    """What a text says of one analyte mention."""

    mention: Mention
    value: Quantity | None = None
    reference: Range | None = None
    interpretation: str = ""
    end: int = 0
    when: Moment | None = None
    earlier: bool = False  # said to be an earlier one, without a date


class Flags:
    """Words of judgement and unit spellings of this knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        language = knowledge.contents.language
        words = {word.casefold(): flag for flag, listed in language.flags.items() for word in listed}
        ordered = sorted(words, key=len, reverse=True)
        self._words = words
        self._pattern = re.compile("|".join(map(whole, ordered)), re.I)
        spellings = {spelled for listed in language.unit_spellings.values() for spelled in listed}
        units = sorted(spellings | set(language.unit_spellings), key=len, reverse=True)
        self.temperatures = frozenset(
            name for name, analyte in knowledge.contents.analytes.items() if analyte.unit == _CELSIUS
        )
        spelled = language.unit_spellings
        self._fahrenheit = frozenset((_FAHRENHEIT, *spelled.get(_FAHRENHEIT, ())))
        self._unit = re.compile(rf"^\s*(?P<unit>{'|'.join(map(re.escape, units))})(?![\w/])", re.I)

    def first(self, text: str) -> tuple[str, int]:
        """The first judging word in `text` and its end; empty and 0 when there is none."""
        match = self._pattern.search(text)
        return (self._words[match.group().casefold()], match.end()) if match else ("", 0)

    def last(self, text: str) -> str:
        """The last judging word in `text`, or empty."""
        found = self._pattern.findall(text)
        return self._words[found[-1].casefold()] if found else ""

    def unit(self, text: str) -> tuple[str, int]:
        """The unit that `text` begins with, as written, and its end."""
        match = self._unit.match(text)
        return (match.group("unit"), match.end()) if match else ("", 0)

    def of_temperature(self, value: Quantity) -> Quantity:
        """A temperature in degrees Celsius.

        The scales have different zeros, so that no factor leads from one to the other. Without a unit the
        number tells: no living body is at 95 degrees of one scale or at 40 of the other.
        """
        bare = not value.unit
        if value.unit in self._fahrenheit or (bare and _within(value.value, _BODY_FAHRENHEIT)):
            return Quantity(round((value.value - 32) / 1.8, 2), _CELSIUS, value.comparator)
        if bare and _within(value.value, _BODY_CELSIUS):
            return Quantity(value.value, _CELSIUS, value.comparator)
        return value


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]


def flags(knowledge: Knowledge) -> Flags:
    """The flags of this knowledge base, built once."""
    return knowledge.built("language.flags", Flags)


def readings(text: str, mentions: Sequence[Mention], words: Flags) -> list[Reading]:
    """What `text` says of each analyte mention, in order.

    A value belongs to the mention it follows; a judgement to every mention of an enumeration
    ("calcium, phosphate and PTH were normal", "normal calcium and phosphate").
    """
    found: list[Reading] = []
    for group, until in _groups(text, mentions):
        last = _valued(text, group[-1], until, words)
        if last.value is not None or len(group) == 1:
            found.extend(_flagged(text, group[:-1], "", words))
            found.append(last if last.value or last.interpretation else _before(text, last, words))
        else:
            found.extend(_flagged(text, group, last.interpretation, words))
    return [_dated(text, reading) for reading in found]


def _dated(text: str, reading: Reading) -> Reading:
    """The reading with the year that its clause gives it, or marked as an earlier one."""
    end = max(reading.end, reading.mention.end)
    after = text[end : end + _REACH]
    head = _clause_before(text, reading.mention.start)
    now = _CURRENT.search(f"{head} {text[reading.mention.end : end]}") is not None
    match = _DATED_AFTER.match(after) or (None if now else _DATED_BEFORE.match(head))
    if match is not None:
        return structs.replace(reading, when=Moment.of(int(match.group(match.lastindex or 1))))
    before = None if now else _EARLIER_BEFORE.search(head[-_REACH:])
    return structs.replace(reading, earlier=bool(before or _EARLIER_AFTER.match(after)))


def _clause_before(text: str, place: int, longest: int = 160) -> str:
    """The words of the clause that ends at `place`; of a longer one only its end."""
    window = text[max(place - longest, 0) : place]
    return _CLAUSE_END.split(window)[-1]


def _groups(text: str, mentions: Sequence[Mention]) -> list[tuple[list[Mention], int]]:
    """Mentions joined into enumerations, each with the place where its reach ends."""
    if not mentions:
        return []
    groups: list[list[Mention]] = []
    for mention in mentions:
        if groups and _LINK.match(text[groups[-1][-1].end : mention.start]):
            groups[-1].append(mention)
        else:
            groups.append([mention])
    starts = [group[0].start for group in groups[1:]] + [len(text)]
    return [
        (group, _clause_end(text, group[-1].end, start)) for group, start in zip(groups, starts, strict=True)
    ]


def _clause_end(text: str, start: int, limit: int) -> int:
    match = _CLAUSE_END.search(text, start, limit)
    return match.start() if match else limit


def _valued(text: str, mention: Mention, until: int, words: Flags) -> Reading:
    tail = text[mention.end : until]
    sign = _SIGN.match(tail)
    if sign is not None:
        return Reading(
            mention,
            interpretation="positive" if sign.group("plus") else "negative",
            end=mention.end + sign.end(),
        )
    match = _VALUE.match(tail)
    if match is None or _RATIO.match(match.group("rest")):
        flag, end = words.first(tail[:_REACH])
        return Reading(mention, interpretation=flag, end=mention.end + end)
    rest = match.group("rest")
    unit, used = words.unit(rest)
    reference, after, beside = _reference(rest[used:], words)
    unit = unit or beside
    flag, flag_end = words.first(rest[used + after :][:_REACH])
    value = Quantity(_number(match.group("num")), unit, _comparator(match.group("cmp")))
    if any(target.id in words.temperatures for target in mention.targets):
        value = words.of_temperature(value)
        if not value.unit:  # "T 2 N0" is no temperature
            return Reading(mention)
    end = mention.end + match.start("rest") + used + after + flag_end
    return Reading(mention, value, reference, flag, end)


def _before(text: str, reading: Reading, words: Flags) -> Reading:
    start = max(reading.mention.start - 28, 0)
    head = re.split(r"[;.\n(]", text[start : reading.mention.start])[-1]
    flag = words.last(head)
    return Reading(reading.mention, None, None, flag, reading.mention.end) if flag else reading


def _flagged(text: str, group: Sequence[Mention], flag: str, words: Flags) -> list[Reading]:
    if not group:
        return []
    if not flag:
        flag = _before(text, Reading(group[0]), words).interpretation
    return [Reading(mention, interpretation=flag, end=mention.end) for mention in group]


def _reference(text: str, words: Flags) -> tuple[Range | None, int, str]:
    """The reference range that `text` begins with, its end, and the unit written in it."""
    match = _REFERENCE.match(text)
    if match is None:
        return None, 0, ""
    unit, _ = words.unit(match.group("unit"))
    if match.group("low"):
        return Range(_number(match.group("low")), _number(match.group("high"))), match.end(), unit
    bound = _number(match.group("bound"))
    upper = match.group("cmp") in "<≤"
    return Range(None, bound) if upper else Range(bound, None), match.end(), unit


def _number(text: str) -> float:
    """A number written with a decimal point or comma; 1,200 and 12,000 are thousands."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", text):
        return float(text.replace(",", ""))
    return float(text.replace(",", "."))


def _comparator(mark: str | None) -> str:
    return {"≤": "<=", "≥": ">="}.get(mark or "", mark or "")
