"""QuestionnaireResponse: a question and its answer make one statement."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from calcinosis.model import Assertion, Kind, Observation, Quantity
from calcinosis.records.fhir import elements
from calcinosis.records.fhir.scene import Scene
from calcinosis.records.moments import moment
from calcinosis.records.numerals import quantity as quantity_in_words
from calcinosis.records.tree import Node, mapping, mappings, number, text, truth

_DEEPEST = 20
_YES = frozenset({"y", "yes", "true", "present", "positive", "la33-6", "373066001", "la9633-4"})
_NO = frozenset({"n", "no", "false", "absent", "negative", "none", "la32-8", "373067005", "la9634-2"})
_UNKNOWN = frozenset({"unknown", "unk", "asku", "don't know", "not known", "unsure", "la12688-0"})


def read(node: Node, source: str, scene: Scene) -> None:
    """State every answered question, however deeply it is nested."""
    if scene.void(node, source, "QuestionnaireResponse"):
        return
    about = scene.about(node, source, Kind.SIGN, "", effective=moment(node.get("authored")))
    for item, name in _items(node, 0):
        frame = replace(about, source=f"{source}.{name}")
        question = text(item, "text")
        for answer in mappings(item, "answer"):
            _answer(question, name, answer, frame, scene)


def _items(node: Node, depth: int) -> Iterator[tuple[Node, str]]:
    if depth > _DEEPEST:
        return
    for item in mappings(node, "item"):
        yield item, text(item, "linkId") or "item"
        yield from _items(item, depth + 1)
        for answer in mappings(item, "answer"):
            yield from _items(answer, depth + 1)


def _answer(question: str, name: str, answer: Node, about: Observation, scene: Scene) -> None:
    yes = _truth(answer)
    if yes is not None:
        _asked(question, name, yes, about, scene)
        return
    measured = _measured(answer)
    label = scene.statements.codes(question) or scene.statements.codes(
        name.replace("_", " ").replace("-", " ")
    )
    if measured is not None:
        shown = f"{question or name}: {measured.comparator}{measured.value:g} {measured.unit}".strip()
        frame = replace(about, text=shown, kind=Kind.MEASUREMENT, codes=label, value=measured)
        scene.statements.add(frame)
        return
    coding = mapping(answer, "valueCoding")
    words = text(answer, "valueString") or elements.shown({"coding": [coding]})
    if words and words.casefold() not in _UNKNOWN:
        frame = replace(about, text=f"{question}: {words}" if question else words)
        codes = elements.codings({"coding": [coding]})
        if scene.statements.knows(codes):
            scene.statements.add(replace(frame, codes=codes))
        scene.statements.observations.extend(scene.statements.said(words, frame, label=question))


def _asked(question: str, name: str, yes: bool, about: Observation, scene: Scene) -> None:
    """A question answered yes or no; one asked in the negative, or doubtfully, is left uncertain."""
    shown = f"{question or name}: {'yes' if yes else 'no'}"
    said = list(scene.statements.said(question.rstrip("? "), about)) if question else []
    for found in said:
        if found.value is None:
            scene.statements.add(replace(found, text=shown, assertion=_answered(found.assertion, yes)))
    if not said:
        codes = scene.statements.codes(name.replace("_", " ").replace("-", " "))
        assertion = Assertion.AFFIRMED if yes else Assertion.NEGATED
        scene.statements.add(replace(about, text=shown, codes=codes, assertion=assertion))


def _answered(asked: Assertion, yes: bool) -> Assertion:
    if asked is not Assertion.AFFIRMED:
        return Assertion.UNCERTAIN
    return Assertion.AFFIRMED if yes else Assertion.NEGATED


def _truth(answer: Node) -> bool | None:
    found = truth(answer, "valueBoolean")
    if found is not None:
        return found
    coding = mapping(answer, "valueCoding")
    for word in (text(coding, "code"), text(coding, "display"), text(answer, "valueString")):
        if word.casefold() in _YES:
            return True
        if word.casefold() in _NO:
            return False
    return None


def _measured(answer: Node) -> Quantity | None:
    if quantity := mapping(answer, "valueQuantity"):
        return elements.quantity(quantity)
    for key in ("valueDecimal", "valueInteger"):
        if (found := number(answer, key)) is not None:
            return Quantity(found)
    return quantity_in_words(text(answer, "valueString"))
