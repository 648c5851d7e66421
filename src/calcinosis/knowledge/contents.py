"""Everything that stands in `knowledge/`, typed: what is compiled once and cached by its hash."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from calcinosis.knowledge.differential_schema import DifferentialKnowledge
from calcinosis.knowledge.leaflet_schema import LeafletWords
from calcinosis.knowledge.record_words import RecordWords
from calcinosis.knowledge.schema import (
    Alarms,
    Analyte,
    Basis,
    Cause,
    Codes,
    Composite,
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
    Vignettes,
)
from calcinosis.knowledge.synthesis_schema import SynthesisRules
from calcinosis.knowledge.treatment_schema import Treatments


class Cues(Struct, frozen=True, forbid_unknown_fields=True):
    """Words that qualify what is said: before it, after it, only seeming to, or as a line above it.

    Of those before it `preceding` speak of one item and the list that goes on from it, `introducing` of all
    that follows in the clause. Of those after it `closing` count only where they have nothing of their own
    behind them ("warfarin stopped in May", not "warfarin stopped the clotting").

    A phrase that names classes of words in braces stands for each of their words ("{be} {stopped}").

    Attributes:
        means: the qualifier, where it is not the name of the group.
        of: kinds of finding, or findings, that it can be said of; empty: any. Others are passed over.
        noun: those before it speak of one noun: "previous aspiration of the nodule" is not of the nodule.
        goes_on: it holds as well for the verbs that go on ("if it becomes red, begins to weep").
    """

    introducing: tuple[str, ...] = ()
    preceding: tuple[str, ...] = ()
    following: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    pseudo: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    means: str = ""
    of: tuple[str, ...] = ()
    noun: bool = False
    goes_on: bool = False


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
    bare: tuple[str, ...]
    conjunctions: tuple[str, ...]
    same_place: tuple[str, ...]
    ours: tuple[str, ...]
    of_writer: tuple[str, ...]
    passing: tuple[str, ...]
    placing: tuple[str, ...]
    determiners: tuple[str, ...]
    objects: tuple[str, ...]
    conceding: tuple[str, ...]
    undoing: tuple[str, ...]
    same_subject: tuple[str, ...]
    over_verbs: tuple[str, ...]
    over_times: tuple[str, ...]
    removing: tuple[str, ...]
    lasting: tuple[str, ...]
    going_on: tuple[str, ...]
    going_on_of_several: tuple[str, ...]
    going_on_verbs: tuple[str, ...]


class AnatomyWords(Struct, frozen=True, forbid_unknown_fields=True):
    """Inner organs, and words that tell whose place a place is; `language/anatomy.yaml` says what each is."""

    inner_organs: tuple[str, ...]
    organ_parts: tuple[str, ...]
    strands: tuple[str, ...]
    calcium: tuple[str, ...]
    inner_examinations: tuple[str, ...]
    surface_words: tuple[str, ...]
    of_skin: tuple[str, ...]
    of_organs: tuple[str, ...]
    lesions: tuple[str, ...]
    elsewhere: tuple[str, ...]
    labels: tuple[str, ...]
    anaphors: tuple[str, ...]
    skipped: tuple[str, ...]
    placing: tuple[str, ...]
    origins: tuple[str, ...]
    returning: tuple[str, ...]
    attributes: tuple[str, ...]
    seen: tuple[str, ...]
    felt: tuple[str, ...]
    apart: tuple[str, ...]
    sources: tuple[str, ...] = ()
    basis: str = ""


class LaySign(Struct, frozen=True, forbid_unknown_fields=True, rename={"with_": "with"}):
    """A sign as people tell it: one of `said`, beside it one of each list of `with`, none of `without`."""

    finding: str
    said: tuple[str, ...]
    with_: tuple[tuple[str, ...], ...]
    without: tuple[str, ...] = ()


class LayWords(Struct, frozen=True, forbid_unknown_fields=True):
    """The file of such signs."""

    signs: tuple[LaySign, ...]
    sources: tuple[str, ...] = ()
    basis: str = ""


class UnreadWords(Struct, frozen=True, forbid_unknown_fields=True):
    """The shapes of words that name a finding; `language/unread.yaml` says what each is."""

    endings: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    general: tuple[str, ...] = ()
    qualifying: tuple[str, ...] = ()
    belonging: tuple[str, ...] = ()
    listing: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    prose: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    basis: str = ""


class ShortForm(Struct, frozen=True, forbid_unknown_fields=True):
    """One reading of a short form: what it means and the words that speak for it."""

    means: str = ""
    other: str = ""
    near: tuple[str, ...] = ()
    number: Literal["", "before", "after"] = ""


class ShortFormReadings(Struct, frozen=True, forbid_unknown_fields=True):
    """The readings of a short form, and the one it has where nothing decides."""

    readings: tuple[ShortForm, ...]
    usual: str = ""


class ShortFormWords(Struct, frozen=True, forbid_unknown_fields=True):
    """The file of short forms."""

    short_forms: dict[str, ShortFormReadings]
    sources: tuple[str, ...] = ()
    basis: str = ""


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


class SectionRole(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a section of a document may say, and how it is recognised.

    Attributes:
        headings: words on a line of their own, or before a colon; `names`: words by which a longer heading
            is one of this role, if of no other; `alone`: words that head it on a line of their own only;
            `bare`: short forms that head a line or a sentence without a colon, in these very letters;
            `openings`: words that give a sentence this role wherever it stands.
        qualifies: qualifiers of what is said there (planned, family, allergy, uncertainty).
        examination: what every sentence is about (imaging, histology) that names no examination itself.
        makes_no: kinds of finding that it cannot state.
        silent: true when it states nothing of the patient: what may happen, what was explained.
        apart_from: words of a sentence that does not belong to it although it stands there.
        ended_by: words of a sentence that ends it, where the heading stands on the line of what it heads.
        ongoing: words that speak of what is so already, in a clause of a section of plans.
        keeps: roles whose headings only divide it ("Imaging: book a scan" is a plan).
    """

    id: str
    label: str
    headings: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    openings: tuple[str, ...] = ()
    qualifies: tuple[str, ...] = ()
    examination: str = ""
    makes_no: tuple[str, ...] = ()
    silent: bool = False
    apart_from: tuple[str, ...] = ()
    ended_by: tuple[str, ...] = ()
    ongoing: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()


class DocumentWords(Struct, frozen=True, forbid_unknown_fields=True):
    """What the shape of a document is told by.

    Attributes:
        unfinished: last words of a line that goes on in the next, `always` or when that begins `small`, and
            first words that go on from the line before (`joins`).
        modifiers: words that may stand beside a known heading.
        kin: relatives, who head lines of their own.
        roles: the sections.
        lists: words that head a list, by what they say of its items (negation, affirmed).
        answers: what a form answers with (yes, no, open).
    """

    unfinished: dict[str, tuple[str, ...]] = {}
    modifiers: tuple[str, ...] = ()
    kin: tuple[str, ...] = ()
    roles: tuple[SectionRole, ...] = ()
    lists: dict[str, tuple[str, ...]] = {}
    answers: dict[str, tuple[str, ...]] = {}
    sources: tuple[str, ...] = ()
    basis: Basis = "proposal"


class Language(Struct, frozen=True):
    """What the note reader knows of English."""

    folding: tuple[Folding, ...]
    forms: dict[str, tuple[str, ...]]
    cues: dict[str, Cues]
    cue_classes: dict[str, tuple[str, ...]]
    termination: tuple[str, ...]
    grammar: Grammar
    anatomy: AnatomyWords
    lay: tuple[LaySign, ...]
    short_forms: dict[str, ShortFormReadings]
    flags: dict[str, tuple[str, ...]]
    lesion_words: tuple[str, ...]
    contexts: dict[str, tuple[str, ...]]
    unit_spellings: dict[str, tuple[str, ...]]
    temperature: dict[str, tuple[str, ...]] = {}
    numbers: dict[str, tuple[str, ...]] = {}
    specimens: dict[str, tuple[str, ...]] = {}
    weight: dict[str, tuple[str, ...]] = {}
    document: DocumentWords = DocumentWords()
    unread: UnreadWords = UnreadWords()


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
    composites: dict[str, Composite]
    causes: dict[str, Cause]
    subtypes: dict[str, Subtype]
    mixed: Mixed
    forms: dict[str, Form]
    urgent: dict[str, Urgent]
    alarms: Alarms
    vignettes: tuple[Vignettes, ...]
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
    synthesis: SynthesisRules
    records: RecordWords = RecordWords()
    places: dict[str, tuple[str, ...]]
