"""The shape of everything in `knowledge/`: what a clinician writes in YAML, typed and checked.

Every entry names its sources (ids of `knowledge/sources.json`) and its basis: `published` (a source
says it), `unconfirmed` (it rests on general knowledge or on a source nobody here read) or `proposal`
(an engineering choice that a clinician must approve). Unknown keys are rejected. Criteria are written as
`criteria.tree` says and are trees from here on.
"""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct

from calcinosis.criteria import Node
from calcinosis.criteria.expression import Expression

Basis = Literal["published", "unconfirmed", "proposal"]
Sex = Literal["female", "male"]
Urgency = Literal["emergency", "same_day", "urgent"]
Match = Literal["E", "N", "B", "H"]
_SOONEST_FIRST = get_args(Urgency)
SubtypeId = Literal["dystrophic", "metastatic", "idiopathic", "iatrogenic", "calciphylaxis"]


def soonness(urgency: str) -> int:
    """The place of an urgency in their order, the soonest first; what has none comes last."""
    return _SOONEST_FIRST.index(urgency) if urgency in _SOONEST_FIRST else len(_SOONEST_FIRST)


def cannot_wait(urgency: str) -> bool:
    """Whether it must be seen to on the same day or sooner."""
    return soonness(urgency) <= soonness("same_day")


class Statement(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One claim in our own words."""

    text: str
    sources: tuple[str, ...]
    basis: Basis = "published"
    facts: tuple[str, ...] = ()


class Term(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A finding: a word of the vocabulary that a record can show present, absent or not at all.

    Attributes:
        terms: words and phrases a record uses, any spelling variant (British, American, plural) covers
            the others; `abbreviations` are matched only in exactly this upper and lower case.
        within: a term that counts only in this context: `lesion` (what is said of a skin lesion),
            `imaging` or `histology` (in a sentence that names such an examination), `infusion` (in one that
            names a drip).
        denials: words that say it is not there ("afebrile").
        concepts: concept names of `knowledge/codes/*.csv` whose codes mean this finding.
        narrower: concept names whose codes mean a kind of it: they prove it, and their denial says nothing.
        implies: findings that are present whenever this one is (and whose absence makes it absent).
        group: members of one group exclude each other; with `one_lesion` only for a single lesion.
        vague: true for a general word ("systemic disease"): its denial is no denial of each member.
        current: true when only the present state counts (a drug that is taken, a pregnancy): what is over
            or was stopped does not say that it is so now.
        now: the finding that is meant as well unless the statement is of the past (a leak and a fresh leak).
        queried: the finding that is meant as well unless the statement is of the past, and is present also
            where this one is suspected ("?gangrene"); who denies this one denies it.
        family: true when the finding is about relatives: its own `terms` and `denials` speak of them,
            `of_relatives` ("similar lesions") only where they are said of one.
        in_relatives: findings that mean this one when a relative has them.
        of_lesion: true when it is said of a lesion, so that the body site it is recorded with is that of the
            lesion; where a term does not say, its file does.
        allergy_to: for an allergy, the findings of the substances whose mention as an allergen means it.
        combine: where several analytes give this finding, how those that decide combine: `any` or `all` of
            them, or the first of `prefer` that decides and is not over `prefer_days` older than the newest.
        hpo: HPO id, for exchange; `match` is E same, N narrower, B broader, P proxy.
    """

    id: str
    label: str
    definition: str = ""
    ask: str = ""
    kind: str = ""
    terms: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()
    denials: tuple[str, ...] = ()
    of_relatives: tuple[str, ...] = ()
    in_relatives: tuple[str, ...] = ()
    within: Literal["", "lesion", "imaging", "histology", "infusion", "sonography", "CT"] = ""
    concepts: tuple[str, ...] = ()
    narrower: tuple[str, ...] = ()
    implies: tuple[str, ...] = ()
    group: str = ""
    one_lesion: bool = False
    hpo: str = ""
    match: Literal["", "E", "N", "B", "P"] = ""
    aliases: tuple[str, ...] = ()
    family: bool = False
    vague: bool = False
    current: bool = False
    now: str = ""
    queried: str = ""
    of_lesion: bool | None = None
    allergy_to: tuple[str, ...] = ()
    combine: Literal["", "any", "all"] = ""
    prefer: tuple[str, ...] = ()
    prefer_days: int | None = None
    facts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    basis: Basis = "published"


class Terms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One file of `knowledge/findings/`: a kind of finding and its terms.

    `sources` and `basis` hold for every term of the file that names none of its own.

    Attributes:
        deniable: false when "no X" does not say that X is absent (a site: "no scrotal trauma").
        current: holds for every term of the file, see Term; so does `of_lesion`.
        circumstantial: true when a term of this kind alone speaks for no cause (age, sex, site).
        presenting: true for what patients come with: "a history of painful ulcers" tells of present ones, so
            that a note says they are over only by words of healing.
        is_site: true when its terms say where a lesion is.
        describes_lesion: true when its terms only describe a lesion, so that they count where one is named.
        named_by_procedure: true when the name of a procedure can state a term of this kind.
    """

    kind: str
    label: str
    deniable: bool = True
    circumstantial: bool = False
    presenting: bool = False
    current: bool = False
    of_lesion: bool = False
    is_site: bool = False
    describes_lesion: bool = False
    named_by_procedure: bool = False
    sources: tuple[str, ...]
    basis: Basis = "published"
    findings: tuple[Term, ...]


class ReferenceRange(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Fallback range for a laboratory that printed none; ages in years, `[age_from, age_to)`."""

    low: float | None = None
    high: float | None = None
    unit: str
    age_from: float = 0.0
    age_to: float = 200.0
    sex: Literal["", "female", "male"] = ""
    sources: tuple[str, ...]
    basis: Basis = "published"


class Threshold(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A finding that is present when the value is beyond a limit, absent when it is not.

    One of above, at_least, below, at_most, or one from each side for a band; `age_from`/`age_to` restrict it
    to an age band.
    """

    finding: str
    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None
    unit: str
    age_from: float = 0.0
    age_to: float = 200.0
    sources: tuple[str, ...]
    basis: Basis = "published"


class Unwritten(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A unit in which a value may stand that is written without one.

    Attributes:
        low, high: the values that occur in this unit; where one unit alone makes a value possible it is it.
        beside: units of other analytes of the same panel that decide for this one where several are possible.
    """

    unit: str
    low: float
    high: float
    beside: dict[str, tuple[str, ...]] = {}
    sources: tuple[str, ...]
    basis: Basis = "published"


class Affine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A unit whose zero is another: the canonical value is `factor` times the value in it, plus `offset`."""

    unit: str
    factor: float
    offset: float
    sources: tuple[str, ...]
    basis: Basis = "published"


class Analyte(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Something measured: units, fallback ranges and the findings that its value gives.

    Attributes:
        unit: canonical UCUM unit; `si_unit` the other notation that reports show beside it.
        molar_mass: g/mol, for mass to substance conversion; `valence` for mEq/L.
        units: UCUM units that a record may use.
        unit_understood: true where nobody writes the unit and there is only one ("HR 104").
        unwritten: the units of a value that is written without one, and when each is meant.
        affine: units that no factor alone leads from.
        first_of_pair: true where two numbers are written and the first is meant ("BP 86/52").
        plausible: [low, high] in `unit`; a value outside is not believed (wrong unit, typing error).
        window_days: how far back the latest value still counts as current.
        above_range, below_range: findings given by the reference range; `positive`: the finding of a
            qualitative test (an antibody); `abnormal` findings for a panel said to be normal or not.
        out_of: for a score, its highest value ("8/10"); `scored_with` the findings it is written with.
        panel_of: for a panel ("renal function"), the analytes that are normal when it is.
    """

    id: str
    label: str
    terms: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()
    unit: str = ""
    si_unit: str = ""
    molar_mass: float | None = None
    valence: int | None = None
    units: tuple[str, ...] = ()
    unit_understood: bool = False
    unwritten: tuple[Unwritten, ...] = ()
    affine: tuple[Affine, ...] = ()
    first_of_pair: bool = False
    plausible: tuple[float, float] | None = None
    window_days: int = 365
    ranges: tuple[ReferenceRange, ...] = ()
    above_range: str = ""
    below_range: str = ""
    positive: str = ""
    out_of: int = 0
    scored_with: tuple[str, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    panel_of: tuple[str, ...] = ()
    why: str = ""
    facts: tuple[str, ...] = ()
    sources: tuple[str, ...]
    basis: Basis = "published"

    @property
    def gives(self) -> tuple[str, ...]:
        """Findings that its value gives."""
        ranged = (self.above_range, self.below_range, self.positive)
        return (*filter(None, ranged), *(threshold.finding for threshold in self.thresholds))


class Formula(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A value that follows from others.

    Attributes:
        gives: the analyte it gives; `needs` the analytes it takes, each by its id in the expression.
        expression: as `criteria.expression` reads it, over `needs`, `parameters` and `age` (years).
        parameters: constants; one that differs by sex has a number for each.
        applies: the patients it holds for.
        max_days_apart: values of days further apart are not put together.
        stands_days: a recorded value stands against a computed one unless it is older by more than this.
    """

    id: str
    label: str
    gives: str
    needs: tuple[str, ...]
    expression: Expression
    parameters: dict[str, float | dict[Sex, float]] = {}
    applies: Node | None = None
    max_days_apart: int | None = None
    stands_days: int | None = None
    text: str
    caveat: str = ""
    sources: tuple[str, ...]
    basis: Basis = "published"


class Position(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one side of a disagreement says."""

    says: str
    sources: tuple[str, ...]


class Disagreement(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A question on which sources differ; both sides stand. `about`: ids of entries it touches."""

    id: str
    question: str
    positions: tuple[Position, ...]
    handling: str
    about: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    basis: Basis = "proposal"


class Frequency(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How often calcinosis occurs in a cause, or another published count."""

    text: str
    percent: float | None = None
    n: int | None = None
    sources: tuple[str, ...]
    basis: Basis = "published"


class Composite(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A criterion that several others refer to, so that it is written once: `{composite: id}`."""

    id: str
    name: str
    criterion: Node
    text: str
    sources: tuple[str, ...]
    basis: Basis = "published"


class Cause(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A disease, event or exposure that leads to calcinosis, and how a record shows it.

    `also` lists further subtypes under which sources file it; `confirm` are investigation ids or words.
    """

    id: str
    name: str
    subtype: SubtypeId
    also: tuple[SubtypeId, ...] = ()
    criterion: Node
    record: str = ""
    frequency: tuple[Frequency, ...] = ()
    confirm: str = ""
    delay: str = ""
    facts: tuple[str, ...] = ()
    sources: tuple[str, ...]
    basis: Basis = "published"


class Causes(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One file of `knowledge/causes/`."""

    label: str
    causes: tuple[Cause, ...]


class Subtype(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A subtype: what defines it, and what makes it the best guess while data are missing.

    Attributes:
        parent: the subtype in whose family it stands; `family` names it, `seat` says where its calcium lies.
        criterion: when this is met the subtype is met.
        support: when this is met and the criterion is unknown, the subtype may be ranked, as provisional.
        precedence: among subtypes of equal status the lower number ranks first.
        by_exclusion: true when the subtype is not ranked beside another one that is met.
        barred: while this is met, the subtype is not ranked at all.
        yields: another provisional subtype that ranks before it, and when.
        harm: where it ranks first although another one is likelier, because to miss it does more harm.
        names: findings that only name it; to ask for them would be to ask for the answer.
        levels: named grades of certainty (suspected, clinical, confirmed), most certain first.
    """

    id: SubtypeId
    name: str
    parent: str = ""
    family: str = ""
    seat: str = ""
    definition: tuple[Statement, ...]
    criterion: Node
    support: Node
    precedence: int
    precedence_basis: Statement
    yields: Yield | None = None
    by_exclusion: bool = False
    barred: Node | None = None
    harm: Harm | None = None
    names: tuple[str, ...] = ()
    levels: tuple[Level, ...] = ()
    sources: tuple[str, ...]
    facts: tuple[str, ...] = ()


class Yield(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """While both are provisional, `to` ranks first when `when` is met and `unless` is not."""

    to: SubtypeId
    when: Node
    unless: Node
    text: str
    sources: tuple[str, ...]
    basis: Basis = "proposal"


class Harm(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """While the subtype is not met and `when` is, it ranks, as provisional, before those of `over`.

    `asks`: the findings that would settle it, which are asked with it.
    """

    over: tuple[SubtypeId, ...]
    when: Node
    asks: tuple[Asking, ...]
    text: str
    sources: tuple[str, ...]
    basis: Basis = "proposal"


class Asking(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A question in plain words, and the findings any of which answers it with yes."""

    asks: str
    findings: tuple[str, ...]


class Mixed(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The flag that says two mechanisms act together; not a subtype.

    Attributes:
        counts: the subtypes whose treatments are all judged where it is met and one of them leads.
    """

    id: str
    name: str = "Mixed"
    criterion: Node
    counts: tuple[SubtypeId, ...] = ()
    text: str
    sources: tuple[str, ...]
    basis: Basis = "published"


class Level(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A grade of certainty inside a subtype."""

    id: str
    criterion: Node
    text: str
    sources: tuple[str, ...]
    basis: Basis = "published"


class Form(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A named clinical form (scrotal, universalis, tumoral...).

    `by_nature` is true when the form is idiopathic by its nature, so that no search for a cause is owed.
    """

    id: str
    name: str
    subtypes: tuple[SubtypeId, ...]
    by_nature: bool = False
    criterion: Node
    description: tuple[Statement, ...]
    facts: tuple[str, ...] = ()
    sources: tuple[str, ...]
    basis: Basis = "published"


class Guards(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """The diagnosis behind a red flag: a subtype of the classification, a disease of the differential.

    The flag is no narrower than it, which is checked at load, and the diagnosis raises the flag by itself.
    `history`: findings of the past that lift the probability; beside one of them it raises no flag.
    """

    subtype: str = ""
    disease: str = ""
    history: tuple[str, ...] = ()


class Urgent(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A red flag: what raises it, why, and what to do how soon; `guards`: the diagnosis behind it."""

    id: str
    name: str
    criterion: Node
    guards: Guards | None = None
    urgency: Urgency
    action: str
    action_basis: Basis = "proposal"
    why: str
    sources: tuple[str, ...]
    basis: Basis = "published"
    facts: tuple[str, ...] = ()


class Impossible(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What age or sex excludes, so that nobody needs to look for it."""

    when: Node
    findings: tuple[str, ...]


class Look(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A finding that one look at the bedside settles, and how it is asked in two words."""

    finding: str
    asks: str


class Alarms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What holds for every red flag: `knowledge/alarms.yaml`.

    Attributes:
        probability: from here on the disease that a flag guards raises it.
        general: findings that by themselves begin no flag.
        looks: what one look settles, in the order in which it is asked; `most` of them at once.
        impossible: what is left out of the red flags that could not be checked.
    """

    probability: float
    general: tuple[str, ...]
    looks: tuple[Look, ...]
    most: int
    impossible: tuple[Impossible, ...]
    sources: tuple[str, ...]
    basis: Basis = "proposal"


class Vignettes(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Sentences of letters that must raise a red flag, and such that must not: at least five of each."""

    flag: str
    must: tuple[str, ...]
    must_not: tuple[str, ...]


class Accuracy(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A published accuracy; sensitivity and specificity in percent."""

    text: str
    sensitivity: float | None = None
    specificity: float | None = None
    n: int | None = None
    reference: str = ""
    sources: tuple[str, ...]
    basis: Basis = "published"


class InvestigationPart(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One value of a panel: its name, and what it settles of the answers of the whole."""

    name: str
    answers: tuple[str, ...]


class Referral(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """To whom a patient who meets `when` is sent, how soon and for what.

    `of_calcinosis` is true where it is for the deposit, and so for nobody in whom that is unlikely.
    """

    id: str
    to: str
    soon: Literal["today", "within 2 weeks", "within 3 months"]
    why: str
    when: Node
    of_calcinosis: bool = False
    sources: tuple[str, ...]
    basis: Basis = "proposal"


class Investigation(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Something to look at or to order next.

    Attributes:
        step: where it stands in the pathway order appearance, laboratory, imaging, histology.
        when: criterion for it to make sense at all (empty: always); `avoid_when` forbids it.
        first_when: criterion that lifts it above the pathway order, with `first_why`.
        done_by: findings of which one, told either way, says that the record has it already, where `done_at`
            is met; then it is proposed again only while `repeat_when` is met, and says `repeat_why`.
        needless_when: criterion that says that what it would show is known by other means.
        avoid_with: red flags that advise against it while they are raised.
        parts: what it is made of, each with the findings it settles, so that only what is missing is named.
        answers: finding ids it can settle.
        invasiveness: 0 none, 1 blood draw, 2 contrast, radiation or tracer, 3 tissue.
        cost: low, mid or high.
    """

    id: str
    name: str
    step: Literal["appearance", "history", "laboratory", "imaging", "histology"]
    purpose: str
    positive_means: str = ""
    when: Node | None = None
    avoid_when: Node | None = None
    avoid_why: str = ""
    first_when: Node | None = None
    first_why: str = ""
    done_by: tuple[str, ...] = ()
    done_at: Node | None = None
    needless_when: Node | None = None
    repeat_when: Node | None = None
    repeat_why: str = ""
    avoid_with: tuple[str, ...] = ()
    parts: tuple[InvestigationPart, ...] = ()
    answers: tuple[str, ...] = ()
    invasiveness: int
    cost: Literal["low", "mid", "high"]
    rating_basis: Basis = "proposal"
    accuracy: tuple[Accuracy, ...] = ()
    facts: tuple[str, ...] = ()
    sources: tuple[str, ...]
    basis: Basis = "published"


class Pattern(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A laboratory pattern and its reading; `causes` are the cause ids it points to."""

    id: str
    name: str
    criterion: Node
    reading: str
    causes: tuple[str, ...] = ()
    sources: tuple[str, ...]
    basis: Basis = "published"


class Expected(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One thing that must come out of a vignette; `never` turns it round.

    Exactly one of `finding`, `cause`, `subtype`, `form`, `candidate`, `flag`, `treatment`, `step`, `steps`,
    `says` and `falls` says what is looked at.

    Attributes:
        says: a printed form of the answer, one of whose `words` must stand in it.
        falls: a candidate whose probability falls from each note to the next.
        steps: kinds of investigation that stand in this order.
        status: statuses or verdicts, one of which it must have (default: present, met).
        leads: the subtype ranks first, the candidate is among the first `within`, the option stands first.
        above, below: limits of a probability, or of the rank of a step.
        proposes: the dose that is proposed of the treatment; `low` to `high` `unit` is what it may amount to.
        words: in what is told of the treatment, or in what `says` prints.
    """

    finding: str = ""
    cause: str = ""
    subtype: str = ""
    form: str = ""
    candidate: str = ""
    flag: str = ""
    treatment: str = ""
    step: str = ""
    steps: tuple[str, ...] = ()
    says: Literal["", "terminal", "markdown", "html", "leaflet"] = ""
    falls: str = ""
    status: tuple[str, ...] = ()
    leads: bool = False
    within: int = 1
    above: float | None = None
    below: float | None = None
    proposes: str = ""
    low: float | None = None
    high: float | None = None
    unit: str = ""
    words: tuple[str, ...] = ()
    never: bool = False

    def __post_init__(self) -> None:
        subjects = [name for name in SUBJECTS if getattr(self, name)]
        if len(subjects) != 1:
            raise ValueError(f"looks at {' and '.join(subjects) or 'nothing'}, not at one thing")


SUBJECTS = (
    "finding",
    "cause",
    "subtype",
    "form",
    "candidate",
    "flag",
    "treatment",
    "step",
    "steps",
    "says",
    "falls",
)


class Vignette(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A short note in plain words, and what must come out of it.

    Attributes:
        notes: one patient each; `falls` compares them, everything else is asked of the first.
        counter: the fact must not show here.
    """

    notes: tuple[str, ...]
    counter: bool = False
    must: tuple[Expected, ...]


class Fact(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A founding fact (A1-A25, B1-B20), restated; `carried_by` is computed, never written.

    Attributes:
        vignettes: they show that it works, and where it must not.
        one_sided: why no counter-vignette can be written.
    """

    id: str
    text: str
    source: str
    about: Literal["definition", "cause", "look", "diagnosis", "treatment"]
    vignettes: tuple[Vignette, ...] = ()
    one_sided: str = ""


class Codes(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A row of `knowledge/codes/*.csv`.

    Attributes:
        code: a code, or two of one length with a hyphen between them: all from the first to the last.
        descendants: whether the codes below it count too.
        match: E the code says the same as the concept, N it is narrower (proves it; its denial says nothing),
            B it is broader (says nothing; its denial excludes), H it says that the concept is over.
        verified: whether the code was seen beside this meaning; `seen` says where.
    """

    concept: str
    system: str
    code: str
    display: str
    descendants: bool
    match: Match = "E"
    verified: bool = False
    seen: str = ""


class ProductNames(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a clinical drug is named: `knowledge/codes/product_names.yaml`.

    Attributes:
        local: words of a dose form that acts where it is put: such a product is not taken.
        salts: words behind the name of an ingredient that say in which salt it stands.
        quantities: words that, behind a number, say how much or how long before the ingredient is named.
        manners: words before the ingredient that say how it is released.
    """

    local: tuple[str, ...]
    salts: tuple[str, ...]
    quantities: tuple[str, ...]
    manners: tuple[str, ...]
