"""The shape of `knowledge/leaflet.yaml`: the sentences that join what treatments say of themselves."""

from __future__ import annotations

from msgspec import Struct

from calcinosis.knowledge.schema import Statement


class Unit(Struct, frozen=True, forbid_unknown_fields=True):
    """What a study counted, in plain words."""

    many: str
    one: str


class Numbers(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Sentences about counts; braces are filled in."""

    counted: Statement
    hundred: Statement
    few: Statement
    time: Statement
    some_time: Statement
    no_time: Statement
    single: Statement
    none: Statement


class LeafletWords(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`knowledge/leaflet.yaml`.

    Attributes:
        array_least: the fewest patients for which a share of 100 is told and drawn.
        child_below: age in years under which those who care for the patient are addressed too.
        natural_subtypes: subtypes whose patients are told the natural course.
        words: headings and short words by name.
        units: what studies count -> plain words.
        about: by how likely calcinosis is, what the patient has.
        lumps: what deposits are like; not said where something is urgent, nor of the subtypes of `not_of`.
        refused: for whom there is a leaflet, said where there is none.
        urgent: by urgency, what is said when a red flag is raised.
    """

    array_least: int
    child_below: float
    natural_subtypes: tuple[str, ...]
    words: dict[str, str]
    units: dict[str, Unit]
    about: dict[str, Statement]
    lumps: Statement
    not_of: tuple[str, ...]
    refused: Statement
    subtypes: dict[str, Statement]
    unsettled: Statement
    provisional: Statement
    urgent: dict[str, Statement]
    help: tuple[Statement, ...]
    drug: Statement
    drug_same_day: Statement
    first: Statement
    consider: Statement
    avoid: Statement
    checks: Statement
    natural: Statement
    numbers: Numbers
    caveats: tuple[Statement, ...]
    questions: tuple[Statement, ...]
