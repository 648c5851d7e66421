"""Which mentions are negated, doubted, said of a relative or past: NegEx rules through negspaCy.

The rules are those of NegEx (Chapman et al. 2001) and ConText (Harkema et al. 2009), run by negspaCy,
once for each qualifier with the cues of `knowledge/language/cues.yaml`; cues of a group that ends in
`_directly` hold only beside the mention ("Raynaud's absent", "lupus-like"). spaCy is loaded only when a
text holds a cue at all: without one there is nothing that could be qualified.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from calcinosis.errors import MissingExtra
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.contents import Cues
from calcinosis.language.tokens import whole
from calcinosis.language.whole_words import WholeWords

Place = tuple[int, int]
# A semicolon and a line break end a clause in clinical notes as a full stop does; a question mark is doubt.
_CLAUSE_ENDS = frozenset((".", "!", ";", "。"))
_CLOSING = frozenset(")]}\"'”’»,")
_DIRECTLY = "_directly"
_BESIDE = 48
_QUOTE = "[\"'“”‘’]"
_JOINED = re.compile(r"\s*,?\s*(?:and|or|&|/)\s*", re.I)
_NOTHING_FOLLOWS = (
    r"(?=\s*(?:$|[^\w\s]|\n|"
    r"(?:and|but|or|in|at|on|by|for|since|so|with|from|over|throughout|today|now|\d+)\b))"
)
_ENDS_LINE = r"[ \t\r*_]*+(?::[ \t\r*_]*+)?\n"
_ITEM = r"[ \t]*+(?:[-*•]|\d{1,2}[.)])[ \t]++[^\n]*+(?:\n|\Z)"
# A line that names its own section ("Medications: warfarin") is not below the heading above it.
_LINE = r"(?![ \t#*_]*+[A-Za-z][A-Za-z /]{0,40}:)[^\n]++"
_LONGEST = 10_000_000
# How far to the left a cue that follows its mentions reaches.
_LONGEST_LIST = 40
_ONE = frozenset(("was", "is", "has"))
_OR, _AND = frozenset(("or", "nor", "/")), frozenset(("and", "&"))
_APART = frozenset(("with", "has", "had", "have", "is", "was", "were", "are"))
_KINDS = ("Preceding", "Following", "Termination")


class Qualifier:
    """The cues of this knowledge base, and the pipeline once a text needs it."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        language = knowledge.contents.language
        self._cues = {name: cues for name, cues in language.cues.items() if not name.endswith(_DIRECTLY)}
        self._directly = [
            _Directly(name.removesuffix(_DIRECTLY), cues)
            for name, cues in language.cues.items()
            if name.endswith(_DIRECTLY)
        ]
        self._headings = [
            _Heading(name, cues.headings) for name, cues in language.cues.items() if cues.headings
        ]
        self._termination = list(language.termination)
        every = [cue for cues in self._cues.values() for cue in (*cues.preceding, *cues.following)]
        self._any_cue = WholeWords(every)

    def qualified(self, text: str, places: Sequence[Place]) -> list[frozenset[str]]:
        """For each place in `text` the qualifiers that hold there; time grows with its length only.

        Raises:
            MissingExtra: the text holds a cue and the note reader is not installed.
        """
        held = [set(found) for found in self.reached(text, places)]
        beside: list[_Directly | _Heading] = [*self._directly, *self._headings]
        for rule in beside:
            for index in rule.holding(text, places):
                held[index].add(rule.name)
        return [frozenset(found) for found in held]

    def reached(self, text: str, places: Sequence[Place]) -> list[frozenset[str]]:
        """For each place the qualifiers whose cues reach over words to it."""
        if not places or not self._any_cue.within(text):
            return [frozenset()] * len(places)
        return self.qualified_by_pipeline(text, places)

    def qualified_by_pipeline(self, text: str, places: Sequence[Place]) -> list[frozenset[str]]:
        """The same without looking for a cue first."""
        nlp, components = self._pipeline
        doc = nlp.make_doc(text)
        spans = [doc.char_span(start, end, alignment_mode="expand") for start, end in places]
        doc.spans["mentions"] = [span for span in spans if span is not None]
        for component in components:
            component(doc)
        return [
            frozenset(name for name in self._cues if span is not None and span._.get(name)) for span in spans
        ]

    @property
    def _pipeline(self) -> tuple[Any, list[Any]]:
        return self._knowledge.built("language.pipeline", lambda _: _pipeline(self._cues, self._termination))


class _Directly:
    """Cues of one qualifier that reach no further than the words beside them."""

    def __init__(self, name: str, cues: Cues) -> None:
        self.name = name
        self._before = _one_of(cues.preceding, "", rf"[\s(]*{_QUOTE}?$")
        # "Raynaud's absent." is a denial; "with lupus denied fever" is one of fever.
        ends = _NOTHING_FOLLOWS if name == "negation" else ""
        self._after = _one_of(cues.following, rf"^{_QUOTE}?(?:['’]s)?\s*[:–—=-]?\s*", ends)

    def holding(self, text: str, places: Sequence[Place]) -> Iterator[int]:
        """Which of `places` a cue stands beside, or beside the last of their enumeration."""
        held = False
        for index in range(len(places) - 1, -1, -1):
            start, end = places[index]
            after = self._after is not None and self._after.search(text[end : end + _BESIDE]) is not None
            joined = held and _JOINED.fullmatch(text[end : places[index + 1][0]]) is not None
            held = after or joined
            before = text[max(start - _BESIDE, 0) : start]
            if held or (self._before is not None and self._before.search(before)):
                yield index


class _Heading:
    """Lines of one qualifier that speak of the line below them, or of the list below them.

    Nothing is carried further: a heading over an empty section must not reach the next section, where an
    allergy list would swallow the drugs that the patient takes.
    """

    def __init__(self, name: str, headings: Sequence[str]) -> None:
        self.name = name
        ordered = "|".join(re.escape(words) for words in sorted(headings, key=len, reverse=True))
        self._below = re.compile(
            rf"^[ \t#*_]*+(?:{ordered}){_ENDS_LINE}(?:[ \t\r]*+\n)*+(?P<below>(?:{_ITEM})++|{_LINE})",
            re.I | re.M,
        )

    def holding(self, text: str, places: Sequence[Place]) -> Iterator[int]:
        """Which of `places` stand below such a line."""
        starts = [start for start, _ in places]
        for match in self._below.finditer(text):
            yield from range(
                bisect_left(starts, match.start("below")), bisect_left(starts, match.end("below"))
            )


def _one_of(cues: Sequence[str], before: str, after: str) -> re.Pattern[str] | None:
    if not cues:
        return None
    ordered = sorted(cues, key=len, reverse=True)
    return re.compile(f"{before}(?:{'|'.join(map(whole, ordered))}){after}", re.I)


def _ends_clause(word: str) -> bool:
    return word in _CLAUSE_ENDS or "\n" in word


def _clause_starts(doc: Any) -> list[int]:
    """Where the clauses of `doc` begin: after a mark that ends one, and its repetitions."""
    starts, ended = [0], False
    for place, token in enumerate(doc):
        ends = _ends_clause(token.text)
        if ended and not ends and token.text not in _CLOSING:
            starts.append(place)
            ended = False
        ended = ended or ends
    return starts


def _leftwards(doc: Any, spans: Sequence[Any], index: int, cue: int, begin: int) -> Iterator[int]:
    """Which spans a following cue at token `cue` speaks of: the nearest, and those enumerated with it.

    In "she has sclerosis and lupus was excluded" the cue speaks of lupus only, in "sclerosis and lupus were
    excluded" and "no trace of sclerosis, gout or lupus was found" of all.
    """
    one = doc[cue].lower_ in _ONE
    links, barriers = (_OR, _APART | _AND) if one else (_OR | _AND, _APART)
    right, enumerated = cue, False
    for step in range(_LONGEST_LIST):
        if index < 0 or spans[index].start < begin:
            return
        if step:
            gap = {
                token.lower_ for token in doc[spans[index].end : min(right, spans[index].end + _LONGEST_LIST)]
            }
            enumerated = enumerated or bool(gap & links)
            if gap & barriers or ("," in gap and not enumerated):
                return
        yield index
        right = spans[index].start
        index -= 1


@lru_cache(maxsize=1)
def _linear(negex: type[Any]) -> type[Any]:
    """The rules of `negex` in one pass over a document; its own pass looks at every span in every clause.

    A span is qualified when a preceding cue starts before it between the same two boundaries: so the first
    such cue of each stretch decides. A following cue reaches less far than in NegEx, see `_leftwards`.
    """

    class Linear(negex):  # type: ignore[misc]
        """NegEx whose time grows with the length of the document only."""

        def process_negations(self, doc: Any) -> tuple[list[Any], list[Any], list[Any]]:
            """Preceding, following and terminating cues, those that begin in a pseudo cue left out."""
            named = self.nlp.vocab.strings
            matches = [(named[match], start, end) for match, start, end in self.matcher(doc)]
            hidden = {at for kind, start, end in matches if kind == "pseudo" for at in range(start, end + 1)}
            kept = [match for match in matches if match[1] not in hidden]
            of = {kind: [match for match in kept if match[0] == kind] for kind in _KINDS}
            # "not consistent with": words that are part of a cue do not end its reach.
            # A cue that follows may begin with one ("which healed").
            cues = {at for _, start, end in of["Preceding"] for at in range(start + 1, end)}
            cues |= {at for _, start, end in of["Following"] for at in range(start, end)}
            of["Termination"] = [match for match in of["Termination"] if match[1] not in cues]
            return of["Preceding"], of["Following"], of["Termination"]

        def negex(self, doc: Any) -> Any:
            """Mark the spans of `doc` that a cue reaches."""
            preceding, following, terminating = self.process_negations(doc)
            ends = sorted([*_clause_starts(doc)[1:], *(start for _, start, _ in terminating), len(doc)])
            first: dict[int, int] = {}
            for _, start, _end in preceding:
                stretch = bisect_right(ends, start)
                first[stretch] = min(start, first.get(stretch, start))
            spans = list(doc.spans["mentions"])
            starts = [span.start for span in spans]
            before: set[int] = set()
            for _, start, _end in following:
                stretch = bisect_right(ends, start)
                begin = ends[stretch - 1] if stretch else 0
                before.update(_leftwards(doc, spans, bisect_left(starts, start) - 1, start, begin))
            for index, span in enumerate(spans):
                stretch = bisect_right(ends, span.start)
                if bisect_left(ends, span.end) == stretch and (
                    first.get(stretch, len(doc)) < span.start or index in before
                ):
                    span._.set(self.extension_name, True)
            return doc

    return Linear


def _pipeline(cues: dict[str, Cues], termination: list[str]) -> tuple[Any, list[Any]]:
    try:
        import spacy
        from negspacy.negation import Negex
    except ImportError as error:
        raise MissingExtra("Reading clinical notes", "notes") from error
    nlp = spacy.blank("en")
    nlp.max_length = _LONGEST
    # "?dermatomyositis" is a mark of doubt and a word.
    nlp.tokenizer.prefix_search = spacy.util.compile_prefix_regex([*nlp.Defaults.prefixes, r"\?"]).search
    components = [
        _linear(Negex)(
            nlp,
            name=name,
            neg_termset={
                "pseudo_negations": list(found.pseudo),
                "preceding_negations": list(found.preceding),
                "following_negations": list(found.following),
                "termination": termination,
            },
            extension_name=name,
            span_keys=["mentions"],
        )
        for name, found in cues.items()
    ]
    return nlp, components


def qualifier(knowledge: Knowledge) -> Qualifier:
    """The qualifier of this knowledge base, built once."""
    return knowledge.built("language.qualifier", Qualifier)
