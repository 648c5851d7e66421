"""Write docs/reference/conformance.md: what of the specification each reader of the plan passes.

Runs the specification on every engine; nothing is written while a test fails.

Run: python tools/conformance_matrix.py
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/reference/conformance.md"
sys.path.insert(0, str(ROOT / "tests"))

from conformance.collected import modules  # noqa: E402
from conformance.engines import ENGINES  # noqa: E402
from conformance.marks import MARKS, engine_of  # noqa: E402

PASSED = "passed"
OUTCOMES = (PASSED, *MARKS.values())
INTRODUCTION = """\
# Conformance

One plan (`findings/plan.py`) and one set of criteria say how a record becomes findings and findings become
verdicts. Two readers carry them out: `python` for one patient, with the evidence; `duckdb` as SQL for many, which
is an oracle of the tests. Each case of the specification below runs on both. *Cannot*: it is not the engine's task.
*Not implemented*: it could be, and is not yet. A case so marked has to fail, else the mark is a failure.
"""


class Outcomes:
    """What became of each case: counts by module, engine and outcome, and the reasons of marks."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self.reasons: dict[tuple[str, str, str], str] = {}
        self.engines: dict[str, str] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Remember the engine of each test."""
        self.engines = {item.nodeid: engine for item in items if (engine := engine_of(item)) is not None}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count it."""
        engine = self.engines.get(report.nodeid)
        if engine is None or report.when != "call" or report.failed:
            return
        module, _, name = report.nodeid.partition("::")
        outcome, _, reason = getattr(report, "wasxfail", PASSED).partition(": ")
        self.counts[module, engine, outcome] += 1
        if reason:
            self.reasons[module, name.partition("[")[0], f"{engine} {outcome}"] = reason


def page(outcomes: Outcomes) -> str:
    """The page as it is written."""
    return "\n".join([INTRODUCTION, *_table(outcomes), "", *_marked(outcomes)])


def _table(outcomes: Outcomes) -> Iterator[str]:
    yield "| specification | " + " | ".join(f"{engine}: {', '.join(OUTCOMES)}" for engine in ENGINES) + " |"
    yield "|---|" + "---|" * len(ENGINES)
    for path in modules():
        module = path.relative_to(ROOT).as_posix()
        yield f"| `{module}` | " + " | ".join(_counts(outcomes, module, engine) for engine in ENGINES) + " |"
    totals = (" / ".join(str(_total(outcomes, engine, one)) for one in OUTCOMES) for engine in ENGINES)
    yield "| all | " + " | ".join(totals) + " |"


def _counts(outcomes: Outcomes, module: str, engine: str) -> str:
    return " / ".join(str(outcomes.counts[module, engine, outcome]) for outcome in OUTCOMES)


def _total(outcomes: Outcomes, engine: str, outcome: str) -> int:
    return sum(count for key, count in outcomes.counts.items() if key[1:] == (engine, outcome))


def _marked(outcomes: Outcomes) -> Iterator[str]:
    """Each marked test with its reason."""
    yield "## What is marked\n"
    for reason in dict.fromkeys(outcomes.reasons.values()):
        yield f"{reason}:\n"
        for (module, name, marked), given in sorted(outcomes.reasons.items()):
            if given == reason:
                yield f"- {marked}: `{name}` in `{Path(module).name}`"
        yield ""


def main() -> int:
    """Run, and write where all is as it is marked."""
    outcomes = Outcomes()
    code = pytest.main(["-q", "-p", "no:cacheprovider", *map(str, modules())], plugins=[outcomes])
    if code is not pytest.ExitCode.OK:
        return int(code)
    PAGE.write_text(page(outcomes), encoding="utf-8")
    print(f"written: {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
