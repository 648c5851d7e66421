"""What was given, or was not: statements, requests and administrations of medication of every version."""

from __future__ import annotations

from calcinosis.model import LOCALLY, Assertion, Kind, Moment, Observation
from calcinosis.records.fhir import elements
from calcinosis.records.fhir.scene import Scene, at, reason, references
from calcinosis.records.moments import moment
from calcinosis.records.tree import Node, mapping, mappings, text, truth

_VOID = {
    "cancelled": "cancelled before it was given",
    "draft": "a draft of an order",
}
_NOT_GIVEN = ("not-taken", "not-done", "not-taking")
_PLANNED = ("intended", "proposal", "plan", "option")
_OVER = ("completed", "stopped", "inactive", "ended")
# DSTU2 and STU3 say in an element of their own that it was not taken; R5 in how it was adhered to.
_NOT_TAKEN = ("wasNotTaken", "wasNotGiven", "notGiven")
_WHY_NOT = ("reasonNotTaken", "reasonNotGiven")
_REASONS = ("reasonCode", "reason", "reasonForUseCodeableConcept", "reasonCodeableConcept", "reasonGiven")


def read(node: Node, source: str, scene: Scene) -> None:
    """State a medication: taken, over, held, planned or not taken, since when and until when."""
    medicine = _medicine(node, scene)
    concept = _concept(node, medicine)
    parts = list(_ingredients(medicine, scene))
    status = elements.state(node, "status")
    shown = elements.shown(concept) or ", ".join(filter(None, map(elements.shown, parts)))
    if scene.void(node, source, shown, also=_VOID):
        return
    if truth(node, "doNotPerform"):
        scene.statements.ignore(source, shown, "an order not to give it")
        return
    about = _frame(node, source, scene, status, shown, medicine)
    if not shown:
        scene.told_by_narrative(node, about, "medication")
        return
    scene.concept(concept, about)
    if not scene.statements.knows(elements.codings(concept)):
        for place, part in enumerate(parts):
            scene.concept(part, at(about, f"ingredient[{place}]", elements.shown(part)))
    for key in _REASONS:
        scene.concepts(node, key, reason(about))
    scene.notes(node, about)


def _medicine(node: Node, scene: Scene) -> Node:
    """The Medication that is referred to; empty where the concept stands in the resource itself."""
    either = mapping(node, "medication")
    reference = mapping(node, "medicationReference") or mapping(either, "reference") or either
    return scene.resolve(reference, node)


def _concept(node: Node, medicine: Node) -> Node:
    """The concept, given here, in a Medication referred to, or only as words beside the reference."""
    either = mapping(node, "medication")
    inline = mapping(node, "medicationCodeableConcept") or mapping(either, "concept")
    if inline or (found := mapping(medicine, "code")):
        return inline or found
    if either.get("coding") or either.get("text"):
        return either
    reference = mapping(node, "medicationReference") or mapping(either, "reference") or either
    return {"text": text(reference, "display")} if text(reference, "display") else {}


def _ingredients(medicine: Node, scene: Scene) -> list[Node]:
    """The substances that a Medication is made of, in the words of each version."""
    held = mappings(medicine, "ingredient") + mappings(mapping(medicine, "product"), "ingredient")
    found = []
    for one in held:
        item = mapping(one, "item")
        reference = mapping(one, "itemReference") or mapping(item, "reference") or item
        referred = mapping(scene.resolve(reference, medicine), "code")
        named = {"text": text(reference, "display")} if text(reference, "display") else {}
        found.append(mapping(one, "itemCodeableConcept") or mapping(item, "concept") or referred or named)
    return [concept for concept in found if concept]


def _frame(node: Node, source: str, scene: Scene, status: str, shown: str, medicine: Node) -> Observation:
    started, ended = _course(node)
    adherence = elements.state(mapping(node, "adherence"), "code")
    dosage = _dosage(node)
    told = ", ".join([shown, *(words for _, words in dosage), elements.shown(mapping(node, "statusReason"))])
    over = status in _OVER or adherence.startswith("stopped")
    held = "on-hold" in (status, adherence[:7]) or scene.statements.substances.held(told)
    return scene.about(
        node,
        source,
        Kind.MEDICATION,
        shown,
        assertion=_assertion(node, status, adherence, elements.state(node, "intent")),
        past=over or held,
        effective=started,
        issued=moment(node.get("dateAsserted")) or moment(node.get("authoredOn")),
        until=ended,
        qualifiers=(*dosage, *_locally(node, source, scene, f"{told}, {_form(medicine)}", shown)),
    )


def _locally(node: Node, source: str, scene: Scene, told: str, shown: str) -> tuple[tuple[str, str], ...]:
    """The qualifier of a drug that is put on or into a place; its entry is listed, since it is not taken."""
    routes = [
        code
        for dosage in (*mappings(node, "dosage"), *mappings(node, "dosageInstruction"))
        for code in elements.codings(mapping(dosage, "route"))
    ]
    word = scene.statements.substances.local(told, routes)
    if not word:
        return ()
    scene.statements.ignore(source, shown, f"given locally ({word.lower()}), so it does not count as taken")
    return (LOCALLY,)


def _form(medicine: Node) -> str:
    concepts = [
        mapping(medicine, "form"),
        mapping(medicine, "doseForm"),
        mapping(mapping(medicine, "product"), "form"),
    ]
    return ", ".join(filter(None, map(elements.shown, concepts)))


def _assertion(node: Node, status: str, adherence: str, intent: str) -> Assertion:
    taken = elements.state(node, "taken")
    denied = any(truth(node, key) for key in _NOT_TAKEN) or any(node.get(key) for key in _WHY_NOT)
    if status in _NOT_GIVEN or adherence == "not-taking" or taken == "n" or denied:
        return Assertion.NEGATED
    doubted = status in _PLANNED or intent in _PLANNED
    doubted = doubted or taken == "unk" or adherence == "unknown"
    return Assertion.UNCERTAIN if doubted else Assertion.AFFIRMED


def _course(node: Node) -> tuple[Moment | None, Moment | None]:
    started = (
        elements.when(node, "effective")
        or elements.when(node, "occurence")
        or moment(node.get("dateWritten"))
    )
    ended = elements.until(node, "effective") or moment(node.get("dateEnded"))
    return started or moment(node.get("authoredOn")) or moment(node.get("dateAsserted")), ended


def _dosage(node: Node) -> tuple[tuple[str, str], ...]:
    found = []
    for key in ("dosage", "dosageInstruction"):
        for dosage in mappings(node, key):
            found.append(("dosage", text(dosage, "text")))
            found.append(("dosage", text(dosage, "patientInstruction")))
            found.append(("route", elements.shown(mapping(dosage, "route"))))
    for place in references(node, "device"):
        found.append(("device", text(place, "display")))
    return tuple((name, words) for name, words in found if words)
