"""What of a record means nothing to the vocabulary: said, not passed over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from calcinosis.findings.coding import meanings
from calcinosis.findings.index import index_of
from calcinosis.knowledge import Knowledge
from calcinosis.model import Ignored, Kind, Observation, Record, Unread

# How many names are told of each kind.
_NAMED = 10
_PHRASES = "phrases"
_PLURAL = {
    Kind.CONDITION: "conditions",
    Kind.MEASUREMENT: "measurements",
    Kind.MEDICATION: "drugs",
    Kind.PROCEDURE: "procedures",
    Kind.ALLERGY: "allergies",
    Kind.IMAGING: "imaging",
    Kind.SIGN: "observations",
}


def unread_of(record: Record, knowledge: Knowledge) -> tuple[Unread, ...]:
    """Entries that neither their codes nor their words give a meaning, by kind, with the commonest names.

    Phrases of its texts that look like findings and were not understood come last.
    """
    counted: dict[Kind, dict[str, int]] = {}
    coding = index_of(knowledge).coding
    for seen in record.observations:
        meaning = meanings(seen, coding)
        if not meaning.findings and not meaning.analytes:
            names = counted.setdefault(seen.kind, {})
            name = _name(seen)
            names[name] = names.get(name, 0) + 1
    found = [_unread(_PLURAL[kind], counted[kind]) for kind in Kind if kind in counted]
    if record.unread:
        phrases: dict[str, str] = {}
        for one in record.unread:
            phrases.setdefault(one.words.casefold(), one.words)
        found.append(_unread(_PHRASES, Counter(phrases[one.words.casefold()] for one in record.unread)))
    return tuple(found)


def _unread(kind: str, names: Mapping[str, int]) -> Unread:
    told = sorted((name for name in names if name), key=lambda name: (-names[name], name))
    return Unread(kind, sum(names.values()), tuple(told[:_NAMED]))


def _name(seen: Observation) -> str:
    """As the record calls it, without its value; else its first code."""
    displays = (code.display for code in seen.codes if code.display)
    codes = (f"{code.system} {code.code}" for code in seen.codes)
    return next(displays, "") or (seen.text if seen.value is None else "") or next(codes, "")


def passed_over(unread: tuple[Unread, ...]) -> Iterator[Ignored]:
    """The same as parts of the record that were not used."""
    for one in unread:
        named = f": {', '.join(one.names)}" if one.names else ""
        yield Ignored(one.kind, f"{one.count}{named}", "means nothing to the vocabulary")
