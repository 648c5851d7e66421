"""Words and codes in which records judge a result, brought to low, normal, high, positive, negative."""

from __future__ import annotations

_SPELLINGS = {
    "low": "l, ll, lu, <, low, decreased, below normal, below low normal, critical low",
    "high": "h, hh, hu, >, high, increased, elevated, raised, above normal, above high normal, critical high",
    "normal": "n, normal, within normal limits, wnl, nl",
    "positive": "pos, positive, det, detected, rr, wr, reactive, present",
    "negative": "neg, negative, nd, not detected, nr, non-reactive, nonreactive, absent",
}
_FLAGS = {written: flag for flag, listed in _SPELLINGS.items() for written in listed.split(", ")}


def flag_of(words: str) -> str:
    """The flag that a word or an interpretation code stands for; empty for any other."""
    return _FLAGS.get(words.casefold(), "")
