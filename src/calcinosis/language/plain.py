"""A text without what is not language in it: markup, invisible characters, unusual hyphens and spaces."""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from itertools import islice

from msgspec import Struct

_TAGS = (
    "a|abbr|b|blockquote|body|br|center|code|div|em|font|h[1-6]|head|hr|html|i|img|li|meta|ol|p|pre|small|span|"
    "script|strike|strong|style|sub|sup|table|tbody|td|tfoot|th|thead|title|tr|u|ul"
)
# A tag has no second "<" and a bounded length, so that "Ca <8 and P >5" and long texts are left alone.
_HIDDEN = re.compile(
    r"<!--[^<>]{0,500}-->|"
    rf"</?(?:(?P<block>p|br|div|li|tr|h[1-6]|ul|ol|table|hr)|{_TAGS})(?:\s[^<>]{{0,500}})?/?>|"
    r"&(?:[a-zA-Z]{2,8}|#\d{1,7}|#x[0-9a-fA-F]{1,6});",
    re.I,
)
_SAME_LENGTH = str.maketrans(
    dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))  # PO₄ is PO4
    | dict.fromkeys("\u2010\u2011\u2212\ufe63\uff0d", "-")
    | dict.fromkeys(
        "\u00a0\u202f\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u3000", " "
    )
)
# The charge of an ion: Ca²⁺ is Ca +, PO₄³⁻ is PO4 -, but 10⁹ stays what it is.
_CHARGE = re.compile(r"[¹²³⁴]?[⁺⁻]+")
_CHARGES = str.maketrans("¹²³⁴⁺⁻", "    +-")


_SMALL, _CAPITALS = re.compile(r"[a-z]{2,}"), re.compile(r"[A-Z]{2,}")
_LETTERS_A_SMALL_WORD = 150


class Plain(Struct, frozen=True):
    """A cleaned text, and for its stretches where they begin in it and how far they were moved."""

    text: str
    starts: tuple[int, ...] = (0,)
    moved: tuple[int, ...] = (0,)

    def original(self, place: int) -> int:
        """The place in the text as given of a place in the cleaned text."""
        return place + self.moved[bisect_right(self.starts, place) - 1]


def plain(text: str) -> Plain:
    """`text` as its reader sees it. Places can be traced back."""
    same = text.translate(_SAME_LENGTH)
    if not same.isascii():
        same = _CHARGE.sub(lambda match: match.group().translate(_CHARGES), same)
    if same.isascii() and "<" not in same and "&" not in same:
        return Plain(same)
    return patched(same, _replaced(same))


def in_capitals(text: str) -> bool:
    """Whether a text is written in capitals throughout, so that they tell nothing; a few words may not be."""
    few = len(text) // _LETTERS_A_SMALL_WORD
    return next(islice(_SMALL.finditer(text), few, None), None) is None and len(_CAPITALS.findall(text)) > few


def patched(text: str, changes: Sequence[tuple[int, int, str]]) -> Plain:
    """`text` with other words in some stretches (start, end, words), which are in order."""
    if not changes:
        return Plain(text)
    pieces: list[str] = []
    starts, moved = [0], [0]
    length, last = 0, 0
    for start, end, shown in changes:
        pieces.extend((text[last:start], shown))
        length += start - last + len(shown)
        last = end
        starts.append(length)
        moved.append(last - length)
    return Plain("".join((*pieces, text[last:])), tuple(starts), tuple(moved))


def _replaced(text: str) -> list[tuple[int, int, str]]:
    """Stretches of `text` that read differently: (start, end, what is read)."""
    found: list[tuple[int, int, str]] = []
    last = 0
    for match in _HIDDEN.finditer(text):
        found.extend(_invisible(text, last, match.start()))
        found.append((match.start(), match.end(), _shown(match)))
        last = match.end()
    found.extend(_invisible(text, last, len(text)))
    return found


def _invisible(text: str, start: int, end: int) -> list[tuple[int, int, str]]:
    if text[start:end].isascii():
        return []
    return [(at, at + 1, "") for at in range(start, end) if unicodedata.category(text[at]) == "Cf"]


def _shown(match: re.Match[str]) -> str:
    """What stands for a tag or a character reference."""
    written = match.group()
    if written.startswith("&"):
        return html.unescape(written).translate(_SAME_LENGTH)
    return "\n" if match.group("block") else ""
