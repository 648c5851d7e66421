"""What every resource reader is given: where it stands, whom it is about, and what it refers to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from calcinosis.model import Assertion, Code, Kind, Moment, Observation, Patient
from calcinosis.records.fhir import elements
from calcinosis.records.statements import OF_SUBSTANCES, Statements, start_of
from calcinosis.records.tree import Node, mapping, mappings, text

# A procedure of this name looks for what it names: "Skin test for tuberculosis".
_LOOKING = re.compile(
    r"\b(?:tests?|testing|screen(?:ing)?|measurements?|detection|antibod(?:y|ies)|antigens?|assay|cultures?|count|"
    r"assessment|evaluation|examination|monitoring|education|counsell?ing|referral|titers?|titres?)\b",
    re.I,
)
_NONE: Mapping[str, str] = MappingProxyType({})


class Scene:
    """One bundle being read.

    Attributes:
        statements: where observations and ignored parts go.
        person: the patient, for times given as an age and for ranges that depend on sex and age.
    """

    def __init__(self, statements: Statements, resources: dict[str, Node], person: Patient) -> None:
        self.statements = statements
        self.person = person
        self._resources = resources
        self._at_the_lesion = frozenset(statements.knowledge.contents.records.labels.at_the_lesion)

    @property
    def birth(self) -> Moment | None:
        """Date of birth of the patient."""
        return self.person.birth

    def resolve(self, reference: Node, holder: Node) -> Node:
        """The resource that a Reference names: contained, by address, by type and id; empty if none."""
        address = text(reference, "reference")
        if address.startswith("#"):
            return contained(holder, address[1:])
        return self._resources.get(address) or self._resources.get(local(address)) or {}

    def void(
        self, node: Node, source: str, shown: str, *, status: str = "status", also: Mapping[str, str] = _NONE
    ) -> bool:
        """Whether a resource is void by the element `status`; if so it is listed as ignored.

        One that was entered in error always is, one of the states in `also` for the reason given there.
        """
        state = elements.state(node, status)
        why = "entered in error" if state == "entered-in-error" else also.get(state, "")
        if why:
            self.statements.ignore(source, shown, why)
        return bool(why)

    def about(self, node: Node, source: str, kind: Kind, words: str, **more: Any) -> Observation:
        """The frame of an observation from `node`: no codes yet."""
        return Observation(source=source, text=words, kind=kind, id=text(node, "id"), **more)

    def concept(self, concept: Node, about: Observation) -> None:
        """State a CodeableConcept: its codes and its words.

        Words that only repeat the name of a known code are not read again. The name of an unknown code
        counts as a whole or not at all; where the text means nothing to the vocabulary the names speak.
        """
        codes = elements.codings(concept)
        displays = elements.displays(concept)
        phrase = text(concept, "text")
        substance = about.kind in OF_SUBSTANCES
        if self.statements.knows(codes):
            phrase = "" if phrase in displays else phrase
        elif not phrase or (displays and not self.statements.codes(phrase)):
            named = [name for name in displays if substance or self.statements.labels.whole(name)]
            phrase = "; ".join(dict.fromkeys([*filter(None, [phrase]), *named]))
        if about.kind is Kind.PROCEDURE and looks_for(phrase):
            phrase = ""
        if codes or phrase:
            said = self.said(phrase, about) if substance else self.told(phrase, about)
            self.statements.concept(codes, said, about)

    def told(self, phrase: str, about: Observation, label: str = "") -> list[Observation]:
        """What a label says, as far as every word about a term in it is understood."""
        if not phrase:
            return []
        spans = self.statements.labels.understood(phrase)
        return [
            found
            for found in self.said(phrase, about, label)
            if any(first <= start_of(found) < last for first, last in spans)
        ]

    def said(self, phrase: str, about: Observation, label: str = "") -> list[Observation]:
        """What the words of an element say, as far as an element of its kind can say it.

        Words that describe a lesion count only where one is named: a sprain of the ankle is no lesion
        there. The name of a procedure states no sign, and how urine or stool looks is no look of a lesion.
        """
        found = list(self.statements.said(phrase, about, label=label))
        if about.kind is Kind.PROCEDURE:
            found = [
                seen
                for seen in found
                if all(kind.named_by_procedure for kind in self.statements.kinds(seen))
                and not any(code.code in self._at_the_lesion for code in seen.codes)
            ]
        if self.statements.measured.of_fluid(label):
            found = [seen for seen in found if not self._of_a_lesion(seen)]
        return self.statements.of_lesions(found, f"{label}: {phrase}")

    def _of_a_lesion(self, seen: Observation) -> bool:
        return any(kind.describes_lesion for kind in self.statements.kinds(seen))

    def of_label(self, label: str, *, whole: bool = False) -> tuple[Code, ...]:
        """The findings that the label of a result names; a place in it is a lesion's only where one is named.

        Args:
            label: the label.
            whole: it is the name of a code, so that each word of it must be understood.
        """
        if whole and not self.statements.labels.whole(label):
            return ()
        found = self.statements.named(label)
        describing = {code for code in found if self.statements.describing(code)}
        if describing and not self.statements.names_lesion(label):
            return tuple(code for code in found if code not in describing)
        return found

    def concepts(self, node: Node, key: str, about: Observation) -> None:
        """State each CodeableConcept under `key` as an element of its own."""
        for place, held in enumerate(mappings(node, key)):
            concept = elements.unwrapped(held)
            self.concept(concept, at(about, f"{key}[{place}]", elements.shown(concept)))

    def told_by_narrative(self, node: Node, about: Observation, what: str) -> None:
        """Read the narrative of a resource without a code, and say that nothing else tells what it is."""
        narrative = text(mapping(node, "text"), "div")
        why = f"names no {what}" + (", so its narrative is read" if narrative else "")
        self.statements.ignore(about.source, text(node, "resourceType"), why)
        if narrative:
            self.statements.words(narrative, at(about, "text", narrative))

    def notes(self, node: Node, about: Observation) -> None:
        """State what the annotations of `node` say; they qualify themselves."""
        for place, words in elements.notes(node):
            self.statements.words(words, plain(about, f"note[{place}]", words))

    def sites(self, node: Node, key: str = "bodySite") -> dict[str, tuple[Any, ...]]:
        """Sites and sides of the body sites of `node`: by words, else by code; unknown codes are kept."""
        sites: dict[str, None] = {}
        sides: dict[str, None] = {}
        unread: list[tuple[str, str]] = []
        for concept in mappings(node, key):
            phrases = filter(None, [text(concept, "text"), *elements.displays(concept)])
            found, side = self.statements.sites(", ".join(phrases))
            sites.update(dict.fromkeys(found))
            sides.update(dict.fromkeys(side))
            if not found:
                codes = elements.codings(concept)
                known = self.statements.coded_sites(codes)
                sites.update(dict.fromkeys(known))
                if not known:
                    unread += [("body_site", f"{code.system}|{code.code}") for code in codes]
                    where = f"{text(node, 'resourceType')}/{text(node, 'id')}.{key}"
                    self.statements.ignore(
                        where, elements.shown(concept), "not a body site of the vocabulary"
                    )
        return {"sites": tuple(sites), "sides": tuple(sides), "qualifiers": tuple(unread)}


def at(about: Observation, place: str, words: str) -> Observation:
    """The same frame at a place inside the element."""
    return replace(about, source=f"{about.source}.{place}", text=words)


def plain(about: Observation, place: str, words: str) -> Observation:
    """A frame at a place inside that inherits only time and person, not assertion or kind."""
    return Observation(
        source=f"{about.source}.{place}",
        text=words,
        kind=Kind.SIGN,
        id=about.id,
        family=about.family,
        effective=about.effective,
        issued=about.issued,
    )


def reason(about: Observation) -> Observation:
    """The frame of a reason or indication: it may be a suspicion, so it affirms nothing."""
    return Observation(
        source=about.source,
        text=about.text,
        kind=Kind.CONDITION,
        id=about.id,
        assertion=Assertion.UNCERTAIN,
        effective=about.effective,
        issued=about.issued,
        qualifiers=(("role", "reason"),),
    )


def local(address: str) -> str:
    """`Type/id` of a relative, absolute or versioned address; urn addresses stay as they are."""
    if address.startswith("urn:"):
        return address
    plain_address = address.split("/_history/", 1)[0].rstrip("/")
    parts = plain_address.rsplit("/", 2)
    return "/".join(parts[-2:])


def contained(holder: Node, name: str) -> Node:
    """The contained resource of that id; empty when there is none."""
    return next((found for found in mappings(holder, "contained") if text(found, "id") == name), {})


def references(node: Node, key: str) -> Iterator[Node]:
    """References under `key`, one or many."""
    value = node.get(key)
    yield from mappings(node, key) if isinstance(value, list) else filter(None, [mapping(node, key)])


def looks_for(name: str) -> bool:
    """Whether a procedure of this name only looks for what it names."""
    return _LOOKING.search(name) is not None
