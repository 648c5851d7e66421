"""The resources of one patient: gathered, told apart from other patients', and each read in turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from calcinosis.errors import UnreadableRecord
from calcinosis.knowledge import Knowledge
from calcinosis.model import Moment, Patient, Record
from calcinosis.records.fhir import condition, medication, observation, procedure, questionnaire, report
from calcinosis.records.fhir.elements import state
from calcinosis.records.fhir.scene import Scene, local
from calcinosis.records.moments import latest, moment
from calcinosis.records.statements import Statements, latest_of
from calcinosis.records.tree import Node, mapping, mappings, text

Reader = Callable[[Node, str, Scene], None]
READERS: dict[str, Reader] = {
    "AllergyIntolerance": procedure.read_allergy,
    "Condition": condition.read,
    "DiagnosticReport": report.read_report,
    "DocumentReference": report.read_document,
    "Encounter": report.read_encounter,
    "FamilyMemberHistory": procedure.read_family,
    "ImagingStudy": report.read_imaging,
    "MedicationAdministration": medication.read,
    "MedicationRequest": medication.read,
    "MedicationStatement": medication.read,
    "Observation": observation.read,
    "Procedure": procedure.read_procedure,
    "QuestionnaireResponse": questionnaire.read,
}
# Read where another resource refers to them.
_SUPPORTING = frozenset({"Medication", "Specimen", "Patient"})
_DEEPEST = 5


def read_resources(roots: list[Node], knowledge: Knowledge) -> Record:
    """A record of the resources in `roots`: bundles, single resources, or both.

    Raises:
        UnreadableRecord: there is nothing about one patient in them.
    """
    statements = Statements(knowledge)
    placed = _without_duplicates(list(_placed(roots, statements)), statements)
    if not placed:
        raise UnreadableRecord(
            "the FHIR record holds no resource",
            expected="a Bundle whose entries hold resources, or a resource",
        )
    subject = _subject(placed)
    scene = Scene(statements, _index(placed), _birth(subject))
    read_any = _read_all(placed, subject, scene)
    if subject is None and not read_any:
        raise UnreadableRecord(
            "the FHIR record holds nothing that is read",
            expected=f"a Patient or one of {', '.join(READERS)}",
        )
    return Record(
        format="fhir",
        patient=_patient(subject),
        observations=tuple(statements.observations),
        ignored=tuple(statements.ignored),
        recorded=_recorded(roots, statements),
    )


class _Placed:
    """A resource with its address and the address that its entry gives it."""

    __slots__ = ("address", "full_url", "node", "type")

    def __init__(self, node: Node, address: str, full_url: str) -> None:
        self.node = node
        self.type = text(node, "resourceType")
        name = text(node, "id")
        self.address = f"{self.type}/{name}" if name else address
        self.full_url = full_url


def _placed(roots: list[Node], statements: Statements, depth: int = 0, path: str = "") -> Iterator[_Placed]:
    for place, root in enumerate(roots):
        kind = text(root, "resourceType")
        where = path or (f"line {place + 1}" if len(roots) > 1 else kind)
        if kind != "Bundle":
            yield _Placed(root, where, "")
            continue
        for number, entry in enumerate(_entries(root, statements)):
            at = f"{where}.entry[{number}]" if path else f"Bundle.entry[{number}]"
            yield from _entry(entry, at, statements, depth)


def _entries(bundle: Node, statements: Statements) -> list[object]:
    entries = bundle.get("entry")
    if isinstance(entries, list):
        return entries
    if entries is not None:
        statements.ignore("Bundle.entry", type(entries).__name__, "is not a list")
    return []


def _entry(entry: object, at: str, statements: Statements, depth: int) -> Iterator[_Placed]:
    node = entry if isinstance(entry, dict) else {}
    resource = mapping(node, "resource")
    if not resource:
        statements.ignore(at, "entry", "holds no resource")
    elif not text(resource, "resourceType"):
        statements.ignore(f"{at}.resource", "resource", "has no resourceType")
    elif text(resource, "resourceType") != "Bundle":
        yield _Placed(resource, at, text(node, "fullUrl"))
    elif depth < _DEEPEST:
        yield from _placed([resource], statements, depth + 1, f"{at}.resource")
    else:
        statements.ignore(at, "Bundle", "is nested too deeply")


def _without_duplicates(placed: list[_Placed], statements: Statements) -> list[_Placed]:
    """One version of each resource: the one updated last, or the last in the record."""
    newest: dict[str, _Placed] = {}
    for resource in placed:
        key = resource.address if text(resource.node, "id") else str(id(resource))
        earlier = newest.get(key)
        if earlier is not None and _version(earlier.node) > _version(resource.node):
            earlier, resource = resource, earlier  # noqa: PLW2901
        if earlier is not None:
            statements.ignore(resource.address, resource.type, "stands more than once; the newest is read")
        newest[key] = resource
    return list(newest.values())


def _version(node: Node) -> str:
    return text(mapping(node, "meta"), "lastUpdated")


def _index(placed: list[_Placed]) -> dict[str, Node]:
    index: dict[str, Node] = {}
    for resource in placed:
        if text(resource.node, "id"):
            index.setdefault(resource.address, resource.node)
        if resource.full_url:
            index.setdefault(resource.full_url, resource.node)
            index.setdefault(local(resource.full_url), resource.node)
    return index


def _about(resource: _Placed) -> str:
    """The address of the patient that a resource names; empty when it names none."""
    for key in ("subject", "patient"):
        reference = text(mapping(resource.node, key), "reference")
        if reference:
            return local(reference)
    return ""


def _names(patient: _Placed) -> set[str]:
    return {patient.address, patient.full_url, local(patient.full_url)} - {""}


def _subject(placed: list[_Placed]) -> _Placed | None:
    """The one patient the record is about; None when no Patient stands in it.

    Raises:
        UnreadableRecord: it is about several.
    """
    patients = [resource for resource in placed if resource.type == "Patient"]
    named = Counter(_about(resource) for resource in placed if resource.type in READERS)
    described = [patient for patient in patients if any(named[name] for name in _names(patient))]
    if len(described) == 1:
        return described[0]
    if len(patients) == 1:
        return patients[0]
    several = len(described) if described else max(len(patients), len(set(named) - {""}))
    if several > 1:
        raise UnreadableRecord(
            f"the FHIR record is about {several} patients",
            expected="one patient",
            remedy="Split it into one bundle for each patient.",
        )
    return None


def _read_all(placed: list[_Placed], subject: _Placed | None, scene: Scene) -> bool:
    """Read every resource about the subject; whether there was one of a type that is read."""
    names = _names(subject) if subject is not None else set()
    # A lone patient is meant even where the references name an address of another server.
    several = any(_about(resource) in names for resource in placed)
    skipped: Counter[str] = Counter()
    read_any = False
    for resource in placed:
        reader = READERS.get(resource.type)
        about = _about(resource)
        if reader is None:
            skipped[resource.type] += resource.type not in _SUPPORTING
        elif (
            several
            and about
            and about not in names
            and about.startswith(("Patient/", "urn:", "Group/", "Device/"))
        ):
            scene.statements.ignore(resource.address, resource.type, "is about someone else")
        else:
            _read_one(resource.node, resource.address, reader, scene)
            read_any = True
    for kind, count in sorted(skipped.items()):
        if count:
            scene.statements.ignore("Bundle", f"{count} {kind}", "resources of this type are not read")
    return read_any


def _read_one(node: Node, address: str, reader: Reader, scene: Scene) -> None:
    extension = next(iter(mappings(node, "modifierExtension")), None)
    if extension is not None:
        why = "carries a modifier extension, which may change its meaning"
        scene.statements.ignore(address, text(node, "resourceType"), why)
        return
    reader(node, address, scene)
    for inner in mappings(node, "contained"):
        inside = READERS.get(text(inner, "resourceType"))
        if inside is not None and not inner.get("contained"):
            inside(inner, f"{address}#{text(inner, 'id')}", scene)


def _birth(subject: _Placed | None) -> Moment | None:
    return moment(subject.node.get("birthDate")) if subject is not None else None


def _patient(subject: _Placed | None) -> Patient:
    if subject is None:
        return Patient()
    gender = state(subject.node, "gender")
    return Patient(birth=_birth(subject), sex=gender if gender in ("female", "male", "other") else "")


def _recorded(roots: list[Node], statements: Statements) -> Moment | None:
    """The bundle's own time, else the latest date in it that does not lie in the future."""
    stamps = [moment(root.get("timestamp")) for root in roots if text(root, "resourceType") == "Bundle"]
    return latest(stamps) or latest(latest_of(statements.observations))
