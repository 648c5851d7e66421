"""The codes that a measurement is written with, in DICOM and in FHIR: all of them existing ones.

Taken from the dictionaries of the DICOM standard (PS3.16 annex D) as pydicom ships them; nothing here
is invented. For the attenuation excess in HU x mL there is no code, so it goes without one in FHIR and
is left out of the structured report.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from calcinosis.imaging.model import Compartment, Deposit


@dataclass(frozen=True, slots=True)
class Concept:
    """A code, its scheme designator and its meaning."""

    value: str
    scheme: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Metric:
    """One number of a deposit as DICOM and FHIR name it.

    Attributes:
        field: attribute of `Deposit`.
        name: concept, None when no code exists.
        label: words of this project for it.
        unit: UCUM.
        method, derivation: further concepts that tell two metrics of one name apart.
        summed: makes sense as a total.
    """

    field: str
    label: str
    unit: str
    name: Concept | None
    method: Concept | None = None
    derivation: Concept | None = None
    summed: bool = False

    def value(self, deposit: Deposit) -> float | None:
        """The number, None when it was not measured."""
        number = getattr(deposit, self.field)
        return None if number is None or not isfinite(number) else float(number)


CALCIFICATION = Concept("18115005", "SCT", "Pathologic calcification")
ABNORMAL_STRUCTURE = Concept("49755003", "SCT", "Morphologically Abnormal Structure")
NUMBER_OF_CALCIFICATIONS = Concept("111038", "DCM", "Number of calcifications")
CT_UNSPECIFIED = Concept("25045-6", "LN", "CT unspecified body region")
MORPHOLOGICAL_OPERATIONS = Concept("123104", "DCM", "Morphological Operations")
COMPARTMENTS: dict[Compartment, Concept] = {
    "skin": Concept("39937001", "SCT", "Skin"),
    "subcutis": Concept("71966008", "SCT", "Subcutaneous tissue"),
}
_MEAN = Concept("373098007", "SCT", "Mean")
_MINIMUM = Concept("255605001", "SCT", "Minimum")
_MAXIMUM = Concept("56851009", "SCT", "Maximum")
_ATTENUATION = Concept("112031", "DCM", "Attenuation Coefficient")
_DISTANCE = Concept("121243", "DCM", "Distance from skin")
_VOLUME = Concept("122660", "DCM", "Calcium Volume")
HOUNSFIELD = "[hnsf'U]"

METRICS = (
    Metric("mass_mg", "calcium mass", "mg", Concept("122661", "DCM", "Calcium Mass"), summed=True),
    Metric("calcium_hu_ml", "attenuation excess", f"{HOUNSFIELD}.mL", None, summed=True),
    Metric("volume_half_max_mm3", "calcium volume (half-maximum)", "mm3", _VOLUME, summed=True),
    Metric(
        "volume_over_threshold_mm3",
        "volume above the threshold",
        "mm3",
        Concept("118565006", "SCT", "Volume"),
        method=Concept("112056", "DCM", "Volume scoring method"),
        summed=True,
    ),
    Metric(
        "agatston",
        "Agatston-type score (non-cardiac)",
        "1",
        Concept("112058", "DCM", "Calcium score"),
        method=Concept("112055", "DCM", "Agatston scoring method"),
        summed=True,
    ),
    Metric("peak_hu", "peak attenuation", HOUNSFIELD, _ATTENUATION, derivation=_MAXIMUM),
    Metric("mean_hu", "mean attenuation", HOUNSFIELD, _ATTENUATION, derivation=_MEAN),
    Metric("max_diameter_mm", "largest diameter", "mm", Concept("103339001", "SCT", "Long axis")),
    Metric("short_diameter_mm", "short diameter", "mm", Concept("103340004", "SCT", "Short axis")),
    Metric("depth_min_mm", "least depth from skin", "mm", _DISTANCE, derivation=_MINIMUM),
    Metric("depth_mean_mm", "mean depth from skin", "mm", _DISTANCE, derivation=_MEAN),
)
UNIT_MEANINGS = {
    "mg": "milligram",
    "mm3": "cubic millimeter",
    "mm": "millimeter",
    "1": "no units",
    HOUNSFIELD: "Hounsfield unit",
}


def total(metric: Metric, deposits: tuple[Deposit, ...]) -> float | None:
    """The sum of one metric over deposits; None when any of them lacks it or it is not for adding."""
    values: list[float | None] = [metric.value(one) for one in deposits]
    known = [value for value in values if value is not None]
    return sum(known) if metric.summed and known and len(known) == len(values) else None


def true_deposits(deposits: tuple[Deposit, ...]) -> tuple[Deposit, ...]:
    """Those of class `deposit`, the only ones that are reported as calcification."""
    return tuple(one for one in deposits if one.deposit_class == "deposit")
