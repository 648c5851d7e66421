"""What a criterion is asked of: one patient's findings, numbers and words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from calcinosis.criteria import kleene
from calcinosis.model import Findings, Interval, Verdict

_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_NUMBERS: Mapping[str, Interval] = MappingProxyType({})


class Environment:
    """One patient as criteria see them.

    Attributes:
        findings: three-valued; one without an entry is unknown, one that the vocabulary lacks is a fault.
        quantities: `age` in years, `weight` in kg, `renal` (eGFR) in mL/min/1.73 m2; else unknown.
        words: `sex`; likewise.
        verdicts: the findings as verdicts.
    """

    __slots__ = ("findings", "quantities", "verdicts", "words")

    def __init__(
        self,
        findings: Findings,
        quantities: Mapping[str, Interval] = _NO_NUMBERS,
        words: Mapping[str, str] = _NOTHING,
    ) -> None:
        self.findings = findings
        self.quantities = quantities
        self.words = words
        self.verdicts: Mapping[str, Verdict] = _Verdicts(findings)


class _Verdicts(dict[str, Verdict]):
    """Each status as a verdict, looked up once: leaves are by far the commonest question."""

    def __init__(self, findings: Findings) -> None:
        super().__init__({name: kleene.of_status(found.status) for name, found in findings.by_id.items()})
        self._findings = findings

    def __missing__(self, name: str) -> Verdict:
        found = self[name] = kleene.of_status(self._findings.status(name))
        return found
