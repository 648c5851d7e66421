"""Conversion factors between UCUM units of one analyte, through pint and ucumvert.

The library is slow to start (over a second), so factors for the units that `knowledge/analytes`
lists are computed when the knowledge is compiled; any other unit is converted when it is met.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from calcinosis.errors import UnknownUnit
from calcinosis.knowledge.schema import Analyte


@lru_cache(maxsize=1)
def _registry() -> Any:
    from ucumvert import PintUcumRegistry

    return PintUcumRegistry()


def factor(analyte: Analyte, unit: str) -> float:
    """What a value in `unit` (UCUM) is multiplied by to stand in the analyte's canonical unit.

    Mass and substance are bridged by the molar mass (g/mol), substance and equivalents by the valence.

    Raises:
        UnknownUnit: the unit is no UCUM unit, or of another dimension.
    """
    if unit == analyte.unit:
        return 1.0
    try:
        return _converted(analyte, unit)
    except UnknownUnit:
        raise
    except Exception as error:
        raise UnknownUnit(
            f"unit {unit!r} cannot be converted for {analyte.label}",
            expected=f"{analyte.unit}" + (f" or {analyte.si_unit}" if analyte.si_unit else ""),
            remedy="Write the unit as UCUM.",
        ) from error


def _converted(analyte: Analyte, unit: str) -> float:
    registry = _registry()
    given, wanted = registry.from_ucum(unit), registry.from_ucum(analyte.unit)
    given, wanted = 1.0 * given, 1.0 * wanted
    if given.dimensionality != wanted.dimensionality:
        given = _as_mass(analyte, given, registry)
        wanted = _as_mass(analyte, wanted, registry)
    if given.dimensionality != wanted.dimensionality:
        raise UnknownUnit(
            f"unit {unit!r} does not measure {analyte.label}", expected=f"a unit like {analyte.unit}"
        )
    return float((given / wanted).to("dimensionless").magnitude)


def _as_mass(analyte: Analyte, quantity: Any, registry: Any) -> Any:
    """The quantity with every mole turned into grams; unchanged when the molar mass is not known."""
    moles = quantity.dimensionality.get("[substance]", 0)
    if not moles or analyte.molar_mass is None:
        return quantity
    per_mole = analyte.molar_mass * registry.from_ucum("g/mol")
    if "eq" in str(quantity.units) and analyte.valence:
        per_mole = per_mole / analyte.valence
    return quantity * per_mole**moles


def factors(analyte: Analyte) -> dict[str, float]:
    """Factors of every unit that the analyte lists."""
    listed = dict.fromkeys([analyte.unit, analyte.si_unit, *analyte.units])
    return {unit: factor(analyte, unit) for unit in listed if unit}
