"""What is said of the terms of the vocabulary: the steps FanOut (of terms) and Definite of the plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from calcinosis.findings.coding import OVER, Meaning, allowed, meanings
from calcinosis.findings.dictionaries import said_of, says
from calcinosis.findings.index import Index
from calcinosis.findings.rows import Statement
from calcinosis.findings.selection import current, latest
from calcinosis.model import LOCALLY, SUSPECTED, Assertion, Code, Kind, Observation, Status


def statements(seen: Observation, meaning: Meaning, as_of: datetime, index: Index) -> Iterator[Statement]:
    """The terms that an observation speaks of, as what of it bears on the patient now."""
    if seen.kind is Kind.ALLERGY:
        yield from (
            Statement(name, seen, says(said_of(seen, index))) for name in _allergies(seen, meaning, index)
        )
        return
    said = says(said_of(seen, index))
    over = seen.past or ended(seen, as_of)
    told = [
        (name, match)
        for name, match in meaning.findings
        if not ((over or match == OVER) and index.term[name].current)
        and (index.term[name].locally or not given_locally(seen))
    ]
    for name, match in told:
        if allowed(match, said):
            yield from _of_term(name, seen, said, over or match == OVER, index)
    for site in _sites(seen, said, (name for name, _ in told), index):
        yield Statement(site.codes[0].code, site, Status.PRESENT)
    if seen.family:
        kin = dict.fromkeys(kin for name, _ in meaning.findings for kin in index.kin.get(name, ()))
        yield from (Statement(name, seen, said) for name in kin if index.term[name].family)


def _of_term(name: str, seen: Observation, said: Status, over: bool, index: Index) -> Iterator[Statement]:
    """What is said of a relative says nothing of a finding of the patient, nor the other way round."""
    held = index.term[name]
    told = [(name, said)]
    if held.now and not over:
        told.append((held.now, said))
    if held.queried and not over:
        told.append(
            (
                held.queried,
                Status.PRESENT if said is Status.UNKNOWN and SUSPECTED in seen.qualifiers else said,
            )
        )
    for term, status in told:
        if index.term[term].family == seen.family:
            yield Statement(term, seen, status)


def _allergies(seen: Observation, meaning: Meaning, index: Index) -> Iterable[str]:
    """The allergies that an entry of an allergy list means: a substance there is never said to be taken."""
    denied = seen.assertion is Assertion.NEGATED
    return dict.fromkeys(
        row.allergy
        for name, _ in meaning.findings
        for row in index.allergy.get(name, ())
        if (row.denied or not denied) and index.term[row.allergy].family == seen.family
    )


def _sites(seen: Observation, said: Status, told: Iterable[str], index: Index) -> Iterator[Observation]:
    """Where the lesion is, by the body site that a statement about it is recorded with.

    Only what is there and is said of a lesion places it: a fracture of the elbow is no lesion there, and a
    nodule that was looked for and not found is none.
    """
    if not seen.sites or seen.family or said is not Status.PRESENT:
        return
    if any(index.term[name].of_lesion for name in told):
        for site in seen.sites:
            label = index.label(site)
            yield replace(
                seen,
                text=f"{seen.text}, body site: {label}" if seen.text else label,
                codes=(Code("calcinosis", site),),
                value=None,
                interpretation="",
            )


def given_locally(seen: Observation) -> bool:
    """Whether a drug was put on or into a place, as a cream or eye drops: it is not taken."""
    return seen.kind is Kind.MEDICATION and LOCALLY in seen.qualifiers


def ended(seen: Observation, as_of: datetime) -> bool:
    """Whether a course of treatment was over before `as_of`."""
    return seen.kind is Kind.MEDICATION and seen.until is not None and seen.until.first < as_of


def meaning_of(seen: Observation, index: Index) -> Meaning:
    """What an observation is about, over all of its codings."""
    return meanings(seen, index.coding)


def definite(said: Sequence[Statement], as_of: datetime) -> list[Statement]:
    """Statements not after the day; an uncertain one never overrules a definite one."""
    usable = [one for one in said if one.seen.effective is None or one.seen.effective.first <= as_of]
    return [one for one in usable if one.says is not Status.UNKNOWN] or usable


def last_said(said: Sequence[Statement], as_of: datetime) -> list[Statement]:
    """The newest of the statements, with those of the same time, in order."""
    ordered = current([one.seen for one in said], as_of)
    counting = latest(ordered)
    return [one for seen in counting for one in said if one.seen is seen]
