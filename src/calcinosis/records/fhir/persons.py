"""Whose the resources of a record are, however they say so: by reference, identifier or name.

One record is one patient's. Where it holds several, one has to be chosen; they are never merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from calcinosis.errors import UnreadableRecord
from calcinosis.records.fhir.scene import contained, local
from calcinosis.records.tree import Node, mapping, mappings, text

_SHOWN = 6
# What a resource can be about that is no person.
_OTHERS = ("Group/", "Device/", "Location/", "Medication/", "Substance/", "Organization/", "Practitioner/")


class Persons:
    """Names that mean the same person, joined as the record joins them."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}

    def join(self, names: Iterable[str]) -> str:
        """Take the names as those of one person; one of them, or empty where there is none."""
        first = ""
        for name in names:
            self._parents.setdefault(name, name)
            if first:
                self._parents[self.of(name)] = self.of(first)
            first = first or name
        return first

    def of(self, name: str) -> str:
        """The person that a name means, as one name for all."""
        self._parents.setdefault(name, name)
        while self._parents[name] != name:
            self._parents[name] = self._parents[self._parents[name]]
            name = self._parents[name]
        return name

    def names(self, person: str) -> list[str]:
        """Every name of a person."""
        return [name for name in self._parents if self.of(name) == self.of(person)]

    def join_addresses(self) -> None:
        """Join a relative address with the one full address it can mean, not where two servers have it."""
        full: dict[str, list[str]] = {}
        for name in list(self._parents):
            if name.startswith("http"):
                full.setdefault(local(name), []).append(name)
        for short, addresses in full.items():
            if len(set(addresses)) == 1 and short in self._parents:
                self.join([short, addresses[0]])


def addressed(reference: Node, holder: Node) -> list[str]:
    """The names by which a reference means a person; none where it names no person."""
    address = text(reference, "reference").split("/_history/", 1)[0].rstrip("/")
    if address.startswith("#"):
        return described(contained(holder, address[1:])) or [f"contained {address}"]
    if local(address).startswith(_OTHERS):
        return [f"other {address}"]
    names = [address] if address else []
    names += _identifiers([mapping(reference, "identifier")])
    shown = " ".join(text(reference, "display").split())
    if not names and shown:
        names.append(f"name {shown.casefold()}")
    return names


def described(patient: Node) -> list[str]:
    """The names by which a Patient can be meant, beside its address: identifiers, else name and birth."""
    found = _identifiers(mappings(patient, "identifier"))
    if found:
        return found
    named = [_name(name) for name in mappings(patient, "name")]
    born = patient.get("birthDate")
    known = [f"name {name.casefold()}" for name in named if name]
    return [f"{name} {born}" if born else name for name in known]


def _name(name: Node) -> str:
    given = name.get("given")
    parts = given if isinstance(given, list) else [given]
    spelled = " ".join([*(part for part in parts if isinstance(part, str)), text(name, "family")]).strip()
    return " ".join((text(name, "text") or spelled).split())


def _identifiers(listed: list[Node]) -> list[str]:
    return [f"identifier {text(one, 'system')}|{value}" for one in listed if (value := text(one, "value"))]


def about(node: Node) -> list[str]:
    """The names of the person that a resource is about; empty when it names none."""
    for key in ("subject", "patient"):
        for reference in mappings(node, key):
            if names := addressed(reference, node):
                return names
    return []


def is_other(name: str) -> bool:
    """Whether a resource with that name is about something that is no person."""
    return name.startswith("other ")


def chosen(wanted: str, persons: Persons, all_persons: Iterable[str]) -> str:
    """The person that `--patient` means: an id, an address, or the value of an identifier.

    Raises:
        UnreadableRecord: there is no such patient, or several.
    """
    plain = wanted.strip()
    found = {
        persons.of(name)
        for person in all_persons
        for name in persons.names(person)
        if plain in _spelled(name)
    }
    if len(found) == 1:
        return found.pop()
    raise UnreadableRecord(
        f"the record holds {'no' if not found else 'more than one'} patient {plain!r}",
        expected=f"one of {listed(persons, all_persons)}",
    )


def _spelled(name: str) -> Iterator[str]:
    """How a person with that name may be asked for."""
    plain = name.removeprefix("identifier ").removeprefix("name ")
    yield plain
    yield plain.rpartition("|")[2]
    if not name.startswith(("identifier ", "name ")):
        yield local(plain)
        yield plain.rpartition("/")[2].removeprefix("urn:uuid:")


def listed(persons: Persons, found: Iterable[str]) -> str:
    """Persons as a reader is shown them, a few of them."""
    shown = [_shown(persons.names(person)) for person in dict.fromkeys(persons.of(one) for one in found)]
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return ", ".join(shown[:_SHOWN]) + more


def _shown(names: list[str]) -> str:
    best = next((name for name in names if name.startswith("Patient/")), names[0] if names else "?")
    return best.removeprefix("identifier ").removeprefix("name ").removeprefix("|")


def several(count: int, persons: Persons, found: Iterable[str]) -> UnreadableRecord:
    """The error for a record of several patients."""
    return UnreadableRecord(
        f"the FHIR record is about {count} patients ({listed(persons, found)})",
        expected="one patient",
        remedy="Choose one: --patient ID, or split it into one bundle for each patient.",
    )
