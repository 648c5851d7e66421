"""From observations to findings, as data: fifteen steps that every reader carries out.

A step takes relations (rows about one patient), looks things up in tables of the knowledge
(`knowledge.tables`) and in dictionaries (`findings.dictionaries`: pure functions of a small key, listed so
that one may ask for what another before it answered), and gives a relation. What it does is its type; what it
does it with stands in its fields. `findings.of_one` reads the plan for one patient and keeps, row by row, the
observations that decided; a database reads it for many.

    1  observation              -> statement     what a term is said of
    2  observation              -> measurement   what an analyte was measured in
    3  measurement              -> current       what counts on the day
    4  current                  -> reading       numbers as intervals, words as flags
    5  measurement, reading     -> reading       a panel's word, for members that have none
    6  reading                  -> reading       values that follow from others
    7  reading                  -> newest        the latest of each analyte, with its ties
    8  newest                   -> judged        low, normal, high
    9  judged                   -> sign          what each says of each finding
    10 sign                     -> given         one status for each analyte and finding
    11 given                    -> valued        one status for each finding that values give
    12 statement                -> definite      doubt never overrules
    13 definite                 -> stated        the latest of each term, with its ties
    14 stated, valued           -> found         one status for each finding
    15 found                    -> finding       with all that follows from it
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Relation = Literal[
    "observation",
    "statement",
    "measurement",
    "current",
    "reading",
    "newest",
    "judged",
    "sign",
    "given",
    "valued",
    "definite",
    "stated",
    "found",
    "finding",
]
Table = Literal[
    "term",
    "kin",
    "allergy",
    "analyte",
    "range",
    "gives",
    "panel",
    "prefer",
    "descends",
    "rival",
    "formula",
]
Lookup = Literal["meaning", "answer", "says", "judges", "titre", "factor"]


class Step(Struct, frozen=True, kw_only=True):
    """One step: the relations it reads, the relation it gives, the tables and dictionaries it asks."""

    reads: tuple[Relation, ...]
    gives: Relation
    tables: tuple[Table, ...] = ()
    dictionaries: tuple[Lookup, ...] = ()


class FanOut(Step, frozen=True, kw_only=True):
    """One row for each thing that the codes of an observation mean: a `term` or an `analyte`.

    A code says of a term no more than its match lets it: a kind of it is never its denial, something broader
    nothing but that, and a history of it is over. A drug that is put on a place is not taken, but for terms
    that hold `locally`.
    """

    of: Literal["term", "analyte"]


class Window(Step, frozen=True, kw_only=True):
    """Not after the day of the consultation, not older than the analyte's window; what has no date counts."""


class Read(Step, frozen=True, kw_only=True):
    """A number in the canonical unit, as the interval it stands for, and the word or flag beside it.

    So is the record's own range, where its unit can be converted. Two numbers between which a value lies are
    its interval; a titre is its number where the analyte is one. A number that cannot be converted or
    believed is left out with its flag; where only its unit is missing the flag counts without it. A value
    without a range of its own and a flag that exclude each other, by the fallback range, say nothing.
    """


class Speak(Step, frozen=True, kw_only=True):
    """The word `normal` of a panel, for members without a reading, for as long as one of their own counts.

    A panel has no number: one that stands there is that of no member.
    """


class Derive(Step, frozen=True, kw_only=True):
    """Each formula in its order, on the newest values; a recorded value as new as the result stands."""


class Latest(Step, frozen=True, kw_only=True):
    """The rows of the greatest `by` for each `per`; rows that tie count together. No date is before any."""

    per: Literal["term", "analyte"]
    by: tuple[Literal["effective", "issued"], ...] = ("effective", "issued")


class Judge(Step, frozen=True, kw_only=True):
    """Low, normal or high by the record's flag, its own range, the fallback; flag against range is open."""


class Sign(Step, frozen=True, kw_only=True):
    """What a judged reading says of each finding of its analyte."""


class Settle(Step, frozen=True, kw_only=True):
    """One status for each `per`: the definite one, and unknown where definite ones differ.

    What a panel's word alone says gives way to what is said of the finding itself.
    """

    per: tuple[Literal["analyte", "finding"], ...]


class Combine(Step, frozen=True, kw_only=True):
    """One status where several analytes give a finding: any, all or the preferred; panels last."""


class Definite(Step, frozen=True, kw_only=True):
    """Statements not after the day; doubtful ones only where there is no definite one."""


class Close(Step, frozen=True, kw_only=True):
    """What follows by meaning alone.

    Present makes what it implies present, also against a denial. Absent makes absent what implies it, unless
    it is vague, and present makes its rivals absent, where nothing was said of them.
    """


PLAN: tuple[Step, ...] = (
    FanOut(
        of="term",
        reads=("observation",),
        gives="statement",
        tables=("term", "kin", "allergy"),
        dictionaries=("meaning", "answer", "says"),
    ),
    FanOut(of="analyte", reads=("observation",), gives="measurement", dictionaries=("meaning", "answer")),
    Window(reads=("measurement",), gives="current", tables=("analyte",)),
    Read(
        reads=("current",),
        gives="reading",
        tables=("analyte", "range"),
        dictionaries=("judges", "titre", "factor"),
    ),
    Speak(
        reads=("measurement", "reading"),
        gives="reading",
        tables=("panel", "analyte"),
        dictionaries=("judges",),
    ),
    Derive(reads=("reading",), gives="reading", tables=("formula",)),
    Latest(per="analyte", reads=("reading",), gives="newest"),
    Judge(reads=("newest",), gives="judged", tables=("range",)),
    Sign(reads=("judged",), gives="sign", tables=("gives", "analyte", "range")),
    Settle(per=("analyte", "finding"), reads=("sign",), gives="given"),
    Combine(reads=("given",), gives="valued", tables=("term", "prefer")),
    Definite(reads=("statement",), gives="definite"),
    Latest(per="term", reads=("definite",), gives="stated"),
    Settle(per=("finding",), reads=("stated", "valued"), gives="found"),
    Close(reads=("found",), gives="finding", tables=("descends", "rival")),
)
