"""Values that follow from others: the arithmetic here, every constant in `knowledge/formulas.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from calcinosis.knowledge.schema import Analyte, Formula
from calcinosis.model import Code, Finding, Kind, Moment, Observation, Patient, Quantity

Values = Sequence[float]
Constants = Mapping[str, float]


def linear_correction(values: Values, constants: Constants, patient: Patient) -> float | None:
    """`value + slope x (midpoint - corrector)`: calcium corrected for albumin (Payne's form).

    Example: calcium 10.3 mg/dL, albumin 3 g/dL, slope 0.8, midpoint 4.0 gives 11.1 mg/dL.
    """
    value, corrector = values
    return value + constants["slope"] * (constants["midpoint"] - corrector)


def product(values: Values, constants: Constants, patient: Patient) -> float | None:
    """The product of two values: calcium x phosphate, mg2/dL2."""
    first, second = values
    return first * second


def ckd_epi(values: Values, constants: Constants, patient: Patient) -> float | None:
    """CKD-EPI 2021 creatinine equation, mL/min/1.73 m2; adults of known sex only.

    `142 x min(Scr/k, 1)^a x max(Scr/k, 1)^-1.200 x 0.9938^age x 1.012 if female`, Scr in mg/dL
    (Inker et al. 2021, N Engl J Med 385:1737).
    """
    age = patient.age_years
    if age is None or age < constants["age_from"] or patient.sex not in ("female", "male"):
        return None
    female = patient.sex == "female"
    ratio = values[0] / constants["kappa_female" if female else "kappa_male"]
    alpha = constants["alpha_female" if female else "alpha_male"]
    return float(
        constants["scale"]
        * min(ratio, 1.0) ** alpha
        * max(ratio, 1.0) ** constants["exponent"]
        * constants["age_base"] ** age
        * (constants["female_factor"] if female else 1.0)
    )


def schwartz(values: Values, constants: Constants, patient: Patient) -> float | None:
    """Bedside Schwartz equation, mL/min/1.73 m2: `k x height (cm) / creatinine (mg/dL)`; children only.

    Schwartz et al. 2009, J Am Soc Nephrol 20:629.
    """
    age = patient.age_years
    if age is None or not constants["age_from"] <= age < constants["age_to"] or values[0] <= 0:
        return None
    creatinine, height = values
    return constants["k"] * height / creatinine


ARITHMETIC: dict[str, Callable[[Values, Constants, Patient], float | None]] = {
    "linear_correction": linear_correction,
    "product": product,
    "ckd_epi": ckd_epi,
    "schwartz": schwartz,
}


def derived(
    formula: Formula, known: Mapping[str, Finding], target: Analyte, patient: Patient
) -> Observation | None:
    """The derived value as an observation of its own, or None when something is missing.

    Values more than `max_days_apart` days apart are not put together.
    """
    parts = [known.get(name) for name in formula.needs]
    values = [part.value for part in parts if part is not None and part.value is not None]
    if len(values) != len(formula.needs):
        return None
    moments = [part.evidence[0].when for part in parts if part is not None and part.evidence]
    if _too_far_apart(moments, formula.parameters.get("max_days_apart")):
        return None
    result = ARITHMETIC[formula.arithmetic](values, formula.parameters, patient)
    if result is None:
        return None
    shown = ", ".join(f"{part.id} {part.value:.4g} {part.unit}".strip() for part in parts if part is not None)
    return Observation(
        source=f"formula:{formula.id}",
        text=f"{formula.label}: {result:.4g} {target.unit} from {shown}",
        kind=Kind.MEASUREMENT,
        codes=(Code("calcinosis", target.id),),
        value=Quantity(result, target.unit),
        effective=max((moment for moment in moments if moment), default=None),
    )


def _too_far_apart(moments: Sequence[Moment | None], limit: float | None) -> bool:
    dated: list[datetime] = [moment.first for moment in moments if moment is not None]
    if limit is None or len(dated) < 2:
        return False
    return (max(dated) - min(dated)).days > limit
