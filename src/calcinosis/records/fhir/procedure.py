"""Procedure, AllergyIntolerance and FamilyMemberHistory."""

from __future__ import annotations

from msgspec.structs import replace

from calcinosis.model import Assertion, Kind, Observation
from calcinosis.records.fhir import elements
from calcinosis.records.fhir.condition import verified
from calcinosis.records.fhir.scene import Scene, at, plain, reason
from calcinosis.records.moments import moment
from calcinosis.records.tree import Node, mapping, mappings, text, truth

_PLANNED = ("preparation", "on-hold", "not-started", "aborted", "stopped")
_INACTIVE = ("inactive", "resolved")
# R4 says it by status, STU3 and DSTU2 by an element.
_NOT_DONE = ("notDone", "notPerformed")
_WHY_NOT = ("notDoneReason", "reasonNotPerformed")
# DSTU2 has one status of an allergy for whether it is sure and whether it is over.
_DSTU2 = {"refuted": Assertion.NEGATED, "unconfirmed": Assertion.UNCERTAIN}


def read_procedure(node: Node, source: str, scene: Scene) -> None:
    """State a procedure: done, planned or not done."""
    code = mapping(node, "code")
    if scene.void(node, source, elements.shown(code)):
        return
    status = elements.state(node, "status")
    where = scene.sites(node)
    denied = (
        status == "not-done"
        or any(truth(node, key) for key in _NOT_DONE)
        or any(node.get(key) for key in _WHY_NOT)
    )
    about = scene.about(
        node,
        source,
        Kind.PROCEDURE,
        elements.shown(code),
        assertion=Assertion.NEGATED if denied else _performed(status),
        effective=elements.when(node, "performed", scene.birth)
        or elements.when(node, "occurrence", scene.birth),
        until=elements.until(node, "performed"),
        **where,
    )
    if not elements.shown(code):
        scene.told_by_narrative(node, about, "procedure")
        return
    scene.concept(code, about)
    for key in ("reasonCode", "reason", "reasonCodeableConcept"):
        scene.concepts(node, key, reason(about))
    scene.concepts(node, "complication", plain(about, "complication", ""))
    outcome = elements.words(mapping(node, "outcome"))
    scene.statements.words(outcome, plain(about, "outcome", outcome))
    scene.notes(node, about)


def _performed(status: str) -> Assertion:
    return Assertion.UNCERTAIN if status in _PLANNED else Assertion.AFFIRMED


def read_allergy(node: Node, source: str, scene: Scene) -> None:
    """State an allergy to a substance or a class of them; it never says that the substance was given."""
    code = mapping(node, "code") or mapping(node, "substance")
    shown = elements.shown(code)
    if scene.void(node, source, shown, status="verificationStatus") or scene.void(node, source, shown):
        return
    status = elements.state(node, "status")
    about = scene.about(
        node,
        source,
        Kind.ALLERGY,
        shown,
        assertion=_DSTU2.get(status, verified(node)),
        past=elements.state(node, "clinicalStatus") in _INACTIVE or status in _INACTIVE,
        effective=elements.when(node, "onset", scene.birth) or moment(node.get("recordedDate")),
        issued=moment(node.get("recordedDate")),
        qualifiers=tuple(_severity(node)),
    )
    substances = [(about, code)]
    for place, reaction in enumerate(mappings(node, "reaction")):
        substance = mapping(reaction, "substance")
        substances.append((at(about, f"reaction[{place}]", elements.shown(substance)), substance))
        _noted(reaction, substances[-1][0], scene)
        described = text(reaction, "description")
        _reacted(described, at(about, f"reaction[{place}].description", described), scene)
    if not shown and not any(substance for _, substance in substances):
        scene.told_by_narrative(node, about, "substance")
    for frame, substance in substances:
        _allergic(substance, frame, scene)
    _noted(node, about, scene)


def _severity(node: Node) -> list[tuple[str, str]]:
    """How dangerous the allergy is, and what it does."""
    found = [("criticality", text(node, "criticality"))]
    for reaction in mappings(node, "reaction"):
        found.append(("severity", text(reaction, "severity")))
        found += [
            ("reaction", elements.shown(elements.unwrapped(one)))
            for one in mappings(reaction, "manifestation")
        ]
    return [(name, words) for name, words in found if words]


def _allergic(concept: Node, about: Observation, scene: Scene) -> None:
    """State the substance and the classes that its words name."""
    scene.concept(concept, about)
    words = "; ".join(dict.fromkeys(filter(None, [text(concept, "text"), *elements.displays(concept)])))
    if classes := scene.statements.substances.classes(words):
        scene.statements.add(replace(about, codes=classes))


def _noted(node: Node, about: Observation, scene: Scene) -> None:
    for place, words in elements.notes(node):
        _reacted(words, at(about, f"note[{place}]", words), scene)


def _reacted(words: str, about: Observation, scene: Scene) -> None:
    """State the substances that a note in an allergy names: reacted to, unless they were tolerated."""
    for part in scene.statements.substances.reacted(words):
        for found in scene.said(part, replace(about, text=words)):
            scene.statements.add(replace(found, source=about.source, kind=Kind.ALLERGY))
        if classes := scene.statements.substances.classes(part):
            scene.statements.add(replace(about, codes=classes))


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
