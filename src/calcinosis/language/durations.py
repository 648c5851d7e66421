"""How long a lesion has been there: `present for 8 months`, `3/12 history of a nodule`, `a lump x 4 yrs`.

"Gouty arthritis for 4 years" and "a 10-year history of diabetes" are durations of a disease: one that only
its neighbours explain is the lesion's when a lesion is named beside it, and no disease or treatment in
between.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from calcinosis.knowledge import Knowledge
from calcinosis.language.dimensions import FIGURE, NUMBERS, UNITS, Dimension
from calcinosis.language.mentions import Mention
from calcinosis.language.tokens import alternatives
from calcinosis.model import Quantity

_FIGURES = re.compile(rf"(?P<num>(?=\d){FIGURE})[\s-]{{0,4}}{UNITS}\b", re.I)
_SPELLED = re.compile(rf"(?<![^\W\d_])(?P<num>{alternatives(NUMBERS)})\b[\s-]{{0,4}}{UNITS}\b", re.I)
# "3/12", "6/52" and "2/7" are months, weeks and days.
_PARTS = re.compile(r"(?<![\d/])(?P<num>\d{1,3})/(?P<unit>12|52|7)(?![\d/])")
_PAST = (
    r"(?:(?:the\s+)?(?:past|last|previous|preceding)\s+)?"
    r"(?:about\s+|approximately\s+|around\s+|over\s+|at\s+least\s+|some\s+|~\s?)?"
)
_LASTING = (
    r"\b(?:present|lasting|persisting|persistent|duration|evolving)\b[^.;\n\d]{0,24}?"
    r"(?:for|over|of|since|during|x|×)?\s*"
)
_BEGAN = (
    r"\b(?:developed|noted|noticed|appeared|began|started|history\s+of)\b[^.;\n\d]{0,24}?"
    r"(?:for|over|of|since|during)?\s*"
)
_FOR = r"(?:\b(?:for|over|during)\s+|(?<!\w)[x×]\s?)"
_REACH = 48
_CLAUSE_END = re.compile(r"[;\n]|[.!?](?=\s|$)")
_MONTHS = {"y": 12.0, "m": 1.0, "w": 12 / 52.18, "d": 12 / 365.25, "h": 12 / 8766}
_OF_PARTS = {"12": "m", "52": "w", "7": "d"}


class _Form(NamedTuple):
    """A way to write a duration: what leads to it or what follows it, and on which side the lesion is named.

    `parts`: as 3/12; `beside`: neither side where the words suffice.
    """

    leads: re.Pattern[str] | None
    follows: re.Pattern[str] | None
    parts: bool
    beside: Literal["", "before", "after"]


class _Lasted(NamedTuple):
    """A number with a unit, and with the words that make it a duration."""

    start: int
    end: int
    months: float


def _led(leads: str, beside: Literal["", "before"] = "", *, parts: bool = False) -> _Form:
    return _Form(re.compile(rf"(?:{leads}){_PAST}\Z", re.I), None, parts, beside)


def _followed(follows: str, *, parts: bool = False) -> _Form:
    return _Form(None, re.compile(follows, re.I), parts, "after")


_FORMS = (
    _led(_LASTING),
    _led(_LASTING, parts=True),
    _followed(r"[\s-]{1,4}(?:history|duration|evolution|h/o|hx)\b"),
    _followed(r"\s*(?:history|duration|hx|h/o|of)\b", parts=True),
    _led(_BEGAN, "before"),
    _led(_FOR, "before"),
    _led(_FOR, "before", parts=True),
)
_LONGEST_LEAD = 96


def durations(text: str, mentions: Sequence[Mention], knowledge: Knowledge) -> Iterator[Dimension]:
    """The first duration of a lesion that `text` states, in months."""
    spans = sorted(
        (*_FIGURES.finditer(text), *_SPELLED.finditer(text)), key=lambda match: (match.start(), match.end())
    )
    parts = list(_PARTS.finditer(text)) if "/" in text else []
    apart = knowledge.built("language.durations.apart", _apart)
    for form in _FORMS:
        for match in parts if form.parts else spans:
            found = _in_form(text, match, form)
            if found is not None and _of_lesion(text, found, form.beside, mentions, apart):
                yield Dimension("lesion_duration", Quantity(found.months, "mo"), found.start, found.end)
                return


def _in_form(text: str, match: re.Match[str], form: _Form) -> _Lasted | None:
    """The duration that a number with its unit is in such words."""
    start, end = match.span()
    if form.leads is not None:
        lead = form.leads.search(text, max(start - _LONGEST_LEAD, 0), start)
        if lead is None:
            return None
        start = lead.start()
    if form.follows is not None:
        behind = form.follows.match(text, end)
        if behind is None or text[max(start - 1, 0) : start].endswith((".", *"0123456789")):
            return None
        end = behind.end()
    written = _OF_PARTS.get(match["unit"]) or match["unit"][0].lower()
    return _Lasted(start, end, _counted(match["num"]) * _MONTHS[written])


def _apart(knowledge: Knowledge) -> frozenset[str]:
    """Findings that are no lesion and nothing a patient comes with: diseases, drugs and the like."""
    held = knowledge.contents
    return frozenset(
        name
        for name, term in held.findings.items()
        if not held.kinds[term.kind].describes_lesion and not held.kinds[term.kind].presenting
    )


def _of_lesion(
    text: str, found: _Lasted, beside: str, mentions: Sequence[Mention], apart: frozenset[str]
) -> bool:
    """Whether the first thing named on that side is a lesion, or at least nothing else is named there."""
    if not beside:
        return True
    if beside == "before":
        start = max(found.start - _REACH, 0)
        window = _CLAUSE_END.split(text[start : found.start])[-1]
        near = [one for one in reversed(mentions) if found.start - len(window) <= one.start < found.start]
    else:
        window = _CLAUSE_END.split(text[found.end : found.end + _REACH])[0]
        near = [one for one in mentions if found.end <= one.start < found.end + len(window)]
    for one in near:
        if any(target.kind == "lesion" for target in one.targets):
            return True
        if any(target.kind == "analyte" or target.id in apart for target in one.targets):
            return False
    return beside == "after" and not near


def _counted(number: str) -> float:
    """A number in figures or in a word."""
    word = number.casefold()
    return float(NUMBERS[word]) if word in NUMBERS else float(number.replace(",", "."))
