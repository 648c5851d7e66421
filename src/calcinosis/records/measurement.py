"""`measurement.json` as observations of the patient, so that a consultation can take it as further input.

Research use: what is found is a candidate and decides nothing, whatever its size and place, until the
decisions of a reader stand in the file; that nothing is found is never an absence, because a scan shows a
part of the body and the method misses small deposits. Only the file is known here, nothing of how it was
measured: a consultation needs no imaging library.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from calcinosis.errors import UnreadableRecord
from calcinosis.model import UNDECIDED, Assertion, Code, Kind, Moment, Observation, Quantity

# Why a candidate decides nothing.
UNCONFIRMED = "measurement not confirmed"
_PLACES = {"skin": "in the skin", "subcutis": "subcutaneous", "deep": "deep", "unknown": "elsewhere"}
# The code that the measurement itself writes what it found with, in DICOM and FHIR.
_SNOMED = Code("SNOMED", "18115005", "Pathologic calcification")


class Scan(Struct, frozen=True):
    """What the file says of the scan."""

    in_specification: bool
    acquired: str = ""


class Deposit(Struct, frozen=True):
    """What the file says of one object; those of class `deposit` alone are calcification."""

    id: str
    deposit_class: str = msgspec.field(name="class")
    calcium_hu_ml: float
    max_diameter_mm: float
    depth_min_mm: float
    compartment: Literal["skin", "subcutis", "deep", "unknown"]


class Measurement(Struct, frozen=True):
    """The part of the file that a consultation reads."""

    scan: Scan
    deposits: tuple[Deposit, ...]
    settings: dict[str, Any] = {}

    @property
    def reviewed(self) -> bool:
        """Whether a reader decided about the objects."""
        return bool(self.settings.get("review"))


def read_measurement(source: Path) -> tuple[Observation, ...]:
    """Extent, largest diameter and least depth from `measurement.json` or the folder it stands in.

    Where no reader decided there is the extent alone, as something uncertain.

    Each says its place in the measurement: `source` is `measurement:totals` or `measurement:` and the id of
    the deposit; lengths are in mm; number and attenuation excess stand among the qualifiers of the extent.

    Raises:
        UnreadableRecord: no such file, or none that `calcinosis measure` wrote.
    """
    path = source / "measurement.json" if source.is_dir() else source
    if not path.is_file():
        raise UnreadableRecord("no such file", where=str(path), remedy="Run calcinosis measure first.")
    try:
        held = msgspec.json.decode(path.read_bytes(), type=Measurement)
        when = _when(held.scan.acquired)
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise UnreadableRecord(
            f"not a measurement ({type(error).__name__})",
            where=str(path),
            expected="measurement.json as `calcinosis measure` writes it",
        ) from None
    return _observations(held, when)


def _observations(measurement: Measurement, when: Moment | None) -> tuple[Observation, ...]:
    deposits = tuple(one for one in measurement.deposits if one.deposit_class == "deposit")
    if not deposits:
        return (_nothing(measurement, when),)
    if not measurement.reviewed:
        return (_extent(measurement, deposits, when),)
    widest = max(deposits, key=lambda one: one.max_diameter_mm)
    nearest = min(deposits, key=lambda one: one.depth_min_mm)
    return (
        _extent(measurement, deposits, when),
        _length("Largest diameter of a deposit on CT", widest, widest.max_diameter_mm, when),
        _length("Least depth of a deposit from the skin", nearest, nearest.depth_min_mm, when),
    )


def _extent(measurement: Measurement, deposits: tuple[Deposit, ...], when: Moment | None) -> Observation:
    places = Counter(_PLACES[one.compartment] for one in deposits)
    counted = ", ".join(f"{number} {place}" for place, number in places.most_common())
    excess = sum(one.calcium_hu_ml for one in deposits)
    noun = "deposit" if len(deposits) == 1 else "deposits"
    return Observation(
        source="measurement:totals",
        id="extent",
        text=f"Calcification on CT, measured: {len(deposits)} {noun} ({counted})" + _caution(measurement),
        kind=Kind.IMAGING,
        codes=(_SNOMED,),
        assertion=Assertion.AFFIRMED if measurement.reviewed else Assertion.UNCERTAIN,
        effective=when,
        qualifiers=(
            ("count", str(len(deposits))),
            ("attenuation excess", f"{excess:.3g} HU mL"),
            ("research use", "yes"),
            *(() if measurement.reviewed else ((UNDECIDED, UNCONFIRMED),)),
            ("in specification", "yes" if measurement.scan.in_specification else "no"),
        ),
    )


def _caution(measurement: Measurement) -> str:
    """What a reader must know of it."""
    told = (
        "" if measurement.scan.in_specification else "; scan out of specification",
        "" if measurement.reviewed else f"; {UNCONFIRMED}",
    )
    return "".join(told)


def _length(what: str, one: Deposit, millimetres: float, when: Moment | None) -> Observation:
    return Observation(
        source=f"measurement:{one.id}",
        text=f"{what}: {millimetres:.1f} mm",
        kind=Kind.IMAGING,
        id=f"{what.split(maxsplit=1)[0].lower()}-{one.id}",
        value=Quantity(round(millimetres, 2), "mm"),
        effective=when,
    )


def _nothing(measurement: Measurement, when: Moment | None) -> Observation:
    return Observation(
        source="measurement:totals",
        id="extent",
        text="Calcification on CT: none found by measurement, which does not exclude it"
        + _caution(measurement),
        kind=Kind.IMAGING,
        codes=(_SNOMED,),
        assertion=Assertion.UNCERTAIN,
        effective=when,
        qualifiers=(("count", "0"), ("research use", "yes")),
    )


def _when(text: str) -> Moment | None:
    day = datetime.fromisoformat(text) if text else None
    return Moment.of(day.year, day.month, day.day) if day else None
