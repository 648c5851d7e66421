"""Numbers, quantities and reference ranges written as words: `<0.1 mg/dL`, `0,8 - 1,3`, `up to 40`."""

from __future__ import annotations

import re
from math import isfinite

from calcinosis.model import Quantity, Range

_NUMBER = r"[-+]?\d[\d.,]*(?:[eE][-+]?\d{1,3})?"
_UNIT = r"[^\W\d_µμ]?[^\s\d<>=,;:()][^\s,;:()<>=]*(?:\s?/\s?[^\s,;:()<>=]+)?"
_COMPARATORS = {
    "<": "<",
    "<=": "<=",
    "=<": "<=",
    "≤": "<=",
    ">": ">",
    ">=": ">=",
    "=>": ">=",
    "≥": ">=",
    "less than": "<",
    "below": "<",
    "under": "<",
    "more than": ">",
    "greater than": ">",
    "above": ">",
    "over": ">",
    "at most": "<=",
    "up to": "<=",
    "at least": ">=",
}
_WORDS = "|".join(sorted(map(re.escape, _COMPARATORS), key=len, reverse=True))
_QUANTITY = re.compile(rf"(?P<cmp>{_WORDS})?\s*(?P<num>{_NUMBER})\s*(?P<unit>{_UNIT}|x?\s?10\S*)?", re.I)
_BETWEEN = re.compile(
    rf"(?P<low>{_NUMBER})\s*(?:{_UNIT})?\s*(?:-|–|—|−|\bto\b|\.\.\.?)\s*(?P<high>{_NUMBER})"
    rf"\s*(?P<unit>{_UNIT})?",
    re.I,
)
_LONGEST = 80


def numeral(written: str) -> float | None:
    """A number with a decimal point or comma; None when it is none, or when a comma could mean either.

    `0,8` is 0.8; `1,234,567` and `1,234.5` hold thousands; `1,234` alone may be either and is not read.
    """
    plain = written.strip()
    if plain.count(",") == 1 and "." not in plain:
        head, tail = plain.split(",")
        if len(tail) == 3 and head.lstrip("+-") not in ("", "0"):
            return None
        plain = f"{head}.{tail}"
    elif "," in plain and not re.fullmatch(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", plain, re.A):
        return None
    try:
        found = float(plain.replace(",", ""))
    except ValueError:
        return None
    return found if isfinite(found) else None


def quantity(written: str) -> Quantity | None:
    """A number with an optional comparator before it and unit after it, and nothing else."""
    plain = written.strip()
    match = _QUANTITY.fullmatch(plain) if plain and len(plain) <= _LONGEST else None
    value = numeral(match["num"]) if match else None
    if match is None or value is None:
        return None
    comparator = _COMPARATORS[" ".join(match["cmp"].casefold().split())] if match["cmp"] else ""
    return Quantity(value, (match["unit"] or "").strip(), comparator)


def between(written: str) -> Range | None:
    """Two numbers with one unit, as `0.8-1.3 mg/dL` or `10 to 65 pg/mL`, and nothing else."""
    plain = written.strip().strip("()[]").strip()
    match = _BETWEEN.fullmatch(plain) if plain and len(plain) <= _LONGEST else None
    if match is None:
        return None
    low, high = numeral(match["low"]), numeral(match["high"])
    return (
        Range(low, high, (match["unit"] or "").strip())
        if low is not None and high is not None and low <= high
        else None
    )


def reference(written: str) -> Range | None:
    """A reference range in words: `0.8-1.3`, `<4.7`, `10 to 65 pg/mL`, `(3.5 - 5.2)`; else None."""
    plain = written.strip().strip("()[]").strip()
    if not plain or len(plain) > _LONGEST:
        return None
    if _BETWEEN.fullmatch(plain) is not None:
        return between(plain)
    bound = quantity(plain)
    if bound is None or not bound.comparator:
        return None
    upper = bound.comparator.startswith("<")
    return Range(None, bound.value, bound.unit) if upper else Range(bound.value, None, bound.unit)
