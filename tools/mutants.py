"""How many changes to the code the tests notice, package by package, from what `mutmut run` left in mutants/.

Run: make mutants (all that are not judged yet), or make mutants PACKAGE=criteria (that package anew).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

FOLDER = Path("mutants/src/calcinosis")
NOTICED = ("killed", "timeout", "segfault", "caught by type check")


def judged() -> dict[str, dict[str, str]]:
    """Package -> mutant -> what became of it."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for path in sorted(FOLDER.rglob("*.meta")):
        package = path.relative_to(FOLDER).parts[0]
        for name, code in json.loads(path.read_text())["exit_code_by_key"].items():
            found[package][name] = status_by_exit_code[code]
    return found


def change(name: str) -> list[str]:
    """The lines that a mutant changes, before and after."""
    lines = get_diff_for_mutant(name).splitlines()
    return [line for line in lines if line[:1] in ("-", "+") and line[:3] not in ("---", "+++")]


def main() -> None:
    """Print every mutant that no test notices, then the score of each package."""
    found = judged()
    for mutants in found.values():
        for name, status in mutants.items():
            if status not in (*NOTICED, "not checked"):
                print(f"{name}: {status}", *change(name), sep="\n    ")
    for package, mutants in found.items():
        counts = Counter(mutants.values())
        tried = len(mutants) - counts.pop("not checked", 0)
        if tried:
            noticed = sum(counts[status] for status in NOTICED)
            told = ", ".join(f"{count} {status}" for status, count in counts.most_common())
            print(f"{package}: {noticed / tried:.1%} of {tried} mutants noticed ({told})")


if __name__ == "__main__":
    main()
