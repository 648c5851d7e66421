"""Every place where one entry names another: what it names must exist.

An id that nothing has would be read as *unknown* for ever, in silence.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from calcinosis.criteria import leaves, named
from calcinosis.knowledge.contents import Contents
from calcinosis.knowledge.differential_schema import DifferentialKnowledge, candidates
from calcinosis.knowledge.library import criteria
from calcinosis.knowledge.treatment_schema import Treatments


class Dangling(Struct, frozen=True, order=True):
    """An entry names something that does not exist; `near` is the id that was probably meant."""

    entry: str
    name: str
    what: str
    near: str = ""

    @property
    def text(self) -> str:
        """As it is printed."""
        hint = f"; did you mean {self.near!r}?" if self.near else ""
        return f"{self.entry} names the {self.what} {self.name!r}, which does not exist{hint}"


Names = Iterator[tuple[str, str, Iterable[str]]]  # entry, what sort of id, the ids that it names


def dangling(held: Contents) -> Iterator[Dangling]:
    """Every name that leads nowhere."""
    known = _known(held)
    for entry, what, names in _names(held):
        for name in names:
            if name and name not in known[what]:
                near = difflib.get_close_matches(name, known[what], 1)
                yield Dangling(entry, name, what, near[0] if near else "")


def _known(held: Contents) -> dict[str, Collection[str]]:
    rules = held.differential.likelihoods
    entries = {
        *(name for shelf in (held.findings, held.analytes, held.causes, held.subtypes) for name in shelf),
        *(name for shelf in (held.forms, held.urgent, held.patterns, held.investigations) for name in shelf),
        *held.treatment.treatments,
        *held.differential.diseases,
        held.mixed.id,
    }
    return {
        "finding": held.findings,
        "analyte": held.analytes,
        "cause": held.causes,
        "form": held.forms,
        "subtype": held.subtypes,
        "cause_of": held.subtypes,
        "form_of": held.subtypes,
        "treatment": held.treatment.treatments,
        "disease": held.differential.diseases,
        "candidate": {*candidates(held.differential), *held.differential.diseases},
        "partition": {part.id for part in rules.partitions},
        "kind of finding": held.kinds,
        "kind or finding": {*held.kinds, *held.findings},
        "entry": entries,
    }


def _names(held: Contents) -> Names:
    yield from _of_criteria(held)
    for term in held.findings.values():
        yield term.id, "finding", (*term.implies, *term.in_relatives, *term.allergy_to, term.now)
        yield term.id, "analyte", term.prefer
    for analyte in held.analytes.values():
        ranged = (analyte.above_range, analyte.below_range, analyte.positive)
        yield analyte.id, "finding", (*ranged, *(limit.finding for limit in analyte.thresholds))
        yield analyte.id, "analyte", analyte.panel_of
    for formula in held.formulas.values():
        yield formula.id, "analyte", (formula.gives, *formula.needs)
    for test in held.investigations.values():
        yield test.id, "finding", test.answers
    for pattern in held.patterns.values():
        yield pattern.id, "cause", pattern.causes
    for disagreement in held.disagreements.values():
        yield disagreement.id, "entry", disagreement.about
    yield "records/labels", "kind of finding", held.records.labels.anywhere
    yield "records/labels", "finding", held.records.labels.at_the_lesion
    yield "records/routes", "finding", held.records.routes.local_counts
    yield "records/allergies", "finding", held.records.allergies.classes
    yield from _of_treatments(held.treatment)
    yield from _of_differential(held.differential)


def _of_criteria(held: Contents) -> Names:
    for key, tree in criteria(held):
        yield key.id, "finding", leaves(tree)
        for reference in named(tree):
            yield key.id, reference.kind, (reference.id,)


def _of_treatments(held: Treatments) -> Names:
    for entry in held.treatments.values():
        yield entry.id, "finding", entry.taking
    for pair in held.interactions.interactions:
        for side in (pair.first, pair.second):
            yield pair.id, "finding", side.taking
            yield pair.id, "treatment", side.treatments
    for conflict in held.interactions.conflicts:
        yield conflict.id, "treatment", conflict.about
    body, renal, injection = held.dosing.body, held.dosing.renal, held.dosing.injection
    yield "dosing", "analyte", (body.weight, body.height, renal.analyte, injection.size_analyte)
    yield "dosing", "finding", (*(stage.finding for stage in renal.stages), injection.fingertip_finding)
    yield "dosing", "treatment", (injection.treatment,)


def _of_differential(held: DifferentialKnowledge) -> Names:
    for disease in held.diseases.values():
        yield disease.id, "finding", (cell.finding for cell in disease.cells)
        yield disease.id, "finding", (name for settling in disease.settled_by for name in settling.findings)
        yield disease.id, "disease", (disease.within,)
        yield disease.id, "disease", (disease.host.entry,) if disease.host else ()
    rules = held.likelihoods
    yield "likelihoods", "kind of finding", (*rules.backgrounds, *rules.calibration.tested_kinds)
    yield "likelihoods", "finding", (*rules.usual, *rules.like, *rules.like.values(), *rules.calcium.findings)
    yield "likelihoods", "kind or finding", rules.exact
    yield "likelihoods", "disease", (rules.calcium.of,)
    for overlap in rules.overlaps:
        yield "likelihoods", "kind of finding", overlap.kinds
        yield "likelihoods", "finding", overlap.members
    for part in rules.partitions:
        yield "likelihoods", "finding", part.members
    for scale in rules.scales:
        yield "likelihoods", "partition", (scale.partition,)
        yield "likelihoods", "analyte", (scale.measured, scale.less)
    for laboratory in rules.laboratory:
        yield "likelihoods", "analyte", (laboratory.measured,)
        yield "likelihoods", "finding", (laboratory.finding,)
