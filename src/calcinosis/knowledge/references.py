"""Every place where one entry names another: what it names must exist.

An id that nothing has would be read as *unknown* for ever, in silence.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import get_args

from calcinosis.criteria import Leaf, Named
from calcinosis.knowledge.contents import Contents
from calcinosis.knowledge.differential_schema import DifferentialKnowledge, candidates
from calcinosis.knowledge.entries import entries, parts, sources_of
from calcinosis.knowledge.files import Fault, Reader
from calcinosis.knowledge.schema import Asking, Subtype, Urgency
from calcinosis.knowledge.treatment_schema import Treatments

Names = Iterator[tuple[str, str, Iterable[str]]]  # entry, what sort of id, the ids that it names


def dangling(held: Contents, folder: Path) -> Iterator[Fault]:
    """Every name that leads nowhere, in what was read from the folder and on its map of the body."""
    known = known_names(held)
    for entry, what, names in (*_names(held), *_of_regions(folder)):
        for name in names:
            if name and name not in known[what]:
                near = difflib.get_close_matches(name, known[what], 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                text = f"{entry} names the {what} {name!r}, which does not exist{hint}"
                yield Fault(entry, text, name)


def known_names(held: Contents) -> dict[str, Collection[str]]:
    """What may be named, by its sort."""
    rules, treatments = held.differential.likelihoods, held.treatment.treatments
    every = {
        *(name for shelf in (held.findings, held.analytes, held.causes, held.subtypes) for name in shelf),
        *(name for shelf in (held.forms, held.urgent, held.patterns, held.investigations) for name in shelf),
        *treatments,
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
        "composite": held.composites,
        "red flag": held.urgent,
        "treatment": treatments,
        "disease": held.differential.diseases,
        "candidate": {*candidates(held.differential), *held.differential.diseases},
        "partition": {part.id for part in rules.partitions},
        "kind of finding": held.kinds,
        "kind or finding": {*held.kinds, *held.findings},
        "entry": every,
        "source": held.sources,
        "fact": held.facts,
        "concept": {row.concept for row in held.codes},
        "setting": {one.id for one in held.differential.priors.settings},
        "study arm": {arm.id for arm in held.treatment.arms},
        "ingredient": {one.ingredient for entry in treatments.values() for one in entry.doses},
        "unit of a study": held.leaflet.units,
        "urgency": get_args(Urgency),
    }


def _names(held: Contents) -> Names:
    yield from _of_every(held)
    for term in held.findings.values():
        yield term.id, "kind of finding", (term.kind,)
        yield (
            term.id,
            "finding",
            (*term.implies, *term.in_relatives, *term.allergy_to, term.now, term.queried),
        )
        yield term.id, "analyte", term.prefer
    for analyte in held.analytes.values():
        ranged = (analyte.above_range, analyte.below_range, analyte.positive)
        yield analyte.id, "finding", (*ranged, *(limit.finding for limit in analyte.thresholds))
        yield analyte.id, "analyte", analyte.panel_of
        yield analyte.id, "finding", analyte.scored_with
    for formula in held.formulas.values():
        yield formula.id, "analyte", (formula.gives, *formula.needs)
    for test in held.investigations.values():
        yield test.id, "finding", test.answers
    for pattern in held.patterns.values():
        yield pattern.id, "cause", pattern.causes
    for disagreement in held.disagreements.values():
        yield disagreement.id, "entry", disagreement.about
    for subtype in held.subtypes.values():
        yield subtype.id, "subtype", (subtype.parent, *(subtype.harm.over if subtype.harm else ()))
        yield subtype.id, "finding", subtype.names
        yield subtype.id, "finding", (name for ask in _asks(subtype) for name in ask.findings)
    for flag in held.urgent.values():
        if flag.guards is not None:
            yield flag.id, "subtype", (flag.guards.subtype,)
            yield flag.id, "disease", (flag.guards.disease,)
            yield flag.id, "finding", flag.guards.history
    yield "alarms", "composite", (held.alarms.lesion,)
    yield "alarms", "finding", held.alarms.general
    yield "alarms", "finding", (look.finding for look in held.alarms.looks)
    yield "alarms", "finding", (name for one in held.alarms.impossible for name in one.findings)
    yield "vignettes", "red flag", (one.flag for one in held.vignettes)
    for name in held.language.contexts:
        yield "words", "finding", _meant(name)
    for told in (held.synthesis.lesion.described, held.synthesis.lesion.implied):
        yield "synthesis", "kind of finding", told.kinds
        yield "synthesis", "finding", (*told.findings, *told.without)
    yield "synthesis", "finding", (*held.synthesis.lesion.denied, *held.synthesis.named)
    yield "leaflet", "subtype", (*held.leaflet.natural_subtypes, *held.leaflet.subtypes, *held.leaflet.not_of)
    yield "leaflet", "urgency", held.leaflet.urgent
    yield "records/labels", "kind of finding", held.records.labels.anywhere
    yield "records/labels", "finding", held.records.labels.at_the_lesion
    yield "records/routes", "finding", held.records.routes.local_counts
    yield "records/allergies", "finding", held.records.allergies.classes
    yield from _of_treatments(held.treatment)
    yield from _of_evidence(held.treatment)
    yield from _of_differential(held.differential)


def _asks(subtype: Subtype) -> tuple[Asking, ...]:
    return subtype.harm.asks if subtype.harm is not None else ()


def _of_every(held: Contents) -> Names:
    """What any part of any entry may name: findings and criteria in its trees, sources, facts and codes."""
    for name, entry in (*entries(held), *held.facts.items()):
        for part in parts(entry):
            if isinstance(part, Leaf):
                yield name, "finding", (part.finding,)
            elif isinstance(part, Named):
                yield name, part.kind, (part.id,)
            else:
                yield name, "source", sources_of(part)
                yield name, "fact", getattr(part, "facts", ())
                yield name, "concept", getattr(part, "concepts", ())


def _meant(context: str) -> tuple[str, ...]:
    """The finding that a context of words is about: `histo_calcium_deposits in histology`."""
    meant, _, place = context.partition(" in ")
    return (meant,) if place and meant != "apart" else ()


def _of_regions(folder: Path) -> Names:
    for _, row in Reader(folder).rows("regions/regions.csv"):
        yield "regions", "finding", (row["id"], *row["shown_on"].split())


def _of_treatments(held: Treatments) -> Names:
    for entry in held.treatments.values():
        yield entry.id, "finding", entry.taking
        yield entry.id, "treatment", (name for action in entry.actions for name in action.means)
    for pair in held.interactions.interactions:
        for side in (pair.first, pair.second):
            yield pair.id, "finding", side.taking
            yield pair.id, "treatment", side.treatments
    for rule in held.interactions.reviews:
        yield rule.id, "finding", (rule.drug,)
    for conflict in held.interactions.conflicts:
        yield conflict.id, "treatment", conflict.about
    yield "dosing", "source", held.dosing.low_authority
    yield "dosing", "ingredient", (limit.ingredient for limit in held.dosing.ingredient_limits)
    body, renal, injection = held.dosing.body, held.dosing.renal, held.dosing.injection
    yield "dosing", "analyte", (body.weight, body.height, renal.analyte, injection.size_analyte)
    yield "dosing", "finding", (*(stage.finding for stage in renal.stages), injection.fingertip_finding)
    yield "dosing", "treatment", (injection.treatment,)


def _of_evidence(held: Treatments) -> Names:
    for arm in held.arms:
        if arm.use in ("pool", "single", "uncoded"):  # others may speak of several, or of none
            yield arm.id, "treatment", (arm.treatment,)
        yield arm.id, "study arm", (arm.overlaps,)
        yield arm.id, "unit of a study", (arm.unit,)
    for row in held.pooled:
        yield "pooled", "treatment", (row.treatment,)
        yield "pooled", "study arm", row.arms
    yield "method", "study arm", (held.method.baseline,)


def _of_differential(held: DifferentialKnowledge) -> Names:
    for disease in held.diseases.values():
        yield disease.id, "finding", (cell.finding for cell in disease.cells)
        yield disease.id, "finding", (name for settling in disease.settled_by for name in settling.findings)
        yield disease.id, "finding", disease.requires
        yield disease.id, "disease", (disease.within,)
        yield disease.id, "subtype", (disease.subtype,)
        yield disease.id, "disease", (disease.host.entry,) if disease.host else ()
    yield "priors", "setting", (held.priors.default,)
    yield "priors", "disease", (figure.disease for figure in held.priors.published)
    for setting in held.priors.settings:
        yield "priors", "candidate", setting.weights
    rules = held.likelihoods
    yield "likelihoods", "kind of finding", (*rules.backgrounds, *rules.calibration.tested_kinds)
    yield "likelihoods", "finding", (*rules.usual, *rules.like, *rules.like.values(), *rules.calcium.findings)
    yield "likelihoods", "kind or finding", rules.exact
    yield "likelihoods", "finding", (rules.proof.specimen, *(one.finding for one in rules.proof.shown))
    yield "likelihoods", "finding", (*rules.proof.hearsay, *rules.proof.hearsay.values())
    yield "likelihoods", "finding", rules.calibration.defining
    for moot in rules.moot:
        yield "likelihoods", "finding", (*moot.by, *moot.present, *moot.absent)
        yield "likelihoods", "kind of finding", moot.absent_kinds
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
