"""Two scans of one patient side by side, each deposit marked with what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from calcinosis.imaging.model import Change, ChangeState, FollowUp, Measurement, Volume
from calcinosis.imaging.pictures import (
    FRONT,
    INK,
    PAPER,
    QUIET,
    Colour,
    mark,
    panel,
    png,
    scale_of,
    shape,
    stamp,
    text,
)

STATE_COLOURS: Mapping[ChangeState, Colour] = {
    "new": (200, 40, 40),
    "increased": (214, 92, 10),
    "stable": (120, 128, 138),
    "decreased": (40, 120, 190),
    "resolved": (20, 130, 120),
    "merged": (140, 70, 160),
    "split": (140, 70, 160),
    "not_assessable": (130, 118, 20),
}
STATE_MARKS: Mapping[ChangeState, str] = {
    "new": "cross",
    "increased": "triangle",
    "stable": "circle",
    "decreased": "triangle_down",
    "resolved": "diamond",
    "merged": "square",
    "split": "square",
    "not_assessable": "circle",
}


def comparison(
    baseline: tuple[Volume, Measurement],
    later: tuple[Volume, Measurement],
    follow_up: FollowUp,
    notes: Sequence[str] = (),
) -> bytes:
    """Baseline and later projection from the front, with the state of each deposit; PNG."""
    from PIL import Image

    scale = min(scale_of(baseline[0], 640), scale_of(later[0], 640))
    panels = [
        _panel(scan, measured, _states(follow_up, side), scale)
        for side, (scan, measured) in enumerate((baseline, later))
    ]
    gap, top, foot = 28, 60, 60 + 18 * len(notes)
    tall = max(one.height for one in panels)
    width = sum(one.width for one in panels) + 3 * gap
    sheet = Image.new("RGB", (max(width, 760), tall + top + foot), PAPER)
    x = gap
    for one, name in zip(panels, ("baseline", "later"), strict=True):
        sheet.paste(one, (x, top))
        text(sheet, (x, top - 20), f"R   {name}")
        text(sheet, (x + one.width - 10, top - 20), "L")
        x += one.width + gap
    text(sheet, (gap, 8), _headline(follow_up), size=16)
    _key(sheet, gap, tall + top + 20, follow_up)
    said = ["No change of single deposits: " + "; ".join(follow_up.refused)] if follow_up.refused else []
    for n, line in enumerate([*said, *notes]):
        text(sheet, (gap, tall + top + 42 + 18 * n), line, size=12, fill=QUIET)
    stamp(sheet)
    return png(sheet)


def _headline(follow_up: FollowUp) -> str:
    ratio = follow_up.totals.get("ratio")
    total = f", total x {ratio:.2f}" if ratio else ""
    return f"Change of calcium deposits{total}; colour: mean depth from skin"


def _states(follow_up: FollowUp, side: int) -> dict[str, Change]:
    """Deposit id to its change, in the baseline (0) or the later scan (1)."""
    return {
        name: change for change in follow_up.changes for name in (change.baseline_ids, change.later_ids)[side]
    }


def _panel(volume: Volume, measurement: Measurement, states: Mapping[str, Change], scale: float) -> Any:
    image = panel(volume, measurement, FRONT, scale, marked=False)
    found = [(one, states[one.id].state) for one in measurement.deposits if one.id in states]
    mark(
        image,
        volume,
        FRONT,
        scale,
        [(one, STATE_MARKS[state], STATE_COLOURS[state]) for one, state in found],
    )
    return image


def _key(sheet: Any, x: float, y: float, follow_up: FollowUp) -> None:
    for state, kind in STATE_MARKS.items():
        count = sum(change.state == state for change in follow_up.changes)
        if count:
            shape(sheet, (x + 7, y + 10), kind, STATE_COLOURS[state], radius=7)
            text(sheet, (x + 20, y + 2), f"{state.replace('_', ' ')} ({count})", fill=INK)
            x += 130
