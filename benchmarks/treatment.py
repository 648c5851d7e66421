"""How long the treatment step takes for one patient, in process. Target: 5 ms or less at the median.

Run: python benchmarks/treatment.py
"""

from __future__ import annotations

import statistics
import time

from calcinosis.conclusions.treatment import Situation, TreatmentOption, options
from calcinosis.knowledge import Knowledge, load
from calcinosis.model import Finding, Findings, Patient, Status, Verdict

ROUNDS = 200
PRESENT = (
    "systemic_sclerosis",
    "dermatomyositis",
    "raynaud",
    "site_fingers",
    "size_ge_50mm",
    "pain_any",
    "ulceration",
    "warmth_erythema",
    "drug_diltiazem",
    "drug_colchicine",
    "drug_vitamin_k_antagonist",
    "drug_calcium_supplement",
    "hyperphosphataemia",
)
MEASURED = {"age_years": 54.0, "body_weight": 54.0, "body_height": 160.0, "egfr": 55.0, "lesion_size": 30.0}


def patient() -> Findings:
    """A woman with scleroderma, several drugs and measured values: many treatments to weigh."""
    by_id = {name: Finding(id=name, status=Status.PRESENT) for name in PRESENT}
    measured = {
        name: Finding(id=name, status=Status.PRESENT, value=value) for name, value in MEASURED.items()
    }
    return Findings(by_id, measured)


def step(findings: Findings, knowledge: Knowledge) -> tuple[TreatmentOption, ...]:
    """The treatment step, once."""
    return options(
        Situation(
            findings,
            patient=Patient(age_years=54.0, sex="female"),
            subtypes={"dystrophic": Verdict.MET},
            causes=["systemic_sclerosis", "dermatomyositis"],
            forms=[],
            leading="dystrophic",
            knowledge=knowledge,
        )
    )


def main() -> None:
    knowledge, findings = load(), patient()
    found = step(findings, knowledge)
    wall, cpu = [], []
    for _ in range(ROUNDS):
        start, used = time.perf_counter(), time.process_time()
        step(findings, knowledge)
        wall.append(1000 * (time.perf_counter() - start))
        cpu.append(1000 * (time.process_time() - used))
    late = sorted(wall)[int(0.95 * ROUNDS)]
    print(f"{len(found)} treatments, {ROUNDS} rounds")
    print(f"wall: median {statistics.median(wall):.2f} ms, 95 % {late:.2f} ms")
    print(f"processor: median {statistics.median(cpu):.2f} ms")


if __name__ == "__main__":
    main()
