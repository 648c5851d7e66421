"""The words and marks about numbers of a knowledge base, compiled: units, flags, ranges, bounds.

They are in `knowledge/language/words.yaml` (`numbers`, `flags`, `unit_spellings`). Each function looks at one
place of a text and says what stands there and where it ends; an end that is the place says that nothing does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.schema import Analyte
from calcinosis.language.tokens import alternatives, any_whole
from calcinosis.language.unit_spellings import unit_spellings
from calcinosis.model import Quantity, Range

NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d{1,6})?|\d{1,9}(?:[.,]\d{1,6})?|\.\d{1,4})(?![\d.,]*\d)"
_ARROW = re.compile(r"\s*[(\[]?(?P<mark>[↑↓⇑⇓▲▼])[↑↓⇑⇓▲▼]*[)\]]?")
_ARROWS = {"↑": "high", "⇑": "high", "▲": "high", "↓": "low", "⇓": "low", "▼": "low"}
_LETTER = re.compile(r"\s*[(\[]?\s*(?P<mark>HH|LL|H|L|N)(?:\s*[)\]]|(?![\w.-]))")
_LETTERS = {"H": "high", "L": "low", "N": "normal"}
_BETWEEN = re.compile(r"[\s,:()\[\]*–-]+")
_CLOSE = re.compile(r"[^)\]\d\n]{0,24}[)\]]")
# Nothing, a stop, a bracket, or the next name with a number of its own.
_ALONE = re.compile(
    r"\s*(?:[/+&]?\s*$|[,;()\[\]|\"”]|\.(?!\d)|[-–](?=\s|$)|\?|\n)|\s*/(?=\s*[A-Z])|\s+[A-Z][A-Za-z0-9]{0,5}\s*[:=]?\s*[<>]?\d"
)
_WORD = re.compile(r"\s+([^\W\d_][\w/-]*)")
_REACH = 48
_NEVER = r"(?!)"


class Figure(Struct, frozen=True):
    """A number as it is written; one of two between which it lies has an `upper` end."""

    value: float
    unit: str = ""
    comparator: str = ""
    upper: float | None = None

    @property
    def stated(self) -> Quantity | Range:
        """As an observation holds it."""
        if self.upper is not None:
            return Range(self.value, self.upper, self.unit)
        return Quantity(self.value, self.unit, self.comparator)


class NumberWords:
    """The words of this knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        held = knowledge.contents.language
        words = held.numbers
        self.spelled = unit_spellings(knowledge)
        self._flags = {word.casefold(): flag for flag, listed in held.flags.items() for word in listed}
        self._flag = one_of(self._flags)
        signs = ("<", ">", "<=", ">=")
        self._bounds = {word.casefold(): sign for sign in signs for word in words.get(sign, ())}
        self._bound = one_of(self._bounds)
        groups = ("lead", "about", "trend")
        self.lead, self.about, self.trend = (one_of(words.get(name, ())) for name in groups)
        self.now, self.dosed = one_of(words.get("now", ())), one_of(words.get("dosed", ()))
        self.before = one_of(words.get("before", ()))
        self._judged = one_of(words.get("judged", ()))
        self._follows = frozenset(words.get("follows", ()))
        self._reference = _reference(words.get("range", ()), words.get("ceiling", ()))
        units = {spelled for listed in held.unit_spellings.values() for spelled in listed}
        any_unit = alternatives(units | set(held.unit_spellings))
        self._unit = re.compile(rf"[\s|]*(?P<unit>{any_unit})(?![\w/²³^])", re.I)

    def unit(self, text: str, at: int, analytes: Sequence[Analyte]) -> tuple[str, int]:
        """The unit written at `at`: one that an analyte has, else one that can be nothing but a unit."""
        match = self._unit.match(text, at)
        if match is None:
            return "", at
        written = match["unit"]
        own = not analytes or any(self.spelled.of(one, written) for one in analytes)
        if own or any(mark in written for mark in "/%°"):
            return written, match.end()
        return "", at

    def bound(self, text: str, at: int) -> tuple[str, int]:
        """A word that makes a number a bound: its sign."""
        match = self._bound.match(text, at)
        return (self._bounds[" ".join(match.group().casefold().split())], match.end()) if match else ("", at)

    def mark(self, text: str, at: int) -> tuple[str, int]:
        """An arrow or a laboratory's letter that judges."""
        for pattern, meant in ((_ARROW, _ARROWS), (_LETTER, _LETTERS)):
            match = pattern.match(text, at)
            if match is not None:
                return meant[match["mark"][0]], match.end()
        return "", at

    def flag(self, text: str, at: int) -> tuple[str, int]:
        """A word that judges; one that names a range ("normal range 2.5-4.5") does not."""
        match = self._flag.match(text, at)
        if match is None or self.reference(text, at, bare=False)[0] is not None:
            return "", at
        return self._flags[match.group().casefold()], match.end()

    def judgement(self, text: str, at: int) -> tuple[str, int]:
        """What judges the value that ends at `at`; only words of judging may stand between."""
        flag, end = self.mark(text, at)
        place, denied = at, False
        while not flag and place - at <= _REACH:
            flag, end = self.flag(text, place)
            step = _BETWEEN.match(text, place) or self._judged.match(text, place)
            if flag or step is None:
                break
            denied = denied or step.group().casefold() == "not"
            place = step.end()
        if not flag or not self.alone(text, end):  # "9.4 mg/dL, high fever"
            return "", at
        return ("" if denied and flag not in ("high", "low") else "normal" if denied else flag), end

    def reference(self, text: str, at: int, bare: bool) -> tuple[Range | None, str, int]:
        """A reference range, with the unit in it; `bare` where it needs neither a bracket nor a word."""
        match = self._reference.match(text, at)
        if match is None or not (match["open"] or match["word"] or match["top"] or bare):
            return None, "", at
        unit, end = self.unit(text, match.end(), ())
        if match["open"] and (close := _CLOSE.match(text, end)):
            end = close.end()
        elif (match["open"] and not match["word"]) or (
            not match["open"] and not match["word"] and not (unit or self.alone(text, end))
        ):
            return None, "", at
        found = _range(match)
        return (found, unit, end) if found else (None, "", at)

    def alone(self, text: str, at: int) -> bool:
        """Whether a number that ends at `at`, and has no unit, is one of nothing else."""
        if _ALONE.match(text, at):
            return True
        match = _WORD.match(text, at)
        return match is not None and match[1].casefold() in self._follows


def _range(match: re.Match[str]) -> Range | None:
    if match["top"]:
        return Range(None, number(match["top"]))
    if match["low"]:
        low, high = number(match["low"]), number(match["high"])
        return Range(low, high) if low <= high else None
    bound = number(match["bound"])
    return Range(None, bound) if match["sign"] in ("<", "≤", "<=", "up to", "below") else Range(bound, None)


def _reference(named: Iterable[str], ceiling: Iterable[str]) -> re.Pattern[str]:
    words, tops = (
        "|".join(re.escape(word) for word in sorted(listed, key=len, reverse=True)) or _NEVER
        for listed in (named, ceiling)
    )
    return re.compile(
        rf"[\s,;|]{{0,6}}(?P<open>[(\[])?\s{{0,4}}(?P<word>(?:(?:{words})(?!\w)[\s:=,.]{{0,4}}(?:is\s+|of\s+)?)"
        rf"{{1,3}})?(?:(?:{tops})[\s:=,]{{0,4}}(?P<top>{NUMBER})|(?P<low>{NUMBER})\s{{0,4}}(?:-|–|—|to)\s{{0,4}}"
        rf"(?P<high>{NUMBER})|(?P<sign><=|>=|[<>≤≥]|up to|below|above)\s{{0,4}}(?P<bound>{NUMBER}))",
        re.I,
    )


def number(text: str) -> float:
    """A number written with a decimal point or comma; 1,200 and 12 000 are thousands."""
    plain = text.replace(" ", "")
    if re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", plain):
        return float(plain.replace(",", ""))
    return float(plain.replace(",", "."))


def one_of(words: Iterable[str]) -> re.Pattern[str]:
    """Any of the words, whole, the longest first."""
    return re.compile(any_whole(words), re.I)


def number_words(knowledge: Knowledge) -> NumberWords:
    """The words of this knowledge base, built once."""
    return knowledge.built("language.number_words", NumberWords)
