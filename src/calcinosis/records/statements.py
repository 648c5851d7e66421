"""Where an adapter puts what it reads: statements in order, and what it had to leave aside.

A coded element and the words beside it are joined here, so that every adapter treats a phrase such as
"no diabetes; burn of the leg 10 years earlier" alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec.structs import replace

from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.answers import answers_of
from calcinosis.knowledge.contents import KindOfFinding
from calcinosis.language import cleaned, codes_of, several, told
from calcinosis.language.lexicon import lexicon
from calcinosis.model import (
    Assertion,
    Code,
    Doubt,
    Ignored,
    Kind,
    Moment,
    Observation,
    Phrase,
    Question,
    Reading,
    stretch,
)
from calcinosis.records.certainty import certainty_of
from calcinosis.records.labels import labels_of
from calcinosis.records.measures import measures_of
from calcinosis.records.read_back import read_back
from calcinosis.records.substances import substances_of
from calcinosis.records.tongue import tongues_of

# The language reads about a megabyte a second; a longer text is not one patient's note.
LONGEST_NOTE = 1_000_000
LONGEST_PHRASE = 20_000
# How much of a phrase is shown.
_SHOWN = 80
_OWN = "calcinosis"
_SHOWN = 80
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n")
_SIDES = {
    "left": "left",
    "right": "right",
    "bilateral": "bilateral",
    "both": "bilateral",
    "bilaterally": "bilateral",
}


class Statements:
    """Collects the observations and the ignored parts of one record."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.observations: list[Observation] = []
        self.ignored: list[Ignored] = []
        self.questions: list[Question] = []
        self.unread: list[Phrase] = []
        self.readings: list[Reading] = []
        self.answers = answers_of(knowledge)
        self.labels = labels_of(knowledge)
        self.measured = measures_of(knowledge)
        self.substances = substances_of(knowledge)
        self.certainty = certainty_of(knowledge)
        self.tongues = tongues_of(knowledge)
        self._codes = knowledge.built("records.phrases", _Phrases)
        self._known = knowledge.built("records.known_codes", _known_codes)
        self._coded_sites = knowledge.built("records.coded_sites", _sites_by_code)

    def ignore(self, where: str, what: str, why: str) -> None:
        """Note a part of the record that is not used."""
        self.ignored.append(Ignored(where, what, why))

    def add(self, observation: Observation) -> None:
        """Keep an observation as it is."""
        self.observations.append(observation)

    def codes(self, phrase: str) -> tuple[Code, ...]:
        """What a short phrase means, without looking at negation or family."""
        return self._codes(phrase) if phrase and len(phrase) <= LONGEST_PHRASE else ()

    def named(self, label: str) -> tuple[Code, ...]:
        """The findings that a label names, as far as every word about them is understood."""
        spans = self.labels.understood(label)
        stretches = (label[first:last] for first, last in spans)
        return tuple(
            dict.fromkeys(
                code for stretch in stretches for code in self.codes(stretch) if not self.measures(code)
            )
        )

    def sites(self, phrase: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Body sites (finding ids) and sides that a short phrase names."""
        if not phrase:
            return (), ()
        known = self.knowledge.vocabulary.sites
        sites = tuple(code.code for code in self.codes(phrase) if code.code in known)
        sides = (_SIDES.get(word.strip(",;.()")) for word in phrase.casefold().split())
        return sites, tuple(dict.fromkeys(side for side in sides if side))

    def coded_sites(self, codes: tuple[Code, ...]) -> tuple[str, ...]:
        """Body sites (finding ids) that codes of body structures mean."""
        found = (name for code in codes for name in self._coded_sites.get((code.system, code.code), ()))
        return tuple(dict.fromkeys(found))

    def knows(self, codes: tuple[Code, ...]) -> bool:
        """Whether the vocabulary has one of `codes`, so that no word is needed to understand it."""
        return any((code.system, code.code) in self._known for code in codes)

    def of_lesions(self, said: list[Observation], phrase: str) -> list[Observation]:
        """Statements without those of a lesion's colour, size or place where the phrase names none."""
        describing = [seen for seen in said if any(_describes(kind) for kind in self.kinds(seen))]
        if describing and not self.names_lesion(phrase):
            return [seen for seen in said if seen not in describing]
        return said

    def kinds(self, seen: Observation) -> list[KindOfFinding]:
        """Kinds of the findings that an observation is about."""
        held = self.knowledge.contents
        terms = (held.findings.get(code.code) for code in seen.codes)
        return [held.kinds[term.kind] for term in terms if term is not None]

    def describing(self, code: Code) -> bool:
        """Whether a finding says no more than how or where a lesion is."""
        term = self.knowledge.contents.findings.get(code.code)
        return term is not None and _describes(self.knowledge.contents.kinds[term.kind])

    def of_relatives(self, phrase: str) -> bool:
        """Whether a heading or a question is about relatives and not the patient."""
        return bool(phrase) and self.labels.of_relatives(phrase)

    def names_lesion(self, phrase: str) -> bool:
        """Whether a phrase names a lesion of any sort."""
        mentions = lexicon(self.knowledge).mentions(phrase[:LONGEST_PHRASE])
        return any(target.kind == "lesion" for mention in mentions for target in mention.targets)

    def analyte(self, code: Code) -> bool:
        """Whether a code of any system stands for an analyte."""
        return self.measures(code) if code.system == _OWN else self.measured.knows(code)

    def measures(self, code: Code) -> bool:
        """Whether a code of this vocabulary is an analyte and not a finding."""
        return code.code in self.knowledge.contents.analytes

    def concept(self, codes: tuple[Code, ...], said: list[Observation], about: Observation) -> None:
        """State a coded element: its codes, and whatever its words add or say otherwise.

        Args:
            codes: codes of the element, most specific first.
            said: what its words say; they may hold several statements, negated ones among them.
            about: what holds for the whole element; it carries no codes.
        """
        if not codes and said:
            self.observations.extend(said)
            return
        plain = [found for found in said if _adds_only_meaning(found, about)]
        self.add(
            replace(
                about,
                codes=codes + tuple(dict.fromkeys(code for found in plain for code in found.codes)),
                sites=_union(about.sites, *(found.sites for found in plain)),
                sides=_union(about.sides, *(found.sides for found in plain)),
            )
        )
        self.observations.extend(found for found in said if not _adds_only_meaning(found, about))

    def words(self, text: str, about: Observation, *, whole_note: bool = False) -> None:
        """State what free text says."""
        self.observations.extend(self.said(text, about, whole_note=whole_note))

    def examined(self, examination: str, text: str, about: Observation) -> None:
        """State what an examination (`Imaging`, `Histology`) found: every sentence is about it."""
        self.observations.extend(self.said(text, about, label=examination, whole_note=True, examined=True))

    def said(
        self,
        text: str,
        about: Observation,
        *,
        label: str = "",
        whole_note: bool = False,
        examined: bool = False,
    ) -> Iterator[Observation]:
        """What free text says, under what is known of the whole element.

        Args:
            text: the words.
            about: what holds for all of them.
            label: what the words answer or describe; it is read before them, so that "Family history"
                or "Skin ulcers" qualifies them, but states nothing by itself.
            whole_note: also read sizes, numbers and durations of lesions.
            examined: every sentence is about what the label names.
        """
        limit = LONGEST_NOTE if whole_note else LONGEST_PHRASE
        if len(text) + len(label) > limit:
            self.ignore(about.source, f"text of {len(text)} characters", f"longer than {limit}")
            return
        if not text.strip():
            return
        if foreign := self.tongues.foreign(text):
            self.ignore(about.source, _begun(text), f"in {foreign}; only English is read")
            return
        lead = f"{label}: " if label else ""
        clean = cleaned(lead + text, self.knowledge)
        if whole_note and (persons := several(clean.text[len(lead) :])):
            self.ignore(about.source, "text", f"about more than one patient ({', '.join(persons)})")
            self.questions.append(
                Question(doubt=Doubt.PATIENT, where=about.source, what=" or ".join(persons))
            )
            return
        if examined:
            clean = replace(clean, text=_SENTENCE_END.sub(";", clean.text))
        found = told(
            clean,
            knowledge=self.knowledge,
            source="",
            kind=None if whole_note else about.kind,
            effective=about.effective,
            whole_note=whole_note,
        )
        unread = []
        for item in found.ignored:
            start, place = _placed(item.where, about.source, len(lead))
            if start >= 0:
                unread.append(Ignored(place, item.what, item.why))
        self.ignored.extend(unread)
        for asked in found.questions:
            start, place = _placed(asked.where, about.source, len(lead))
            if start >= 0 and about.assertion is Assertion.AFFIRMED and not about.family:
                self.questions.append(replace(asked, where=place))
        phrases = []
        for phrase in found.unread if about.assertion is not Assertion.NEGATED and not about.family else ():
            start, place = _placed(phrase.where, about.source, len(lead))
            if start >= 0:
                phrases.append(replace(phrase, where=place))
        self.unread.extend(phrases)
        said = []
        for observation in found.observations:
            start, place = _placed(observation.source, about.source, len(lead))
            if start >= 0 or observation.value is not None or observation.interpretation:
                said.append(qualified(observation, about, place))
        if whole_note:
            self.readings.append(
                read_back(
                    about.source, text, found, len(lead), said, [*unread, *map(_not_understood, phrases)]
                )
            )
        yield from said


def _not_understood(phrase: Phrase) -> Ignored:
    return Ignored(phrase.where, phrase.words, "means nothing to the vocabulary")


def _placed(span: str, source: str, lead: int) -> tuple[int, str]:
    """Where a span `:start-end` begins once the label before it is gone, and its address."""
    found = stretch(span)
    if found is None:
        return 0, source
    first = found.start - lead
    return first, f"{source}:{max(first, 0)}-{max(found.end - lead, 0)}"


def _describes(kind: KindOfFinding) -> bool:
    """Whether findings of a kind say no more than how or where a lesion is."""
    return kind.describes_lesion and kind.circumstantial


def _begun(text: str) -> str:
    """The beginning of a text."""
    plain = " ".join(text.split())
    return plain if len(plain) <= _SHOWN else f"{plain[: _SHOWN - 1]}…"


def start_of(seen: Observation) -> int:
    """Where in its phrase a statement begins, by its address `...:start-end`."""
    found = stretch(seen.source)
    return found.start if found is not None else 0


# Of a substance the entry says whether it is taken, unless its words speak of an allergy.
OF_SUBSTANCES = (Kind.ALLERGY, Kind.MEDICATION)


def qualified(said: Observation, about: Observation, source: str) -> Observation:
    """A statement of a text, under the qualifiers of the element that the text stands in."""
    return replace(
        said,
        source=source,
        id=about.id,
        kind=about.kind if about.kind in OF_SUBSTANCES and said.kind is not Kind.ALLERGY else said.kind,
        assertion=joined(about.assertion, said.assertion),
        family=about.family or said.family,
        past=about.past or said.past,
        sites=said.sites or about.sites,
        sides=said.sides or about.sides,
        effective=said.effective or about.effective,
        issued=said.issued or about.issued,
        until=said.until or about.until,
        qualifiers=said.qualifiers + about.qualifiers,
    )


def joined(outer: Assertion, inner: Assertion) -> Assertion:
    """The assertion of a statement inside an element: a denied denial is no affirmation."""
    if outer is Assertion.AFFIRMED:
        return inner
    if inner is Assertion.AFFIRMED or outer is Assertion.UNCERTAIN:
        return outer
    return Assertion.NEGATED if inner is Assertion.UNCERTAIN else Assertion.UNCERTAIN


def latest_of(observations: list[Observation]) -> Iterator[Moment | None]:
    """Every date at which something was true or published."""
    for observation in observations:
        yield observation.effective
        yield observation.issued


def _adds_only_meaning(found: Observation, about: Observation) -> bool:
    return (
        found.assertion is about.assertion
        and found.family is about.family
        and found.past is about.past
        and found.value is None
        and not found.interpretation
        and found.effective == about.effective
    )


def _union(*parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for part in parts for item in part))


class _Phrases:
    """Codes of short phrases; the same few hundred displays come back in every record."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._found = lru_cache(maxsize=20_000)(lambda phrase: codes_of(phrase, knowledge=knowledge))

    def __call__(self, phrase: str) -> tuple[Code, ...]:
        return self._found(phrase)


def _known_codes(knowledge: Knowledge) -> frozenset[tuple[str, str]]:
    return frozenset((row.system, row.code) for row in knowledge.contents.codes)


def _sites_by_code(knowledge: Knowledge) -> dict[tuple[str, str], tuple[str, ...]]:
    held = knowledge.contents
    sites: dict[str, list[str]] = {}
    for term in held.findings.values():
        if term.id in knowledge.vocabulary.sites:
            for concept in term.concepts:
                sites.setdefault(concept, []).append(term.id)
    return {(row.system, row.code): tuple(sites[row.concept]) for row in held.codes if row.concept in sites}
