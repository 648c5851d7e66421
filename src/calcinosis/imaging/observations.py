"""A measurement as observations of the patient, so that a consultation can take it as further input.

Research use: what is found is affirmed; that nothing is found is never an absence, because a scan shows
a part of the body and the method misses small deposits.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from calcinosis.imaging.dicom_codes import CALCIFICATION, true_deposits
from calcinosis.imaging.model import Deposit, Measurement
from calcinosis.model import Assertion, Code, Kind, Moment, Observation, Quantity

_PLACES = {"skin": "in the skin", "subcutis": "subcutaneous", "deep": "deep", "unknown": "elsewhere"}
_SNOMED = Code("SNOMED", CALCIFICATION.value, CALCIFICATION.meaning)


def to_observations(measurement: Measurement) -> tuple[Observation, ...]:
    """Extent, largest diameter and least depth, each with its place in the measurement.

    `source` is `measurement:totals` or `measurement:` and the id of the deposit; lengths are in mm;
    number and attenuation excess stand among the qualifiers of the extent.
    """
    deposits = true_deposits(measurement.deposits)
    when = _when(measurement)
    if not deposits:
        return (_nothing(measurement, when),)
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
        effective=when,
        qualifiers=(
            ("count", str(len(deposits))),
            ("attenuation excess", f"{excess:.3g} HU mL"),
            ("research use", "yes"),
            ("in specification", "yes" if measurement.scan.in_specification else "no"),
        ),
    )


def _caution(measurement: Measurement) -> str:
    return "" if measurement.scan.in_specification else "; scan out of specification"


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


def _when(measurement: Measurement) -> Moment | None:
    text = measurement.scan.acquired
    day = datetime.fromisoformat(text) if text else None
    return Moment.of(day.year, day.month, day.day) if day else None
