"""QuestionnaireResponse: a question and its answer make one statement."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from calcinosis.model import Assertion, Code, Kind, Observation, Quantity
from calcinosis.records.fhir import elements
from calcinosis.records.fhir.scene import Scene
from calcinosis.records.moments import moment
from calcinosis.records.numerals import quantity as quantity_in_words
from calcinosis.records.tree import Node, mapping, mappings, number, text, truth

_DEEPEST = 20
# DSTU2 has groups of questions where later versions have items.
_NESTED = ("item", "group", "question")


def read(node: Node, source: str, scene: Scene) -> None:
    """State every answered question, however deeply it is nested, under the headings that it stands below."""
    if scene.void(node, source, "QuestionnaireResponse"):
        return
    about = scene.about(node, source, Kind.SIGN, "", effective=moment(node.get("authored")))
    for item, name, headings in _items(node, 0, ""):
        frame = replace(about, source=f"{source}.{name}")
        for answer in mappings(item, "answer"):
            _answer(text(item, "text"), name, answer, _under(headings, frame, scene), scene)


def _items(node: Node, depth: int, headings: str) -> Iterator[tuple[Node, str, str]]:
    """Every item with its name and the texts of the items above it."""
    if depth > _DEEPEST:
        return
    for item in (one for key in _NESTED for one in mappings(node, key)):
        yield item, text(item, "linkId") or "item", headings
        below = ": ".join(filter(None, [headings, text(item, "text") or text(item, "title")]))
        yield from _items(item, depth + 1, below)
        for answer in mappings(item, "answer"):
            yield from _items(answer, depth + 1, below)


def _under(headings: str, about: Observation, scene: Scene) -> Observation:
    """The frame of a question below headings: below "Family history" it is of a relative."""
    return replace(about, family=True) if scene.statements.of_relatives(headings) else about


def _answer(question: str, name: str, answer: Node, about: Observation, scene: Scene) -> None:
    kind = _kind(answer, scene)
    if kind in ("yes", "no", "positive", "negative"):
        _asked(question, name, kind in ("yes", "positive"), about, scene)
        return
    if kind == "unknown":
        return
    measured = _measured(answer)
    label = _meant(question, scene) or _meant(name.replace("_", " ").replace("-", " "), scene)
    if measured is not None:
        shown = f"{question or name}: {measured.comparator}{measured.value:g} {measured.unit}".strip()
        codes = tuple(code for code in label if scene.statements.measures(code))
        scene.statements.add(replace(about, text=shown, kind=Kind.MEASUREMENT, codes=codes, value=measured))
        return
    coding = mapping(answer, "valueCoding")
    words = text(answer, "valueString") or elements.shown({"coding": [coding]})
    if words:
        frame = replace(about, text=f"{question}: {words}" if question else words)
        codes = elements.codings({"coding": [coding]})
        if scene.statements.knows(codes):
            scene.statements.add(replace(frame, codes=codes))
        scene.statements.observations.extend(scene.said(words, frame, label=question))


def _meant(label: str, scene: Scene) -> tuple[Code, ...]:
    """The analytes and findings that a question names."""
    return scene.statements.measured.named(label) + scene.statements.named(label)


def _asked(question: str, name: str, yes: bool, about: Observation, scene: Scene) -> None:
    """A question answered yes or no; one asked in the negative, or doubtfully, is left uncertain."""
    shown = f"{question or name}: {'yes' if yes else 'no'}"
    said = scene.told(question.rstrip("? "), about) if question else []
    for found in said:
        if found.value is None:
            scene.statements.add(replace(found, text=shown, assertion=_answered(found.assertion, yes)))
    if not said:
        codes = scene.statements.named(name.replace("_", " ").replace("-", " "))
        assertion = Assertion.AFFIRMED if yes else Assertion.NEGATED
        family = about.family or scene.statements.of_relatives(question)
        scene.statements.add(replace(about, text=shown, codes=codes, assertion=assertion, family=family))


def _answered(asked: Assertion, yes: bool) -> Assertion:
    if asked is not Assertion.AFFIRMED:
        return Assertion.UNCERTAIN
    return Assertion.AFFIRMED if yes else Assertion.NEGATED


def _kind(answer: Node, scene: Scene) -> str:
    """The answer as a truth value, a code or words give it; empty for any other."""
    found = truth(answer, "valueBoolean")
    if found is not None:
        return "yes" if found else "no"
    coding, answers = mapping(answer, "valueCoding"), scene.statements.answers
    coded = (answers.of_code(code.system, code.code) for code in elements.codings({"coding": [coding]}))
    words = (text(coding, "code"), text(coding, "display"), text(answer, "valueString"))
    return next(filter(None, (*coded, *(answers.of_words(word).kind for word in words))), "")


def _measured(answer: Node) -> Quantity | None:
    if quantity := mapping(answer, "valueQuantity"):
        return elements.quantity(quantity)
    for key in ("valueDecimal", "valueInteger"):
        if (found := number(answer, key)) is not None:
            return Quantity(found)
    return quantity_in_words(text(answer, "valueString"))
