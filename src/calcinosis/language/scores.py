"""Scores behind a complaint: "pain 9/10", "painful (7-8 out of 10)", "10/10 pain".

Which findings a score is written with, and out of what, stands with its analyte. Of several in one clause the
last counts ("from 9/10 to 3/10").
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.schema import Analyte
from calcinosis.language.dimensions import Dimension
from calcinosis.language.mentions import Mention
from calcinosis.model import Quantity, Range

_SCORE = re.compile(
    r"(?<![\w./])(?P<low>\d{1,2}(?:\.\d)?)(?:\s?[-–]\s?(?P<high>\d{1,2}))?\s?(?:/|out\s+of)\s?"
    r"(?P<of>\d{1,3})\b(?!\s?[/\d]|\.\d)"
)
# "Pain since 9/10" is a date.
_DATED = re.compile(r"\b(?:since|on|until|till|by|before|after|from\s+the)\s*$", re.I)
_CLAUSE_END = re.compile(r"[.!?](?=\s|$)|[;\n]")
_BEHIND, _AHEAD = 60, 12


def scores(text: str, mentions: Sequence[Mention], knowledge: Knowledge) -> Iterator[Dimension]:
    """The last score of each clause that tells one."""
    scored = knowledge.built("language.scores", _scored)
    told: dict[int, Dimension] = {}
    for match in _SCORE.finditer(text):
        low, of = float(match["low"]), int(match["of"])
        high = float(match["high"] or low)
        if not low <= high <= of or _DATED.search(text[max(match.start() - 12, 0) : match.start()]):
            continue
        begin, end = _clause(text, match)
        for analyte in (one for one in scored if one.out_of == of):
            if _said_of(analyte, match, mentions, (begin, end), knowledge):
                value = Quantity(low, "1") if low == high else Range(low, high, "1")
                told[begin] = Dimension(analyte.id, value, match.start(), match.end())
    yield from told.values()


def _clause(text: str, match: re.Match[str]) -> tuple[int, int]:
    before = list(_CLAUSE_END.finditer(text, max(match.start() - _BEHIND, 0), match.start()))
    after = _CLAUSE_END.search(text, match.end(), match.end() + _AHEAD)
    begin = before[-1].end() if before else max(match.start() - _BEHIND, 0)
    return begin, after.start() if after else match.end() + _AHEAD


def _said_of(
    analyte: Analyte,
    match: re.Match[str],
    mentions: Sequence[Mention],
    clause: tuple[int, int],
    knowledge: Knowledge,
) -> bool:
    """Whether what is named nearest before the number, or else behind it, is what it measures."""
    first = bisect_left(mentions, clause[0], key=lambda one: one.start)
    last = bisect_left(mentions, clause[1], key=lambda one: one.start)
    near = [one for one in mentions[first:last] if _tells(one, knowledge)]
    before = [one for one in near if one.start < match.start()]
    behind = [one for one in near if one.start >= match.end()]
    chosen = before[-1:] or behind[:1]
    return any(
        target.id == analyte.id or target.id in analyte.scored_with
        for one in chosen
        for target in one.targets
    )


def _tells(mention: Mention, knowledge: Knowledge) -> bool:
    """Whether a mention names anything but a place."""
    held = knowledge.contents
    names = [target.id for target in mention.targets if target.kind == "finding"]
    return any(target.kind == "analyte" for target in mention.targets) or any(
        not held.kinds[held.findings[name].kind].is_site for name in names
    )


def _scored(knowledge: Knowledge) -> tuple[Analyte, ...]:
    return tuple(one for one in knowledge.contents.analytes.values() if one.out_of)
