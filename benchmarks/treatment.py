"""How long the treatment step takes for one patient, in process. Target: 5 ms or less at the median.

Run: python benchmarks/treatment.py
"""

from __future__ import annotations

import statistics
import time

from calcinosis.conclusions.treatment import options
from calcinosis.knowledge import load
from calcinosis.model import Finding, Findings, Patient, Status, Verdict

ROUNDS = 200


def patient() -> tuple[Findings, Patient]:
    """A woman with scleroderma, several drugs and measured values: many treatments to weigh."""
    present = [
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
    ]
    by_id = {name: Finding(id=name, status=Status.PRESENT) for name in present}
    values = {"age_years": 54.0, "body_weight": 54.0, "body_height": 160.0, "egfr": 55.0, "lesion_size": 30.0}
    measured = {name: Finding(id=name, status=Status.PRESENT, value=value) for name, value in values.items()}
    return Findings(by_id, measured), Patient(age_years=54.0, sex="female")


def main() -> None:
    knowledge = load()
    findings, who = patient()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        found = options(
            findings,
            patient=who,
            subtypes={"dystrophic": Verdict.MET},
            causes=["systemic_sclerosis", "dermatomyositis"],
            forms=[],
            knowledge=knowledge,
            leading="dystrophic",
        )
        times.append(1000 * (time.perf_counter() - start))
    times.sort()
    print(f"{len(found)} treatments, {ROUNDS} rounds")
    print(
        f"median {statistics.median(times):.2f} ms, 95 % {times[int(0.95 * ROUNDS)]:.2f} ms, first {times[-1]:.2f} ms"
    )


if __name__ == "__main__":
    main()
