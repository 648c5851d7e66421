"""Values in running text: `calcium 11.3 mg/dL (reference 8.4-10.2), high`, `normal calcium and phosphate`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct, structs

from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.schema import Analyte
from calcinosis.language.amounts import Amount, amount, distributed
from calcinosis.language.mentions import Mention, Target
from calcinosis.language.number_words import number_words, one_of
from calcinosis.language.specimens import specimens
from calcinosis.language.table_order import descending
from calcinosis.model import Moment, Quantity, Range

_LINK = re.compile(
    r"^[\s,]*(?:(?:and|or|as well as|plus|&|/|serum|plasma|blood|total|levels?)[\s,]*)*$", re.I
)
_CLAUSE_END = re.compile(r"[;\n]|\.(?=\s|$)")
_SHARED = re.compile(r"\b(?:both|all|each)\b", re.I)
_REACH = 48
# A value stands no further from its name; a longer clause is read to here.
_LONGEST_CLAUSE = 400
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
_LAST_WORD = re.compile(r"(?:[^\W_]+|[\W_])\Z")
_CELSIUS, _FAHRENHEIT, _TITRE = "Cel", "[degF]", "{titer}"
# What may stand between a judgement and the name: "a raised serum calcium of 2.89".
_BESIDE = re.compile(r"(?:\s+(?:serum|plasma|blood|total|fasting|an?|the))*\s*$", re.I)


class Reading(Struct, frozen=True):
    """What a text says of one analyte mention."""

    mention: Mention
    value: Quantity | Range | None = None
    reference: Range | None = None
    interpretation: str = ""
    end: int = 0
    when: Moment | None = None
    earlier: bool = False  # said to be an earlier one, without a date


class Flags:
    """Words of judgement of this knowledge base, and what it knows of numbers and specimens."""

    def __init__(self, knowledge: Knowledge) -> None:
        held = knowledge.contents
        words = {word.casefold(): flag for flag, listed in held.language.flags.items() for word in listed}
        self._words = words
        self._pattern = one_of(words)
        self._closing = re.compile(rf"(?:{self._pattern.pattern})$", re.I)
        self._last = frozenset(last.group() for word in words if (last := _LAST_WORD.search(word)))
        aims = one_of(held.language.numbers.get("hypothetical", ())).pattern
        self._hypothetical = re.compile(rf"(?:{aims})(?:\s+[\w-]+){{0,3}}\s*$", re.I)
        self.numbers = number_words(knowledge)
        self.specimens = specimens(knowledge)
        self._analytes = held.analytes
        self._giving: dict[str, Analyte] = {}
        for one in held.analytes.values():
            for finding in (one.above_range, one.below_range, one.positive if one.unit == _TITRE else ""):
                if finding and one.unit:
                    self._giving.setdefault(finding, one)
        self.temperatures = frozenset(
            name for name, analyte in held.analytes.items() if analyte.unit == _CELSIUS
        )
        spelled = held.language.unit_spellings
        self._fahrenheit = frozenset((_FAHRENHEIT, *spelled.get(_FAHRENHEIT, ())))

    def first(self, text: str) -> tuple[str, int]:
        """The first judging word in `text` and its end; empty and 0 when there is none."""
        for match in self._pattern.finditer(text):
            flag, end = self.numbers.flag(text, match.start())
            if flag:
                return flag, end
        return "", 0

    def last(self, text: str) -> str:
        """The last judging word in `text`, or empty."""
        found = self._pattern.findall(text)
        return self._words[found[-1].casefold()] if found else ""

    def hypothetical(self, clause: str) -> bool:
        """Whether what ends with a name speaks of a limit or an aim and not of a value ("if Ca > 3")."""
        return self._hypothetical.search(clause) is not None

    def can_be(self, reading: Reading) -> bool:
        """Whether it says what a test can: an amount of a substance is never negative, a stain for it is."""
        qualitative = reading.value is None and reading.interpretation in ("positive", "negative")
        return not qualitative or not any(one.molar_mass for one in self.analytes(reading.mention))

    def closing(self, text: str) -> str:
        """The judging word or arrow that `text` ends with, or empty."""
        last = _LAST_WORD.search(text)
        match = self._closing.search(text) if last and last.group().casefold() in self._last else None
        if match is None:
            return {"↑": "high", "↓": "low"}.get(text[-1:], "")
        return self._words[match.group().casefold()]

    def given(self, mention: Mention) -> Analyte | None:
        """The first analyte whose judgement is the one finding that a mention names."""
        named = [one.id for one in mention.targets if one.kind == "finding" and not one.denies]
        return self._giving.get(named[0]) if len(named) == 1 and not mention.ambiguous else None

    def analytes(self, mention: Mention) -> list[Analyte]:
        """What a mention may have measured."""
        return [self._analytes[one.id] for one in mention.targets if one.kind == "analyte"]

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
    """What `text` says of each analyte mention, in order; earlier ones of a series come before the last.

    A value belongs to the mention it follows; a judgement to every mention of an enumeration
    ("calcium, phosphate and PTH were normal", "normal calcium and phosphate"), and as many values as there
    are names each to its own ("Ca/PO4 9.8/6.9"). What was measured in urine and the like says nothing of
    blood.
    """
    found: list[Reading] = []
    for group, until in _groups(text, mentions):
        here = [one for one in group if not words.specimens.elsewhere(text, one.start, one.end)]
        if here and here[-1] is group[-1]:
            found.extend(_of_group(text, here, until, words))
        elif here:
            found.extend(_flagged(text, here, "", words))
    judged = _shared(text, found)
    return [_dated(text, reading) for reading in judged if words.can_be(reading)]


def _shared(text: str, found: Sequence[Reading]) -> list[Reading]:
    """With the judgement that the last of several values shares: "9.4 mg/dL and 3.5 mg/dL, both normal"."""
    judged = list(found)
    for place, reading in enumerate(found):
        shared = _SHARED.search(text, reading.mention.end, reading.end) if reading.interpretation else None
        if shared is None:
            continue
        begin = place - 1 if shared.group().casefold() == "both" else 0
        for before in range(max(begin, 0), place):
            one = found[before]
            same = not _CLAUSE_END.search(text, one.end, reading.mention.start)
            if one.value is not None and not one.interpretation and same:
                judged[before] = structs.replace(one, interpretation=reading.interpretation)
    return judged


def stated(text: str, mentions: Sequence[Mention], words: Flags) -> Iterator[Reading]:
    """The values behind findings that a value gives: `hypercalcaemia (3.4 mmol/L)`.

    The words state the finding by themselves; only a number with a unit of the analyte is its value.
    """
    for place, mention in enumerate(mentions):
        analyte = words.given(mention)
        if analyte is None or words.specimens.elsewhere(text, mention.start, mention.end):
            continue
        limit = next((one.start for one in mentions[place + 1 :] if one.start >= mention.end), len(text))
        until = _clause_end(text, mention.end, limit)
        found = amount(text[mention.end : until], [analyte], words.numbers)
        quantity = _quantity(found)
        if found is None or quantity is None or not words.numbers.spelled.of(analyte, quantity.unit):
            continue
        end = mention.end + found.end
        target = Target(analyte.id, "analyte")
        # Beside the finding, not instead of it: it begins where the words end.
        value = Mention(mention.end, end, text[mention.end : end].strip(" (,:"), (target,))
        yield _dated(text, Reading(value, quantity, found.reference, found.flag, end))


def _quantity(found: Amount | None) -> Quantity | Range | None:
    """The value, or the titre as one: 1:640 is 640."""
    if found is None or not found.titre:
        return found.value.stated if found and found.value else None
    return Quantity(float(found.titre.partition(":")[2]), _TITRE)


def _of_group(text: str, group: Sequence[Mention], until: int, words: Flags) -> Iterator[Reading]:
    if len(group) > 1 and (each := _distributed(text, group, until, words)):
        yield from each
        return
    last = _valued(text, group[-1], until, words)
    if last[-1].value is not None or len(group) == 1:
        yield from _flagged(text, group[:-1], "", words)
        yield from last[:-1]
        yield _judged_before(text, last[-1], words)
    else:
        yield from _flagged(text, group, last[-1].interpretation, words)


def _judged_before(text: str, reading: Reading, words: Flags) -> Reading:
    """With the judgement in front of the name; in front of a value only one that stands beside it."""
    if reading.interpretation:
        return reading
    if reading.value is None:
        return _before(text, reading, words)
    head = _BESIDE.sub("", text[max(reading.mention.start - 40, 0) : reading.mention.start])
    flag = words.closing(head)
    return structs.replace(reading, interpretation=flag) if flag else reading


def _dated(text: str, reading: Reading) -> Reading:
    """The reading with the year that its clause gives it, or marked as an earlier one."""
    if reading.earlier:
        return reading
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
    """Where the clause of a name ends; a semicolon inside a bracket ends none."""
    limit = min(limit, start + _LONGEST_CLAUSE)
    for match in _CLAUSE_END.finditer(text, start, limit):
        opened = text.count("(", start, match.start()) > text.count(")", start, match.start())
        if match.group() != ";" or not opened:
            return match.start()
    return limit


def _valued(text: str, mention: Mention, until: int, words: Flags) -> list[Reading]:
    """The readings behind a mention: earlier ones first; the last may say nothing."""
    tail = text[mention.end : until]
    if words.hypothetical(_clause_before(text, mention.start)):
        return [Reading(mention)]
    analytes = words.analytes(mention)
    sign = None if any(one.molar_mass for one in analytes) else _SIGN.match(tail)
    if sign is not None:
        flag = "positive" if sign.group("plus") else "negative"
        return [Reading(mention, interpretation=flag, end=mention.end + sign.end())]
    found = amount(tail, analytes, words.numbers, newest_first=descending(text, mention.start, tail))
    if found is None:
        flag, end = words.first(tail[:_REACH])
        return [Reading(mention, interpretation=flag, end=mention.end + end)]
    end = mention.end + found.end
    if words.specimens.another(text, end):
        return [Reading(mention)]
    value = _quantity(found)
    if isinstance(value, Quantity) and any(one.id in words.temperatures for one in analytes):
        value = words.of_temperature(value)
        if not value.unit:  # "T 2 N0" is no temperature
            return [Reading(mention)]
    earlier = [Reading(mention, one.stated, end=end, earlier=True) for one in found.earlier]
    return [*earlier, Reading(mention, value, found.reference, found.flag, end)]


def _distributed(text: str, group: Sequence[Mention], until: int, words: Flags) -> list[Reading]:
    last = group[-1].end
    found = distributed(text[last:until], [words.analytes(one) for one in group], words.numbers)
    return [
        Reading(mention, _quantity(one), end=last + one.end)
        for mention, one in zip(group, found or (), strict=bool(found))
    ]


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
