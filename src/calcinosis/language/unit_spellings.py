"""How records write units, and which unit of an analyte is meant: `mg%` is mg/dL, `K/uL` is 10*9/L.

The spellings are in `knowledge/language/words.yaml`; which units an analyte has, in `knowledge/analytes`.
"""

from __future__ import annotations

from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.schema import Analyte


class UnitSpellings:
    """The spellings of this knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._factors = knowledge.contents.factors
        self._spelled: dict[str, list[str]] = {}
        for unit, spellings in knowledge.contents.language.unit_spellings.items():
            for spelling in (unit, *spellings):
                self._spelled.setdefault(_squeezed(spelling), []).append(unit)

    def meant(self, written: str) -> list[str]:
        """The UCUM units that are written so."""
        return self._spelled.get(_squeezed(written), [])

    def of(self, analyte: Analyte, written: str) -> str:
        """The unit of the analyte that is written so; empty when it has none such."""
        own = {**dict.fromkeys(one.unit for one in analyte.affine), **self._factors.get(analyte.id, {})}
        for unit in (written.strip(), *self.meant(written)):
            if unit in own:
                return unit
        return next((unit for unit in analyte.units if unit == written.strip()), "")


def _squeezed(unit: str) -> str:
    return unit.replace(" ", "").replace("μ", "u").replace("µ", "u").casefold()


def unit_spellings(knowledge: Knowledge) -> UnitSpellings:
    """The spellings of this knowledge base, built once."""
    return knowledge.built("language.unit_spellings", UnitSpellings)
