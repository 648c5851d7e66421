"""Procedure, AllergyIntolerance and FamilyMemberHistory."""

from __future__ import annotations

from calcinosis.model import Assertion, Kind
from calcinosis.records.fhir import elements
from calcinosis.records.fhir.condition import verified
from calcinosis.records.fhir.scene import Scene, at, plain, reason
from calcinosis.records.moments import moment
from calcinosis.records.tree import Node, mapping, mappings, truth

_PLANNED = ("preparation", "on-hold")
_INACTIVE = ("inactive", "resolved")


def read_procedure(node: Node, source: str, scene: Scene) -> None:
    """State a procedure: done, planned or not done."""
    code = mapping(node, "code")
    if scene.void(node, source, elements.shown(code)):
        return
    status = elements.state(node, "status")
    where = scene.sites(node)
    assertion = Assertion.NEGATED if status == "not-done" or truth(node, "notDone") else Assertion.AFFIRMED
    about = scene.about(
        node,
        source,
        Kind.PROCEDURE,
        elements.shown(code),
        assertion=Assertion.UNCERTAIN if status in _PLANNED else assertion,
        effective=elements.when(node, "performed", scene.birth)
        or elements.when(node, "occurrence", scene.birth),
        until=elements.until(node, "performed"),
        **where,
    )
    scene.concept(code, about)
    scene.concepts(node, "reasonCode", reason(about))
    scene.concepts(node, "complication", plain(about, "complication", ""))
    outcome = elements.words(mapping(node, "outcome"))
    scene.statements.words(outcome, plain(about, "outcome", outcome))
    scene.notes(node, about)


def read_allergy(node: Node, source: str, scene: Scene) -> None:
    """State an allergy; it never says that the substance was given."""
    code = mapping(node, "code")
    if scene.void(node, source, elements.shown(code), status="verificationStatus"):
        return
    about = scene.about(
        node,
        source,
        Kind.ALLERGY,
        elements.shown(code),
        assertion=verified(node),
        past=elements.state(node, "clinicalStatus") in _INACTIVE,
        effective=elements.when(node, "onset", scene.birth) or moment(node.get("recordedDate")),
        issued=moment(node.get("recordedDate")),
    )
    scene.concept(code, about)
    for place, reaction in enumerate(mappings(node, "reaction")):
        substance = mapping(reaction, "substance")
        scene.concept(substance, at(about, f"reaction[{place}]", elements.shown(substance)))


def read_family(node: Node, source: str, scene: Scene) -> None:
    """State the conditions of a relative; none of them is the patient's."""
    relative = elements.shown(mapping(node, "relationship"))
    if scene.void(node, source, relative or "relative", also={"health-unknown": "health-unknown"}):
        return
    for place, condition in enumerate(mappings(node, "condition")):
        code = mapping(condition, "code")
        about = scene.about(
            node,
            f"{source}.condition[{place}]",
            Kind.CONDITION,
            ": ".join(filter(None, [relative, elements.shown(code)])),
            family=True,
            effective=moment(node.get("date")),
            qualifiers=(("relative", relative),) if relative else (),
        )
        scene.concept(code, about)
        scene.notes(condition, about)
    scene.notes(node, scene.about(node, source, Kind.CONDITION, "", family=True))
