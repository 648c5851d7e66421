"""What stands behind the name of a test: its number with flag, unit and reference range in any order.

`7.8 H mg/dL`, `(15-65) 850 pg/mL`, `elevated at 7.8`, `rose from 9.1 to 11.4 mg/dL`, `between 6.5 and 8.1`,
`[mg/dL]: 9.8`, `over 3 mmol/L`. Of several readings the last counts and the others are earlier ones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from calcinosis.knowledge.schema import Analyte
from calcinosis.language.number_words import NUMBER, Figure, NumberWords, number
from calcinosis.model import Range

_NUMBER = re.compile(NUMBER)
# "1 240 U/L": a gap parts thousands only in front of a unit.
_GAPPED = re.compile(r"\d{1,3}(?: \d{3})+(?![\d.,]*\d)")
_SIGN = re.compile(r"<=|>=|=<|=>|[<>≤≥]")
_SIGNS = {"≤": "<=", "≥": ">=", "=<": "<=", "=>": ">="}
_GAP = re.compile(r"[\s:=~≈,|*;\"“”]+|[-–]{1,3}(?=\s)|\([A-Z]{1,6}\)|[(\[]")
_MORE = re.compile(r"\+(?=[\s,;.)]|$)")
_STAR = re.compile(r"\s?\*{1,3}(?!\w)")
_CHARGE = re.compile(r"(?:\s?[1-4]?\+{1,2}[1-4]?|\s?[1-4][-−]|\s?[-−])(?=[\s:,=(\[<>~≈]|$)")
# The next cell of a table, cells without a value left out.
_COLUMN = re.compile(
    r"(?: {2,}|[ \t]*[\t|][ \t]*)(?:(?:--?|n/?a|nd)(?: {2,}|[ \t]*[\t|][ \t]*))*(?=[<>≤≥]?\s?\.?\d)", re.I
)
_TWO = re.compile(r"\s+and\s+(?=\.?\d)")
_ARROW = re.compile(r"(?:\s*\([^()\n]{0,20}\))?\s*(?:-{1,2}>|={1,2}>|→|➔|➝|⟶|>)\s*(?=\.?\d)")
_TO = re.compile(r"\s*(?:-|–|—|\bto\b)\s*(?=\.?\d)")
_AND = re.compile(r"\s*\b(?:and|to)\b\s*(?=\.?\d)|\s*[-–]\s*(?=\.?\d)")
_COMMA = re.compile(r"\s*,\s*(?:then\s+|and\s+)?(?=\.?\d)")
_BETWEEN = re.compile(r"between\b", re.I)
_SECOND = re.compile(r"\s*/\s*\d{1,3}\b(?!\s*/)")
_NOT_ALONE = re.compile(r"\s*[/:]\s*\d|-\d")
_TITRE = re.compile(r"1\s?[:/]\s?\d{2,6}\b")
_LATER = re.compile(r"[^.;\n\d]{0,48}?(?:\([^()\n]{0,30}\)[^.;\n\d]{0,16})?(?=(?<![\w.,])\.?\d)")
_COPULA = re.compile(r"[\s,:]*(?:(?:is|was|of|at|to|it)\s+){0,2}$")
_MOST = 14


class Amount(Struct, frozen=True):
    """A value or a titre, what judges it, where it ends, and what was measured before it."""

    end: int
    value: Figure | None = None
    titre: str = ""
    reference: Range | None = None
    flag: str = ""
    earlier: tuple[Figure, ...] = ()


class _Head(Struct):
    """What stands in front of a number."""

    at: int = 0
    sign: str = ""
    flag: str = ""
    unit: str = ""
    reference: Range | None = None
    trend: bool = False
    between: bool = False
    opened: bool = False


class _One(Struct, frozen=True):
    """One number with what belongs to it."""

    value: Figure
    end: int
    flag: str = ""
    reference: Range | None = None


def amount(
    text: str, analytes: Sequence[Analyte], words: NumberWords, *, newest_first: bool = False
) -> Amount | None:
    """What `text`, which follows the name of a test, gives as its value; None where it gives none.

    Of the columns of a table the last counts, or the first where they are `newest_first`.
    """
    return _Reader(text, analytes, words, newest_first).amount()


def distributed(text: str, named: Sequence[Sequence[Analyte]], words: NumberWords) -> list[Amount] | None:
    """The values of several names behind them all (`Ca/PO4/PTH 9.8/6.9/740`), when there are as many."""
    reader = _Reader(text, (), words)
    head = reader.head()
    if head is None or head.sign or head.trend or head.between or head.reference:
        return None
    at, found = head.at, list[tuple[float, str, int]]()
    for place, analytes in enumerate(named):
        joint = re.compile(r"\s*(?:/|,|\band\b|&)\s*(?:and\s+)?").match(text, at) if place else None
        if place and joint is None:
            return None
        match = _NUMBER.match(text, joint.end() if joint else at)
        if match is None:
            return None
        unit, at = words.unit(text, match.end(), analytes)
        found.append((number(match.group()), unit, at))
    if not found[-1][1] and (_NOT_ALONE.match(text, at) or not words.alone(text, at)):
        return None
    values, unit = list[Amount](), ""
    for (value, own, end), analytes in zip(reversed(found), reversed(named), strict=True):
        fits = unit if any(words.spelled.of(one, unit) for one in analytes) else ""
        unit = own or unit
        values.append(Amount(end, Figure(value, own or fits)))
    return values[::-1]


class _Reader:
    """Goes through the text behind one name."""

    def __init__(
        self, text: str, analytes: Sequence[Analyte], words: NumberWords, newest_first: bool = False
    ) -> None:
        self.text, self.analytes, self.words = text, analytes, words
        self.newest_first = newest_first
        self.paired = False

    def amount(self) -> Amount | None:
        """The value, or the last of several."""
        head = self.head()
        if head is None:
            return None
        titre = _TITRE.match(self.text, head.at)
        if titre is not None and all(one.unit in ("", "{titer}") for one in self.analytes):
            flag, end = self.words.judgement(self.text, titre.end())
            return Amount(end, titre=re.sub(r"\s?[:/]\s?", ":", titre.group()), flag=flag or head.flag)
        first = self._one(head)
        if first is None:
            return None
        if not first.value.unit and head.opened and head.reference is None and self._bracketed(head):
            return None
        found = self._later(self._series(first, head))
        return self._checked(found, head)

    # -- in front of the number -----------------------------------------------------------------

    def head(self) -> _Head | None:
        """What leads to the first number; None where another word stands in between."""
        head, at = _Head(), self._charge()
        for _ in range(_MOST):
            step = self._step(head, at)
            if step == at:
                break
            at = step
        head.at = at
        return head if _NUMBER.match(self.text, at) else None

    def _charge(self) -> int:
        """The charge of an ion: a substance has one, a test that is positive has a plus."""
        match = _CHARGE.match(self.text) if any(one.molar_mass for one in self.analytes) else None
        return match.end() if match else 0

    def _step(self, head: _Head, at: int) -> int:
        text, words = self.text, self.words
        own, unit, end = words.reference(text, at, bare=False)
        if own is not None and (own.low is not None or text[at:].lstrip()[:1] in "([") and _leads(text, end):
            head.reference, head.unit = own, head.unit or unit
            return end
        unit, end = words.unit(text, at, self.analytes) if at else ("", at)
        if unit and text[at - 1] in " ,([" and self.analytes:
            head.unit = unit
            return re.compile(r"\s*[)\]]?").match(text, end).end()  # type: ignore[union-attr]
        flag, end = words.mark(text, at)
        if not flag:
            flag, end = words.flag(text, at)
        if flag:
            head.flag = flag
            return end
        if match := _BETWEEN.match(text, at):
            head.between = True
            return match.end()
        if match := _GAP.match(text, at):
            head.opened = head.opened or match.group() in "(["
            return match.end()
        return self._word(head, at)

    def _word(self, head: _Head, at: int) -> int:
        text, words = self.text, self.words
        sign, end = words.bound(text, at)
        if sign:
            head.sign = sign
            return end
        if match := _SIGN.match(text, at):
            head.sign = _SIGNS.get(match.group(), match.group())
            return match.end()
        if match := words.trend.match(text, at):
            head.trend = True
            return match.end()
        match = words.about.match(text, at) or words.now.match(text, at) or words.lead.match(text, at)
        return match.end() if match else at

    def _bracketed(self, head: _Head) -> bool:
        """Whether two numbers stand in the bracket behind the name: a range and no value."""
        before = self.text[: head.at].rstrip()
        opened = before.endswith(("(", "["))
        return opened and self.words.reference(self.text, len(before) - 1, False)[0] is not None

    # -- the number and what is behind it -------------------------------------------------------

    def _one(self, head: _Head) -> _One | None:
        text = self.text
        gapped = _GAPPED.match(text, head.at)
        match = gapped if gapped and self.words.unit(text, gapped.end(), self.analytes)[0] else None
        match = match or _NUMBER.match(text, head.at)
        if match is None:
            return None
        at = match.end()
        if any(one.first_of_pair for one in self.analytes) and (second := _SECOND.match(text, at)):
            at, self.paired = second.end(), True
        elif more := _MORE.match(text, at):  # "30+"
            return self._behind(Figure(number(match.group()), "", ">="), more.end())
        elif _NOT_ALONE.match(text, at) and not _TO.match(text, at):
            return None
        return self._behind(Figure(number(match.group()), "", head.sign), at)

    def _behind(self, value: Figure, at: int) -> _One:
        """The unit, flag and range behind a number, in any order."""
        flag, own, unit = "", None, ""
        for _ in range(4):
            start = at
            if star := _STAR.match(self.text, at):
                at = star.end()
            if not unit:
                unit, at = self.words.unit(self.text, at, self.analytes)
            if not flag:
                flag, at = self.words.mark(self.text, at)
            if own is None and (unit or not _TO.match(self.text, at)):
                own, within, at = self.words.reference(self.text, at, bare=bool(unit))
                if own is not None and within and not self._follows_unit(at):
                    unit = unit or within
            if at == start:
                break
        return _One(replace(value, unit=unit), at, flag, own)

    def _follows_unit(self, at: int) -> bool:
        return bool(self.words.unit(self.text, at, self.analytes)[0])

    # -- several numbers ------------------------------------------------------------------------

    def _series(self, first: _One, head: _Head) -> list[_One]:
        """A range, or readings one after the other."""
        text, found = self.text, [first]
        joint = _AND if head.between else _TO
        if columns := self._columns(first):
            return columns
        if not head.sign and (match := joint.match(text, first.end)) and (second := self._next(match.end())):
            low, high = first.value, second.value
            if head.trend and not head.between:
                found.append(second)
            elif low.value <= high.value:
                both = replace(low, unit=high.unit or low.unit, upper=high.value)
                found = [_One(both, second.end, second.flag, second.reference)]
                if _leads(text, second.end) and (value := self._next(_start(text, second.end))):
                    own = Range(low.value, high.value, both.unit)
                    found = [replace(value, reference=value.reference or own)]
            elif re.search(r"\s", match.group()):
                found.append(second)
            else:
                return []  # "19-9" is the name of something
        return self._trend(found)

    def _columns(self, first: _One) -> list[_One]:
        """The values of a row of a table; a range at its end is the range of them all."""
        found, own, at = [first], first.reference, first.end
        while own is None and (match := _COLUMN.match(self.text, at)):
            own, _, end = self.words.reference(self.text, match.end(), bare=True)
            if own is not None:
                flag, at = self.words.mark(self.text, end)
                found[-1] = replace(found[-1], flag=found[-1].flag or flag, end=at)
                break
            own = None
            following = self._cell(match.end())
            if following is None:
                break
            found.append(following)
            own, at = following.reference, following.end
        if len(found) == 1:
            return []
        if self.newest_first:
            found.reverse()
        return [replace(one, reference=own) for one in found]

    def _cell(self, at: int) -> _One | None:
        sign = _SIGN.match(self.text, at)
        start = _start(self.text, sign.end()) if sign else at
        following = self._next(start)
        if following is None or sign is None:
            return following
        comparator = _SIGNS.get(sign.group(), sign.group())
        return replace(following, value=replace(following.value, comparator=comparator))

    def _trend(self, found: list[_One]) -> list[_One]:
        while match := _ARROW.match(self.text, found[-1].end):
            following = self._next(match.end())
            if following is None:
                break
            found.append(following)
        pair = _TWO.match(self.text, found[-1].end)
        if len(found) == 1 and not found[0].value.unit and pair and (second := self._next(pair.end())):
            return [*found, second] if self._own(second.value.unit) else found
        if len(found) == 1 and not found[0].value.unit:
            listed = list(found)
            while (match := _COMMA.match(self.text, listed[-1].end)) and (one := self._next(match.end())):
                listed.append(one)
            if self._own(listed[-1].value.unit):
                found = listed
        return found

    def _own(self, unit: str) -> bool:
        return any(self.words.spelled.of(one, unit) for one in self.analytes)

    def _next(self, at: int) -> _One | None:
        match = _NUMBER.match(self.text, at)
        if match is None or _NOT_ALONE.match(self.text, match.end()):
            return None
        return self._behind(Figure(number(match.group())), match.end())

    def _later(self, found: list[_One]) -> list[_One]:
        """With what is said to be the value now (`..., now 2.4 mmol/L`, `... and 2.5 mmol/L today`)."""
        if not found:
            return found
        match = _LATER.match(self.text, found[-1].end)
        following = self._next(match.end()) if match else None
        if match is None or following is None:
            return found
        gap = match.group()
        said = [now for now in self.words.now.finditer(gap) if _COPULA.match(gap[now.end() :])]
        behind = re.compile(r"\s*[,(]?\s*").match(self.text, following.end)
        after = self.words.now.match(self.text, behind.end() if behind else following.end)
        after = after or self.words.before.match(gap.lstrip(" ,"))
        known = following.value.unit or self.words.alone(self.text, following.end)
        return [*found, following] if (said or after) and known else found

    def _checked(self, found: list[_One], head: _Head) -> Amount | None:
        """The last value with its unit, judgement and range; None where the number is one of other things."""
        if not found:
            return None
        last, at = found[-1], found[-1].end
        units = (one.value.unit for one in reversed(found) if one.value.unit)
        unit = last.value.unit or next(units, head.unit)
        told = last.value.unit or last.flag or last.reference or self.paired
        if not told and not self.words.alone(self.text, at):
            return None
        if unit and "/" not in unit and self._is_dose(at):
            return None
        flag, end = (last.flag, at) if last.flag else self.words.judgement(self.text, at)
        earlier = tuple(replace(one.value, unit=one.value.unit or unit) for one in found[:-1])
        return Amount(
            end,
            replace(last.value, unit=unit),
            reference=last.reference or head.reference,
            flag=flag or ("" if earlier else head.flag),
            earlier=earlier,
        )

    def _is_dose(self, at: int) -> bool:
        space = re.compile(r"\s*").match(self.text, at)
        return self.words.dosed.match(self.text, space.end() if space else at) is not None


def _start(text: str, at: int) -> int:
    """Where the number begins that `_leads` sees."""
    match = re.compile(r"[\s:=,|*]*").match(text, at)
    return match.end() if match else at


def _leads(text: str, at: int) -> bool:
    """Whether a number stands behind a range, so that the range is not the value."""
    return re.compile(r"[\s:=,|*]*[<>≤≥]?\s*\.?\d").match(text, at) is not None
