"""MedicationStatement, MedicationRequest and MedicationAdministration: what was given, or was not."""

from __future__ import annotations

from calcinosis.model import Assertion, Kind, Moment, Observation
from calcinosis.records.fhir import elements
from calcinosis.records.fhir.scene import Scene, reason, references
from calcinosis.records.moments import moment
from calcinosis.records.tree import Node, mapping, mappings, text, truth

_VOID = {
    "cancelled": "cancelled before it was given",
    "draft": "a draft of an order",
}
_NOT_GIVEN = ("not-taken", "not-done")
_PLANNED = ("intended", "proposal", "plan", "option")
_OVER = ("completed", "stopped")


def read(node: Node, source: str, scene: Scene) -> None:
    """State a medication: taken, over, planned or not taken, since when and until when."""
    concept = _medication(node, scene)
    status = elements.state(node, "status")
    shown = elements.shown(concept)
    if scene.void(node, source, shown, also=_VOID):
        return
    if truth(node, "doNotPerform"):
        scene.statements.ignore(source, shown, "an order not to give it")
        return
    if not shown:
        scene.statements.ignore(source, text(node, "resourceType"), "names no medication")
        return
    about = _frame(node, source, scene, status, shown)
    scene.concept(concept, about)
    scene.concepts(node, "reasonCode", reason(about))
    scene.notes(node, about)


def _medication(node: Node, scene: Scene) -> Node:
    """The concept, given here, in a Medication referred to, or only as words beside the reference."""
    concept = mapping(node, "medicationCodeableConcept")
    if concept:
        return concept
    either = mapping(node, "medication")
    if inline := mapping(either, "concept"):
        return inline
    reference = mapping(node, "medicationReference") or mapping(either, "reference") or either
    found = mapping(scene.resolve(reference, node), "code")
    return found or ({"text": text(reference, "display")} if text(reference, "display") else {})


def _frame(node: Node, source: str, scene: Scene, status: str, shown: str) -> Observation:
    started, ended = _course(node)
    return scene.about(
        node,
        source,
        Kind.MEDICATION,
        shown,
        assertion=_assertion(status, elements.state(node, "intent")),
        past=status in _OVER or status == "inactive",
        effective=started,
        issued=moment(node.get("dateAsserted")) or moment(node.get("authoredOn")),
        until=ended,
        qualifiers=tuple(_dosage(node)),
    )


def _assertion(status: str, intent: str) -> Assertion:
    if status in _NOT_GIVEN:
        return Assertion.NEGATED
    planned = status in _PLANNED or intent in _PLANNED
    return Assertion.UNCERTAIN if planned else Assertion.AFFIRMED


def _course(node: Node) -> tuple[Moment | None, Moment | None]:
    started = elements.when(node, "effective") or elements.when(node, "occurence")
    ended = elements.until(node, "effective")
    return started or moment(node.get("authoredOn")) or moment(node.get("dateAsserted")), ended


def _dosage(node: Node) -> list[tuple[str, str]]:
    found = []
    for key in ("dosage", "dosageInstruction"):
        for dosage in mappings(node, key):
            found.append(("dosage", text(dosage, "text")))
            found.append(("route", elements.shown(mapping(dosage, "route"))))
    for place in references(node, "device"):
        found.append(("device", text(place, "display")))
    return [(name, words) for name, words in found if words]
