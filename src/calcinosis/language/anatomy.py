"""What a term is said of: the skin or an inner organ, and which places are those of a lesion.

"Thyroid nodule" and "calcification of the aorta" say nothing of the skin; "a fistula in the left forearm",
"pain of the knee" and "chest clear" put no lesion there. The words are those of
`knowledge/language/anatomy.yaml`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Container, Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.contents import Contents
from calcinosis.language.marks import Words, marks
from calcinosis.language.mentions import Mention, Target
from calcinosis.language.whole_words import Found, WholeWords, lowered

ORGAN = Target("inner organ", "apart")
_LESION = "lesion"
_OF = re.compile(
    r"\s+(?:of|in|within|inside|involving|at|around|along)\s+"
    r"(?:(?:the|her|his|both|left|right|a|an|its|upper|lower|proximal|distal|greater|lesser)\s+){0,3}",
    re.I,
)
# "Calcified coronaries", "calcified left renal artery".
_BEFORE = re.compile(
    r"\s+(?:(?:left|right|both|bilateral|small|large|upper|lower|proximal|distal)\s+)?", re.I
)
_CALLED = re.compile(r"(?:ed|ic|ous|al)\Z", re.I)  # an adjective, to which an organ can stand behind
# "Thyroid nodule", "renal and adrenal calcification".
_COMPOUND = re.compile(r"(?:\s+(?:and|or)\s+[\w-]+)?([\s-]+)$", re.I)
_CLAUSE_END = re.compile(r"[.!?](?=\s|$)|[;\n]")
_FARTHEST = 16
_ORGAN_REACH = 64


def is_lesion(target: Target, held: Contents) -> bool:
    """Whether a target is a lesion by its word or its kind, and affirms one."""
    if target.kind == _LESION:
        return True
    finding = held.findings.get(target.id) if target.kind == "finding" else None
    if finding is None or target.denies:
        return False
    kind = held.kinds[finding.kind]
    return bool(finding.of_lesion) and (kind.presenting or not kind.describes_lesion)


class _Organs(NamedTuple):
    """Where organs are named: the end of each by its start, and all ends."""

    starts: dict[int, int]
    ends: frozenset[int]

    @classmethod
    def of(cls, found: Iterable[Found[str]]) -> _Organs:
        starts: dict[int, int] = {}
        ends: set[int] = set()
        for organ in found:
            starts[organ.start] = max(organ.end, starts.get(organ.start, 0))
            ends.add(organ.end)
        return cls(starts, frozenset(ends))


class Anatomy:
    """The words of anatomy of this knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        held = knowledge.contents
        words = held.language.anatomy
        self._marks = marks(knowledge)
        self._held = held
        self._organs = WholeWords((organ, "") for organ in words.inner_organs)
        self._strands = WholeWords((strand, "") for strand in words.strands)
        self._calcium = re.compile(rf"\b(?:{'|'.join(words.calcium)})\b", re.I)
        self._parts = re.compile(rf"\s+(?:{'|'.join(words.organ_parts)})(?=[\s-]+\Z)", re.I)
        self._inner = WholeWords((words_, words_) for words_ in words.inner_examinations)
        self._superficial = re.compile(rf"\b(?:{'|'.join(words.superficial)})\b", re.I)
        self._surface = re.compile(rf"\s+(?:{'|'.join(words.surface_words)})\b", re.I)
        self._of_skin, self._of_organs = frozenset(words.of_skin), frozenset(words.of_organs)
        self._lesions = frozenset(words.lesions)
        self._elsewhere = frozenset(words.elsewhere)
        self._labels = WholeWords((label, "") for label in words.labels)
        self._anaphors = frozenset(words.anaphors)
        self._attributes, self._seen = frozenset(words.attributes), frozenset(words.seen)
        self._felt, self._apart = frozenset(words.felt), frozenset(words.apart)
        self._origins, self._returning = frozenset(words.origins), frozenset(words.returning)
        self._small = _Small(frozenset(words.skipped), frozenset(words.placing))

    def told(self, text: str, mentions: Sequence[Mention]) -> list[Mention]:
        """The mentions, those of an inner organ as such."""
        low = lowered(text)
        organs = _Organs.of(self._organs.found(low))
        deep = _Organs.of((*self._organs.found(low), *self._strands.found(low)))
        inner = self._inner_stretches(text, low)
        if not deep.starts and not inner:
            return list(mentions)
        return [
            replace(mention, targets=(ORGAN,))
            if self._is_skins(mention)
            and (
                self._of_organ(text, mention, deep if self._calcium.search(mention.text) else organs)
                or self._looked_at_inside(text, mention, mentions, inner)
            )
            else mention
            for mention in mentions
        ]

    def _inner_stretches(self, text: str, low: str) -> list[tuple[int, int, int]]:
        """Where a sentence goes on about an examination that looks inside: from, after and up to where."""
        found: list[tuple[int, int, int]] = []
        for one in self._inner.found(low):
            # "TOE" is an examination, "toe" is none.
            if all(key.isupper() and key != text[one.start : one.end] for key in one.keys):
                continue
            end = _CLAUSE_END.search(text, one.end)
            found.append((one.start, one.end, end.start() if end else len(text)))
        return found

    def _looked_at_inside(
        self, text: str, mention: Mention, mentions: Sequence[Mention], inner: Sequence[tuple[int, int, int]]
    ) -> bool:
        """Whether it is told of such an examination, and not of the skin or a place of it between two commas.

        A place that only names the examination ("CT chest") is none of the skin.
        """
        over = [one for one in inner if one[0] <= mention.start < one[2]]
        if not over:
            return False
        named, last = max(named for _, named, _ in over), max(last for _, _, last in over)
        begin = max(text.rfind(",", 0, mention.start) + 1, named)
        end = text.find(",", mention.end, last)
        end = end if end >= 0 else last
        if self._superficial.search(text, begin, end):
            return False
        return not any(begin <= one.start < end and self.is_site(one) for one in mentions)

    def _is_skins(self, mention: Mention) -> bool:
        return any(self._skins(target) for target in mention.targets)

    def _of_organ(self, text: str, mention: Mention, organs: _Organs) -> bool:
        """Whether an organ stands before it, behind it, or is what it is of."""
        leading = text[max(mention.start - _ORGAN_REACH, 0) : mention.start]
        part = self._parts.search(leading)
        if part and mention.start - len(leading) + part.start() in organs.ends:
            return True
        before = _COMPOUND.search(leading)
        if before and any(mention.start - len(before.group(group)) in organs.ends for group in (0, 1)):
            return True
        after = _OF.match(text, mention.end)
        organ = organs.starts.get(after.end()) if after else None
        if organ is None and _CALLED.search(mention.text):
            after = _BEFORE.match(text, mention.end)
            organ = organs.starts.get(after.end()) if after else None
        return organ is not None and not self._surface.match(text, organ)

    def _skins(self, target: Target) -> bool:
        if target.kind == _LESION:
            return True
        finding = self._held.findings.get(target.id) if target.kind == "finding" else None
        return (
            finding is not None
            and not target.alone
            and finding.kind in self._of_skin
            and finding.id not in self._of_organs
        )

    def unplaced(self, text: str, mentions: Sequence[Mention], denied: Container[int]) -> frozenset[int]:
        """Where the sites stand that no lesion has.

        Args:
            text: the text.
            mentions: all that is named in it, in order.
            denied: where those stand that are said not to be there.
        """
        sites = [index for index, mention in enumerate(mentions) if self.is_site(mention)]
        if not sites:
            return frozenset()
        words = self._marks.words(text)
        lesions = [
            one.start
            for one in mentions
            if one.start not in denied and (self._is_lesion(one) or self._shows(one))
        ]
        returns = any(target.id in self._returning for one in mentions for target in one.targets)
        scene = _Scene(text, words, mentions, lesions, self._small, returns)
        return frozenset(mentions[site].start for site in sites if not self._placed(site, scene))

    def _placed(self, site: int, scene: _Scene) -> bool:
        mention = scene.mentions[site]
        begin, end = scene.clause(mention.start)
        named = scene.names_lesion(begin, end)
        after = scene.after(site)
        if isinstance(after, Mention):
            if self._is_lesion(after):
                return after.start in scene.affirmed
            if self._is_apart(after):
                return False
        elif after in self._elsewhere:
            return False
        before = scene.before(site)
        if before is not None and self._describes(before):
            return True
        governor = scene.governor(site, self.is_site)
        if isinstance(governor, Mention):
            if self._is_lesion(governor):
                return governor.start in scene.affirmed
            if self._is_apart(governor):
                symptom = self._is_symptom(governor) and scene.names_lesion(mention.end, end)
                return symptom or (scene.returns and self._is_origin(governor))
        elif governor in self._elsewhere:
            return scene.returns and governor in self._origins
        elif governor and scene.described(site, self._describes):
            return True
        if named or self._labels.found(lowered(scene.text[begin : mention.start])):
            return True
        only = scene.only_sites(begin, end, self.is_site)
        if not scene.lesions:
            return only and scene.alone(begin, end)
        if scene.first_word(begin) in self._anaphors:
            return scene.lesions[0] < begin
        return only and scene.lesion_beside(begin, end)

    def is_site(self, mention: Mention) -> bool:
        """Whether a mention names places of the body and nothing else."""
        kinds = [self._kind(target) for target in mention.targets if target.kind == "finding"]
        return bool(kinds) and all(self._held.kinds[kind].is_site for kind in kinds)

    def _shows(self, mention: Mention) -> bool:
        """Whether it is seen on the skin without being named ("the finger is blue")."""
        return any(self._kind(target) in self._seen for target in mention.targets if target.kind == "finding")

    def _is_lesion(self, mention: Mention) -> bool:
        return any(self._names_lesion(target) for target in mention.targets)

    def _names_lesion(self, target: Target) -> bool:
        listed = target.kind == "finding" and not target.denies and target.id in self._lesions
        return listed or is_lesion(target, self._held)

    def _is_apart(self, mention: Mention) -> bool:
        """Whether it is something that has a place and is no lesion, nor describes one."""
        kinds = [self._kind(target) for target in mention.targets if target.kind == "finding"]
        return ORGAN in mention.targets or any(kind in self._apart for kind in kinds)

    def _describes(self, mention: Mention) -> bool:
        kinds = [self._kind(target) for target in mention.targets if target.kind == "finding"]
        return any(kind in self._attributes for kind in kinds)

    def _is_symptom(self, mention: Mention) -> bool:
        """Whether it is felt, so that a lesion told behind it may lie there ("pain of the leg, livedo")."""
        return any(self._kind(target) in self._felt for target in mention.targets if target.kind == "finding")

    def _is_origin(self, mention: Mention) -> bool:
        """Whether it is a thing at whose place a lesion may come: an injection, a burn."""
        names = [target.id for target in mention.targets if target.kind == "finding"]
        return any(name in self._origins or self._held.findings[name].kind in self._origins for name in names)

    def _kind(self, target: Target) -> str:
        return self._held.findings[target.id].kind


class _Small(NamedTuple):
    """Words passed over on the way from a site, and prepositions that hang it on something."""

    skipped: frozenset[str]
    placing: frozenset[str]


class _Scene:
    """A text in which places are looked at."""

    def __init__(
        self,
        text: str,
        words: Words,
        mentions: Sequence[Mention],
        lesions: Sequence[int],
        small: _Small,
        returns: bool,
    ) -> None:
        self.returns = returns  # whether a lesion is told to be where something was done before
        self.text, self.mentions, self.lesions = text, mentions, lesions
        self.affirmed = frozenset(lesions)
        self._words, self._small = words, small
        self._bounds = [0, *(words.starts[word] for word in words.boundaries), len(text)]
        self._starts = [mention.start for mention in mentions]

    def clause(self, place: int) -> tuple[int, int]:
        """Where the clause about a place begins and ends."""
        index = min(bisect_right(self._bounds, place), len(self._bounds) - 1)
        return self._bounds[index - 1], self._bounds[index]

    def names_lesion(self, begin: int, end: int) -> bool:
        """Whether a lesion is affirmed between two places."""
        return bisect_left(self.lesions, begin) < bisect_left(self.lesions, end)

    def lesion_beside(self, begin: int, end: int) -> bool:
        """Whether the clause before or after names one."""
        before, after = self.clause(max(begin - 1, 0)), self.clause(min(end, len(self.text)))
        return self.names_lesion(*before) or self.names_lesion(*after)

    def alone(self, begin: int, end: int) -> bool:
        """Whether the text is nothing but this clause, so that it answers where the lesion is."""
        return (
            not self.text[:begin].strip()
            and not self.text[end:].strip()
            and len(self._words.forms) <= _FARTHEST
        )

    def first_word(self, begin: int) -> str:
        """The first word of the clause that begins there."""
        word = bisect_left(self._words.starts, begin)
        return self._words.forms[word] if word < len(self._words.forms) else ""

    def after(self, site: int) -> Mention | str:
        """The mention or word right behind a site."""
        end = self.mentions[site].end
        word = bisect_left(self._words.starts, end)
        if word >= len(self._words.forms) or self.text[end : self._words.starts[word]].strip():
            return ""
        return self._at(self._words.starts[word]) or self._words.forms[word]

    def before(self, site: int) -> Mention | None:
        """The mention right before a site."""
        start = self.mentions[site].start
        word = bisect_left(self._words.starts, start) - 1
        return self._at(self._words.starts[word]) if word >= 0 else None

    def described(self, site: int, describes: Callable[[Mention], bool]) -> bool:
        """Whether the unknown thing that a site hangs on is described ("small white balls on both heels")."""
        begin, _ = self.clause(self.mentions[site].start)
        found = [one for one in self.mentions[max(site - 4, 0) : site] if one.start >= begin]
        return any(describes(one) for one in found)

    def governor(self, site: int, is_site: Callable[[Mention], bool]) -> Mention | str:
        """What a preposition before a site hangs it on: "pain in the left knee", "nodules on the elbow"."""
        word = bisect_left(self._words.starts, self.mentions[site].start) - 1
        begin, _ = self.clause(self.mentions[site].start)
        for _ in range(_FARTHEST):
            if word < 0 or self._words.starts[word] < begin:
                return ""
            form = self._words.forms[word]
            named = self._at(self._words.starts[word])
            if form in self._small.placing:
                return self._head(word - 1, begin)
            if form not in self._small.skipped and not (named is not None and is_site(named)):
                return ""
            word -= 1
        return ""

    def _head(self, word: int, begin: int) -> Mention | str:
        forms, starts = self._words.forms, self._words.starts
        if word >= 0 and forms[word] == ",":
            return ""
        while word >= 0 and starts[word] >= begin and forms[word] in self._small.skipped:
            word -= 1
        if word < 0 or self._words.starts[word] < begin:
            return ""
        return self._at(self._words.starts[word]) or self._words.forms[word]

    def _at(self, place: int) -> Mention | None:
        """The mention that covers a place."""
        index = bisect_right(self._starts, place) - 1
        for back in range(index, max(index - 3, -1), -1):
            if self.mentions[back].start <= place < self.mentions[back].end:
                return self.mentions[back]
        return None

    def only_sites(self, begin: int, end: int, is_site: Callable[[Mention], bool]) -> bool:
        """Whether a clause holds nothing but places, and is no heading."""
        first, last = bisect_left(self._words.starts, begin), bisect_left(self._words.starts, end)
        for word in range(first, last):
            form, named = self._words.forms[word], self._at(self._words.starts[word])
            if form == ":":
                return False
            passed = form in self._small.skipped or form in ".;\n"
            if not passed and (named is None or not is_site(named)):
                return False
        return True


def anatomy(knowledge: Knowledge) -> Anatomy:
    """The anatomy of this knowledge base, built once."""
    return knowledge.built("language.anatomy", Anatomy)
