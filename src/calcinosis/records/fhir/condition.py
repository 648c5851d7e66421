"""Condition, and what speaks for it."""

from __future__ import annotations

from calcinosis.model import SUSPECTED, Assertion, Kind
from calcinosis.records.fhir import elements
from calcinosis.records.fhir.scene import Scene
from calcinosis.records.moments import moment
from calcinosis.records.statements import joined
from calcinosis.records.tree import Node, mapping, mappings

# The last is DSTU2's name of it.
_RECORDED = ("recordedDate", "assertedDate", "dateRecorded")
_OVER = ("inactive", "remission", "resolved")
_VERIFIED = {"": Assertion.AFFIRMED, "confirmed": Assertion.AFFIRMED, "refuted": Assertion.NEGATED}


def verified(node: Node) -> Assertion:
    """Assertion of a verification status; one that nobody defined leaves it uncertain."""
    return _VERIFIED.get(elements.state(node, "verificationStatus"), Assertion.UNCERTAIN)


def read(node: Node, source: str, scene: Scene) -> None:
    """State a Condition: confirmed, doubted or refuted, current or over, since when."""
    code = mapping(node, "code")
    if scene.void(node, source, elements.shown(code), status="verificationStatus"):
        return
    recorded = next(filter(None, (moment(node.get(key)) for key in _RECORDED)), None)
    sure = scene.statements.certainty.of(node)
    ended = elements.when(node, "abatement", scene.birth)
    where = scene.sites(node)
    assertion = joined(verified(node), sure.assertion)
    suspected = (SUSPECTED,) if assertion is Assertion.UNCERTAIN else ()
    about = scene.about(
        node,
        source,
        Kind.CONDITION,
        elements.shown(code),
        assertion=assertion,
        past=_is_over(node) or sure.over,
        effective=elements.when(node, "onset", scene.birth) or recorded,
        issued=recorded,
        until=ended,
        sites=where["sites"],
        sides=where["sides"],
        qualifiers=where["qualifiers"] + suspected + tuple(_grades(node)),
    )
    if not elements.shown(code):
        scene.told_by_narrative(node, about, "condition")
    scene.concept(code, about)
    for place, evidence in enumerate(mappings(node, "evidence")):
        frame = scene.about(node, f"{source}.evidence[{place}]", Kind.SIGN, "", effective=recorded)
        scene.concepts(evidence, "code", frame)
        scene.concepts(evidence, "concept", frame)
    scene.notes(node, about)


def _is_over(node: Node) -> bool:
    return elements.state(node, "clinicalStatus") in _OVER or any(
        key.startswith("abatement") and value not in (None, False) for key, value in node.items()
    )


def _grades(node: Node) -> list[tuple[str, str]]:
    grades = [("severity", elements.shown(mapping(node, "severity")))]
    grades += [("stage", elements.shown(mapping(stage, "summary"))) for stage in mappings(node, "stage")]
    return [(name, words) for name, words in grades if words]
