"""Whether the columns of a table of results go from the newest to the oldest, by the dates above them."""

from __future__ import annotations

import re

_COLUMNS = re.compile(r"\d[^\n]*?(?: {2,}|\t|\|)[^\n]*?\d")
_GAP = re.compile(r" {2,}|\t|\|")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(
    rf"\b(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)(?:-(?P<day>\d\d))?\b|"
    rf"\b(?:(?P<on>\d{{1,2}})\s)?(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?(?:\s(?P<of>(?:19|20)\d\d))?\b|"
    r"\b(?P<bare>(?:19|20)\d\d)\b",
    re.I,
)
_FARTHEST = 2_000
_LINES = 14
Day = tuple[int, int, int]


def descending(text: str, place: int, row: str) -> bool:
    """Whether `row`, which begins at `place`, stands below dates of which the first is the last in time."""
    if not _COLUMNS.search(row):
        return False
    above = text[max(place - _FARTHEST, 0) : place].split("\n")[:-1]
    for line in above[: -_LINES - 1 : -1]:
        if not line.strip():
            return False
        days = [_day(match) for match in _DATE.finditer(line)] if _GAP.search(line.strip()) else []
        if len(days) > 1:
            return days[0] > days[-1]
    return False


def _day(match: re.Match[str]) -> Day:
    if match["bare"]:
        return int(match["bare"]), 0, 0
    if match["year"]:
        return int(match["year"]), int(match["month"]), int(match["day"] or 0)
    return int(match["of"] or 0), 1 + _MONTHS.index(match["name"].lower()), int(match["on"] or 0)
