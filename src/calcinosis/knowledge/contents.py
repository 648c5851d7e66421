"""Everything that stands in `knowledge/`, typed: what is compiled once and cached by its hash."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from calcinosis.knowledge.differential_schema import DifferentialKnowledge
from calcinosis.knowledge.leaflet_schema import LeafletWords
from calcinosis.knowledge.record_words import RecordWords
from calcinosis.knowledge.schema import (
    Analyte,
    Cause,
    Codes,
    Disagreement,
    Fact,
    Form,
    Formula,
    Investigation,
    Mixed,
    Pattern,
    ProductNames,
    Subtype,
    Term,
    Urgent,
)
from calcinosis.knowledge.treatment_schema import Treatments


class Cues(Struct, frozen=True, forbid_unknown_fields=True):
    """Words that qualify what is said: before it, after it, only seeming to, or as a line above it.

    Of those before it `preceding` speak of one item and the list that goes on from it, `introducing` of all
    that follows in the clause.
    """

    introducing: tuple[str, ...] = ()
    preceding: tuple[str, ...] = ()
    following: tuple[str, ...] = ()
    pseudo: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()


class Grammar(Struct, frozen=True, forbid_unknown_fields=True):
    """Small words by which lists and clauses go on and end, as `language/grammar.yaml` says."""

    abbreviations: tuple[str, ...]
    verbs: tuple[str, ...]
    openings: tuple[str, ...]
    subjects: tuple[str, ...]
    reported: tuple[str, ...]
    be: tuple[str, ...]
    present: tuple[str, ...]
    predicates: tuple[str, ...]
    affirming: tuple[str, ...]
    joining: tuple[str, ...]
    choosing: tuple[str, ...]
    prepositions: tuple[str, ...]
    over_verbs: tuple[str, ...]
    over_times: tuple[str, ...]
    lasting: tuple[str, ...]


class Folding(Struct, frozen=True, forbid_unknown_fields=True):
    """One spelling rule: the letters `source` are read as `target`."""

    source: str
    target: str
    whole_word: bool = False


class KindOfFinding(Struct, frozen=True):
    """A kind of finding, as its file describes it (see `Terms`)."""

    label: str
    deniable: bool
    circumstantial: bool
    presenting: bool = False
    is_site: bool = False
    describes_lesion: bool = False
    named_by_procedure: bool = False


class Language(Struct, frozen=True):
    """What the note reader knows of English."""

    folding: tuple[Folding, ...]
    cues: dict[str, Cues]
    termination: tuple[str, ...]
    grammar: Grammar
    flags: dict[str, tuple[str, ...]]
    lesion_words: tuple[str, ...]
    contexts: dict[str, tuple[str, ...]]
    unit_spellings: dict[str, tuple[str, ...]]
    temperature: dict[str, tuple[str, ...]] = {}
    numbers: dict[str, tuple[str, ...]] = {}
    specimens: dict[str, tuple[str, ...]] = {}


class Contents(Struct, frozen=True, kw_only=True):
    """The compiled knowledge base.

    Attributes:
        version: calendar version; `digest`: sha256 of every file, as `sha256:<hex>`.
        factors: per analyte, UCUM unit -> factor to its canonical unit.
        citations: source id -> rendered reference.
        places: entry id -> the files it stands in.
    """

    version: str
    digest: str
    findings: dict[str, Term]
    kinds: dict[str, KindOfFinding]
    analytes: dict[str, Analyte]
    formulas: dict[str, Formula]
    causes: dict[str, Cause]
    subtypes: dict[str, Subtype]
    mixed: Mixed
    forms: dict[str, Form]
    urgent: dict[str, Urgent]
    investigations: dict[str, Investigation]
    patterns: dict[str, Pattern]
    disagreements: dict[str, Disagreement]
    facts: dict[str, Fact]
    codes: tuple[Codes, ...]
    products: ProductNames
    sources: dict[str, dict[str, Any]]
    citations: dict[str, str]
    factors: dict[str, dict[str, float]]
    language: Language
    differential: DifferentialKnowledge
    treatment: Treatments
    leaflet: LeafletWords
    records: RecordWords = RecordWords()
    places: dict[str, tuple[str, ...]]
