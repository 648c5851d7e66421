"""How long a consult takes: a FHIR bundle, a note, the command's cold start. Run: python benchmarks/consult.py

In-process figures are CPU time per consult (parse, read, conclude), after one warm-up round, with what consults
share out of garbage collection, as the command line does for many records; the cold start is the wall time of a
new process, best and median of ten. Without arguments the shipped examples are measured; a
folder of records may be given instead.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from calcinosis import consult

ROOT = Path(__file__).resolve().parent.parent


def without_notes(bundle: bytes) -> bytes:
    """The bundle without its documents: what is left is coded and worded elements."""
    held = msgspec.json.decode(bundle)
    held["entry"] = [
        entry for entry in held.get("entry", []) if entry["resource"]["resourceType"] != "DocumentReference"
    ]
    return msgspec.json.encode(held)


def timed(records: list[bytes], rounds: int) -> list[float]:
    """Milliseconds of CPU for each consult."""
    for record in records:
        consult(record, "2026-01-01").knowledge.settle()
    times = []
    for _ in range(rounds):
        for record in records:
            start = time.process_time_ns()
            consult(record, "2026-01-01")
            times.append((time.process_time_ns() - start) / 1e6)
    return times


def report(label: str, times: list[float]) -> None:
    ordered = sorted(times)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    rate = 1000 / statistics.mean(times)
    print(
        f"{label:34} median {statistics.median(times):7.2f} ms   p99 {p99:7.2f} ms   {rate:7.0f} per CPU-second"
    )


def cold_start(record: Path) -> None:
    command = [sys.executable, "-m", "calcinosis", "consult", str(record), "--format", "json"]
    times = []
    for _ in range(10):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append((time.perf_counter() - start) * 1000)
    print(
        f"{'cold start of the command':34} best   {min(times):7.0f} ms   median {statistics.median(times):5.0f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "examples")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    bundles = [path.read_bytes() for path in sorted(options.folder.glob("*.json"))]
    bundles = [bundle for bundle in bundles if b'"Bundle"' in bundle[:400]]
    notes = [path.read_bytes() for path in sorted(options.folder.glob("*.txt"))]
    bare = [without_notes(bundle) for bundle in bundles]
    report(f"bundle without notes ({len(bare)})", timed(bare, options.rounds))
    report(f"bundle with its notes ({len(bundles)})", timed(bundles, options.rounds))
    if notes:
        report(f"note ({len(notes)})", timed(notes, options.rounds))
    scratch = ROOT / "build"
    scratch.mkdir(exist_ok=True)
    (scratch / "bundle.json").write_bytes(bare[0])
    cold_start(scratch / "bundle.json")


if __name__ == "__main__":
    main()
