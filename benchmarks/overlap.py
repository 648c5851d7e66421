"""Does it matter that overlapping findings are not counted twice? Cross-validated, on published cases.

Run: python benchmarks/overlap.py CASES
The overlap of every set is taken as none, as stated, and doubled; the calibration is refitted in every
fold each time, so that no setting is favoured by it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from calcinosis import consult
from calcinosis.conclusions.differential.ranking import Engine
from calcinosis.evaluation.cases import expected_of, record_path
from calcinosis.evaluation.differential import cross_validate
from calcinosis.knowledge import Knowledge, load
from calcinosis.knowledge.differential_schema import DifferentialKnowledge
from calcinosis.model import Findings

SETTING = "case_series"
Rows = list[tuple[str, Findings, tuple[str, ...]]]


def rows(folder: Path, visit: str) -> Rows:
    """Findings of every case that can be scored at this visit."""
    held = [case for case in expected_of(folder) if case.describes_lesion]
    fit = [case for case in held if visit == "first-visit" or case.worked_up_adds]
    return [
        (
            case.id,
            consult(record_path(folder, case.id, visit, "fhir"), "2026-01-01", SETTING).findings,
            case.diagnosis,
        )
        for case in fit
    ]


def scaled(knowledge: Knowledge, factor: float) -> DifferentialKnowledge:
    """The knowledge with every overlap multiplied by `factor`, at most one."""
    held = knowledge.contents.differential
    overlaps = tuple(
        msgspec.structs.replace(one, rho=min(one.rho * factor, 1.0)) for one in held.likelihoods.overlaps
    )
    rules = msgspec.structs.replace(held.likelihoods, overlaps=overlaps)
    return msgspec.structs.replace(held, likelihoods=rules)


def main() -> int:
    folder = Path(sys.argv[1])
    knowledge = load()
    visits = {visit: rows(folder, visit) for visit in ("first-visit", "worked-up")}
    for factor in (0.0, 1.0, 2.0):
        made = Engine(scaled(knowledge, factor), knowledge.vocabulary)
        for visit, found in cross_validate(made, visits, SETTING).visits.items():
            print(
                f"overlap x {factor:.0f}, {visit}: on top {found.first.value:.1%}, "
                f"Brier {found.brier.value:.3f}, log loss {found.log_loss:.3f}, "
                f"calibration error {found.ece.value:.3f}, slope {found.slope:.2f}"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
