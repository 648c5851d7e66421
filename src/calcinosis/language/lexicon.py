"""Which words mean which finding or analyte: every phrase of the vocabulary in one automaton.

A phrase of one word is read in its own forms only (see `inflections`), one of several in any inflection. The
longest phrase wins, leftmost first; phrases never overlap. An abbreviation counts only in its own
upper and lower case, and one that two entries share is ambiguous: the reading that the same text spells out
wins, else it is reported, never guessed. Phrases that mean something else than their words ("mouth ulcers")
hide them and state nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from calcinosis.knowledge import Knowledge
from calcinosis.language.anatomy import anatomy
from calcinosis.language.inflections import forms_of
from calcinosis.language.lay import lay
from calcinosis.language.mentions import SETTING, Mention, Target
from calcinosis.language.short_forms import short_forms
from calcinosis.language.tokens import Folder, Token, folder, joined_word

# Contexts of the vocabulary that are none: "apart" (phrases that state nothing), "apart in histology" (only
# in such a sentence), "<finding> in histology" (that finding, only there).
_APART, _IN = "apart", " in "


class _Phrase(NamedTuple):
    """A folded phrase: its length, its words, what it may stand for, and that not as an abbreviation."""

    length: int
    words: int
    targets: tuple[tuple[Target, frozenset[str]], ...]
    spelled: tuple[str, ...]


class Lexicon:
    """The automaton over folded words."""

    def __init__(self, knowledge: Knowledge) -> None:
        import ahocorasick

        self._folder: Folder = folder(knowledge)
        self._short_forms = short_forms(knowledge)
        self._anatomy, self._lay = anatomy(knowledge), lay(knowledge)
        forms = knowledge.contents.language.forms
        phrases: dict[str, dict[Target, frozenset[str]]] = {}
        for phrase, target in (*_phrases(knowledge), *self._short_forms.phrases()):
            tokens = self._folder.tokens(phrase)
            form = " ".join(token.form for token in tokens)
            if form:
                bent = len(tokens) > 1 or bool(target.exact)
                own = frozenset[str]() if bent else forms_of(self._folder.spelled(joined_word(phrase)), forms)
                held = phrases.setdefault(form, {})
                held[target] = held.get(target, own) | own
        self._automaton = ahocorasick.Automaton()
        for form, targets in phrases.items():
            spelled = tuple({target.id for target in targets if not target.exact})
            found = _Phrase(len(form), form.count(" ") + 1, tuple(targets.items()), spelled)
            self._automaton.add_word(f" {form} ", found)
        self._automaton.make_automaton()

    def mentions(self, text: str) -> list[Mention]:
        """Every phrase of the vocabulary in `text`, in order."""
        tokens = self._folder.tokens(text)
        if not tokens:
            return []
        read = self._short_forms.settled(text, list(self._longest(text, tokens)))
        found = self._anatomy.told(text, read)
        told = list(self._lay.mentions(text))
        return sorted((*found, *told), key=lambda one: one.start) if told else found

    def _longest(self, text: str, tokens: list[Token]) -> Iterator[Mention]:
        joined = " " + " ".join(token.form for token in tokens) + " "
        starts: dict[int, int] = {}
        place = 1
        for index, token in enumerate(tokens):
            starts[place] = index
            place += len(token.form) + 1
        found = []
        spelled: set[str] = set()
        for last, (length, words, targets, written) in self._automaton.iter(joined):
            found.append((starts[last - length], words, targets))
            spelled.update(written)
        found.sort(key=lambda hit: (hit[0], -hit[1]))
        free = 0
        for first, words, targets in found:
            start, end = tokens[first].start, tokens[first + words - 1].end
            hidden = first < free
            word = self._folder.spelled(joined_word(text[start:end])) if words == 1 else ""
            kept = tuple(
                target
                for target, forms in targets
                if (not hidden or target.kind in SETTING)
                and (not forms or word in forms)
                and _written(target, text[start:end])
            )
            if kept:
                if any(target.kind not in SETTING for target in kept):
                    free = first + words
                yield Mention(start, end, text[start:end], _meant(_preferred(kept), spelled))


def _written(target: Target, words: str) -> bool:
    """Whether an abbreviation stands as it must; a plural s is allowed."""
    if not target.exact:
        return True
    plain = words.replace("-", " ")
    exact = target.exact.replace("-", " ")
    return plain in (exact, f"{exact}s")


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
            yield phrase, Target(term.id, "finding", denies=True)
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
