"""The evaluation as tables: agreement with its interval, the confusion matrix, every miss with its reason."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from calcinosis.evaluation.alarms import FlagAccuracy, Share, flag_accuracy, raised
from calcinosis.evaluation.cases import FORMATS, UNDETERMINED, VISITS, Expected, expected_of, record_path
from calcinosis.evaluation.classification import Accuracy, accuracy, outcome
from calcinosis.evaluation.differential import Row, Validation
from calcinosis.evaluation.treatment import Offered, helped_in, offered
from calcinosis.presentation.calibration import (
    compared_differential,
    predictable,
    print_differential,
    refitted_differential,
    reliability,
)
from calcinosis.presentation.progress import tracked

# What an alarm is worth is told by the first visit.
FIRST_VISIT = VISITS[0]


def print_evaluation(
    folder: Path,
    *,
    as_of: str,
    form: str,
    visit: str,
    as_json: bool,
    letters: Path | None = None,
    figure: Path | None = None,
) -> None:
    """Evaluate and print; progress on stderr, result on stdout, a reliability diagram to `figure`."""
    console = Console(highlight=False)
    cases = expected_of(folder)
    results, differentials, treated = {}, {}, {}
    rows: dict[str, dict[str, list[Row]]] = {}
    helped = helped_in(folder)
    for at in VISITS if visit == "all" else (visit,):
        for kind in _held(folder, cases, at) if form == "all" else (form,):
            results[at, kind] = _subtypes(folder, cases, at, kind, as_of)
            held = rows.setdefault(kind, {})[at] = predictable(folder, cases, at, kind, as_of)
            differentials[at, kind] = compared_differential(held)
            if helped:
                treated[at, kind] = offered(folder, helped, at, kind, as_of)
    alarms = {
        kind: _alarms(folder, cases, letters, kind, as_of)
        for kind in (_held(folder, cases, FIRST_VISIT) if form == "all" else (form,))
    }
    refitted = {kind: refitted_differential(visits) for kind, visits in rows.items()}
    if as_json:
        plain = {
            "subtype": _plain(results),
            "alarms": {kind: msgspec.to_builtins(one) for kind, one in alarms.items()},
            "differential": {
                f"{at}.{kind}": {**msgspec.to_builtins(one), "refitted": _plain_refit(refitted[kind], at)}
                for (at, kind), one in differentials.items()
            },
        }
        sys.stdout.write(msgspec.json.encode(plain).decode() + "\n")
        return
    for (at, kind), result in results.items():
        _print_accuracy(console, f"subtype, {at} records, {kind}", result)
    for (at, kind), compared in differentials.items():
        validation = refitted[kind]
        found, fitted = (validation.visits[at], validation.fitted) if validation else (None, "")
        print_differential(console, f"differential, {at} records, {kind}", compared, found, fitted)
    for kind, flags in alarms.items():
        _print_alarms(console, f"red flags, {FIRST_VISIT} records, {kind}", flags)
    for (at, kind), one in treated.items():
        _print_offered(console, f"treatments that helped, {at} records, {kind}", one)
    if figure is not None:
        figure.write_text(reliability(next(iter(differentials.values())).differential), encoding="utf-8")


def _held(folder: Path, cases: list[Expected], visit: str) -> list[str]:
    """The formats in which the folder holds records of this visit."""
    return [
        kind for kind in FORMATS if any(record_path(folder, case.id, visit, kind).exists() for case in cases)
    ]


def _subtypes(folder: Path, cases: list[Expected], visit: str, form: str, as_of: str) -> Accuracy:
    with_subtype = [case for case in cases if case.subtype]
    return accuracy(
        [
            outcome(case, record_path(folder, case.id, visit, form), as_of)
            for case in tracked(with_subtype, f"{visit} {form}")
        ]
    )


def _alarms(
    folder: Path, cases: list[Expected], letters: Path | None, form: str, as_of: str
) -> tuple[FlagAccuracy, ...]:
    """Each red flag over the cases at the first visit, and over the letters where they are given."""
    patients = list(raised(folder, tracked(cases, f"{FIRST_VISIT} {form}"), FIRST_VISIT, form, as_of))
    if letters is not None:
        patients.extend(raised(letters, expected_of(letters), FIRST_VISIT, "note", as_of))
    return flag_accuracy(patients)


def _print_alarms(console: Console, title: str, flags: tuple[FlagAccuracy, ...]) -> None:
    table = Table(title=title, title_justify="left")
    for column in ("red flag", "raised where needed", "falsely raised", "raised elsewhere"):
        table.add_column(column)
    for one in flags:
        table.add_row(one.flag, _share(one.needed), _share(one.false), _share(one.elsewhere))
    console.print(table)
    for one in flags:
        for case in one.missed:
            console.print(f"  missed {escape(case)}: {one.flag}", soft_wrap=True)
        for case in one.falsely:
            console.print(f"  false {escape(case)}: {one.flag}", soft_wrap=True)
    console.print()


def _share(share: Share) -> str:
    if not share.total:
        return "·"
    return f"{share.raised}/{share.total} ({share.low:.0%}-{share.high:.0%})"


def _print_accuracy(console: Console, title: str, result: Accuracy) -> None:
    share = result.right / result.total if result.total else 0.0
    console.print(
        f"[bold]{title}[/bold]: {result.right} of {result.total} right, {share:.1%} "
        f"(95 % {result.low:.1%} to {result.high:.1%}); "
        f"of {result.definite} not provisional, {result.definite_right} right",
        soft_wrap=True,
    )
    console.print(_confusion(result))
    for item in result.outcomes:
        if not item.right:
            console.print(
                f"  miss {escape(item.case)}: accepted {'|'.join(item.accepted)}, "
                f"concluded {item.concluded}: {escape(item.why)}",
                soft_wrap=True,
            )
    console.print()


def _print_offered(console: Console, title: str, result: Offered) -> None:
    share = result.right / result.total
    console.print(
        f"[bold]{title}[/bold]: {result.right} of {result.total} suitable or to be considered, {share:.1%} "
        f"(95 % {result.low:.1%} to {result.high:.1%})",
        soft_wrap=True,
    )
    for one in result.misses:
        why = "; ".join(one.why) or "no indication recorded"
        console.print(
            f"  miss {escape(one.case)}: {one.treatment} {one.status}: {escape(why)}", soft_wrap=True
        )
    console.print()


def _confusion(result: Accuracy) -> Table:
    rows = sorted({row for row, _ in result.confusion})
    columns = sorted(
        {column for _, column in result.confusion}, key=lambda name: (name == UNDETERMINED, name)
    )
    table = Table(title="authors' first subtype (rows) against the one ranked first", title_justify="left")
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right")
    for row in rows:
        cells = [result.confusion.get((row, column), 0) for column in columns]
        table.add_row(row, *(str(cell) if cell else "·" for cell in cells))
    return table


def _plain(results: dict[tuple[str, str], Accuracy]) -> dict[str, object]:
    return {
        f"{visit}.{form}": {
            "right": result.right,
            "total": result.total,
            "interval": [result.low, result.high],
            "misses": [msgspec.to_builtins(item) for item in result.outcomes if not item.right],
        }
        for (visit, form), result in results.items()
    }


def _plain_refit(validation: Validation | None, visit: str) -> object:
    """The scores of the calibration that was fitted without the case, with what was chosen in each fold."""
    if validation is None:
        return None
    return {
        **msgspec.to_builtins(validation.visits[visit]),
        "chosen": msgspec.to_builtins(validation.chosen),
        "fitted": validation.fitted,
    }
