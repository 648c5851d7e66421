"""How many differentials a second of processor time one core makes, over all diseases, in process.

Run: python benchmarks/differential.py [seconds]
Three figures: probabilities alone; the ranked candidates; every candidate with its whole explanation.
Patients are drawn from the matrix itself with a fixed seed, twelve findings each and an age.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from random import Random
from time import process_time

from calcinosis.conclusions.differential.ranking import Engine, engine
from calcinosis.knowledge import load
from calcinosis.model import Finding, Findings, Status

WANTED = 1000


def patients(made: Engine, n: int = 200) -> list[Findings]:
    """Patients drawn from the rates of one hypothesis each, in turn."""
    random = Random(20260101)  # noqa: S311
    names = sorted(made.tables.rates)
    return [_patient(made, names, place % len(made.tables.hypotheses), random) for place in range(n)]


def _patient(made: Engine, names: list[str], place: int, random: Random) -> Findings:
    shown = sorted(names, key=lambda name: -made.tables.rates[name][place] * random.random())[:10]
    missing = random.sample([name for name in names if name not in shown], 2)
    found = {name: Finding(id=name, status=Status.PRESENT) for name in shown}
    found |= {name: Finding(id=name, status=Status.ABSENT) for name in missing}
    age = Finding(id="age_years", status=Status.PRESENT, value=random.uniform(0, 90), unit="a")
    return Findings(found, {"age_years": age})


def per_second(task: Callable[[Findings], object], drawn: list[Findings], seconds: float) -> float:
    """Calls of `task` a second, over whole rounds of the patients."""
    done, start = 0, process_time()
    while process_time() - start < seconds:
        for findings in drawn:
            task(findings)
        done += len(drawn)
    return done / (process_time() - start)


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    made = engine(load())
    drawn = patients(made)
    tasks: dict[str, Callable[[Findings], object]] = {
        "probabilities": lambda f: made.differential(f, "dermatology").probabilities,
        "ranked candidates": lambda f: made.differential(f, "dermatology").candidates,
        "with every explanation": lambda f: made.differential(f, "dermatology").to_dict(),
    }
    rates = {name: per_second(task, drawn, seconds) for name, task in tasks.items()}
    for name, rate in rates.items():
        print(f"{name}: {rate:,.0f} a second")
    return 0 if rates["ranked candidates"] >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
