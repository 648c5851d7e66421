"""Which words mean which finding or analyte: every phrase of the vocabulary in one automaton.

A phrase of one word is read in its own forms only (see `inflections`), one of several in any inflection. The
longest phrase wins, leftmost first; phrases never overlap. An abbreviation counts only in its own
upper and lower case, and one that two entries share is ambiguous: the reading that the same text spells out
wins, else it is reported, never guessed. Phrases that mean something else than their words ("mouth ulcers")
hide them and state nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from calcinosis.knowledge import Knowledge
from calcinosis.language.anatomy import anatomy
from calcinosis.language.inflections import forms_of
from calcinosis.language.lay import lay
from calcinosis.language.mentions import SETTING, Mention, Target
from calcinosis.language.plain import in_capitals
from calcinosis.language.short_forms import short_forms
from calcinosis.language.tokens import Folder, Tokens, folder, joined_word

# Contexts of the vocabulary that are none: "apart" (phrases that state nothing), "apart in histology" (only
# in such a sentence), "<finding> in histology" (that finding, only there).
_APART, _IN = "apart", " in "


_AFTER_NUMBER = re.compile(r"\d ?\Z")
_ANY: frozenset[str] = frozenset()


class _Meaning(Struct, frozen=True, gc=False):
    """What a folded phrase may mean, and as what it must be written: a form of one word, an abbreviation."""

    target: Target
    forms: frozenset[str]
    exact: tuple[str, ...]
    sets: bool


class Lexicon:
    """The automaton over folded words."""

    def __init__(self, knowledge: Knowledge) -> None:
        import ahocorasick

        self._folder: Folder = folder(knowledge)
        self._short_forms = short_forms(knowledge)
        self._anatomy, self._lay = anatomy(knowledge), lay(knowledge)
        forms = knowledge.contents.language.forms
        phrases: dict[str, tuple[_Meaning, ...]] = {}
        for phrase, target in (*_phrases(knowledge), *self._short_forms.phrases()):
            form = " ".join(self._folder.tokens(phrase).forms)
            if form:
                bent = " " in form or bool(target.exact)
                own = _ANY if bent else forms_of(self._folder.spelled(joined_word(phrase)), forms)
                meaning = _meaning(target, own)
                held = phrases.get(form)
                phrases[form] = (meaning,) if held is None else _merged(held, meaning)
        self._never_in_capitals = frozenset(knowledge.contents.language.numbers.get("never_in_capitals", ()))
        self._automaton = ahocorasick.Automaton()
        for form, targets in phrases.items():
            spelled = tuple({one.target.id for one in targets if not one.target.exact})
            self._automaton.add_word(f" {form} ", (len(form), form.count(" ") + 1, targets, spelled))
        self._automaton.make_automaton()

    def mentions(self, text: str) -> list[Mention]:
        """Every phrase of the vocabulary in `text`, in order."""
        tokens = self._folder.tokens(text)
        if not tokens.forms:
            return []
        loud = in_capitals(text)
        read = self._short_forms.settled(text, list(self._longest(text, tokens, loud=loud)), loud=loud)
        found = self._anatomy.told(text, read)
        told = list(self._lay.mentions(text))
        return sorted((*found, *told), key=lambda one: one.start) if told else found

    def _longest(self, text: str, tokens: Tokens, *, loud: bool) -> Iterator[Mention]:
        joined = f" {' '.join(tokens.forms)} "
        starts: dict[int, int] = {}
        place = 1
        for index, form in enumerate(tokens.forms):
            starts[place] = index
            place += len(form) + 1
        found = []
        spelled: set[str] = set()
        for last, (length, words, targets, written) in self._automaton.iter(joined):
            found.append((starts[last - length], words, targets))
            spelled.update(written)
        found.sort(key=lambda hit: (hit[0], -hit[1]))
        free = 0
        for first, words, targets in found:
            start, end = tokens.starts[first], tokens.ends[first + words - 1]
            hidden, written = first < free, text[start:end]
            word = self._folder.spelled(joined_word(written)) if words == 1 else ""
            kept = tuple(
                one.target
                for one in targets
                if (not hidden or one.sets)
                and (not one.forms or word in one.forms)
                and (not one.exact or self._is_written(text, start, end, one, loud=loud))
            )
            if kept:
                if loud:
                    kept = _once(kept, written)
                if any(target.kind not in SETTING for target in kept):
                    free = first + words
                yield Mention(start, end, written, _meant(_preferred(kept), spelled))

    def _is_written(self, text: str, start: int, end: int, one: _Meaning, *, loud: bool) -> bool:
        """Whether an abbreviation stands as it must; in a text in capitals its small letters are lost.

        What stands right behind a number is a unit there ("500 MG 3 TIMES").
        """
        plain = text[start:end].replace("-", " ")
        if not loud:
            return plain in one.exact
        if one.target.exact in self._never_in_capitals:
            return False
        if plain in one.exact:
            return True
        return plain == one.exact[0].upper() and _AFTER_NUMBER.search(text, max(start - 3, 0), start) is None


def _once(targets: tuple[Target, ...], written: str) -> tuple[Target, ...]:
    """What is named once each, as it is written where that is a short form of its own."""
    ordered = sorted(targets, key=lambda target: target.exact == written)
    return tuple({(target.id, target.kind): target for target in ordered}.values())


def _meaning(target: Target, forms: frozenset[str]) -> _Meaning:
    exact = target.exact.replace("-", " ")
    # A plural s is allowed behind an abbreviation.
    return _Meaning(target, forms, (exact, f"{exact}s") if exact else (), target.kind in SETTING)


def _merged(held: tuple[_Meaning, ...], meaning: _Meaning) -> tuple[_Meaning, ...]:
    """What a folded phrase may mean, once each."""
    for place, one in enumerate(held):
        if one.target == meaning.target:
            both = _meaning(one.target, one.forms | meaning.forms)
            return (*held[:place], both, *held[place + 1 :])
    return (*held, meaning)


def _preferred(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    """A written-out phrase outranks an abbreviation that folds alike; a setting outranks nothing."""
    spelled = any(not target.exact and target.kind not in SETTING for target in targets)
    return tuple(target for target in targets if not target.exact) if spelled else targets


def _meant(targets: tuple[Target, ...], spelled: set[str]) -> tuple[Target, ...]:
    """Of the readings of an ambiguous abbreviation the one that the text spells out, or all of them."""
    if len(targets) < 2 or not all(target.exact for target in targets):
        return targets
    named = tuple(target for target in targets if target.id in spelled)
    return named if len(named) == 1 else targets


def _phrases(knowledge: Knowledge) -> Iterator[tuple[str, Target]]:
    held = knowledge.contents
    for term in held.findings.values():
        for phrase in (term.label, *term.terms):
            yield phrase, Target(term.id, "finding", "", term.within)
        for phrase in term.abbreviations:
            yield phrase, Target(term.id, "finding", phrase, term.within)
        for phrase in term.denials:
            yield phrase, Target(term.id, "finding", "", term.within, denies=True)
        for phrase in term.of_relatives:
            yield phrase, Target(term.id, "kin")
    for analyte in held.analytes.values():
        for phrase in (analyte.label, *analyte.terms):
            yield phrase, Target(analyte.id, "analyte")
        for phrase in analyte.abbreviations:
            yield phrase, Target(analyte.id, "analyte", phrase)
    for word in held.language.lesion_words:
        yield word, Target(word, "lesion")
    for context, words in held.language.contexts.items():
        yield from _of_context(context, words)


def _of_context(context: str, words: tuple[str, ...]) -> Iterator[tuple[str, Target]]:
    target = Target(context, "context")
    if context == _APART:
        target = Target(context, "apart")
    elif _IN in context:
        name, _, within = context.partition(_IN)
        target = Target(name, "apart" if name == _APART else "finding", "", within, alone=True)
    for word in words:
        yield word, target


def lexicon(knowledge: Knowledge) -> Lexicon:
    """The lexicon of this knowledge base, built once."""
    return knowledge.built("language.lexicon", Lexicon)
