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
    for item, name, family in _items(node, 0, family=False, scene=scene):
        frame = replace(about, source=f"{source}.{name}", family=family)
        for answer in mappings(item, "answer"):
            _answer(text(item, "text"), name, answer, frame, scene)


def _items(node: Node, depth: int, *, family: bool, scene: Scene) -> Iterator[tuple[Node, str, bool]]:
    """Every item with its name, and whether it is asked of a relative.

    It is below a heading such as "Family history", and in a group in which the relationship to the patient is
    asked and answered with another person.
    """
    if depth > _DEEPEST:
        return
    for item in _nested(node):
        of_another = family or _of_another(item, scene)
        yield item, text(item, "linkId") or "item", of_another
        heading = text(item, "text") or text(item, "title")
        below = of_another or scene.statements.of_relatives(heading)
        for held in (item, *mappings(item, "answer")):
            yield from _items(held, depth + 1, family=below, scene=scene)


def _nested(node: Node) -> list[Node]:
    return [one for key in _NESTED for one in mappings(node, key)]


def _of_another(group: Node, scene: Scene) -> bool:
    """Whether a group of questions is about somebody whom it says to be related to the patient."""
    questions = _nested(group)
    questions += [one for inner in questions if not inner.get("answer") for one in mappings(inner, "item")]
    return any(
        scene.statements.labels.of_another(text(question, "text"), _words(answer))
        for question in questions
        for answer in mappings(question, "answer")
    )


def _words(answer: Node) -> str:
    return text(answer, "valueString") or elements.words({"coding": [mapping(answer, "valueCoding")]})


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
    choice = {"coding": [mapping(answer, "valueCoding")]}
    codes, words = elements.codings(choice), _words(answer)
    frame = replace(about, text=": ".join(filter(None, [question, words or elements.shown(choice)])))
    if scene.statements.knows(codes) or (codes and not words):
        scene.statements.add(replace(frame, codes=codes))
    if words:
        # A choice is a label, of which every word must be understood; what somebody wrote is prose.
        said = scene.told if codes else scene.said
        scene.statements.observations.extend(said(words, frame, label=question))


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
