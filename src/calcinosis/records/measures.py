"""What the name of a measure means: a substance, of blood and whole unless it says otherwise.

"Calcium, urine", "Calcium [Mass/volume] in Urine" and a calcium whose specimen is urine are no calcium of the
serum; "calcium oxalate crystals" and "mean corpuscular haemoglobin" are other measures altogether.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.answers import untagged
from calcinosis.language.lexicon import lexicon
from calcinosis.model import Code

BLOOD = "blood"
TISSUE = "tissue"
_OWN = "calcinosis"
# A LOINC name: "Component^adjustment [Property] in System by Method".
_PROPERTY = re.compile(r"\[[^\]]*\]")
_METHOD = re.compile(r"\s(?:by|using|with)\s.*$", re.I)
# "Hemoglobin A1c/Hemoglobin.total" is a part of its own whole, and named by the part.
_OF_WHOLE = re.compile(r"/\s*[\w ]+?\.total\b", re.I)
_WORD = re.compile(r"[^\W_]+(?:\+\+)?")
# LOINC names an antibody by what it binds: "Nuclear Ab" is the antinuclear antibody.
_ANTIBODY = re.compile(r"\bAb\b")
_RATIO = re.compile(r"[^\W\d_]\s*/\s*(?:\d+\s*)?[^\W\d_]{2,}")


class Named(NamedTuple):
    """A name taken apart: `core` is what is left without its fluid and fraction."""

    core: str
    fluid: str
    fraction: str


class Measures:
    """The analytes of one knowledge base, asked by the name of a measure."""

    def __init__(self, knowledge: Knowledge) -> None:
        held = knowledge.contents.records.measures
        self._lexicon = lexicon(knowledge)
        self._neutral = frozenset(held.neutral)
        self._fluids = _patterns(held.fluids)
        self._fractions = _patterns(held.fractions)
        self._words = {
            name: words for group in (held.fluids, held.fractions) for name, words in group.items()
        }
        self._analytes = knowledge.contents.analytes
        self._own = {name: self.apart(entry.label) for name, entry in self._analytes.items()}
        self._by_code = _by_code(knowledge)

    def apart(self, name: str) -> Named:
        """The substance, fluid (empty: not said) and fraction of a name."""
        plain = (
            _OF_WHOLE.sub("", _METHOD.sub("", _PROPERTY.sub(" ", untagged(name))))
            .replace("^", " ")
            .replace(".", " ")
        )
        core, fluid = _taken(plain, self._fluids)
        core, fraction = _taken(core, self._fractions)
        return Named(" ".join(core.replace(",", " ").split()), fluid, fraction)

    def fluid(self, words: str) -> str:
        """The fluid that words name; empty when they name none."""
        return _taken(words, self._fluids)[1]

    def of_fluid(self, words: str) -> bool:
        """Whether words ask of a fluid that is looked at and runs in no vessel: urine, stool, sputum."""
        return self.fluid(words) not in ("", BLOOD, TISSUE)

    def named(self, name: str, fluid: str = "") -> tuple[Code, ...]:
        """The analytes that a name means, measured in `fluid` where the record says so elsewhere.

        A name counts as a whole: each word of it is a word of the analyte, of the fluid, or says nothing.
        """
        parts = self.apart(name)
        where = _one_of(parts.fluid, fluid)
        if where is None:
            return ()
        for phrase in self._phrasings(name, parts, where):
            found = [
                analyte
                for analyte in self._all_of(phrase)
                if self._fits(analyte, where or BLOOD, parts.fraction)
            ]
            if found:
                return tuple(Code(_OWN, analyte) for analyte in dict.fromkeys(found))
        return ()

    def elsewhere(self, codes: Sequence[Code], words: Sequence[str], specimen: str) -> str:
        """The fluid that words or specimen name where the codes mean analytes of another; empty if none."""
        known = [name for code in codes for name in self.analytes(code)]
        for fluid in filter(None, (specimen, *(self.apart(name).fluid for name in words))):
            if known and not any(self._fits(name, fluid, None) for name in known):
                return fluid
        return ""

    def analytes(self, code: Code) -> Sequence[str]:
        """The analytes that a code of a terminology stands for, by id."""
        return self._by_code.get((code.system, code.code), ())

    def knows(self, code: Code) -> bool:
        """Whether a code of a terminology stands for an analyte."""
        return bool(self.analytes(code))

    def _fits(self, analyte: str, fluid: str, fraction: str | None) -> bool:
        own = self._own[analyte]
        return (own.fluid or BLOOD) == fluid and (fraction is None or own.fraction == fraction)

    def _phrasings(self, name: str, parts: Named, where: str) -> Iterator[str]:
        """The ways in which the vocabulary may write the name."""
        yield _OF_WHOLE.sub("", _PROPERTY.sub(" ", untagged(name)))
        lead = " ".join(
            filter(None, [self._spelled(where) if where != BLOOD else "", self._spelled(parts.fraction)])
        )
        cores = [parts.core]
        if "," in name:
            cores.append(" ".join(reversed([one.strip() for one in name.split(",")])))
        if _ANTIBODY.search(parts.core):
            spelled = _ANTIBODY.sub("antibody", parts.core)
            cores += [spelled, f"anti {spelled}"]
        for core in cores:
            yield f"{lead} {core}".strip()
            yield f"{core} {lead}".strip()

    def _spelled(self, name: str) -> str:
        return self._words[name][0] if name in self._words else ""

    def _all_of(self, phrase: str) -> list[str]:
        """The analytes of a phrase whose words are all theirs; none of a ratio that is no analyte itself."""
        plain = _METHOD.sub("", phrase)
        mentions = [mention for mention in self._lexicon.mentions(plain) if not mention.ambiguous]
        named = [(m.start, m.end, [t.id for t in m.targets if t.kind == "analyte"]) for m in mentions]
        named = [one for one in named if one[2]]
        spans = [(start, end) for start, end, _ in named]
        ratio = any(
            not any(start <= found.start() and found.end() <= end for start, end in spans)
            for found in _RATIO.finditer(plain)
        )
        if ratio or not all(self._says_nothing(word, spans) for word in _WORD.finditer(plain)):
            return []
        return [name for _, _, names in named for name in names]

    def _says_nothing(self, word: re.Match[str], spans: Sequence[tuple[int, int]]) -> bool:
        if any(start <= word.start() and word.end() <= end for start, end in spans):
            return True
        written = word.group().casefold()
        return written in self._neutral or bool(_taken(written, self._fluids)[1]) or bool(
            _taken(written, self._fractions)[1]
        )  # fmt: skip


def _one_of(named: str, said: str) -> str | None:
    """The fluid of a name and of its specimen; None where they contradict each other."""
    if named and said and named != said:
        return None
    return named or said


def _patterns(groups: Mapping[str, Sequence[str]]) -> list[tuple[str, re.Pattern[str]]]:
    return [
        (
            name,
            re.compile(
                "|".join(
                    rf"(?<![^\W_]){re.escape(word)}(?![^\W_])"
                    for word in sorted(words, key=len, reverse=True)
                ),
                re.I,
            ),
        )
        for name, words in groups.items()
        if words
    ]


def _taken(name: str, groups: Sequence[tuple[str, re.Pattern[str]]]) -> tuple[str, str]:
    """A name without the words of the groups that it names, and the last of these; blood stands first."""
    found = ""
    for group, pattern in groups:
        if pattern.search(name):
            found, name = group, pattern.sub(" ", name)
    return name, found


def _by_code(knowledge: Knowledge) -> dict[tuple[str, str], list[str]]:
    held = knowledge.contents
    of_concept: dict[str, list[str]] = {}
    for analyte in held.analytes.values():
        for concept in analyte.concepts:
            of_concept.setdefault(concept, []).append(analyte.id)
    found: dict[tuple[str, str], list[str]] = {}
    for row in held.codes:
        found.setdefault((row.system, row.code), []).extend(of_concept.get(row.concept, ()))
    return found


def measures_of(knowledge: Knowledge) -> Measures:
    """The measures of this knowledge base, built once."""
    return knowledge.built("records.measures", Measures)
