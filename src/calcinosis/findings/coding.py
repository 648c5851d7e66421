"""Which findings and analytes a code stands for: terminologies looked up, classes by their prefix."""

from __future__ import annotations

from msgspec import Struct

from calcinosis.knowledge import Knowledge
from calcinosis.model import Assertion, Code, Observation

# Systems whose codes contain their descendants' codes as longer strings.
_HIERARCHIC = frozenset({"ICD10", "ICD10CM", "ATC"})
_OWN = "calcinosis"
_SHORTEST = 3


class Meaning(Struct, frozen=True):
    """What a code means here: `findings` with the assertions they may take from it, and `analytes`.

    An HPO term that is narrower than the finding proves it but its absence says nothing; a broader one
    the other way round.
    """

    findings: tuple[tuple[str, str], ...] = ()
    analytes: tuple[str, ...] = ()


class Coding:
    """The code index of one knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        held = knowledge.contents
        self._terms = held.findings
        self._analytes = held.analytes
        self._aliases = {alias: term.id for term in held.findings.values() for alias in term.aliases}
        self._concepts: dict[tuple[str, str], list[str]] = {}
        self._classes: dict[tuple[str, str], list[str]] = {}
        for row in held.codes:
            key = (row.system, _plain(row.system, row.code))
            self._concepts.setdefault(key, []).append(row.concept)
            if row.descendants:
                self._classes.setdefault(key, []).append(row.concept)
        self._by_concept: dict[str, list[str]] = {}
        self._measured: dict[str, list[str]] = {}
        self._by_hpo: dict[str, list[tuple[str, str]]] = {}
        for term in held.findings.values():
            for concept in term.concepts:
                self._by_concept.setdefault(concept, []).append(term.id)
            if term.hpo and term.match in ("E", "N", "B"):
                self._by_hpo.setdefault(term.hpo, []).append((term.id, term.match))
        for analyte in held.analytes.values():
            for concept in analyte.concepts:
                self._measured.setdefault(concept, []).append(analyte.id)

    def meaning(self, code: Code) -> Meaning:
        """What `code` stands for; empty when nobody knows."""
        if code.system == _OWN:
            return self._own(code.code)
        concepts = self._meant(code)
        findings = [(name, "E") for concept in concepts for name in self._by_concept.get(concept, ())]
        if code.system == "HPO":
            findings.extend(self._by_hpo.get(code.code, ()))
        analytes = [name for concept in concepts for name in self._measured.get(concept, ())]
        return Meaning(tuple(dict.fromkeys(findings)), tuple(dict.fromkeys(analytes)))

    def _own(self, name: str) -> Meaning:
        name = self._aliases.get(name, name)
        if name in self._terms:
            return Meaning(findings=((name, "E"),))
        return Meaning(analytes=(name,)) if name in self._analytes else Meaning()

    def _meant(self, code: Code) -> list[str]:
        """The concepts of a code; a combination product means more than one."""
        plain = _plain(code.system, code.code)
        found = self._concepts.get((code.system, plain), [])
        if found or code.system not in _HIERARCHIC:
            return found
        for length in range(len(plain) - 1, _SHORTEST - 1, -1):
            found = self._classes.get((code.system, plain[:length]), [])
            if found:
                return found
        return []


def _plain(system: str, code: str) -> str:
    """ICD codes are compared without their dot, which claims often leave out."""
    return code.replace(".", "").upper() if system in ("ICD10", "ICD10CM") else code


def meanings(observation: Observation, coding: Coding) -> Meaning:
    """What an observation is about, over all of its codings."""
    findings: dict[tuple[str, str], None] = {}
    analytes: dict[str, None] = {}
    for code in observation.codes:
        meaning = coding.meaning(code)
        findings.update(dict.fromkeys(meaning.findings))
        analytes.update(dict.fromkeys(meaning.analytes))
    return Meaning(tuple(findings), tuple(analytes))


def allowed(match: str, assertion: Assertion) -> bool:
    """Whether a code of this match may carry this assertion over to the finding."""
    if match == "N":
        return assertion is Assertion.AFFIRMED
    return match != "B" or assertion is Assertion.NEGATED
