"""How sure a diagnosis is by an extension of a national profile: excluded, suspected, over, confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from calcinosis.knowledge import Knowledge
from calcinosis.model import Assertion
from calcinosis.records.tree import Node, mapping, mappings, text


class Sureness(NamedTuple):
    """What extensions say of an element."""

    assertion: Assertion = Assertion.AFFIRMED
    over: bool = False


class Certainty:
    """The words of such extensions, by one knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._held = knowledge.contents.records.certainty

    def of(self, node: Node) -> Sureness:
        """What the extensions of a resource, of its code and of its codings say; affirmed where none does."""
        found = [self._read(extension) for extension in _extensions(node) if self.concerns(extension)]
        if Assertion.NEGATED in found:
            return Sureness(Assertion.NEGATED)
        if Assertion.UNCERTAIN in found:
            return Sureness(Assertion.UNCERTAIN)
        return Sureness(over="over" in found)

    def concerns(self, extension: Node) -> bool:
        """Whether an extension is about how sure something is, by its address."""
        address = text(extension, "url").casefold()
        return any(part in address for part in self._held.addresses)

    def _read(self, extension: Node) -> Assertion | str:
        """What one extension says; a value that nobody knows leaves it uncertain."""
        address = text(extension, "url").casefold()
        truth = extension.get("valueBoolean")
        if isinstance(truth, bool):
            denies = any(part in address for part in self._held.denying)
            doubts = any(part in address for part in self._held.doubting)
            if not truth or not (denies or doubts):
                return ""
            return Assertion.NEGATED if denies else Assertion.UNCERTAIN
        words = {word.casefold() for word in _words(extension)}
        for said, spellings in (
            (Assertion.NEGATED, self._held.excluded),
            (Assertion.UNCERTAIN, self._held.suspected),
            ("over", self._held.over),
            ("", self._held.confirmed),
        ):
            if words & set(spellings):
                return said
        return Assertion.UNCERTAIN if words else ""


def _extensions(node: Node) -> Iterator[Node]:
    code = mapping(node, "code")
    for held in (node, code, *mappings(code, "coding")):
        for key in ("extension", "modifierExtension"):
            for extension in mappings(held, key):
                yield extension
                yield from mappings(extension, "extension")


def _words(extension: Node) -> Iterator[str]:
    concept = mapping(extension, "valueCodeableConcept")
    for coding in (mapping(extension, "valueCoding"), *mappings(concept, "coding")):
        yield from filter(None, (text(coding, "code"), text(coding, "display")))
    for key in ("valueCode", "valueString"):
        if word := text(extension, key):
            yield word
    if word := text(concept, "text"):
        yield word


def certainty_of(knowledge: Knowledge) -> Certainty:
    """The words of this knowledge base, built once."""
    return knowledge.built("records.certainty", Certainty)
