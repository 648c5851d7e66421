"""Whether a text is about one patient: several, by label, number or identifier, must not be merged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from calcinosis.language.dimensions import presented
from calcinosis.language.plain import plain

_START = r"(?:(?<=[.!?])[ \t]+|(?<=;)[ \t]*|^)[ \t#*_>-]{0,8}"
_WHICH = r"(?:\d{1,2}|one|two|three|four|five|six|[A-H]|I{1,3}|IV|V|VI)"
_NAMED = re.compile(
    rf"{_START}(?P<label>(?i:patient|case|pt|subject|twin|participant)[ \t]*(?i:no\.?|number|#|nr\.?)?[ \t]*"
    rf"(?P<which>{_WHICH}))\b[*_]{{0,3}}(?=[ \t]*(?:[:.)–—,-]|$)|[ \t]+(?:is|was|an?)\b)",
    re.M,
)
_COUNTED = re.compile(
    rf"{_START}(?P<label>(?:the[ \t]+)?(?P<which>first|second|third|fourth|1st|2nd|3rd|4th)[ \t]+"
    r"(?:patient|case)\b)",
    re.M | re.I,
)
_IDENTIFIED = re.compile(
    r"\b(?P<label>MRN|NHS[ \t]+(?:no\.?|number)|hospital[ \t]+(?:no\.?|number)|(?:patient|hospital)[ \t]+ID|"
    r"DOB|D\.O\.B\.|date[ \t]+of[ \t]+birth)[ \t]*[:#=-]?[ \t]*(?P<which>\d[\d/. -]{3,18}\d)",
    re.I,
)
_KIN = re.compile(
    r"\b(?:mother|father|parent|mum|mom|dad|next of kin|sister|brother|donor|spouse|partner)", re.I
)


def several(text: str) -> tuple[str, ...]:
    """What tells that a text is about several patients, without a value of theirs; empty if it is not."""
    text = plain(text).text
    for found in (_distinct(_NAMED.finditer(text)), _distinct(_COUNTED.finditer(text))):
        if len(found) > 1:
            return found
    return tuple(_identities(text)) or _presentations(text)


def _distinct(matches: Iterable[re.Match[str]]) -> tuple[str, ...]:
    """The labels of different persons, each as first written."""
    labels: dict[str, str] = {}
    for match in matches:
        labels.setdefault(match.group("which").casefold(), " ".join(match.group("label").split()))
    return tuple(labels.values())


def _identities(text: str) -> Iterator[str]:
    """Kinds of identifier that have more than one value."""
    values: dict[str, set[tuple[str, ...]]] = {}
    for match in _IDENTIFIED.finditer(text):
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if not _KIN.search(line):
            digits = re.findall(r"\d+", match.group("which"))
            parts = sorted(digits) if len(digits) == 3 else ["".join(digits)]  # a date, in whatever order
            label = match.group("label").upper().replace(".", "")[:3]
            values.setdefault(label, set()).add(tuple(part.lstrip("0") for part in parts))
    for label, found in values.items():
        if len(found) > 1:
            yield (
                f"{len(found)} dates of birth" if label in ("DOB", "DAT") else f"{len(found)} patient numbers"
            )


def _presentations(text: str) -> tuple[str, ...]:
    """Paragraphs that each begin with a person of another sex, or a numbered list of persons."""
    found = list(presented(text))
    sexes = {sex for _, sex, _ in found}
    numbered = {(age, sex) for age, sex, numbered in found if numbered}
    if len(sexes) > 1 or len(numbered) > 1:
        return (f"{max(len(sexes), len(numbered))} persons of their own age and sex",)
    return ()
