"""Which lines are headings, and the words that a document's shape is told by, in one pass over a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.contents import SectionRole

# What may stand before a heading: marks of lists, of Markdown, numbers.
LEAD = re.compile(
    r"[ \t>]*(?P<level>#{1,6})?[=_*~ \t-]*"
    r"(?:(?:\d{1,2}(?:\.\d{1,2})?|[IVX]{1,4}|[A-Za-z])[.)][ \t]+|[•‣▪◦·–—+][ \t]+)?"
)
_BEFORE_COLON = re.compile(
    r"(?P<words>[^\W\d_][\w /&'’,+-]{0,48}?)[ \t]*(?:\([^()\n]{0,40}\)[ \t]*)?"
    r"(?::(?!\d)|[ \t][-–—](?=[ \t])|\t| {3,})[ \t]*"
)
_LONGEST_ALONE, _LONGEST_REMARK = 61, 42
_IN_LINE = re.compile(r"(?<=[.;!?])[ \t]+(?P<words>[^\W\d_][\w /&'’-]{0,40}?)(?::(?!\d))[ \t]*")
_DIGIT = re.compile(r"[<>]?\d")
_APART = re.compile(r"[\s_-]+")


_MOST_WORDS, _MOST_OF_KIN, _LONGEST_HEADING = 6, 3, 12
_BY = frozenset(("by", "for", "from", "of", "per", "to", "with"))  # "history from mother"


class Head(NamedTuple):
    """A heading in a text.

    `role` is empty where nobody knows what it heads. `loose`: it stands on the line of what it heads.
    `level` orders headings: a lower one stands above a higher one.
    """

    start: int
    body: int
    role: str
    words: str
    loose: bool
    level: int


class Word(NamedTuple):
    """A word or phrase that tells something of the sentence it stands in."""

    what: str  # openings | apart_from | ended_by | ongoing
    role: str
    start: int
    end: int


class Shapes:
    """The headings and the telling words of this knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        import ahocorasick

        held = knowledge.contents.language
        self.words = held.document
        self.roles: dict[str, SectionRole] = {role.id: role for role in self.words.roles}
        self._known = {_plain(words): role.id for role in self.words.roles for words in role.headings}
        self._examinations = {
            _plain(words).removesuffix("s"): role.id
            for role in self.words.roles
            if role.examination
            for words in held.contexts.get(role.examination, ())
        }
        self._alone = {_plain(words): role.id for role in self.words.roles for words in role.alone}
        self._modifiers = frozenset(map(_plain, self.words.modifiers))
        self._names = [
            (re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, role.names))})(?!\w)"), role.id)
            for role in self.words.roles
            if role.names
        ]
        self._kin = frozenset(map(_plain, self.words.kin))
        bare = {short: role.id for role in self.words.roles for short in role.bare}
        self._bare_roles = bare
        listed = "|".join(re.escape(short) for short in sorted(bare, key=len, reverse=True))
        self._bare = re.compile(
            rf"(?:\A|(?<=\n)|(?<=[.;!?]))[ \t]*(?P<words>{listed})(?=[ \t]+[^\s:])[ \t]+" if bare else r"(?!)"
        )
        self._told = ahocorasick.Automaton()
        tags: dict[str, list[tuple[str, str]]] = {}
        for role in self.words.roles:
            for what in ("openings", "apart_from", "ended_by", "ongoing"):
                for phrase in getattr(role, what):
                    tags.setdefault(phrase.lower(), []).append((what, role.id))
        for phrase, told in tags.items():
            self._told.add_word(phrase, (len(phrase), tuple(told)))
        if tags:
            self._told.make_automaton()

    def role_of(self, heading: str) -> str:
        """The role of a known heading, with or without modifiers; else empty."""
        words = _plain(heading)
        found = self._known.get(words)
        if found is not None:
            return found
        parts = words.split(" ")
        while len(parts) > 1 and (parts[0] in self._modifiers or parts[-1] in self._modifiers):
            parts = parts[1:] if parts[0] in self._modifiers else parts[:-1]
            if (found := self._known.get(" ".join(parts))) is not None:
                return found
        return ""

    def _named(self, heading: str, longest: int) -> str:
        """The role of a longer heading by a word in it ("the rarer risks that we went through:")."""
        words = _plain(heading)
        named = {role for phrase, role in self._names if phrase.search(words)}
        return named.pop() if len(named) == 1 and words.count(" ") < longest else ""

    def _examination(self, heading: str) -> str:
        """The role of a heading that names an examination ("CT PELVIS WITHOUT CONTRAST")."""
        parts = _plain(heading).split(" ")[:_MOST_WORDS]
        tried = (
            " ".join(parts[at : at + size]).removesuffix("s")
            for at in range(len(parts))
            for size in (1, 2, 3)
        )
        return next((self._examinations[words] for words in tried if words in self._examinations), "")

    def begins_section(self, line: str) -> bool:
        """Whether a line is a known heading, or begins with one and a colon, or with a short form of one."""
        head = self.head(line, 0, len(line))
        return (head is not None and bool(head.role)) or self._bare.match(line) is not None

    def head(self, text: str, start: int, end: int) -> Head | None:
        """The heading that the line from `start` to `end` is, or begins with."""
        lead = LEAD.match(text, start, end)
        begin = lead.end() if lead else start
        level = len(lead.group("level") or "") if lead else 0
        alone = _alone(text[begin:end])
        if alone is not None:
            words, colon = alone
            role = self.role_of(words) if len(words) > 2 or text[begin + len(words) : end].strip() else ""
            role = role or self._alone.get(_plain(words), "")
            named = colon and self._names_part(words)
            # Two sentences are no heading, also in capitals.
            if not role and (level or colon or words.isupper()) and ". " not in words:
                role = self._examination(words) or self._named(words, _LONGEST_HEADING)
            if role or level or named:
                rank = level or (7 if words.isupper() else 8)
                return Head(start, end, role, words, loose=False, level=rank)
        match = _BEFORE_COLON.match(text, begin, end)
        if match is not None:
            words = match.group("words")
            colon = ":" in text[match.end("words") : match.end()]
            role = self.role_of(words) or (self._named(words, _MOST_WORDS) if colon else "")
            # "P: 2.4" is a phosphate and no plan.
            if role and not (len(words) == 1 and _DIGIT.match(text, match.end())):
                return Head(start, match.end(), role, words, loose=True, level=9)
            if not role and colon and words[0].isupper() and not self._is_kin(words):
                return Head(start, match.end(), "", words, loose=True, level=9)
        return None

    def of_relative(self, text: str, start: int, end: int) -> int:
        """Where the words begin that a line such as `Brother (30): lupus` says of a relative; else 0."""
        lead = LEAD.match(text, start, end)
        match = _BEFORE_COLON.match(text, lead.end() if lead else start, end)
        words = _plain(match.group("words")).split(" ") if match else []
        named = 0 < len(words) <= _MOST_OF_KIN and self._is_kin(words[-1]) and not _BY.intersection(words)
        return match.end() if match and named else 0

    def _names_part(self, words: str) -> bool:
        """Whether words alone on a line, before a colon, name a part of the document."""
        return len(words.split()) <= _MOST_WORDS and not self._is_kin(words)

    def _is_kin(self, words: str) -> bool:
        return any(
            word in self._kin or word.removesuffix("s") in self._kin for word in _plain(words).split(" ")
        )

    def within(self, text: str, start: int, end: int) -> Iterator[Head]:
        """Headings at the beginning of sentences inside a line ("... . O/E firm nodule. Plan: USS")."""
        for match in _IN_LINE.finditer(text, start, end):
            words = match.group("words")
            role = self.role_of(words)
            if role or (words[0].isupper() and not self._is_kin(words)):
                yield Head(match.start("words"), match.end(), role, words, loose=True, level=10)
        for match in self._bare.finditer(text, start, end):
            words = match.group("words")
            role = self._bare_roles[words]
            yield Head(match.start("words"), match.end(), role, words, loose=True, level=10)

    def told(self, text: str) -> Iterator[Word]:
        """The telling words of a text, in order of their ends."""
        if not self.words.roles:
            return
        lowered = text.lower()
        if len(lowered) != len(text):
            lowered = "".join(mark.lower() if len(mark.lower()) == 1 else mark for mark in text)
        for last, (length, tags) in self._told.iter(lowered):
            start, end = last + 1 - length, last + 1
            if _whole(lowered, start, end):
                for what, role in tags:
                    yield Word(what, role, start, end)


def _alone(line: str) -> tuple[str, bool] | None:
    """The words of a line that may be nothing but a heading, and whether a colon follows them.

    Behind them may stand a remark in brackets, the colon, and marks that underline.
    """
    words = line.rstrip("-=_*#~.").rstrip(" \t")
    colon = words.endswith(":")
    if colon:
        words = words[:-1].rstrip(" \t")
    if words.endswith(")"):
        opened = words.rfind("(")
        if opened > 0 and len(words) - opened <= _LONGEST_REMARK and ")" not in words[opened:-1]:
            words = words[:opened].rstrip(" \t")
    if len(words) > _LONGEST_ALONE or ":" in words or not words[:1].isalpha():
        return None
    return words, colon


def _plain(words: str) -> str:
    return _APART.sub(" ", words.casefold().replace("’", "'")).strip()


def _whole(text: str, start: int, end: int) -> bool:
    before, after = text[max(start - 1, 0) : start], text[end : end + 1]
    goes_on = text[end - 1].isalnum() and after.isalnum()
    return not (goes_on or (text[start].isalnum() and before.isalnum()))


def shapes(knowledge: Knowledge) -> Shapes:
    """The shapes of this knowledge base, built once."""
    return knowledge.built("language.sections", Shapes)
