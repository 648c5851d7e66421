"""Which findings and analytes a code stands for: terminologies looked up, classes by prefix or range.

A code says of a finding one of four things, its match: E the same, N a kind of it (proves it, its denial says
nothing), B something broader (says nothing, its denial excludes), H that it is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from calcinosis.findings.products import Products
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.schema import Codes
from calcinosis.model import Code, Observation, Status

# Systems whose codes contain their descendants' codes as longer strings.
_HIERARCHIC = frozenset({"ICD10", "ICD10CM", "ATC"})
_OWN = "calcinosis"
# What a code says of a finding when it tells a history of it.
OVER = "H"
# The terminology whose products are named by their ingredients, too many to be listed.
_PRODUCTS = "RXNORM"


class Meaning(Struct, frozen=True):
    """What a code means here: `findings` with the assertions they may take from it, and `analytes`.

    An HPO term that is narrower than the finding proves it but its absence says nothing; a broader one
    the other way round.
    """

    findings: tuple[tuple[str, str], ...] = ()
    analytes: tuple[str, ...] = ()


class _Range(Struct, frozen=True):
    """Codes of one length from the first to the last, with all below them."""

    first: str
    last: str
    concept: str
    match: str

    def __contains__(self, code: str) -> bool:
        return self.first <= code[: len(self.first)] <= self.last


class Coding:
    """The code index of one knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        held = knowledge.contents
        self._terms = held.findings
        self._analytes = held.analytes
        self._aliases = {alias: term.id for term in held.findings.values() for alias in term.aliases}
        self._exact: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self._classes: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self._ranges: dict[tuple[str, str], list[_Range]] = {}
        for row in held.codes:
            self._add(row)
        self._by_concept: dict[str, list[tuple[str, str]]] = {}
        self._measured: dict[str, list[str]] = {}
        self._by_hpo: dict[str, list[tuple[str, str]]] = {}
        for term in held.findings.values():
            for concept in term.concepts:
                self._by_concept.setdefault(concept, []).append((term.id, "E"))
            for concept in term.narrower:
                self._by_concept.setdefault(concept, []).append((term.id, "N"))
            if term.hpo and term.match in ("E", "N", "B"):
                self._by_hpo.setdefault(term.hpo, []).append((term.id, term.match))
        for analyte in held.analytes.values():
            for concept in analyte.concepts:
                self._measured.setdefault(concept, []).append(analyte.id)
        self._products = Products(held.products)
        self._by_ingredient = dict(self._ingredients(held.codes))

    def _add(self, row: Codes) -> None:
        first, _, last = row.code.partition("-")
        if row.descendants and last and row.system in _HIERARCHIC:
            span = _Range(_plain(row.system, first), _plain(row.system, last), row.concept, row.match)
            self._ranges.setdefault((row.system, span.first[:1]), []).append(span)
            return
        key = (row.system, _plain(row.system, row.code))
        self._exact.setdefault(key, []).append((row.concept, row.match))
        if row.descendants:
            self._classes.setdefault(key, []).append((row.concept, row.match))

    def _ingredients(self, rows: Iterable[Codes]) -> Iterator[tuple[str, list[str]]]:
        """Ingredients by name, as the terminology and as the vocabulary's words for drugs have them."""
        found: dict[str, list[str]] = {}
        for term in self._terms.values():
            if term.current:
                for word in term.terms:
                    found.setdefault(word.casefold(), []).append(term.id)
        for row in rows:
            if row.system == _PRODUCTS and row.descendants:
                findings = [name for name, _ in self._by_concept.get(row.concept, ())]
                found.setdefault(row.display.casefold(), []).extend(
                    name for name in findings if self._terms[name].current
                )
        yield from found.items()

    def meaning(self, code: Code) -> Meaning:
        """What `code` stands for; empty when nobody knows."""
        if code.system == _OWN:
            return self._own(code.code)
        concepts = list(self._meant(code))
        findings = [found for concept, match in concepts for found in self._findings(concept, match)]
        if code.system == "HPO":
            findings.extend(self._by_hpo.get(code.code, ()))
        if code.system == _PRODUCTS and not concepts:
            findings.extend(self._named(code.display))
        analytes = [name for concept, _ in concepts for name in self._measured.get(concept, ())]
        return Meaning(tuple(_strongest(findings)), tuple(dict.fromkeys(analytes)))

    def _own(self, name: str) -> Meaning:
        name = self._aliases.get(name, name)
        if name in self._terms:
            return Meaning(findings=((name, "E"),))
        return Meaning(analytes=(name,)) if name in self._analytes else Meaning()

    def _meant(self, code: Code) -> Iterator[tuple[str, str]]:
        """The concepts of a code with their match; a combination product means more than one.

        A code means itself and, below an ICD class, the class: narrower. Of ATC, where one substance stands
        under several classes by its use, only the most exact counts.
        """
        plain = _plain(code.system, code.code)
        exact = self._exact.get((code.system, plain), [])
        yield from exact
        if code.system not in _HIERARCHIC or (exact and code.system == "ATC"):
            return
        for length in range(len(plain) - 1, 0, -1):
            found = self._classes.get((code.system, plain[:length]), [])
            yield from ((concept, _below(match)) for concept, match in found)
            if found and code.system == "ATC":
                return
        for span in self._ranges.get((code.system, plain[:1]), ()):
            if plain in span:
                yield span.concept, _below(span.match)

    def _findings(self, concept: str, match: str) -> Iterator[tuple[str, str]]:
        """The findings of a concept, as far as a code of this match says something of them."""
        for name, kind in self._by_concept.get(concept, ()):
            if kind == "E":
                yield name, match
            elif match != "B":
                yield name, OVER if match == OVER else "N"

    def _named(self, display: str) -> Iterator[tuple[str, str]]:
        """The drugs that are ingredients of a product of this name: it is a kind of each."""
        for names in self._products.ingredients(display):
            known = next((self._by_ingredient[name] for name in names if name in self._by_ingredient), ())
            yield from ((finding, "N") for finding in known)


def _below(match: str) -> str:
    """The match of a code below one of this match."""
    return "N" if match == "E" else match


def _strongest(found: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Each finding once: what says the same of it counts before what is narrower."""
    matches: dict[str, list[str]] = {}
    for name, match in found:
        matches.setdefault(name, []).append(match)
    for name, several in matches.items():
        yield name, next(match for match in "ENBH" if match in several)


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


def allowed(match: str, says: Status) -> bool:
    """Whether a code of this match carries what is said of it over to the finding.

    A kind of it that is denied says nothing; one that is suspected makes it suspected.
    """
    if match in ("N", OVER):
        return says is not Status.ABSENT
    return match != "B" or says is Status.ABSENT
