"""The shape of `knowledge/records/`: how records of every format say what is no medicine in itself."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from calcinosis.knowledge.files import Reader


class Spellings(Struct, frozen=True, forbid_unknown_fields=True):
    """The words and the codes (`SYSTEM|code`) of one answer."""

    words: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


class AnswerWords(Struct, frozen=True, forbid_unknown_fields=True):
    """How a question is answered and a result judged.

    Attributes:
        answers: answer (yes, no, unknown, positive, negative, normal, high, low) -> how it is written.
        degrees: words that say how much of a thing is there.
        interpretations: answer -> letters that mean it as the code of an interpretation only.
    """

    basis: str
    answers: dict[str, Spellings] = {}
    degrees: tuple[str, ...] = ()
    interpretations: dict[str, tuple[str, ...]] = {}


class MeasureWords(Struct, frozen=True, forbid_unknown_fields=True):
    """What the name of a measure says beside its substance.

    Attributes:
        fluids: fluid -> its words; a name without one is of blood.
        fractions: fraction -> its words; with one it is another measure.
        neutral: words that leave it the same measure.
    """

    basis: str
    fluids: dict[str, tuple[str, ...]] = {}
    fractions: dict[str, tuple[str, ...]] = {}
    neutral: tuple[str, ...] = ()


class LabelWords(Struct, frozen=True, forbid_unknown_fields=True):
    """What may stand in a label beside a term.

    Attributes:
        neutral: words that leave the term what it is.
        complements: words after which the thing before them is meant.
        locatives: words that say where.
        breaks: words that begin a new thing; `causes`: phrases that do so.
        examinations: contexts of the language whose words may stand there.
        reporting: words behind a relative that say who tells, not who is ill.
        anywhere: kinds of findings that stay what they are wherever in the body they lie.
        relationship: questions of how somebody is related to the patient; `oneself`: answers that mean the
            patient.
        of_nobody: measures and questions whose answer tells what a test is for or what a variant may mean.
        at_the_lesion: findings of something done where the lesion is, which no name of a procedure tells.
    """

    basis: str
    neutral: tuple[str, ...] = ()
    complements: tuple[str, ...] = ()
    locatives: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    examinations: tuple[str, ...] = ()
    reporting: tuple[str, ...] = ()
    relationship: tuple[str, ...] = ()
    oneself: tuple[str, ...] = ()
    of_nobody: Spellings = Spellings()
    anywhere: tuple[str, ...] = ()
    at_the_lesion: tuple[str, ...] = ()


class RouteWords(Struct, frozen=True, forbid_unknown_fields=True):
    """How a drug is given.

    Attributes:
        local: words of a place it is put on or into; `systemic`: words that make such a word mean otherwise.
        route_codes: the same by code, as `SYSTEM|code`.
        local_counts: findings that hold also of a drug given locally.
        held: words that say it is not taken at present.
    """

    basis: str
    local: tuple[str, ...] = ()
    systemic: tuple[str, ...] = ()
    route_codes: tuple[str, ...] = ()
    local_counts: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


class AllergyWords(Struct, frozen=True, forbid_unknown_fields=True):
    """Classes of substances on an allergy list.

    Attributes:
        classes: finding of an allergy -> names of the classes that mean it.
        tolerated: words that say of a substance named beside that it is no allergen.
        denied: words by which a class is denied.
    """

    basis: str
    classes: dict[str, tuple[str, ...]] = {}
    tolerated: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()


class CertaintyWords(Struct, frozen=True, forbid_unknown_fields=True):
    """How extensions of national profiles say how sure a diagnosis is.

    Attributes:
        addresses: parts of an extension's address by which it counts.
        denying: parts that deny where the extension holds `true`; `doubting`: those that doubt.
        excluded: what its value may be, as `suspected`, `over` and `confirmed`.
    """

    basis: str
    addresses: tuple[str, ...] = ()
    denying: tuple[str, ...] = ()
    doubting: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    suspected: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()


class LanguageWords(Struct, frozen=True, forbid_unknown_fields=True):
    """Words by which the language of a text is told."""

    basis: str
    english: tuple[str, ...] = ()
    others: dict[str, tuple[str, ...]] = {}


class TableWords(Struct, frozen=True, forbid_unknown_fields=True):
    """Names of columns that say whose row it is."""

    basis: str
    person_columns: tuple[str, ...] = ()


class RecordWords(Struct, frozen=True):
    """Everything in `knowledge/records/`, a file a field."""

    answers: AnswerWords = AnswerWords("proposal")
    measures: MeasureWords = MeasureWords("proposal")
    labels: LabelWords = LabelWords("proposal")
    routes: RouteWords = RouteWords("proposal")
    allergies: AllergyWords = AllergyWords("proposal")
    certainty: CertaintyWords = CertaintyWords("proposal")
    languages: LanguageWords = LanguageWords("proposal")
    tables: TableWords = TableWords("proposal")


_SHAPES: dict[str, type[Any]] = {
    "answers": AnswerWords,
    "measures": MeasureWords,
    "labels": LabelWords,
    "routes": RouteWords,
    "allergies": AllergyWords,
    "certainty": CertaintyWords,
    "languages": LanguageWords,
    "tables": TableWords,
}


def read(reader: Reader) -> RecordWords:
    """Every file of `knowledge/records/` in its shape; faults are kept with the reader."""
    return RecordWords(**{name: reader.one(f"records/{name}.yaml", shape) for name, shape in _SHAPES.items()})
