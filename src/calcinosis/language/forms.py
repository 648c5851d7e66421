"""What forms answer: `Raynaud: Y`, `[x] ulcer`, `fever +`, a row or column of Yes and No.

An answer holds for the words it belongs to and for no others. An empty box says nothing, and an answer of
neither yes nor no leaves the question open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from calcinosis.knowledge import Knowledge

_YES, _NO, _OPEN = "yes", "no", "open"
_BOX = re.compile(r"\[(?P<in>[^\[\]\n]{0,3})\]|(?<![\w)])\((?P<round>[ xX✓✔√])\)|(?P<mark>[☐☑☒□■✓✔✗✘])")
_MARKS = {"☐": "", "□": "", "☑": "x", "☒": "x", "■": "x", "✓": "x", "✔": "x", "✗": "n", "✘": "n"}
_CELLS = re.compile(r"\t|[ \t]{0,8}\|[ \t]{0,8}| {3,}")
_ITEM = re.compile(r"[ \t]*(?:[-*•‣▪◦·–—+][ \t]+|\(?\d{1,2}[.)][ \t]+|[A-Za-z]\)[ \t]+)?")
_BOUNDARY = re.compile(r"[.;!?](?=\s)")
_ENUMERATED = re.compile(r"\bor\b|/|\bany\b|\?|\bhistory\b", re.I)
# What a clause makes of these is the qualifiers' affair; blanked are only answers that would reach further.
_BLANKED = re.compile(r"(?:y|n|yes|no|none|nil|never|x|\?)\Z", re.I)
_LONGEST_KEY = 160
_FIELD = re.compile(r"[ \t]*(?P<name>[^\W\d_][^\n:?_.]{1,60}?)[ \t]*[:?]?[ \t]*(?P<line>[_.…]{3,})?[ \t]*$")
_NEXT_FIELD = re.compile(r"[ \t]*[^\W\d_][^\n:?_.]{1,60}?[ \t]*(?::|[_.…]{3,})")
Place = tuple[int, int]


class Answer(NamedTuple):
    """What a form says of the words from `start` to `end`: yes, no or open; `mark` is where it says so."""

    says: str
    start: int
    end: int
    mark: tuple[int, int]


class Forms:
    """The answers of this knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        held = knowledge.contents.language.document.answers
        self._says = {word.casefold(): says for says in (_OPEN, _NO, _YES) for word in held.get(says, ())}
        self._ticked = frozenset(word.casefold() for word in held.get("ticked", ()))
        self._crossed = frozenset(word.casefold() for word in held.get("crossed", ()))
        self._heads_column = frozenset(held.get("column", ()))
        words = "|".join(re.escape(word) for word in sorted(self._says, key=len, reverse=True)) or r"(?!)"
        ends = r"(?=[ \t]*(?:[.,;|/()\n]|$|[ \t]{2}|\t| (?=[A-Z]\w+ ?[:=?])))"
        between = (
            r"[ \t]{0,4}[:=][ \t]{0,4}|[ \t]?\?[ \t]{0,4}[:-]?[ \t]{0,4}"
            r"|[ \t]{1,4}[-–—][ \t]{1,4}|[ \t]{0,4}[(]"
        )
        # Both begin with a look at what may lead, for most places of a text lead nowhere.
        self._behind = re.compile(
            rf"(?=[ \t]{{0,4}}[:=?(\-–—])(?P<lead>{between})(?P<value>{words}){ends}", re.I
        )
        # Without a colon only a capital or a sign answers: "Raynaud Y", "ulcers -", "PREDNISOLONE NONE".
        self._beside = re.compile(
            r"(?=[ \t+\-–])(?:(?<=[a-z)]{2})|(?<=[A-Z]{4})(?=[ \t]N(?:ONE|IL)\b))"
            r"(?P<lead>[ \t]?)(?P<value>(?<=[ \t])(?:[YN]|none|nil|NONE|NIL)|\+{1,3}|[-–])"
            r"(?=[ \t]*(?:[,;.)\n]|$))"
        )

    def answers(self, text: str, lines: Sequence[tuple[int, int]]) -> list[Answer]:
        """Every answer of a text, in order."""
        if not self._says:
            return []
        found: list[Answer] = []
        columns: dict[int, str] = {}
        above: Place | None = None  # the line before, where it has no answer of its own
        for number, (start, end) in enumerate(lines):
            if not text[start:end].strip():
                continue  # blank lines between rows end no table
            boxes = [match for match in _BOX.finditer(text, start, end) if self._tick(match) is not None]
            cells = _cells(text, start, end)
            columns = self._columns(text, cells) or (columns if len(cells) > 1 else {})
            if boxes:
                answers = list(self._boxes(text, start, end, boxes, above))
            elif len(cells) > 1:
                answers = list(self._row(text, cells, columns))
            else:
                answers = list(self._pairs(text, start, end)) or list(_empty(text, lines, number))
            found.extend(answers)
            above = None if answers else (start, end)
        return found

    def _tick(self, box: re.Match[str]) -> str | None:
        """What a box says; None when it is none."""
        held = box.group("in")
        if held is None:
            held = box.group("round") or _MARKS[box.group("mark") or "☐"]
        held = held.strip(" _").casefold()
        if not held:
            return _OPEN
        if held in self._crossed:
            return _NO
        return _YES if held in self._ticked else None

    def _boxes(
        self, text: str, start: int, end: int, boxes: Sequence[re.Match[str]], above: Place | None
    ) -> Iterator[Answer]:
        item = _ITEM.match(text, start, end)
        begin = item.end() if item else start
        head = text[begin : boxes[0].start()].rstrip()
        alone = len(boxes) == 1 and not text[boxes[0].end() : end].strip(" \t.;,")
        before = bool(head) and (alone or head[-1] not in ":?-–")
        labels = list(_labels(text, begin, end, boxes, before=before))
        asked = begin, boxes[0].start()
        if before and (cut := max(head.rfind(mark) for mark in ":?")) >= 0:
            asked, labels[0] = (begin, begin + cut), (begin + cut + 1, labels[0][1])
        told = [self._said(text[first:last]) for first, last in labels]
        if all(told):
            # "Ulcers: [x] yes [ ] no", and the same with the question on the line above.
            question = asked if text[slice(*asked)].strip() else above
            yield from self._choice(question, boxes, told)
            return
        if before:
            labels[0] = (begin, labels[0][1])
        for box, (first, last) in zip(boxes, labels, strict=True):
            yield Answer(self._tick(box) or _OPEN, first, last, box.span())

    def _choice(
        self, question: Place | None, boxes: Sequence[re.Match[str]], told: Sequence[str]
    ) -> Iterator[Answer]:
        """The ticked of several answers, for the words that are asked."""
        ticked = {says for box, says in zip(boxes, told, strict=True) if self._tick(box) == _YES}
        says = ticked.pop() if len(ticked) == 1 else _OPEN
        if question is not None:
            yield Answer(says, *question, (question[1], question[1]))
        for box in boxes:
            yield Answer(says, box.start(), box.start(), box.span())

    def _columns(self, text: str, cells: Sequence[tuple[int, int]]) -> dict[int, str]:
        """What the columns below a row mean, where it is a head such as `Symptom | Yes | No`.

        Columns set out by spaces, or by several tabs, cannot be counted: every mark below is left open.
        """
        said = {at: says for at, cell in enumerate(cells) if at and (says := self._said(text[slice(*cell)]))}
        named = text[slice(*cells[0])].strip(" \t|:*").casefold() in self._heads_column if cells else False
        if not said or (len(set(said.values())) < 2 and not named):
            return {}
        between = [text[left[1] : right[0]] for left, right in pairwise(cells)]
        counted = all(said.get(at) for at in range(min(said), max(said) + 1)) and min(said) == 1
        return said if counted and all("|" in gap or gap == "\t" for gap in between) else {0: _OPEN}

    def _row(self, text: str, cells: Sequence[tuple[int, int]], columns: dict[int, str]) -> Iterator[Answer]:
        first, last = cells[0]
        answered = [(says, cell) for cell in cells[1:] if (says := self._said(text[slice(*cell)]))]
        told = sum(bool(words := text[slice(*cell)].strip(" |")) and words[0] != "(" for cell in cells[1:])
        if answered and len({says for says, _ in answered}) == 1:
            says, cell = answered[0]
            # "Ulcer | none | sole, 8 mm": a denial beside something else is of one column only.
            says = _OPEN if says == _NO and told > len(answered) else says
            yield Answer(says, first, last, cell)
        elif columns and not answered:
            marked = [
                columns.get(at, _OPEN)
                for at, cell in enumerate(cells)
                if at and self._marks(text[slice(*cell)])
            ]
            yield Answer(marked[0] if len(marked) == 1 else _OPEN, first, last, (last, last))
        elif not answered:
            for cell in cells:
                yield from self._pairs(text, *cell)

    def _marks(self, cell: str) -> bool:
        return cell.strip(" \t.()[]").casefold() in self._ticked

    def _said(self, cell: str) -> str:
        return self._says.get(cell.strip(" \t:;,.()[]").casefold(), "")

    def _pairs(self, text: str, start: int, end: int) -> Iterator[Answer]:
        last = start
        matches = sorted(
            (*self._behind.finditer(text, start, end), *self._beside.finditer(text, start, end)),
            key=re.Match.start,
        )
        for match in matches:
            if match.start() < last:
                continue
            cuts = [cut.end() for cut in _BOUNDARY.finditer(text, last, match.start())]
            begin = max(cuts[-1] if cuts else last, match.start() - _LONGEST_KEY)
            key = text[begin : match.start()]
            close = match.group("lead").strip() in ("", "(")
            if close or not _ENUMERATED.search(key + match.group("lead")):
                begin += max(key.rstrip().rfind(mark) for mark in ",;:") + 1
            value = match.group("value").casefold()
            if text[begin : match.start()].strip():
                yield Answer(self._says[value], begin, match.start(), match.span("value"))
            last = match.end()


def _empty(text: str, lines: Sequence[Place], number: int) -> Iterator[Answer]:
    """A field that nobody filled in: a line of dots, or a bare name above the next field."""
    start, end = lines[number]
    field = _FIELD.match(text, start, end)
    if field is None or text[end - 1] not in ":?_.…":
        return
    following = next((line for line in lines[number + 1 : number + 4] if text[slice(*line)].strip()), None)
    if field.group("line") or (following is not None and _NEXT_FIELD.match(text, *following)):
        yield Answer(_OPEN, start, field.end("name"), (end, end))


def _cells(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The cells of a row; a line that is none is one cell."""
    line = text[start:end]
    if "|" not in line and "\t" not in line and "   " not in line:
        return [(start, end)]
    cuts = [match.span() for match in _CELLS.finditer(text, start, end)]
    starts = [start, *(last for _, last in cuts)]
    ends = [*(first for first, _ in cuts), end]
    cells = list(zip(starts, ends, strict=True))
    while cells and not text[slice(*cells[0])].strip():  # a row may begin with its line
        cells.pop(0)
    return cells


def _labels(
    text: str, start: int, end: int, boxes: Sequence[re.Match[str]], *, before: bool
) -> Iterator[tuple[int, int]]:
    """The words that each box belongs to: those behind it, or those before it."""
    if before:
        yield from zip([start, *(box.end() for box in boxes)], (box.start() for box in boxes), strict=False)
    else:
        yield from zip((box.end() for box in boxes), [*(box.start() for box in boxes[1:]), end], strict=True)


def masked(text: str, answers: Sequence[Answer]) -> str:
    """The text with what forms answer as ends of clauses, so that "Raynaud: no, ulcers: yes" denies one."""
    pieces: list[str] = []
    last = 0
    for answer in answers:
        start, end = answer.mark
        written = text[start:end]
        boxed = written[:1] in "[(☐☑☒□■✓✔✗✘" and written
        if start >= last and end > start and (boxed or _BLANKED.match(written)):
            pieces += [text[last:start], ";" + " " * (end - start - 1)]
            last = end
    return "".join((*pieces, text[last:])) if pieces else text
