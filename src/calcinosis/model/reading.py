"""A note read back: its sections and sentences, and what was taken from each, with its place.

Places are those of the text as given: `text[start:end]`.
"""

from __future__ import annotations

from msgspec import Struct

from calcinosis.model.observation import Moment, Quantity


class Section(Struct, frozen=True):
    """A section; `role` is empty where nothing tells what may be said in it, `heading` where it has none."""

    role: str
    heading: str
    start: int
    end: int


class Sentence(Struct, frozen=True):
    """A sentence, a line of a form or an item of a list."""

    start: int
    end: int


class Statement(Struct, frozen=True, kw_only=True):
    """What words of a note were taken to say.

    Attributes:
        start: where the words begin; `end`: where they end.
        words: the words as the reader of an answer is shown them.
        things: ids of findings or analytes; none where the words were not understood.
        certainty: present, absent, or asked (doubted, planned, may happen: neither of the two).
        time: now or past; `when`: the date, where the words give one.
        bearer: patient, or relative.
        allergy: true when it is said of a substance as an allergen.
        value: a number with its unit; `judgement`: low, normal, high, positive or negative, as written.
        because: what decided, in words: a cue, the section, the head of the list, the answer of the form.
    """

    start: int
    end: int
    words: str
    things: tuple[str, ...] = ()
    certainty: str = "asked"
    time: str = "now"
    when: Moment | None = None
    bearer: str = "patient"
    allergy: bool = False
    value: Quantity | None = None
    judgement: str = ""
    because: tuple[str, ...] = ()


class Reading(Struct, frozen=True, kw_only=True):
    """One text of a record as it was read; `source` is its address, which findings give with the place."""

    source: str
    text: str
    sections: tuple[Section, ...]
    sentences: tuple[Sentence, ...]
    statements: tuple[Statement, ...]

    def at(self, address: str) -> tuple[Statement, ...]:
        """The statements behind the address of a finding's evidence (`note:120-134`)."""
        return tuple(one for one in self.statements if f"{self.source}:{one.start}-{one.end}" == address)
