"""The reference list of one document: every source that a statement names, in the order of first use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from calcinosis.knowledge import Knowledge


class Reference(Struct, frozen=True):
    """One entry of the list; `address` is empty when the publication has none on the web."""

    number: int
    id: str
    text: str
    address: str


class References:
    """Numbers sources as a document cites them, and lists them at its end."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._numbers: dict[str, int] = {}

    def cite(self, sources: Iterable[str]) -> list[tuple[int, str]]:
        """(number, source id) of each source, in the order given."""
        return [
            (self._numbers.setdefault(name, len(self._numbers) + 1), name) for name in dict.fromkeys(sources)
        ]

    def listed(self) -> list[Reference]:
        """What was cited so far."""
        held = self._knowledge
        return [
            Reference(number, name, held.citation(name), _address(held.contents.sources.get(name, {})))
            for name, number in self._numbers.items()
        ]


def _address(entry: dict[str, Any]) -> str:
    """Where to read it: DOI before PMID before the address it was read at."""
    if entry.get("DOI"):
        return f"https://doi.org/{entry['DOI']}"
    if entry.get("PMID"):
        return f"https://pubmed.ncbi.nlm.nih.gov/{entry['PMID']}/"
    address = str(entry.get("URL", ""))
    return address if address.startswith(("https://", "http://")) else ""
