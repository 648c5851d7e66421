"""The resources of one patient: gathered, told apart from other patients', and each read in turn."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from calcinosis.errors import UnreadableRecord
from calcinosis.knowledge import Knowledge
from calcinosis.model import Moment, Patient, Record
from calcinosis.records.fhir import (
    condition,
    elements,
    medication,
    observation,
    procedure,
    questionnaire,
    report,
)
from calcinosis.records.fhir.persons import Persons, about, addressed, chosen, described, is_other, several
from calcinosis.records.fhir.scene import Scene, contained, local
from calcinosis.records.moments import latest, moment
from calcinosis.records.statements import Statements, latest_of
from calcinosis.records.tree import Node, mapping, mappings, number, text

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
    "MedicationOrder": medication.read,
    "MedicationRequest": medication.read,
    "MedicationStatement": medication.read,
    "MedicationUsage": medication.read,
    "Observation": observation.read,
    "Procedure": procedure.read_procedure,
    "QuestionnaireResponse": questionnaire.read,
}
# Read where another resource refers to them.
_SUPPORTING = frozenset({"Binary", "Medication", "Specimen", "Patient"})
_DEEPEST = 5
_DELETED = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+/[^/?]+)(?:/_history/.*)?$")


def read_resources(roots: list[Node], knowledge: Knowledge, patient: str = "") -> Record:
    """A record of the resources in `roots`: bundles, single resources, or both.

    Args:
        roots: what was given.
        knowledge: the vocabulary.
        patient: the id, address or identifier of the one that is meant, where there are several.

    Raises:
        UnreadableRecord: there is nothing about one patient in them.
    """
    statements = Statements(knowledge)
    placed = _in_force(list(_placed(roots, statements)), statements)
    if not placed:
        raise UnreadableRecord(
            "the FHIR record holds no resource",
            expected="a Bundle whose entries hold resources, or a resource",
        )
    whose = _whose(placed, patient)
    scene = Scene(statements, _index(placed), _person(whose.node))
    read_any = _read_all(placed, whose, scene)
    if not whose.node and not read_any:
        raise UnreadableRecord(
            "the FHIR record holds nothing that is read",
            expected=f"a Patient or one of {', '.join(READERS)}",
        )
    return Record(
        format="fhir",
        patient=scene.person,
        observations=tuple(statements.observations),
        ignored=tuple(statements.ignored),
        questions=tuple(statements.questions),
        unread=tuple(statements.unread),
        readings=tuple(statements.readings),
        recorded=_recorded(roots, statements),
    )


class _Placed:
    """A resource with its address, the address that its entry gives it, and when that version was made."""

    __slots__ = ("address", "deleted", "full_url", "history", "made", "node", "type")

    def __init__(self, node: Node, address: str, entry: Node, *, history: bool = False) -> None:
        self.node = node
        self.type = text(node, "resourceType")
        name = text(node, "id")
        self.address = f"{self.type}/{name}" if name else address
        self.full_url = text(entry, "fullUrl")
        self.history = history
        self.made = text(mapping(node, "meta"), "lastUpdated") or text(
            mapping(entry, "response"), "lastModified"
        )
        self.deleted = False

    @property
    def key(self) -> str:
        """What its versions have in common; the same id on two servers is not the same resource."""
        if not text(self.node, "id") and not self.deleted:
            return str(id(self))
        plain = self.full_url.split("/_history/", 1)[0].rstrip("/")
        return plain if plain.startswith("http") and local(plain) == self.address else self.address


def _placed(roots: list[Node], statements: Statements, depth: int = 0, path: str = "") -> Iterator[_Placed]:
    for place, root in enumerate(roots):
        kind = text(root, "resourceType")
        where = path or (f"line {place + 1}" if len(roots) > 1 else kind)
        if kind != "Bundle":
            yield _Placed(root, where, {})
            continue
        _pages(root, path or "Bundle", statements)
        for index, entry in enumerate(_entries(root, statements)):
            at = f"{where}.entry[{index}]" if path else f"Bundle.entry[{index}]"
            yield from _entry(entry, at, statements, depth, history=elements.state(root, "type") == "history")


def _pages(bundle: Node, where: str, statements: Statements) -> None:
    """Say that a bundle is only a page of what there is."""
    following = any(text(link, "relation") == "next" for link in mappings(bundle, "link"))
    entries, total = bundle.get("entry"), number(bundle, "total")
    held = len([entry for entry in entries if _matches(entry)]) if isinstance(entries, list) else 0
    short = total is not None and elements.state(bundle, "type") == "searchset" and held < total
    if following or short:
        of = f" of {total:g} entries" if total is not None else ""
        why = f"the record is incomplete: this is one page{of}, and the others are not in it"
        statements.ignore(f"{where}.link", "next page", why)


def _matches(entry: object) -> bool:
    """Whether an entry of a search is one that was asked for, and not one that is only mentioned by it."""
    return isinstance(entry, dict) and text(mapping(entry, "search"), "mode") not in ("include", "outcome")


def _entries(bundle: Node, statements: Statements) -> list[object]:
    entries = bundle.get("entry")
    if isinstance(entries, list):
        return entries
    if entries is not None:
        statements.ignore("Bundle.entry", type(entries).__name__, "is not a list")
    return []


def _entry(entry: object, at: str, statements: Statements, depth: int, *, history: bool) -> Iterator[_Placed]:
    node = entry if isinstance(entry, dict) else {}
    resource = mapping(node, "resource")
    if (gone := _deletion(node)) is not None:
        yield gone
    elif not resource:
        statements.ignore(at, "entry", "holds no resource")
    elif not text(resource, "resourceType"):
        statements.ignore(f"{at}.resource", "resource", "has no resourceType")
    elif text(resource, "resourceType") != "Bundle":
        yield _Placed(resource, at, node, history=history)
    elif depth < _DEEPEST:
        yield from _placed([resource], statements, depth + 1, f"{at}.resource")
    else:
        statements.ignore(at, "Bundle", "is nested too deeply")


def _deletion(entry: Node) -> _Placed | None:
    """The version of a resource that says it was deleted; None for any other entry."""
    request = mapping(entry, "request")
    if elements.state(request, "method") != "delete":
        return None
    found = _DELETED.match(text(request, "url") or text(entry, "fullUrl"))
    if found is None:
        return None
    kind, _, name = found[1].partition("/")
    gone = _Placed({"resourceType": kind, "id": name}, found[1], entry, history=True)
    gone.deleted = True
    return gone


def _in_force(placed: list[_Placed], statements: Statements) -> list[_Placed]:
    """One version of each resource, the newest; none of one that was deleted or replaced by another."""
    newest: dict[str, _Placed] = {}
    for resource in placed:
        earlier = newest.get(resource.key)
        if earlier is not None and _is_newer(earlier, resource):
            earlier, resource = resource, earlier  # noqa: PLW2901
        if earlier is not None and not resource.deleted:
            statements.ignore(earlier.address, earlier.type, "stands more than once; the newest is read")
        newest[resource.key] = resource
    replaced = {
        local(text(mapping(related, "target"), "reference"))
        for resource in newest.values()
        for related in mappings(resource.node, "relatesTo")
        if elements.state(related, "code") == "replaces"
    }
    kept = []
    for resource in newest.values():
        if resource.deleted or resource.address in replaced:
            why = "was deleted" if resource.deleted else "was replaced by a newer one"
            statements.ignore(resource.address, resource.type, why)
        else:
            kept.append(resource)
    return kept


def _is_newer(first: _Placed, second: _Placed) -> bool:
    """Whether the first of two versions, in the order of the record, is the newer one.

    By the time at which it was made, else by its number, else the last of the record; a history lists the
    newest first.
    """
    one, other = moment(first.made), moment(second.made)
    if one is not None and other is not None and one.first != other.first:
        return one.first > other.first
    numbers = [text(mapping(version.node, "meta"), "versionId") for version in (first, second)]
    if all(written.isdecimal() for written in numbers) and numbers[0] != numbers[1]:
        return int(numbers[0]) > int(numbers[1])
    return second.history


def _index(placed: list[_Placed]) -> dict[str, Node]:
    index: dict[str, Node] = {}
    for resource in placed:
        if text(resource.node, "id"):
            index.setdefault(resource.address, resource.node)
        if resource.full_url:
            index.setdefault(resource.full_url, resource.node)
            index.setdefault(local(resource.full_url), resource.node)
    return index


class _Whose(NamedTuple):
    """The patient that is meant: the Patient resource (empty without one), and who is someone else."""

    node: Node
    persons: Persons
    own: str
    others: frozenset[str]
    was_chosen: bool

    def is_of_another(self, resource: _Placed) -> str:
        """Why a resource is not the patient's; empty where it is."""
        names = about(resource.node)
        if not names:
            unclear = self.was_chosen and bool(self.others)
            return "does not say whose it is, and the record holds several patients" if unclear else ""
        another = is_other(names[0]) or self.persons.of(names[0]) in self.others
        return "is about someone else" if another else ""


def _whose(placed: list[_Placed], wanted: str) -> _Whose:
    """The one patient the record is about.

    A lone Patient is meant also where the references name an address of another server or only a name.

    Raises:
        UnreadableRecord: it is about several, and none of them was chosen, or there is none of that name.
    """
    persons = Persons()
    patients = [resource for resource in placed if resource.type == "Patient"]
    _join(persons, patients, placed)
    standing = {persons.of(_addresses(patient)[0]): patient for patient in reversed(patients)}
    named = [
        persons.of(names[0])
        for resource in placed
        if resource.type in READERS and (names := about(resource.node)) and not is_other(names[0])
    ]
    everyone = list(dict.fromkeys([*named, *standing]))
    if wanted:
        own = chosen(wanted, persons, everyone)
    else:
        own = _only(list(dict.fromkeys(named)), standing, persons)
    others = frozenset(person for person in everyone if person != own)
    if not wanted and own not in standing and len(standing) == 1:
        (meant,) = standing
        return _Whose(standing[meant].node, persons, own, others - {meant}, False)
    node = standing[own].node if own in standing else {}
    return _Whose(node or _contained(placed, persons, own), persons, own, others, bool(wanted))


def _join(persons: Persons, patients: list[_Placed], placed: list[_Placed]) -> None:
    held = Counter(name for patient in patients for name in described(patient.node) if name.startswith("id"))
    for patient in patients:
        own = [name for name in described(patient.node) if held[name] == 1]
        same = [
            name
            for link in mappings(patient.node, "link")
            for name in addressed(mapping(link, "other"), patient.node)
        ]
        persons.join([*_addresses(patient), *own, *same])
        if patient.full_url.startswith("http"):
            persons.join([patient.address])
    for resource in placed:
        if resource.type in READERS:
            persons.join(about(resource.node))
    persons.join_addresses()


def _addresses(patient: _Placed) -> list[str]:
    """The addresses of a Patient; an id alone is none where its server is told."""
    if patient.full_url.startswith("http") or not text(patient.node, "id"):
        return [patient.full_url or patient.address]
    return [patient.address, *filter(None, [patient.full_url])]


def _only(named: list[str], standing: Mapping[str, _Placed], persons: Persons) -> str:
    """The one person that resources are about."""
    described_ones = [person for person in named if person in standing]
    if len(described_ones) == 1:
        return described_ones[0]
    found = described_ones or named or list(standing)
    elsewhere = [person for person in named if person not in standing]
    contradicts = (
        not described_ones and len(standing) == 1 and any(_is_here(name, persons) for name in elsewhere)
    )
    if len(found) > 1:
        raise several(len(found), persons, found)
    if contradicts:
        raise several(2, persons, [*standing, *elsewhere])
    return found[0] if found else ""


def _is_here(person: str, persons: Persons) -> bool:
    """Whether a person has a relative address, so that it cannot be another one's on another server."""
    return any(name.startswith("Patient/") for name in persons.names(person))


def _contained(placed: list[_Placed], persons: Persons, own: str) -> Node:
    """The Patient that resources carry inside themselves, where there is no other."""
    for resource in placed:
        for key in ("subject", "patient"):
            address = text(mapping(resource.node, key), "reference")
            names = addressed(mapping(resource.node, key), resource.node)
            if address.startswith("#") and names and persons.of(names[0]) == own:
                return contained(resource.node, address[1:])
    return {}


def _read_all(placed: list[_Placed], whose: _Whose, scene: Scene) -> bool:
    """Read every resource about the patient; whether there was one of a type that is read."""
    skipped: Counter[str] = Counter()
    read_any = False
    for resource in placed:
        reader = READERS.get(resource.type)
        if reader is None:
            skipped[resource.type] += resource.type not in _SUPPORTING
        elif why := whose.is_of_another(resource):
            scene.statements.ignore(resource.address, resource.type, why)
        else:
            _read_one(resource.node, resource.address, reader, scene)
            read_any = True
    for kind, count in sorted(skipped.items()):
        if count:
            scene.statements.ignore("Bundle", f"{count} {kind}", "resources of this type are not read")
    return read_any


def _read_one(node: Node, address: str, reader: Reader, scene: Scene) -> None:
    unread = [one for one in mappings(node, "modifierExtension") if not _reads(node, one, scene)]
    if unread:
        why = "carries a modifier extension, which may change its meaning"
        scene.statements.ignore(address, text(node, "resourceType"), why)
        return
    reader(node, address, scene)
    for inner in mappings(node, "contained"):
        inside = READERS.get(text(inner, "resourceType"))
        if inside is not None and not inner.get("contained"):
            inside(inner, f"{address}#{text(inner, 'id')}", scene)


def _reads(node: Node, extension: Node, scene: Scene) -> bool:
    """Whether a modifier extension is one that is read: how sure a condition is."""
    return text(node, "resourceType") == "Condition" and scene.statements.certainty.concerns(extension)


def _person(node: Node) -> Patient:
    gender = elements.state(node, "gender")
    return Patient(
        birth=moment(node.get("birthDate")), sex=gender if gender in ("female", "male", "other") else ""
    )


def _recorded(roots: list[Node], statements: Statements) -> Moment | None:
    """The bundle's own time, else the latest date in it that does not lie in the future."""
    stamps = [moment(root.get("timestamp")) for root in roots if text(root, "resourceType") == "Bundle"]
    return latest(stamps) or latest(latest_of(statements.observations))
