"""The shape of the differential's knowledge: diseases, their matrix of findings, priors, likelihoods.

A disease is two files of `knowledge/diagnoses/`: `<id>.yaml` (names, codes, prose) and `<id>.csv` (one
row a finding). `likelihoods.yaml` says how a frequency category becomes a probability, what a missing
cell means and which findings overlap; `priors.yaml` how likely each disease is before the first look.
Adding a disease adds two files and a line of priors, no code.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from msgspec import Struct

from calcinosis.errors import KnowledgeFault
from calcinosis.knowledge.files import Fault, Reader
from calcinosis.knowledge.schema import Basis, Statement

FrequencyId = Literal["obligate", "very_frequent", "frequent", "occasional", "very_rare", "excluded"]
Reading = Literal["figure", "text", "judgement"]


class _Entry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Base of what a clinician writes."""


class Cell(_Entry, frozen=True, kw_only=True):
    """How often a finding occurs in a disease.

    Attributes:
        percent: the published share, where a source printed one; `n`: of how many patients.
        reading: figure (a number was printed), text (a source's words, mapped to a category),
            judgement (our reading of the profile; the source named does not state it).
    """

    finding: str
    frequency: FrequencyId
    percent: float | None = None
    n: int | None = None
    sources: tuple[str, ...]
    reading: Reading
    note: str = ""

    @property
    def basis(self) -> Basis:
        """Published when a source states it, a proposal when it is our judgement."""
        return "proposal" if self.reading == "judgement" else "published"


class DiseaseCode(_Entry, frozen=True, kw_only=True):
    """A code of a classification that means the disease."""

    system: str
    code: str
    sources: tuple[str, ...]
    basis: Basis = "published"


class Settling(_Entry, frozen=True, kw_only=True):
    """What settles the diagnosis, and the findings that it would show."""

    text: str
    findings: tuple[str, ...] = ()
    sources: tuple[str, ...]
    basis: Basis = "published"


class Residual(_Entry, frozen=True, kw_only=True):
    """The node for all forms of a pooled disease that have no node of their own."""

    id: str
    name: str


class Host(_Entry, frozen=True, kw_only=True):
    """A look-alike that can hold calcium itself, so that calcium does not speak against it.

    Attributes:
        id: the hypothesis "this disease, with calcium"; `entry`: where the differential lists it, the
            disease itself or the calcinosis that it causes.
        share: share of its patients with calcium.
    """

    id: str
    name: str
    entry: str
    share: float
    sources: tuple[str, ...]
    basis: Basis = "proposal"


class Disease(_Entry, frozen=True, kw_only=True):
    """A candidate of the differential.

    Attributes:
        within: the pooled disease that this one is a form of.
        role: `pooled` for a row that stands for all forms; it never competes with them itself, its
            `residual` does.
        requires: findings of which one must be there, an exposure, a cause or a place without which the
            disease is not this one; they gate its prior and their presence is weighed as any other.
        matrix: the CSV beside it; `cells` is what was read from there.
    """

    id: str
    name: str
    within: str = ""
    subtype: str = ""
    role: Literal["", "pooled"] = ""
    residual: Residual | None = None
    host: Host | None = None
    requires: tuple[str, ...] = ()
    matrix: str
    hpo: str = ""
    codes: tuple[DiseaseCode, ...] = ()
    profile: tuple[Statement, ...] = ()
    pointers: tuple[Statement, ...] = ()
    settled_by: tuple[Settling, ...] = ()
    cells: tuple[Cell, ...] = ()


class Category(_Entry, frozen=True, kw_only=True):
    """A frequency category: its HPO id, printed range in percent and the probability it stands for."""

    id: FrequencyId
    hpo: str
    low: float
    high: float
    point: float


class Overlap(_Entry, frozen=True, kw_only=True):
    """Findings that say in part the same thing.

    `rho` is their mean correlation: k of them together count as k / (1 + (k - 1) rho) findings.
    `kinds` and `members` name them; a finding belongs to the first overlap that names it.
    """

    id: str
    rho: float
    kinds: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


class Partition(_Entry, frozen=True, kw_only=True):
    """Findings of which exactly one is true of a patient, so that their shares add up to one."""

    id: str
    members: tuple[str, ...]


class Scale(_Entry, frozen=True, kw_only=True):
    """A number that replaces the bands of a partition.

    The log probability is read between the `centres` of the bands, in order, on a logarithmic axis, so
    that 39 and 41 years are near each other. `less` is subtracted first (age minus duration is the age
    at onset); `per` converts it.
    """

    measured: str
    partition: str
    centres: tuple[float, ...]
    offset: float = 0.0
    less: str = ""
    per: float = 1.0
    weight: float = 1.0


class Component(_Entry, frozen=True, kw_only=True):
    """A log-normal component of a laboratory value: median and standard deviation of the logarithm."""

    median: float
    spread: float


class Laboratory(_Entry, frozen=True, kw_only=True):
    """A measured value as a mixture of those who have the finding and those who do not.

    `age_from` and `age_to` bound the years of age for which the components hold.
    """

    measured: str
    finding: str
    unit: str
    age_from: float = 0.0
    age_to: float = 200.0
    with_finding: Component
    without: Component


class Otherwise(_Entry, frozen=True, kw_only=True):
    """The candidate for a disease that is not listed."""

    id: str
    name: str
    text: str
    rate_floor: float


class Calibration(_Entry, frozen=True, kw_only=True):
    """Shrinkage of the evidence, fitted by cross-validation only; `text` says how.

    Attributes:
        temperature: factor on the summed log-likelihoods.
        absence: further factor on findings that are absent at the bedside, which a record may only
            not mention; `tested_absence`: on those that a test of `tested_kinds` did not show. A sign of
            `defining` that is denied counts in full.
        unmet: what a disease keeps of its prior while the record is silent on what it needs; `denied`: when
            all of that is denied.
        lapse: share of records that mislead; `faint`: the part of their evidence that is believed.
    """

    temperature: float
    absence: float
    tested_absence: float
    tested_kinds: tuple[str, ...]
    defining: tuple[str, ...] = ()
    unmet: float
    denied: float
    lapse: float
    faint: float
    text: str
    basis: Basis = "proposal"


class Workup(_Entry, frozen=True, kw_only=True):
    """When a later step of the pathway may go first, and how burden weighs against information.

    A test of a later step goes first when it brings at least `least_bits` and `step_up_factor` times
    what the best test of the earlier steps brings. `invasiveness_bits` (by grade 0 to 3) and `cost_bits`
    are what a test must bring to be worth its burden; a subtype verdict that it can change counts as
    `verdict_bits`. A test that brings less than `shown_bits` and changes no verdict is not proposed.
    """

    step_up_factor: float
    least_bits: float
    invasiveness_bits: tuple[float, float, float, float]
    cost_bits: dict[str, float]
    verdict_bits: float
    shown_bits: float
    sources: tuple[str, ...]
    basis: Basis = "proposal"


class Calcium(_Entry, frozen=True, kw_only=True):
    """The findings that calcium brings, and the disease whose rates a host with calcium takes for them."""

    findings: tuple[str, ...]
    of: str


class Shown(_Entry, frozen=True, kw_only=True):
    """A finding that is proof of calcium.

    Attributes:
        rare: its rate in a disease whose matrix has it no more than very rarely; `unlisted`: in a disease
            that is not listed.
    """

    finding: str
    rare: float
    unlisted: float


class Proof(_Entry, frozen=True, kw_only=True):
    """The gold standards: what ends the question whether there is calcium.

    An odd presentation does not make a proof likelier, other findings of its kind do not water it down, and
    a record that misleads in its other findings is believed in it.

    Attributes:
        specimen: the proof that is read under the microscope, where the tissue of another disease would be
            seen as well; `unnamed`: how often a report of calcium leaves that tissue out.
        hearsay: calcium that is named without a method -> the proof that it amounts to, weighed as any
            finding and silent beside a proof.
    """

    text: str
    shown: tuple[Shown, ...]
    specimen: str
    unnamed: float
    hearsay: dict[str, str] = {}
    sources: tuple[str, ...]
    basis: Basis = "proposal"


class Moot(_Entry, frozen=True, kw_only=True):
    """What says nothing while one finding of `by` is present.

    Attributes:
        present: findings whose presence counts for nothing; `absent`: whose absence does.
        absent_kinds: kinds of finding whose absence counts for nothing.
    """

    by: tuple[str, ...]
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    absent_kinds: tuple[str, ...] = ()
    text: str
    sources: tuple[str, ...]
    basis: Basis = "proposal"


class Likelihoods(_Entry, frozen=True, kw_only=True):
    """How cells become likelihoods. `text` explains each choice.

    `like` names, for a finding that no disease states, the one that it amounts to. `backgrounds` go by
    kind; `usual` are those of single findings, common in any clinic or rarely said by mistake. `exact`
    are kinds and findings that name a disease: neither an odd presentation nor an
    unlisted disease makes them likelier.
    """

    text: tuple[Statement, ...]
    categories: tuple[Category, ...]
    pseudo_patients: float
    backgrounds: dict[str, float]
    background_default: float
    usual: dict[str, float] = {}
    exact: tuple[str, ...] = ()
    atypical: float
    child_share: float
    child_limit: float
    overlaps: tuple[Overlap, ...]
    like: dict[str, str] = {}
    calcium: Calcium
    proof: Proof
    moot: tuple[Moot, ...] = ()
    partitions: tuple[Partition, ...]
    scales: tuple[Scale, ...]
    laboratory: tuple[Laboratory, ...] = ()
    ratio_limit: float
    otherwise: Otherwise
    calibration: Calibration
    workup: Workup
    sources: tuple[str, ...]
    basis: Basis = "proposal"


class Setting(_Entry, frozen=True, kw_only=True):
    """Relative weights of the diseases among patients in whom calcinosis is considered at all."""

    id: str
    name: str
    text: str
    clinical: bool = True
    weights: dict[str, float]
    sources: tuple[str, ...]
    basis: Basis = "proposal"


class Published(_Entry, frozen=True, kw_only=True):
    """What was printed on how common a disease is."""

    disease: str
    text: str
    sources: tuple[str, ...]
    basis: Basis = "published"


class Priors(_Entry, frozen=True, kw_only=True):
    """Settings and the published figures that guided them."""

    default: str
    settings: tuple[Setting, ...]
    published: tuple[Published, ...] = ()


class DifferentialKnowledge(Struct, frozen=True, kw_only=True):
    """Everything the differential rests on."""

    diseases: dict[str, Disease]
    likelihoods: Likelihoods
    priors: Priors


def read(reader: Reader) -> DifferentialKnowledge:
    """The differential's part of the knowledge base."""
    diseases = reader.keyed(reader.each("diagnoses/*.yaml", Disease))
    return DifferentialKnowledge(
        diseases={name: _with_cells(disease, reader) for name, disease in diseases.items()},
        likelihoods=reader.one("likelihoods.yaml", Likelihoods),
        priors=reader.one("priors.yaml", Priors),
    )


def candidates(found: DifferentialKnowledge) -> tuple[str, ...]:
    """Ids that take a prior: forms, residual nodes, look-alikes and the candidate for none of them."""
    ids = [disease.residual.id if disease.residual else disease.id for disease in found.diseases.values()]
    return (*ids, found.likelihoods.otherwise.id)


def faults(found: DifferentialKnowledge) -> Iterator[Fault]:
    """Settings that do not weigh every disease; those that weigh what is none are found with the names."""
    for setting in found.priors.settings:
        for name in sorted(set(candidates(found)) - set(setting.weights)):
            yield Fault("priors", f"setting {setting.id} does not weigh {name}", setting.id)


def _with_cells(disease: Disease, reader: Reader) -> Disease:
    return msgspec.structs.replace(disease, cells=tuple(_cells(disease, reader)))


def _cells(disease: Disease, reader: Reader) -> Iterator[Cell]:
    file = f"diagnoses/{disease.matrix}"
    reader.note(disease.id, file)
    seen: set[str] = set()
    for where, row in reader.rows(file):
        with reader.gathering():
            cell = _cell(row, where)
            if cell.finding in seen:
                raise KnowledgeFault(f"finding {cell.finding!r} stands twice", where=where)
            seen.add(cell.finding)
            yield cell


def _cell(row: dict[str, str], where: str) -> Cell:
    held: dict[str, Any] = {name: text for name, text in row.items() if text}
    held["sources"] = tuple((row.get("sources") or "").split())
    try:
        return msgspec.convert(held, Cell, strict=False)
    except msgspec.ValidationError as error:
        raise KnowledgeFault(f"{row.get('finding')}: {error}", where=where) from error
