"""What the shape of a document says of a mention: its section, its list, its form, its heading."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Container, Sequence

from calcinosis.knowledge import Knowledge
from calcinosis.language.anatomy import anatomy, is_lesion
from calcinosis.language.clauses import Clauses
from calcinosis.language.document import Document
from calcinosis.language.mentions import Mention, Target
from calcinosis.language.whole_words import lowered

UNTOLD = "untold"  # stands where nothing is said of the patient: risks explained, advice
_EXAMINATIONS = ("imaging", "histology")
_RESOLVED = "resolved"
# "CHEST: lungs clear", "Hands and feet: no nodules": the part of the body that is examined.
_TO_COLON = re.compile(r"[\w ,/&()'-]{0,40}?(?::| [-–—] )")
_FROM_START = re.compile(r"(?:^|\n|[.;!?]\s)[ \t]*(?:[-*•·]|\d{1,2}[.)])?[ \t]*(?P<key>[\w ,/&()'-]{0,40})$")
_NEXT_KEY = re.compile(r"\n|[.;!?][ \t]+[A-Z][\w /&,'-]{0,40}:(?!\d)")
_REACH = 64
_UNDOING = 24
_LONGEST_VALUE = 600


class Scope:
    """The document and the sentences of a text, asked for a mention."""

    def __init__(
        self, shape: Document, mentions: Sequence[Mention], clauses: Clauses, knowledge: Knowledge
    ) -> None:
        self._shape = shape
        self._mentions = mentions
        self._clauses = clauses
        self._shown = clauses if shape.masked == shape.text else Clauses(shape.text, ())
        self._knowledge = knowledge
        self._held = knowledge.contents
        self._of = {role.examination: role for role in self._held.language.document.roles if role.examination}
        self._unplaced: frozenset[int] = frozenset()
        low = lowered(shape.text)
        self._returns = any(words in low for words in self._held.language.grammar.same_place)

    def around(self, start: int, end: int) -> str:
        """The words of the text as given about a place."""
        return self._shown.around(start, end)

    def undone(self, mention: Mention) -> bool:
        """Whether a "not" right before a mention undoes the denial that it is."""
        before = lowered(self._shape.text[max(mention.start - _UNDOING, 0) : mention.start]).rstrip()
        return before.endswith(self._held.language.grammar.undoing)

    def qualified(self, mention: Mention, found: frozenset[str]) -> frozenset[str]:
        """The qualifiers of the words, and those of the section, the list and the form about them."""
        answer = self._shape.answer(mention.start)
        listed = self._shape.listed(mention.start)
        if listed is not None and (listed.says == "family" or (listed.says == "negation" and answer is None)):
            found |= {listed.says}
        if answer is not None:
            found = _answered(found, answer.says)
        role = self._shape.role(mention.start)
        if role is not None and role.qualifies:
            ongoing = role.ongoing and self._shape.ongoing(role.id, mention.start)
            found |= frozenset() if ongoing else frozenset(role.qualifies)
        return found

    def silenced(self, mention: Mention, found: frozenset[str]) -> frozenset[str]:
        """`found`, or that nothing is told here.

        That is so in some sections, and of the site and the looks of what has healed, unless something is
        told to be at the same place now.
        """
        role = self._shape.role(mention.start)
        healed = _RESOLVED in found and not self._returns and self._describes(mention)
        return found | {UNTOLD} if healed or (role is not None and role.silent) else found

    def _describes(self, mention: Mention) -> bool:
        """Whether all that a mention names is a site or a look of something else."""
        names = [target.id for target in mention.targets if target.kind == "finding"]
        kinds = [self._held.kinds[self._held.findings[name].kind] for name in names]
        return bool(kinds) and all(kind.circumstantial for kind in kinds)

    def speaks_of_patient(self, place: int) -> bool:
        """Whether a value at `place` is one of the patient's, and neither aimed at nor a relative's."""
        role = self._shape.role(place)
        return role is None or not (role.silent or role.qualifies)

    def holds(self, target: Target, mention: Mention) -> bool:
        """Whether a mention can mean the target in its sentence and section."""
        if target.within and not self.speaks_of(target.within, mention.start):
            return False
        finding = self._held.findings.get(target.id)
        if finding is None:
            return True
        if mention.start in self._unplaced and self._held.kinds[finding.kind].is_site:
            return False
        return finding.kind not in self._barred(mention.start)

    def speaks_of(self, context: str, place: int) -> bool:
        """Whether the sentence at `place` is about a context: by its words, else by its section."""
        if self._clauses.speaks_of(context, place):
            return True
        role = self._shape.role(place)
        headed = context in _EXAMINATIONS and role is not None and role.examination == context
        return headed and not self._examinations(place)

    def reasons(self, mention: Mention, found: frozenset[str]) -> tuple[str, ...]:
        """What decided about a mention, in words."""
        told = [f"words: {name.replace('_', ' ')}" for name in sorted(found)]
        role = self._shape.role(mention.start)
        if role is not None and (role.qualifies or role.silent or role.examination):
            heading = self._shape.part(mention.start).heading
            told.append(f"section: {role.label}" + (f" ({heading})" if heading else ""))
        if (listed := self._shape.listed(mention.start)) is not None:
            told.append(f"list: {listed.head}")
        if (answer := self._shape.answer(mention.start)) is not None:
            told.append(f"form: {answer.says}")
        return tuple(told)

    def _examinations(self, place: int) -> list[str]:
        return [name for name in _EXAMINATIONS if self._clauses.speaks_of(name, place)]

    def _barred(self, place: int) -> tuple[str, ...]:
        """Kinds of finding that cannot be stated: a sentence's own examination decides over its section."""
        if named := self._examinations(place):
            of = self._of.get(named[0]) if len(named) == 1 else None
            return of.makes_no if of is not None else ()
        role = self._shape.role(place)
        return role.makes_no if role is not None else ()

    def settle_sites(self, mentions: Sequence[Mention], qualities: Sequence[frozenset[str]]) -> None:
        """Find the sites that only head a line of the examination and place no lesion."""
        denied = {one.start for one, said in zip(mentions, qualities, strict=True) if "negation" in said}
        places = anatomy(self._knowledge)
        unplaced = list(places.unplaced(self._shape.text, self._mentions, denied))
        for mention in mentions:
            if places.is_site(mention):
                end = self._end_of_heading(mention)
                if end and not self._names_lesion(end, denied):
                    unplaced.append(mention.start)
        self._unplaced = frozenset(start for start in unplaced if self._shape.answer(start) is None)

    def _end_of_heading(self, mention: Mention) -> int:
        """Where the heading ends that a mention stands in; 0 when it stands in none."""
        text = self._shape.text
        colon = _TO_COLON.match(text, mention.end, mention.end + _REACH)
        if colon is None or self._shape.answer(mention.start) is not None:
            return 0
        before = text[max(mention.start - _REACH, 0) : mention.start]
        begins = _FROM_START.search(before if mention.start <= _REACH else before[1:])
        return colon.end() if begins or mention.start == 0 else 0

    def _names_lesion(self, start: int, denied: Container[int]) -> bool:
        """Whether what stands behind a heading affirms a lesion."""
        limit = min(start + _LONGEST_VALUE, len(self._shape.text))
        after = _NEXT_KEY.search(self._shape.text, start, limit)
        end = after.start() if after else limit
        first = bisect_left(self._mentions, start, key=lambda mention: mention.start)
        for index in range(first, len(self._mentions)):
            mention = self._mentions[index]
            if mention.start >= end:
                return False
            if mention.start not in denied and any(
                is_lesion(target, self._held) for target in mention.targets
            ):
                return True
        return False


def _answered(found: frozenset[str], says: str) -> frozenset[str]:
    """Qualifiers of a question, once it is answered."""
    if says == "yes":
        return found - {"uncertainty"}
    if says == "open":
        return found - {"negation"} | {"uncertainty"}
    return found - {"uncertainty"} | {"negation"}
