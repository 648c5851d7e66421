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
from calcinosis.language.lexicon import Mention
from calcinosis.model import Quantity

_SPELLED = rf"(?:{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
_SPAN = rf"(?P<num>{FIGURE}|{_SPELLED}\b)[\s-]{{0,4}}{UNITS}\b"
# "3/12", "6/52" and "2/7" are months, weeks and days.
_PARTS = r"(?<![\d/])(?P<num>\d{1,3})/(?P<unit>12|52|7)(?![\d/])"
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
    """A way to write a duration, and on which side the lesion is named; neither where words suffice."""

    pattern: re.Pattern[str]
    beside: Literal["", "before", "after"]


def _form(pattern: str, beside: Literal["", "before", "after"] = "") -> _Form:
    return _Form(re.compile(pattern, re.I), beside)


_FORMS = (
    _form(_LASTING + _PAST + _SPAN),
    _form(_LASTING + _PAST + _PARTS),
    _form(rf"(?<![\d.]){_SPAN}[\s-]{{1,4}}(?:history|duration|evolution|h/o|hx)\b", "after"),
    _form(rf"{_PARTS}\s*(?:history|duration|hx|h/o|of)\b", "after"),
    _form(_BEGAN + _PAST + _SPAN, "before"),
    _form(_FOR + _PAST + _SPAN, "before"),
    _form(_FOR + _PAST + _PARTS, "before"),
)


def durations(text: str, mentions: Sequence[Mention], knowledge: Knowledge) -> Iterator[Dimension]:
    """The first duration of a lesion that `text` states, in months."""
    apart = frozenset(
        name
        for name, term in knowledge.contents.findings.items()
        if not knowledge.contents.kinds[term.kind].describes_lesion
        and not knowledge.contents.kinds[term.kind].presenting
    )
    for form in _FORMS:
        for match in form.pattern.finditer(text):
            if _of_lesion(text, match, form.beside, mentions, apart):
                written = _OF_PARTS.get(match["unit"]) or match["unit"][0].lower()
                months = Quantity(_counted(match["num"]) * _MONTHS[written], "mo")
                yield Dimension("lesion_duration", months, match.start(), match.end())
                return


def _of_lesion(
    text: str, match: re.Match[str], beside: str, mentions: Sequence[Mention], apart: frozenset[str]
) -> bool:
    """Whether the first thing named on that side is a lesion, or at least nothing else is named there."""
    if not beside:
        return True
    if beside == "before":
        start = max(match.start() - _REACH, 0)
        window = _CLAUSE_END.split(text[start : match.start()])[-1]
        near = [one for one in reversed(mentions) if match.start() - len(window) <= one.start < match.start()]
    else:
        window = _CLAUSE_END.split(text[match.end() : match.end() + _REACH])[0]
        near = [one for one in mentions if match.end() <= one.start < match.end() + len(window)]
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
