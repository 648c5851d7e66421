"""DiagnosticReport, ImagingStudy, DocumentReference and Encounter: words around the coded record."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from calcinosis.model import Code, Kind, Observation
from calcinosis.records.fhir import elements
from calcinosis.records.fhir.scene import Scene, at, plain, reason, references
from calcinosis.records.moments import moment
from calcinosis.records.statements import LONGEST_NOTE
from calcinosis.records.tree import Node, mapping, mappings, text

_VOID = {"cancelled": "cancelled", "superseded": "superseded"}
_PLAIN = ("text/plain", "text/markdown", "")
_EXAMINATIONS = {
    **dict.fromkeys(("RAD", "RX", "CT", "NMR", "RUS", "NMS", "IMG", "IMAGING", "LP29684-5"), "Imaging"),
    **dict.fromkeys(("PAT", "SP", "CP", "PATH", "LP7839-6"), "Histology"),
}


def read_report(node: Node, source: str, scene: Scene) -> None:
    """State the conclusion of a report; its results are Observations of their own."""
    if scene.void(node, source, elements.shown(mapping(node, "code")), also=_VOID):
        return
    about = scene.about(
        node,
        source,
        _report_kind(node),
        elements.shown(mapping(node, "code")),
        effective=elements.when(node, "effective"),
        issued=moment(node.get("issued")),
    )
    conclusion = text(node, "conclusion")
    if conclusion:
        examination = " ".join(filter(None, [_examination(node), elements.words(mapping(node, "code"))]))
        scene.statements.examined(examination or "Report", conclusion, at(about, "conclusion", conclusion))
    scene.concepts(node, "conclusionCode", about)
    scene.concepts(node, "codedDiagnosis", about)
    forms = [_held(form, node, scene) for form in mappings(node, "presentedForm")]
    _attachments(forms, at(about, "presentedForm", ""), scene)


def _report_kind(node: Node) -> Kind:
    return Kind.IMAGING if _examination(node) == "Imaging" else Kind.SIGN


def _examination(node: Node) -> str:
    """Imaging, Histology or nothing, by the category of the report."""
    for category in mappings(node, "category"):
        for coding in mappings(category, "coding"):
            if (found := _EXAMINATIONS.get(text(coding, "code").upper())) is not None:
                return found
    return ""


def read_imaging(node: Node, source: str, scene: Scene) -> None:
    """State that an imaging study was made, of what, and what its description says."""
    if scene.void(node, source, text(node, "description"), also=_VOID):
        return
    modalities = dict.fromkeys(_modalities(node))
    parts = [elements.shown({"coding": [part]}) for series in mappings(node, "series")
             for part in mappings(series, "bodySite")]  # fmt: skip
    sites, sides = scene.statements.sites(", ".join(parts))
    described = "; ".join(dict.fromkeys(filter(None, [
        text(node, "description"), *(text(series, "description") for series in mappings(node, "series"))
    ])))  # fmt: skip
    named = ", ".join(code.display or code.code for code in modalities)
    about = scene.about(
        node,
        source,
        Kind.IMAGING,
        " ".join(filter(None, [named, described])),
        effective=moment(node.get("started")),
        sites=sites,
        sides=sides,
    )
    scene.statements.concept(tuple(modalities), scene.said(described, about), about)
    scene.concepts(node, "procedureCode", about)
    scene.concepts(node, "reasonCode", reason(about))
    scene.notes(node, about)


def _modalities(node: Node) -> Iterator[Code]:
    for held in (node, *mappings(node, "series")):
        for modality in mappings(held, "modality"):  # R5 has concepts where R4 has codings
            yield from elements.codings(modality if "coding" in modality else {"coding": [modality]})


def read_document(node: Node, source: str, scene: Scene) -> None:
    """State what a plain-text document says; documents of other types are listed as ignored."""
    shown = elements.shown(mapping(node, "type"))
    if any(scene.void(node, source, shown, status=name, also=_VOID) for name in ("status", "docStatus")):
        return
    written = moment(node.get("date")) or elements.when(mapping(node, "context"), "")
    about = scene.about(node, source, Kind.SIGN, shown, effective=written)
    _attachments(
        [_held(mapping(content, "attachment"), node, scene) for content in mappings(node, "content")],
        about,
        scene,
    )


def _held(attachment: Node, holder: Node, scene: Scene) -> Node:
    """An attachment with the data of the Binary that its address names, where that stands in the record."""
    address = text(attachment, "url")
    if text(attachment, "data") or not address:
        return attachment
    binary = scene.resolve({"reference": address}, holder)
    data = text(binary, "data") or text(binary, "content")
    kind = text(attachment, "contentType") or text(binary, "contentType")
    return {**attachment, "contentType": kind, "data": data} if data else attachment


def _attachments(attachments: list[Node], about: Observation, scene: Scene) -> None:
    for place, attachment in enumerate(attachments):
        where = about.source if len(attachments) == 1 else f"{about.source}.content[{place}]"
        words, problem = attached(attachment)
        if problem:
            scene.statements.ignore(where, text(attachment, "contentType") or "attachment", problem)
            continue
        frame = Observation(
            source=where, text="", kind=about.kind, id=about.id,
            effective=about.effective or moment(attachment.get("creation")), issued=about.issued,
        )  # fmt: skip
        scene.statements.words(words, frame, whole_note=True)


def attached(attachment: Node) -> tuple[str, str]:
    """The text of an attachment, or why it is not read."""
    kind, _, parameters = text(attachment, "contentType").casefold().partition(";")
    if kind.strip() not in _PLAIN:
        return "", "only plain text is read"
    written = text(attachment, "data")
    if not written:
        return "", "holds no text of its own" if text(attachment, "url") else "is empty"
    if len(written) > LONGEST_NOTE * 4:
        return "", f"is longer than {LONGEST_NOTE} characters"
    try:
        raw = base64.b64decode("".join(written.split()), validate=True)
    except (binascii.Error, ValueError):
        return "", "is not valid base64"
    found = _decoded(raw, parameters)
    return (found, "") if "\0" not in found else ("", "is binary, not text")


def _decoded(raw: bytes, parameters: str) -> str:
    named = parameters.partition("charset=")[2].strip(" \"'").split(";")[0]
    for encoding in filter(None, [named, "utf-8-sig"]):
        try:
            return raw.decode(encoding)
        except (LookupError, ValueError):
            continue
    return raw.decode("latin-1")


def read_encounter(node: Node, source: str, scene: Scene) -> None:
    """State why the patient came; a reason for a visit is no diagnosis, so it affirms nothing."""
    status = elements.state(node, "status")
    if status in ("entered-in-error", "cancelled"):
        return
    about = scene.about(
        node, source, Kind.CONDITION, "", effective=moment(mapping(node, "period").get("start"))
    )
    scene.concepts(node, "reasonCode", reason(about))
    for place, why in enumerate(mappings(node, "reason")):  # STU3: concepts; R5: their lists
        scene.concept(why, at(reason(about), f"reason[{place}]", elements.shown(why)))
        scene.concepts(why, "value", reason(about))
    for place, diagnosis in enumerate(mappings(node, "diagnosis")):
        for reference in references(diagnosis, "condition"):
            if not scene.resolve(reference, node) and text(reference, "display"):
                words = text(reference, "display")
                scene.statements.words(words, plain(about, f"diagnosis[{place}]", words))
