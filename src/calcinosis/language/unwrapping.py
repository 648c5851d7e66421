"""Line breaks that only the width of a page made are undone; those that mean something are kept.

A break is soft when the next word would not have fitted on the line. How wide the lines were is estimated
from the text itself; where too few lines tell, a sentence that is plainly unfinished goes on ("no history
of", a comma). Headings, list items, rows and forms begin lines of their own. Places can be traced back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from calcinosis.knowledge.contents import DocumentWords
from calcinosis.language.plain import Plain, patched

_BREAKS = "\n\r\v\f\x85\u2028\u2029"
_LINE = re.compile(rf"(?P<words>[^{_BREAKS}]*)(?:\r\n|[{_BREAKS}]|\Z)")
_TOUCHED = re.compile(r"[\n\r\v\f\x85\u2028\u2029\t*_]|  ")
_ROW = re.compile(r"\S[ \t]*(?:\t|\|)|^\s*\||\S {3,}\S")
_RULED = re.compile(r"\S[ \t]*(?:\t|\|)|^\s*\|")
_CLOSED = ')"”'
_ITEM = re.compile(r"(?:[-*•‣▪◦·–—]|\(?\d{1,2}[.)]|[A-Za-z]\)|[([][ xX]?[)\]]|[☐☑☒])[ \t]+(?=\S)")
_KEY = re.compile(r"[A-Z][\w/&'-]*(?: [\w/&'-]+){0,3} ?:(?!\d)")
# A box, or a question with its answer: a line of a form.
_FORM = re.compile(r"\[[ xXyYnN]?\]|[☐☑☒]|^[^.,;:]{1,40}[:=?][ \t]*(?:yes|no|y|n|none|nil)$", re.I)
_SENTENCE_END = re.compile(r"[.!?][)\]\"'”’]*$")
# "cholecalciferol 50,000 / IU", "creatinine / 1.9 mg/dL", and not a date, a year or an age.
_AMOUNT = re.compile(r"[<>~(]?(?!(?:19|20)\d\d\b)\d+(?:[.,]\d+)*[%a-zA-Z]*[,;)]*|[(=%±][^\s]*")
_HANGING = re.compile(r"[,(/&[]$")
_SPACES = re.compile(r"[ \t]{2,}|\t")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3}|_{1,3})(?=[^\s*_])([^*_\n\r]{1,200})(?<=\S)\1(?![\w*])")
# Widths that a page can have; narrower lines are lists, wider ones are paragraphs.
_NARROWEST, _WIDEST = 40, 160
# A shorter line is a note of its own, also where the next begins with a small letter.
_FULL_LINE = 40
_SHARE = 0.6
_MOST_WIDTHS, _FEW = 3, 6


class Line(NamedTuple):
    """A line without the space around it: where it stands, where the next begins."""

    start: int
    end: int
    indent: int
    words: str

    @property
    def width(self) -> int:
        """How far to the right it reaches."""
        return self.indent + len(self.words)

    @property
    def first(self) -> str:
        """Its first word."""
        return self.words.split(None, 1)[0] if self.words else ""


class Gap(NamedTuple):
    """A line break between two lines with words, and what the lines tell of it."""

    above: Line
    below: Line
    ended: bool  # a sentence ends there
    apart: bool  # the lower line begins something of its own, or the upper one is a heading or a row
    goes_on: bool  # the sentence is plainly unfinished
    form: bool = False  # one of them is a line of a form, which tells nothing of the width


def unwrapped(text: str, words: DocumentWords, is_heading: Callable[[str], bool]) -> Iterator[Plain]:
    """`text` with its soft breaks as spaces, other breaks as one line feed, runs of spaces as one.

    A letter may have been set in two widths, one after the other: each text that comes out is that of one
    width more, made from the one before.

    Args:
        text: a text that `plain` has cleaned.
        words: what tells that a line goes on.
        is_heading: whether a line is a heading, or begins with one.
    """
    for _ in range(_MOST_WIDTHS):
        if not _TOUCHED.search(text):
            return
        lines = _lines(text)
        gaps = _gaps(lines, words, is_heading)
        width = _width([gap for gap in gaps.values() if not gap.apart])
        found = patched(text, list(_changes(text, lines, gaps, width)))
        yield found
        if not width:
            return
        text = found.text


def _lines(text: str) -> list[Line]:
    """The lines of a text; in one that is double spaced the empty lines between the others are none."""
    lines = [_line(match) for match in _LINE.finditer(text)]
    if text and text[-1] not in _BREAKS:
        lines.pop()  # the empty match at the end
    if len(lines) > _FEW and not any(above.words and below.words for above, below in pairwise(lines)):
        return [
            line
            for number, line in enumerate(lines)
            if line.words or not number or not lines[number - 1].words
        ]
    return lines


def _line(match: re.Match[str]) -> Line:
    whole = match.group("words")
    words = whole.strip()
    indent = len(whole) - len(whole.lstrip()) if words else 0
    start = match.start() + indent
    return Line(start, start + len(words), len(whole[:indent].expandtabs()), words)


def _gaps(lines: Sequence[Line], words: DocumentWords, is_heading: Callable[[str], bool]) -> dict[int, Gap]:
    """The break below each line that could be soft, by the number of the line."""
    found: dict[int, Gap] = {}
    capitals = _begins_with_capitals(lines)
    item: Line | None = None
    for number, (above, below) in enumerate(pairwise(lines)):
        if _ITEM.match(above.words):
            item = above
        elif not above.words or (number and found.get(number - 1) is None):
            item = None
        if above.words and below.words:
            ended = _SENTENCE_END.search(above.words) is not None
            goes_on = not ended and _goes_on(above, below, words, capitals=capitals)
            inside = item is not None and below.indent > item.indent
            # A small letter in the midst of a sentence begins no heading ("Abdominal / ultrasound: normal").
            midst = (capitals or goes_on) and not ended and below.words[0].islower()
            heads = not midst and is_heading(below.words)
            apart = heads or _apart(above, below, item, is_heading, goes_on=goes_on or inside)
            found[number] = Gap(above, below, ended, apart, goes_on or inside)
    return found


def _begins_with_capitals(lines: Sequence[Line]) -> bool:
    """Whether sentences begin with capitals here: else a small letter tells nothing of a line."""
    begun = [
        line.words[0]
        for above, line in zip(("", *(one.words for one in lines)), lines, strict=False)
        if line.words and (not above or _SENTENCE_END.search(above))
    ]
    return sum(letter.islower() for letter in begun) * 4 < len(begun)


def _goes_on(above: Line, below: Line, words: DocumentWords, *, capitals: bool) -> bool:
    last = above.words.rsplit(None, 1)[-1]
    last = last.casefold() if len(last) > 1 else last  # "vitamin A" is no article
    if _HANGING.search(above.words) or last in words.unfinished.get("always", ()):
        return True
    if below.first in words.unfinished.get("joins", ()) or _in_a_cell(above, below):
        return True
    begins = below.words[0]
    if begins.isupper() or " " not in above.words:
        return False
    if last in words.unfinished.get("small", ()) and not re.search(r"[:=?–-] ?\w+$", above.words):
        return begins.islower() or begins.isdigit()
    small = begins.islower() or _AMOUNT.fullmatch(below.first) is not None
    return small and capitals and len(above.words) >= _FULL_LINE


def _in_a_cell(above: Line, below: Line) -> bool:
    """Whether a row between bars was broken."""
    return above.words[0] == "|" and above.words[-1] != "|" and below.words[0] != "|"


def _apart(
    above: Line, below: Line, item: Line | None, is_heading: Callable[[str], bool], *, goes_on: bool
) -> bool:
    if _in_a_cell(above, below):
        return False
    row = _RULED.search(above.words) or _ROW.search(below.words)
    if row or _FORM.search(above.words) or _FORM.search(below.words):
        return True
    if above.words[-1] in _CLOSED and below.words[0].isupper():
        return True
    if _ITEM.match(below.words):
        return item is not None or (not goes_on and above.words[-1] in ":.;") or above.width < _FULL_LINE
    if _KEY.match(below.words) or (above.words.endswith(":") and above.width < _FULL_LINE):
        return not goes_on
    return is_heading(above.words) and len(above.words) < _FULL_LINE and above.words[-1] not in ",."


def _width(gaps: Sequence[Gap]) -> int:
    """The width that explains the most breaks in the midst of a sentence; 0 when none explains them."""
    explained, within, plain, longer = ([0] * (_WIDEST + 2) for _ in range(4))
    midst = 0
    for gap in gaps:
        low, high = gap.above.width, gap.above.width + len(gap.below.first)
        longer[0] += 1
        longer[min(low, _WIDEST + 1)] -= 1
        midst += not gap.ended and low >= _NARROWEST
        for counts in (explained, within, plain)[: 1 if gap.ended else 3 if gap.goes_on else 2]:
            if low <= _WIDEST:
                counts[low] += 1
                counts[min(high + 1, _WIDEST + 1)] -= 1
    sums = zip(*map(accumulate, (explained, within, plain, longer)), strict=True)
    best = max(
        (every - beyond, width, inside, told, every, beyond)
        for width, (every, inside, told, beyond) in enumerate(sums)
        if _NARROWEST <= width <= _WIDEST
    )
    _, width, inside, told, every, beyond = best
    # Lines that are statements of their own may happen to be of one length: one must be plainly unfinished.
    # Where several are, and no line is longer, the others need not fit.
    certain = told > 1 and inside > 2 and not beyond
    return width if certain or (told and every > 1 and inside >= _SHARE * midst) else 0


def _soft(gap: Gap, width: int) -> bool:
    if gap.apart:
        return False
    fits = gap.above.width + 1 + len(gap.below.first) <= width
    return gap.goes_on or (0 < gap.above.width <= width and not fits)


def _changes(
    text: str, lines: Sequence[Line], gaps: dict[int, Gap], width: int
) -> Iterator[tuple[int, int, str]]:
    """Stretches of the text that read differently, in order."""
    for number, line in enumerate(lines):
        yield from _within(text, line)
        if number + 1 == len(lines):
            return
        below = lines[number + 1]
        gap = gaps.get(number)
        shown = "\n"
        if gap is not None and _soft(gap, width):
            hyphen = line.words[-1] == "-" and len(line.words) > 1 and line.words[-2].isalnum()
            shown = "" if hyphen and below.words[0].isalnum() else " "
        if text[line.end : below.start] != shown:
            yield line.end, below.start, shown


def _within(text: str, line: Line) -> list[tuple[int, int, str]]:
    found = []
    if "*" in line.words or "_" in line.words:
        for match in _EMPHASIS.finditer(text, line.start, line.end):
            found += [(match.start(), match.start(2), ""), (match.end(2), match.end(), "")]
    if ("\t" in line.words or "  " in line.words) and _ROW.search(line.words) is None:
        found += [(*match.span(), " ") for match in _SPACES.finditer(text, line.start, line.end)]
    return sorted(found)
