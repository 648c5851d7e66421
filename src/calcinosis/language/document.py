"""A text as a document: sections with roles, lists, forms and sentences, each with its place.

Nothing is read here. The reader asks for a place in the text what stands over it: the section and what its
role allows, the head of its list, the answer of its form, the box beside it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.contents import SectionRole
from calcinosis.language.forms import Answer, Forms, masked
from calcinosis.language.plain import Plain, plain
from calcinosis.language.sections import LEAD, Head, Shapes, Word, shapes
from calcinosis.language.unwrapping import unwrapped

_SENTENCE_END = re.compile(r"(?:[.!?][)\]\"'”’]*(?=\s|$)|\n)[ \t]*")
_LAST_WORD = re.compile(r"(?<![\w.])[\w.]{1,7}$")
_CLAUSE_END = re.compile(r"[.!?](?=\s|$)|[;\n]")
_ITEM = re.compile(r"[ \t]*(?:[-*•‣▪◦·–—+]|\(?\d{1,2}[.)]|[A-Za-z]\)|[([][ xX]?[)\]]|[☐☑☒])[ \t]*(?=\S)")
_HEAD_OF_LIST = re.compile(
    r"(?:[ \t]+(?:(?:any|all)[ \t]+of[ \t]+)?(?:the[ \t]+)?following|[ \t]+any)[ \t]*$", re.I
)
_UNDERLINE = re.compile(r"[ \t]*(?:={3,}|-{3,}|_{3,}|~{3,})[ \t]*$")
_CAPITALS = re.compile(r"[A-Z][A-Z /&,'()-]{3,48}$")
_LEADING = re.compile(
    r"(?:^|(?<=\n)|(?<=[.;!?]\s))[ \t]*(?:[-*•·]|\d{1,2}[.)])?[ \t]*"
    r"(?P<words>[A-Za-z][A-Za-z /]{1,40}):[ \t]*(?=\S)"
)
_PERSON = re.compile(r"^(?:he|she|they|patient|the patient|pt)\s+")
_SEPARATORS = re.compile(r"[,;]\s*(?:but\s+)?")
_SHORT, _ITEM_WORDS = 6, 12
_NEAR = 4
_LONGEST_HEAD = 120  # without a colon
Place = tuple[int, int]


class Cleaned(Struct, frozen=True):
    """A text as its reader sees it, and the way back to the text as given."""

    text: str
    layers: tuple[Plain, ...]

    def original(self, place: int) -> int:
        """The place in the text as given of a place in the cleaned text."""
        for layer in self.layers:
            place = layer.original(place)
        return place

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A stretch of the cleaned text as one of the text as given."""
        return self.original(start), self.original(end - 1) + 1 if end > start else self.original(start)


class Part(Struct, frozen=True):
    """A section: its role, its heading as written, where it begins, where its text begins, where it ends."""

    role: str
    heading: str
    start: int
    body: int
    end: int
    loose: bool = False


class Listed(Struct, frozen=True):
    """What stands below or behind a head that says something of all of it: negation, affirmed, family."""

    says: str
    head: str
    start: int
    end: int


class Document(Struct, frozen=True):
    """The tree of a text, flat: every list is in order, and none of its stretches overlap."""

    text: str
    masked: str  # the same with the marks of forms blanked, so that no answer qualifies its neighbour
    parts: tuple[Part, ...]
    sentences: tuple[int, ...]  # where each begins
    lists: tuple[Listed, ...]
    answers: tuple[Answer, ...]
    speakers: tuple[str, ...]  # the role that each sentence has
    going_on: tuple[Word, ...]
    roles: dict[str, SectionRole]

    def part(self, place: int) -> Part:
        """The section at a place."""
        return self.parts[bisect_right(self.parts, place, key=lambda part: part.start) - 1]

    def sentence(self, place: int) -> tuple[int, int]:
        """The sentence at a place."""
        index = bisect_right(self.sentences, place) - 1
        after = self.sentences[index + 1] if index + 1 < len(self.sentences) else len(self.text)
        return self.sentences[index], after

    def listed(self, place: int) -> Listed | None:
        """The list at a place whose head says something of its items."""
        return _at(self.lists, place)

    def answer(self, place: int) -> Answer | None:
        """The answer that a form gives to the words at a place."""
        return _at(self.answers, place)

    def role(self, place: int) -> SectionRole | None:
        """What may be said at a place: by the sentence's own opening, else by its section."""
        return self.roles.get(self.speakers[bisect_right(self.sentences, place) - 1])

    def ongoing(self, role: str, place: int) -> bool:
        """Whether the clause at a place has a word before it that speaks of what is so already."""
        before = bisect_right(self.going_on, place, key=lambda word: word.start) - 1
        if before < 0 or self.going_on[before].role != role:
            return False
        return _CLAUSE_END.search(self.text, self.going_on[before].end, place) is None


_Stretch = TypeVar("_Stretch", Listed, Answer)


def cleaned(text: str, knowledge: Knowledge) -> Cleaned:
    """`text` without markup and soft line breaks; places can be traced back."""
    first = plain(text)
    held = shapes(knowledge)
    layers = [first, *unwrapped(first.text, held.words, held.begins_section)]
    return Cleaned(layers[-1].text, tuple(reversed(layers)) if layers[-1].text != text else ())


def document(text: str, knowledge: Knowledge) -> Document:
    """The shape of a cleaned text."""
    held = shapes(knowledge)
    told = tuple(sorted(held.told(text), key=lambda word: word.start))
    sentences = tuple(_sentences(text, frozenset(knowledge.contents.language.grammar.abbreviations)))
    lines = list(_lines(text))
    answers = knowledge.built("language.forms", Forms).answers(text, lines)
    lists = _lists(text, lines, held)
    parts = tuple(_released(list(_parts(text, lines, held, lists)), sentences, told, held))
    return Document(
        text,
        masked(text, answers),
        parts,
        sentences,
        tuple(lists),
        tuple(answer for answer in answers if answer.end > answer.start),
        tuple(_speakers(text, sentences, parts, told)),
        tuple(word for word in told if word.what == "ongoing"),
        held.roles,
    )


def _sentences(text: str, abbreviations: Container[str]) -> Iterator[int]:
    """Where each sentence begins; the point of an abbreviation ends none."""
    yield 0
    for match in _SENTENCE_END.finditer(text):
        word = _LAST_WORD.search(text, max(match.start() - 8, 0), match.start())
        ends = match.group()[0] != "." or word is None or word.group().lower() not in abbreviations
        if ends and match.end() < len(text):
            yield match.end()


def _speakers(
    text: str, sentences: Sequence[int], parts: Sequence[Part], told: Sequence[Word]
) -> Iterator[str]:
    """The role of each sentence: of an opening in it, else of its section, unless it stands apart."""
    word, part = 0, 0
    for start, end in zip(sentences, (*sentences[1:], len(text)), strict=True):
        while part + 1 < len(parts) and parts[part + 1].start <= start:
            part += 1
        role = parts[part].role
        first = word
        while word < len(told) and told[word].start < end:
            word += 1
        opened = next((one.role for one in told[first:word] if one.what == "openings"), "")
        apart = any(one.what == "apart_from" and one.role == role for one in told[first:word])
        yield opened or ("" if apart else role)


def _at(stretches: Sequence[_Stretch], place: int) -> _Stretch | None:
    index = bisect_right(stretches, place, key=lambda one: one.start) - 1
    return stretches[index] if index >= 0 and place < stretches[index].end else None


def _lines(text: str) -> Iterator[Place]:
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield start, end
        start = end + 1
    yield start, len(text)


def _parts(text: str, lines: Sequence[Place], held: Shapes, lists: Sequence[Listed]) -> Iterator[Part]:
    """The sections in order, without a gap; what stands above the first heading has no role."""
    current = Head(0, 0, "", "", loose=True, level=0)
    for number, (start, _) in enumerate(lines):
        if _at(lists, start) is not None:
            continue  # the items of a list are no headings
        for head in _heads(text, lines, number, held):
            if _ends(current, head, held):
                if head.start or current.role or current.words:
                    yield _part(current, head.start)
                current = head
    yield _part(current, len(text))


def _part(head: Head, end: int) -> Part:
    return Part(head.role, head.words, head.start, head.body, end, head.loose)


def _heads(text: str, lines: Sequence[Place], number: int, held: Shapes) -> Iterator[Head]:
    start, end = lines[number]
    if not text[start:end].strip():
        return
    head = held.head(text, start, end) or _drawn(text, lines, number, held)
    if head is not None:
        yield head
    if head is None or head.loose:
        yield from held.within(text, start if head is None else head.body, end)


def _drawn(text: str, lines: Sequence[Place], number: int, held: Shapes) -> Head | None:
    """A heading told by its looks alone: underlined, or in capitals above a line that is not."""
    start, end = lines[number]
    words = text[start:end].strip(" \t#*_=-")
    if number + 1 < len(lines) and words and len(words.split()) <= _SHORT:
        if _UNDERLINE.match(text, *lines[number + 1]):
            return Head(start, end, held.role_of(words), words, loose=False, level=1)
        above = text[slice(*lines[number - 1])].strip() if number else ""
        near = (text[slice(*line)] for line in islice(lines, number + 1, number + 1 + _NEAR))
        below = next(filter(str.strip, near), "")
        parted = not above or above[-1] in ".!?"
        if parted and _CAPITALS.match(words) and any(mark.islower() for mark in below):
            return Head(start, end, "", words, loose=False, level=7)
    return None


def _ends(current: Head, head: Head, held: Shapes) -> bool:
    """Whether a heading ends the section it stands in, or only divides it."""
    if head.role:
        role = held.roles.get(current.role)
        inner = role is not None and head.role in role.keeps and head.loose
        return not (inner and (not current.loose or head.level > current.level))
    if head.loose:
        return current.loose and bool(current.role)
    return current.loose or head.level <= current.level


def _released(
    parts: Sequence[Part], sentences: Sequence[int], told: Sequence[Word], held: Shapes
) -> Iterator[Part]:
    """Sections whose heading stands on their line end where a sentence plainly speaks of something else."""
    enders = [word for word in told if word.what == "ended_by"]
    for part in parts:
        role = held.roles.get(part.role)
        if not (part.loose and role is not None and role.ended_by):
            yield part
            continue
        first = bisect_right(sentences, part.body)
        second = sentences[first] if first < len(sentences) else part.end
        cut = next(
            (word.start for word in enders if word.role == part.role and second <= word.start < part.end),
            None,
        )
        if cut is None:
            yield part
            continue
        begin = sentences[bisect_right(sentences, cut) - 1]
        yield replace(part, end=begin)
        yield Part("", "", begin, begin, part.end, loose=True)


def _lists(text: str, lines: Sequence[Place], held: Shapes) -> list[Listed]:
    """Lists whose head says something of their items, in order."""
    found: list[Listed] = []
    says_of = {phrase: says for says, phrases in held.words.lists.items() for phrase in phrases}
    number = 0
    while number < len(lines):
        start, end = lines[number]
        number += 1
        lead = LEAD.match(text, start, end)
        begin = lead.end() if lead else start
        words = text[begin:end].strip()
        head = _head_of_list(words, says_of)
        if head:
            last = _items(text, lines, number, says_of, held)
            if last > number:
                found.append(Listed(says_of[head], words, lines[number][0], lines[last - 1][1]))
                number = last
        elif body := held.of_relative(text, start, end):
            found.append(Listed("family", words.partition(":")[0], body, end))
        elif ":" in words:
            found.extend(_in_line(text, start, end, says_of))
    return found


def _head_of_list(words: str, says_of: Mapping[str, str]) -> str:
    """The phrase by which a line heads a list; empty when it heads none."""
    headed = words.endswith(":")
    if not headed and len(words) > _LONGEST_HEAD:
        return ""
    stripped = _HEAD_OF_LIST.sub("", words.rstrip(": \t")).casefold()
    if not headed:
        return stripped if stripped in says_of and len(stripped) > 3 else ""
    parts = re.split(r"[\s,;.]+", stripped)[-_SHORT:]
    return next((tail for at in range(len(parts)) if (tail := " ".join(parts[at:])) in says_of), "")


def _items(text: str, lines: Sequence[Place], number: int, says_of: Mapping[str, str], held: Shapes) -> int:
    """The number of the line after the list that begins at or below line `number`."""
    while number < len(lines) and not text[slice(*lines[number])].strip():
        number += 1
    marked = number < len(lines) and _ITEM.match(text, *lines[number]) is not None
    last = number
    while number < len(lines):
        start, end = lines[number]
        words = text[start:end].strip()
        item = _ITEM.match(text, start, end)
        said = text[item.end() : end] if item else words
        if words:
            goes_on = item is not None if marked else len(words.split()) <= _ITEM_WORDS and ":" not in words
            if not goes_on or _affirms(said, says_of) or held.begins_section(words):
                break
            last = number + 1
        elif not marked:
            break
        number += 1
    return last


def _affirms(words: str, says_of: Mapping[str, str]) -> bool:
    """Whether an item begins with words that say it is there."""
    parts = words.casefold().split()[:3]
    return any(says_of.get(" ".join(parts[:size])) == "affirmed" for size in (1, 2, 3))


def _in_line(text: str, start: int, end: int, says_of: Mapping[str, str]) -> Iterator[Listed]:
    """A denial at the head of a line or sentence, which holds for all of it ("Negative for: a; b; c.")."""
    for match in _LEADING.finditer(text, start, end):
        words = _PERSON.sub("", match.group("words").casefold())
        if says_of.get(words) == "negation":
            stop = _SENTENCE_END.search(text, match.end(), end)
            last = stop.start() if stop else end
            for part in _SEPARATORS.finditer(text, match.end(), last):
                if _affirms(text[part.end() : last], says_of):
                    last = part.start()
                    break
            yield Listed("negation", match.group("words"), match.end(), last)
