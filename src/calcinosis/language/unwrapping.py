"""Line breaks that only the width of a page made are undone; those that mean something are kept.

A break is soft when the next word would not have fitted on the line. How wide the lines were is estimated
from the text itself; where too few lines tell, a sentence that is plainly unfinished goes on ("no history
of", a comma). Headings, list items, rows and forms begin lines of their own. Places can be traced back.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from calcinosis.knowledge.contents import DocumentWords
from calcinosis.language.plain import Plain, patched

_BREAKS = "\n\r\v\f\x85\u2028\u2029"
_LINE = re.compile(rf"(?P<words>[^{_BREAKS}]*)(?:\r\n|[{_BREAKS}]|\Z)")
_TOUCHED = re.compile(r"[\n\r\v\f\x85\u2028\u2029\t*_]|  ")
_ROW = re.compile(r"\S[ \t]*(?:\t|\|)|^\s*\||\S {3,}\S")
_COLUMNS = re.compile(r"\S[ \t]*\t|\S {3,}\S")
_DASHES = "-–—"
_CLOSED = ')"”'
_ITEM = re.compile(r"(?:[-*•‣▪◦·–—]|\(?\d{1,2}[.)]|[A-Za-z]\)|[([][ xX]?[)\]]|[☐☑☒])[ \t]+(?=\S)")
_NUMBERED = re.compile(r"(\d{1,2})[ \t]+(?=[A-Z])")
_COUNTED = re.compile(r"\d{1,2}[.)]")
_KEY = re.compile(r"[A-Z][\w/&'-]*(?: [\w/&'-]+){0,3} ?:(?!\d)")
# What the lines of a form have: a box, or a question with its answer.
_BOX = re.compile(r"\[[ xXyYnN]?\]|[☐☑☒]")
_ANSWERED = re.compile(r"[^.,;:]{1,40}[:=?][ \t]*(?:yes|no|y|n|none|nil)$", re.I)
# "diabetic N   latex", broken before the answer.
_ANSWER = re.compile(r"(?:yes|no|y|n)(?= {2,}|\t|$)", re.I)
_ANSWERS = re.compile(r"\S (?:yes|no|y|n)(?: {2,}|\t)\S", re.I)
_LONE_VALUE = re.compile(r"[<>]?\d+(?:\.\d+)?(?: ?[-–] ?\d+(?:\.\d+)?)?")
_BRACKETS = re.compile(r"[()\[\]]|\n[ \t]*(?:\n|\w{1,2}\))")
_SENTENCE_END = re.compile(r"[.!?][)\]\"'”’]*$")
# "cholecalciferol 50,000 / IU", "creatinine / 1.9 mg/dL", and not a date, a year or an age.
_AMOUNT = re.compile(r"[<>~(]?(?!(?:19|20)\d\d\b)\d+(?:[.,]\d+)*[%a-zA-Z]*[,;)]*|[(=%±][^\s]*")
_HANGING = re.compile(r"[,(/&[]$")
# The first word of a clause ends no line: "Well in herself. No / Raynaud".
_BEGUN = re.compile(r"[.,;(] ?(\w+)$")
_SPACES = re.compile(r"[ \t]{2,}|\t")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3}|_{1,3})(?=[^\s*_])([^*_\n\r]{1,200})(?<=\S)\1(?![\w*])")
# Widths that a page can have; narrower lines are lists, wider ones are paragraphs.
_NARROWEST, _WIDEST = 40, 160
# A shorter line is a note of its own, also where the next begins with a small letter.
_FULL_LINE = 40
_SHARE = 0.6
_MOST_WIDTHS, _FEW = 3, 6
# A bracket that is closed no sooner was forgotten.
_LONGEST_BRACKET = 300


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


class Bracket(NamedTuple):
    """Where a bracket opens and closes."""

    start: int
    end: int


class Gap(NamedTuple):
    """A line break between two lines with words, and what the lines tell of it."""

    above: Line
    below: Line
    ended: bool  # a sentence ends there
    apart: bool  # the lower line begins something of its own, or the upper one is a heading or a row
    goes_on: bool  # the sentence is plainly unfinished
    drawn: bool  # one of them is laid out by hand and tells nothing of the width


def unwrapped(text: str, words: DocumentWords, is_heading: Callable[[str], bool]) -> Iterator[Plain]:
    """`text` with its soft breaks as spaces, other breaks as one line feed, runs of spaces as one.

    A letter may have been set in two widths, one after the other: each text that comes out is that of one
    width more, made from the one before.

    Args:
        text: a text that `plain` has cleaned.
        words: what tells that a line goes on.
        is_heading: whether a line is a heading, or begins with one.
    """
    is_heading = cache(is_heading)
    for _ in range(_MOST_WIDTHS):
        if not _TOUCHED.search(text):
            return
        lines = _lines(text)
        gaps = _gaps(text, lines, words, is_heading)
        width = _width([gap for gap in gaps.values() if not (gap.apart or gap.drawn)])
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


def _gaps(
    text: str, lines: Sequence[Line], words: DocumentWords, is_heading: Callable[[str], bool]
) -> dict[int, Gap]:
    """The break below each line that could be soft, by the number of the line."""
    found: dict[int, Gap] = {}
    capitals = _begins_with_capitals(lines)
    items, rows, brackets = _items(lines), _rows(lines), _brackets(text)
    laid = {
        number
        for number, line in enumerate(lines)
        if line.words and (_BOX.search(line.words) or _ANSWERED.match(line.words))
    }
    item: Line | None = None
    for number, (above, below) in enumerate(pairwise(lines)):
        over = found.get(number - 1)
        if number in items and (over is None or over.apart or not over.goes_on):
            item = above
        elif not above.words or (number and over is None):
            item = None
        if above.words and below.words:
            ended = _SENTENCE_END.search(above.words) is not None
            held = _holds(brackets, above.end) or _waits(above, below)
            goes_on = held or (not ended and _goes_on(above, below, words, capitals=capitals))
            # A number at the end of "3.5 by / 2. It was" counts nothing.
            begins = number + 1 in items and not (goes_on and _COUNTED.match(below.words))
            inside = item is not None and below.indent > item.indent
            # A small letter in the midst of a sentence begins no heading ("Abdominal / ultrasound: normal").
            midst = (capitals or goes_on) and not ended and below.words[0].islower()
            heads = not (midst or _has_begun(above, words)) and is_heading(below.words)
            row = number in rows or number + 1 in rows
            apart = not (held or _in_a_cell(above, below)) and (
                heads
                or row
                or _drawn_apart(above, below)
                or _apart(above, below, item, is_heading, begins=begins, goes_on=goes_on or inside)
            )
            drawn = number in laid or number + 1 in laid
            found[number] = Gap(above, below, ended, apart, goes_on or inside, drawn)
    return found


def _items(lines: Sequence[Line]) -> set[int]:
    """The numbers of lines that begin an item; bare numbers do where they count from one."""
    found = {number for number, line in enumerate(lines) if _ITEM.match(line.words)}
    run: list[int] = []
    for number, line in enumerate(lines):
        counted = _NUMBERED.match(line.words)
        if counted is None:
            continue
        count = int(counted.group(1))
        if run and count == len(run) + 1 and not _parted(lines, run[-1], number):
            run.append(number)
        else:
            run = [number] if count == 1 else []
        if len(run) > 1:
            found.update(run)
    return found


def _parted(lines: Sequence[Line], first: int, last: int) -> bool:
    return any(not lines[at].words and not lines[at + 1].words for at in range(first, last))


def _rows(lines: Sequence[Line]) -> set[int]:
    """The numbers of lines that are rows between bars; a lone bar between words parts them like a comma."""
    bars = [line.words.count("|") for line in lines]
    found = {number for number, line in enumerate(lines) if line.words.startswith("|")}
    for number, (above, below) in enumerate(pairwise(bars)):
        if above and above == below:
            found.update((number, number + 1))
    return found


def _brackets(text: str) -> list[Bracket]:
    """Where brackets that go over a line break open and close, in order; those in others are left out."""
    found: list[Bracket] = []
    opened: list[tuple[str, int]] = []
    for match in _BRACKETS.finditer(text):
        mark = match.group()
        if mark in "([":
            opened.append((mark, match.start()))
        elif mark in ")]":
            if opened and opened[-1][0] == ("(" if mark == ")" else "["):
                begin, end = opened.pop()[1], match.start()
                if end - begin < _LONGEST_BRACKET and "\n" in text[begin:end]:
                    while found and found[-1].start > begin:
                        found.pop()
                    found.append(Bracket(begin, end))
        elif mark.count("\n") > 1:
            opened.clear()
    return found


def _holds(brackets: Sequence[Bracket], place: int) -> bool:
    index = bisect_right(brackets, place, key=lambda one: one.start) - 1
    return index >= 0 and place <= brackets[index].end


def _waits(above: Line, below: Line) -> bool:
    """Whether a row has its last value, or the last question of a line its box or answer, on the next one."""
    if _COLUMNS.search(above.words) and _LONE_VALUE.fullmatch(below.words):
        return True
    if _ANSWERS.search(above.words) and _ANSWER.match(below.words):
        return True
    box = _BOX.search(above.words)
    behind = box is not None and box.start() > 0 and _BOX.match(below.words) is not None
    return behind and not any(match.end() == len(above.words) for match in _BOX.finditer(above.words))


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
    full = len(above.words) >= _FULL_LINE
    if _has_begun(above, words):
        return True
    loud = full and above.words.isupper() and below.words.isupper()
    if (begins.isupper() and not loud) or " " not in above.words:
        return False
    if last in words.unfinished.get("small", ()) and not re.search(r"[:=?–-] ?\w+$", above.words):
        return loud or begins.islower() or begins.isdigit()
    small = begins.islower() or _AMOUNT.fullmatch(below.first) is not None
    return small and capitals and full


def _has_begun(above: Line, words: DocumentWords) -> bool:
    """Whether a full line ends in the first word of a clause, such as "No"."""
    begun = _BEGUN.search(above.words) if len(above.words) >= _FULL_LINE else None
    return begun is not None and begun.group(1).casefold() in words.unfinished.get("small", ())


def _in_a_cell(above: Line, below: Line) -> bool:
    """Whether a row between bars was broken."""
    return above.words[0] == "|" and above.words[-1] != "|" and below.words[0] != "|"


def _drawn_apart(above: Line, below: Line) -> bool:
    """Whether a line is laid out by hand, and the lower one no rest of the upper one."""
    if "\t" in above.words or _COLUMNS.search(below.words) or _ANSWERED.match(below.words):
        return True
    box, next_box = _BOX.search(above.words), _BOX.search(below.words)
    if box is None and next_box is None:
        return False
    return (
        box is None
        or box.start() == 0
        or below.words[0].isupper()
        or (next_box is not None and next_box.start() == 0)
    )


def _apart(
    above: Line,
    below: Line,
    item: Line | None,
    is_heading: Callable[[str], bool],
    *,
    begins: bool,
    goes_on: bool,
) -> bool:
    if above.words[-1] in _CLOSED and below.words[0].isupper():
        return True
    if begins:
        # "2. A hard plaque of the shin / - an old one" is no list in a list.
        dash = below.words[0] in _DASHES and item is not None and item.words[0] not in _DASHES
        kin = item is not None and not dash
        return kin or (not goes_on and above.words[-1] in ":.;") or above.width < _FULL_LINE
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
            cell = _COLUMNS.search(line.words) and _LONE_VALUE.fullmatch(below.words)
            shown = "" if hyphen and below.words[0].isalnum() else "   " if cell else " "
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
