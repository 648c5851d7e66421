"""Show how a change to code or knowledge changes answers.

Every record of the shared materials is carried down the pathway once and its answer is stored; two such
captures are compared, and what differs is grouped by what it is about. Nothing is shown of a record but its
name, ids, statuses, numbers and the arithmetic of doses.

Run: python tools/compare_answers.py capture --out BEFORE.json      the code found on PYTHONPATH
     python tools/compare_answers.py diff BEFORE.json AFTER.json    exits 1 when anything differs
     python tools/compare_answers.py diff --against main            captures main and this checkout first

A record is read as of 2026-01-01, the day of the shared checkers. A bundle of the third-party data is read as
of its own latest date, or 2026-11-30 where it has none: never as of today.
`--reasons` names a YAML file that maps a pattern of a group's title ("finding hypercalcaemia: *") to the
reason for the change; groups without a reason come last.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from answer_changes import SLIGHT, TOLERANCE, Difference, Group, compared, read_reasons
from captured_answers import AREAS, Source, capture, package, sources_in, store, stored

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("CALCINOSIS_SHARED", ROOT.parent / "shared"))


def report(found: Difference, limit: int) -> list[str]:
    """The difference as Markdown, which reads as plain text too; at most `limit` records a group, 0 for all."""
    lines = [f"identical: {found.identical} of {found.total} records"]
    if not found.groups:
        return lines
    lines += ["", "| area | groups | changes | records |", "|---|---:|---:|---:|"]
    lines += [_totals(area, found.of_area(area)) for area in found.areas()]
    for area in found.areas():
        explained = [group for group in found.of_area(area) if group.reason or not found.reasoned]
        lines += _section(area, explained, limit)
    if found.reasoned:
        lines += _section("unexplained", [group for group in found.groups if not group.reason], limit)
    if found.idle:
        lines += ["", "## reasons that fit no group", "", *[f"- {pattern}" for pattern in found.idle]]
    return lines


def _totals(area: str, groups: Sequence[Group]) -> str:
    changes = [change for group in groups for change in group.changes]
    return f"| {area} | {len(groups)} | {len(changes)} | {len({change.record for change in changes})} |"


def _section(head: str, groups: Sequence[Group], limit: int) -> list[str]:
    if not groups:
        return []
    return [
        "",
        f"## {head} ({len(groups)})",
        "",
        *[line for group in groups for line in _lines(group, limit)],
    ]


def _lines(group: Group, limit: int) -> Iterator[str]:
    size = len(group.changes)
    listed = group.changes[: limit or None]
    names = [f"{one.record} ({one.extent})" if one.extent else one.record for one in listed]
    more = [f"and {size - len(listed)} more"] if len(listed) < size else []
    yield f"- {group.title} in {size} {'record' if size == 1 else 'records'}: {', '.join([*names, *more])}"
    if group.reason:
        yield f"  - why: {group.reason}"


@contextmanager
def checkout(ref: str) -> Iterator[Path]:
    """A temporary worktree of a commit of this repository.

    Raises:
        ValueError: git knows no such commit.
    """
    git = ["git", "-C", str(ROOT)]
    asked = [*git, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"]
    commit = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    if not commit:
        raise ValueError(f"git knows no commit {ref}")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "tree"
        subprocess.run([*git, "worktree", "add", "--quiet", "--detach", str(place), commit], check=True)
        try:
            yield place
        finally:
            subprocess.run([*git, "worktree", "remove", "--force", str(place)], check=True)


def captured_of(tree: Path, given: argparse.Namespace) -> dict[str, Any]:
    """The capture of the code and knowledge of a tree, in a process of its own."""
    unset = ("CALCINOSIS_KNOWLEDGE", "PYTHONPATH")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "capture.json"
        command = [sys.executable, str(Path(__file__).resolve()), "capture", "--out", str(out)]
        command += ["--shared", str(given.shared), "--jobs", str(given.jobs)]
        subprocess.run(command, env={**environment, "PYTHONPATH": str(tree / "src")}, check=True)
        return stored(out)


def run_capture(given: argparse.Namespace) -> int:
    """Store the answers; say how many on stderr."""
    named = [Source(str(path), path.resolve()) for path in given.records]
    sources = named or sources_in(given.shared)
    if not sources:
        raise ValueError(f"{given.shared} holds no records. Name the folder with --shared, or name records.")
    captured = capture(sources, given.jobs)
    store(captured, given.out)
    states = Counter(str(answer["answer"][""]).partition(":")[0] for answer in captured["records"].values())
    counted = ", ".join(f"{times} {state}" for state, times in sorted(states.items()))
    print(f"{given.out}: {len(sources)} records ({counted})", file=sys.stderr)
    print(f"code {captured['code']}, {package()}", file=sys.stderr)
    return 0


def run_diff(given: argparse.Namespace) -> int:
    """Print the difference; 1 when there is one."""
    reasons = read_reasons(given.reasons) if given.reasons else None
    before, after = _both(given)
    found = compared(
        before,
        after,
        reasons=reasons,
        without=given.without,
        tolerance=given.tolerance,
        slight=given.slight,
    )
    print("\n".join(report(found, given.limit)))
    if given.markdown:
        head = ["# How the answers changed", "", f"From {before['code']} to {after['code']}.", ""]
        given.markdown.write_text("\n".join([*head, *report(found, given.limit), ""]), encoding="utf-8")
    return 1 if found.groups else 0


def _both(given: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any]]:
    if given.against:
        with checkout(given.against) as tree:
            return captured_of(tree, given), captured_of(ROOT, given)
    return stored(given.before), stored(given.after)


def parser() -> argparse.ArgumentParser:
    """The two verbs and their options."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    verbs = made.add_subparsers(required=True, metavar="VERB")
    many = argparse.ArgumentParser(add_help=False)
    many.add_argument("--shared", type=Path, default=SHARED, help=f"the materials (default: {SHARED})")
    many.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    first = verbs.add_parser("capture", parents=[many], help="store the answers of the code on PYTHONPATH")
    first.add_argument("records", nargs="*", type=Path, help="records instead of the shared materials")
    first.add_argument("--out", type=Path, required=True, help="the capture; packed where it ends in .gz")
    first.set_defaults(run=run_capture)
    second = verbs.add_parser("diff", parents=[many], help="show what differs; status 1 when anything does")
    second.add_argument("before", nargs="?", type=Path)
    second.add_argument("after", nargs="?", type=Path)
    second.add_argument("--against", metavar="GIT_REF", help="capture this commit and this checkout first")
    second.add_argument("--markdown", type=Path, help="write the report into this file too")
    second.add_argument("--reasons", type=Path, help="YAML: pattern of a group's title -> reason")
    second.add_argument(
        "--without",
        action="append",
        default=[],
        choices=AREAS,
        metavar="AREA",
        help=f"leave out one of: {', '.join(AREAS)}",
    )
    second.add_argument(
        "--limit", type=int, default=8, help="records named in a group, 0 for all (default: 8)"
    )
    second.add_argument("--tolerance", type=float, default=TOLERANCE, help="of numbers (default: 1e-6)")
    second.add_argument(
        "--slight",
        type=float,
        default=SLIGHT,
        help="smaller moves of probability count together (default: 0.01)",
    )
    second.set_defaults(run=run_diff)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; 2 when something cannot be read."""
    made = parser()
    given = made.parse_args(arguments)
    if given.run is run_diff and bool(given.against) == bool(given.after):
        made.error("diff wants BEFORE and AFTER, or --against GIT_REF")
    try:
        return int(given.run(given))
    except (ValueError, OSError, subprocess.CalledProcessError) as error:
        print(f"compare_answers: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
