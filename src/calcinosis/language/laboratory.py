"""Values in running text: `calcium 11.3 mg/dL (reference 8.4-10.2), high`, `normal calcium and phosphate`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from calcinosis.knowledge import Knowledge
from calcinosis.language.lexicon import Mention
from calcinosis.model import Quantity, Range

_NUMBER = r"\d+(?:[.,]\d+)?"
_LEAD = r"[\s:=~,]*(?:(?:levels?|concentration|titre|titer|of|was|is|were|at|value)[\s:=~,]*)*"
_VALUE = re.compile(
    rf"^(?:\s*\([A-Z]{{1,6}}\))?{_LEAD}(?:(?P<cmp><=|>=|[<>≤≥])\s*)?(?P<num>{_NUMBER})(?P<rest>.*)$", re.S
)
_RATIO = re.compile(r"^\s*:\s*\d")
_REFERENCE = re.compile(
    r"^[\s,;]{0,8}[(\[]?\s{0,8}(?:normal\s+range|reference\s+range|reference|ref\.?|range|normal|nr|n)?"
    r"\s{0,8}[:=]?\s{0,8}"
    rf"(?:(?P<low>{_NUMBER})\s*(?:-|–|to)\s*(?P<high>{_NUMBER})|(?P<cmp>[<>≤≥])\s*(?P<bound>{_NUMBER}))"
    r"[^)\];]{0,24}[)\]]",
    re.I,
)
_LINK = re.compile(
    r"^[\s,]*(?:(?:and|or|as well as|plus|&|/|serum|plasma|blood|total|levels?)[\s,]*)*$", re.I
)
_CLAUSE_END = re.compile(r"[;\n]|\.(?=\s|$)")
_REACH = 48


class Reading(Struct, frozen=True):
    """What a text says of one analyte mention."""

    mention: Mention
    value: Quantity | None = None
    reference: Range | None = None
    interpretation: str = ""
    end: int = 0


class Flags:
    """Words of judgement and unit spellings of this knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        language = knowledge.contents.language
        words = {word.casefold(): flag for flag, listed in language.flags.items() for word in listed}
        ordered = sorted(words, key=len, reverse=True)
        self._words = words
        self._pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, ordered))})\b", re.I)
        spellings = {spelled for listed in language.unit_spellings.values() for spelled in listed}
        units = sorted(spellings | set(language.unit_spellings), key=len, reverse=True)
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
    return found


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
    match = _VALUE.match(tail)
    if match is None or _RATIO.match(match.group("rest")):
        flag, end = words.first(tail[:_REACH])
        return Reading(mention, interpretation=flag, end=mention.end + end)
    rest = match.group("rest")
    unit, used = words.unit(rest)
    reference, after = _reference(rest[used:])
    flag, flag_end = words.first(rest[used + after :][:_REACH])
    value = Quantity(_number(match.group("num")), unit, _comparator(match.group("cmp")))
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


def _reference(text: str) -> tuple[Range | None, int]:
    match = _REFERENCE.match(text)
    if match is None:
        return None, 0
    if match.group("low"):
        return Range(_number(match.group("low")), _number(match.group("high"))), match.end()
    bound = _number(match.group("bound"))
    upper = match.group("cmp") in "<≤"
    return Range(None, bound) if upper else Range(bound, None), match.end()


def _number(text: str) -> float:
    """A number written with a decimal point or comma; 1,200 and 12,000 are thousands."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", text):
        return float(text.replace(",", ""))
    return float(text.replace(",", "."))


def _comparator(mark: str | None) -> str:
    return {"≤": "<=", "≥": ">="}.get(mark or "", mark or "")
