"""Which mentions are negated, doubted, said of a relative or past: NegEx rules through negspaCy.

The rules are those of NegEx (Chapman et al. 2001) and ConText (Harkema et al. 2009), run by negspaCy,
once for each qualifier with the cues of `knowledge/language/cues.yaml`. spaCy is loaded only when a
text holds a cue at all: without one there is nothing that could be qualified.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from calcinosis.errors import MissingExtra
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.contents import Cues

Place = tuple[int, int]
# A semicolon and a line break end a clause in clinical notes as a full stop does; a question mark is doubt.
_CLAUSE_ENDS = [".", "!", ";", "\n", "。"]


class Qualifier:
    """The cues of this knowledge base, and the pipeline once a text needs it."""

    def __init__(self, knowledge: Knowledge) -> None:
        language = knowledge.contents.language
        self._cues = language.cues
        self._termination = list(language.termination)
        every = [cue for cues in self._cues.values() for cue in (*cues.preceding, *cues.following)]
        self._any_cue = re.compile("|".join(map(_whole, sorted(every, key=len, reverse=True))), re.I)
        self._pipeline: Any = None

    def qualified(self, text: str, places: Sequence[Place]) -> list[frozenset[str]]:
        """For each place in `text` the qualifiers that hold there.

        Raises:
            MissingExtra: the text holds a cue and the note reader is not installed.
        """
        if not places or not self._any_cue.search(text):
            return [frozenset()] * len(places)
        return self.qualified_by_pipeline(text, places)

    def qualified_by_pipeline(self, text: str, places: Sequence[Place]) -> list[frozenset[str]]:
        """The same without looking for a cue first."""
        if self._pipeline is None:
            self._pipeline = _pipeline(self._cues, self._termination)
        nlp, components = self._pipeline
        doc = nlp(text)
        spans = [doc.char_span(start, end, alignment_mode="expand") for start, end in places]
        doc.spans["mentions"] = [span for span in spans if span is not None]
        for component in components:
            component(doc)
        return [
            frozenset(name for name in self._cues if span is not None and span._.get(name)) for span in spans
        ]


def _whole(cue: str) -> str:
    """The cue as a pattern that does not match inside a word."""
    before = r"(?<!\w)" if cue[0].isalnum() else ""
    after = r"(?!\w)" if cue[-1].isalnum() else ""
    return before + re.escape(cue) + after


def _pipeline(cues: dict[str, Cues], termination: list[str]) -> tuple[Any, list[Any]]:
    try:
        import spacy
        from negspacy.negation import Negex
    except ImportError as error:
        raise MissingExtra("Reading clinical notes", "notes") from error
    nlp = spacy.blank("en")
    # "?dermatomyositis" is a mark of doubt and a word.
    nlp.tokenizer.prefix_search = spacy.util.compile_prefix_regex([*nlp.Defaults.prefixes, r"\?"]).search
    nlp.add_pipe("sentencizer", config={"punct_chars": _CLAUSE_ENDS})
    components = [
        Negex(
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
