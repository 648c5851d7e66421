"""The ingredients that the name of a clinical drug tells: "metoprolol succinate 100 MG Oral Tablet [Toprol]".

A record codes a drug as a product, of which a terminology has hundreds of thousands; their names are made by
rule (RxNorm's normalised names). The ingredient is read as a whole, never as one word of a longer name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from calcinosis.knowledge.schema import ProductNames

_BRAND = re.compile(r"\s*\[[^\]]*\]")
_PARTS = re.compile(r"\s+/\s+")
_STRENGTH = re.compile(r"\s\d[\d.,]*\s*(?:[a-z%]|/|$)", re.I)
# Numbers of licences that stand before some names.
_LICENCE = re.compile(r"^nda\d+\s+", re.I)
_PACK = "{"


class Products:
    """Reads names of clinical drugs."""

    def __init__(self, names: ProductNames) -> None:
        self._local = re.compile(rf"\b(?:{_either(names.local)})s?\b", re.I)
        self._quantity = re.compile(rf"^\d[\d.,]*\s*(?:{_either(names.quantities)})\s+", re.I)
        self._manner = re.compile(rf"^(?:{_either(names.manners)})\s+", re.I)
        self._salts = frozenset(names.salts)

    def ingredients(self, name: str) -> tuple[tuple[str, ...], ...]:
        """Each ingredient of a product as the names it may be known by, the fullest first; lower case.

        None for a pack of several products, and none for a product that acts only where it is put.
        """
        plain = _BRAND.sub("", name).strip()
        if not plain or _PACK in plain or self._local.search(plain):
            return ()
        found = (self._ingredient(part) for part in _PARTS.split(plain))
        return tuple(tuple(self._names(one)) for one in dict.fromkeys(found) if one)

    def _ingredient(self, part: str) -> str:
        """What stands before the strength, without quantity and manner of release."""
        rest, before = part.strip(), ""
        while rest != before:
            before = rest
            for lead in (_LICENCE, self._quantity, self._manner):
                rest = lead.sub("", rest)
        return _STRENGTH.split(f"{rest} ", maxsplit=1)[0].strip().casefold()

    def _names(self, ingredient: str) -> Iterator[str]:
        """The name, and what is left of it when the salts behind it are taken off one by one."""
        words = ingredient.split()
        while words:
            yield " ".join(words)
            if words[-1] not in self._salts:
                return
            words = words[:-1]


def _either(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in words)
