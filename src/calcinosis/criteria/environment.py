"""What a criterion is asked of: one patient's findings, numbers and words."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from calcinosis.model import Findings, Interval


class Environment(Struct, frozen=True):
    """One patient as criteria see them.

    Attributes:
        findings: three-valued; a finding without an entry is unknown.
        quantities: `age` in years, `weight` in kg, `renal` (eGFR) in mL/min/1.73 m2; else unknown.
        words: `sex`; likewise.
    """

    findings: Findings
    quantities: Mapping[str, Interval] = {}
    words: Mapping[str, str] = {}
