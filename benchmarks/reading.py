"""How long it takes to read a page of note, and to load what reads it. Run: python benchmarks/reading.py

Figures are CPU time of reading alone (a document, its words, their qualifiers), after one warm-up round: a
page is about 2,700 characters, made of the letters of `tests/first_sight` one after the other. Loading is that
of a new process and counts what comes after the knowledge base is there.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from calcinosis.knowledge import load
from calcinosis.language import read_text

ROOT = Path(__file__).resolve().parent.parent
LETTERS = ROOT / "tests/first_sight/letters"
PAGE = 2700
LOADING = """
import time
from calcinosis.knowledge import load
knowledge = load()
knowledge.contents
start = time.process_time_ns()
from calcinosis.language import read_text
read_text("No ulcer.", knowledge=knowledge, source="note", whole_note=True)
print((time.process_time_ns() - start) / 1e6)
"""


def pages(letters: list[str], length: int) -> list[str]:
    """Texts of at least that length, each of whole letters."""
    found, held = [], ""
    for letter in letters:
        held = f"{held}\n\n{letter}" if held else letter
        if len(held) >= length:
            found.append(held)
            held = ""
    return found


def timed(notes: list[str], rounds: int) -> list[float]:
    """Milliseconds of CPU for each note in each round."""
    knowledge = load()
    knowledge.settle()
    times = []
    for number in range(rounds + 1):
        for note in notes:
            start = time.process_time_ns()
            read_text(note, knowledge=knowledge, source="note", whole_note=True)
            if number:
                times.append((time.process_time_ns() - start) / 1e6)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=LETTERS, help="texts to read")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    letters = [path.read_text(encoding="utf-8") for path in sorted(options.folder.glob("*.txt"))]
    for length in (PAGE, 2 * PAGE, 4 * PAGE):
        notes = pages(letters, length)
        times = timed(notes, options.rounds)
        mean = statistics.mean(map(len, notes))
        print(
            f"{len(notes):3} notes of {mean:6.0f} characters   median {statistics.median(times):6.2f} ms   "
            f"per 1,000 characters {statistics.mean(times) / mean * 1000:5.2f} ms"
        )
    loading = [
        float(subprocess.run([sys.executable, "-c", LOADING], check=True, capture_output=True).stdout)
        for _ in range(5)
    ]
    print(f"loading the reader   best {min(loading):5.0f} ms   median {statistics.median(loading):5.0f} ms")


if __name__ == "__main__":
    main()
