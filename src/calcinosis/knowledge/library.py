"""Every criterion of the knowledge base under its id."""

from __future__ import annotations

from collections.abc import Iterator

from calcinosis.criteria import CriterionId, Node, Shelf
from calcinosis.criteria.shelf import Kind
from calcinosis.errors import KnowledgeFault
from calcinosis.knowledge import guards
from calcinosis.knowledge.contents import Contents
from calcinosis.knowledge.schema import Subtype
from calcinosis.knowledge.treatment_schema import Guard, Treatment

Criterion = tuple[CriterionId, Node]


def shelf_of(held: Contents) -> Shelf:
    """All criteria of the knowledge base.

    Raises:
        KnowledgeFault: an id stands twice.
    """
    trees: dict[CriterionId, Node] = {}
    for key, tree in criteria(held):
        if key in trees:
            raise KnowledgeFault(
                f"criterion {key} stands twice", where=", ".join(held.places.get(key.id, ()))
            )
        trees[key] = tree
    return Shelf(trees, dict(members(held)))


def criteria(held: Contents) -> Iterator[Criterion]:
    """Every criterion: the named ones, and those that belong to a part of an entry."""
    yield from ((CriterionId("composite", one.id), one.criterion) for one in held.composites.values())
    yield from ((CriterionId("cause", one.id), one.criterion) for one in held.causes.values())
    yield from ((CriterionId("form", one.id), one.criterion) for one in held.forms.values())
    for subtype in held.subtypes.values():
        yield from _of_subtype(subtype)
    yield from ((CriterionId("urgent", one.id), one.criterion) for one in held.urgent.values())
    for place, excluded in enumerate(held.alarms.impossible):
        yield CriterionId("impossible", "alarms", str(place)), excluded.when
    yield from ((CriterionId("pattern", one.id), one.criterion) for one in held.patterns.values())
    yield CriterionId("mixed", held.mixed.id), held.mixed.criterion
    yield CriterionId("synthesis", "proven"), held.synthesis.proven.criterion
    yield from ((CriterionId("watch", one.id), one.when) for one in held.synthesis.watch)
    for test in held.investigations.values():
        for part in ("when", "avoid_when", "first_when"):
            tree = getattr(test, part)
            if tree is not None:
                yield CriterionId("investigation", test.id, part), tree
    for treatment in held.treatment.treatments.values():
        yield from _of_treatment(treatment)
    for pair in held.treatment.interactions.interactions:
        yield CriterionId("interaction", pair.id), guards.meeting(pair)
    for rule in held.treatment.interactions.reviews:
        yield CriterionId("review", rule.id), guards.reviewed(rule)
        yield CriterionId("asked", rule.id, "review"), rule.when


def _of_subtype(subtype: Subtype) -> Iterator[Criterion]:
    yield CriterionId("subtype", subtype.id), subtype.criterion
    yield CriterionId("support", subtype.id), subtype.support
    if subtype.yields is not None:
        yield CriterionId("yields", subtype.id), subtype.yields.when
        yield CriterionId("yields_unless", subtype.id), subtype.yields.unless
    if subtype.harm is not None:
        yield CriterionId("harm", subtype.id), subtype.harm.when
    if subtype.barred is not None:
        yield CriterionId("barred", subtype.id), subtype.barred
    for level in subtype.levels:
        yield CriterionId("level", subtype.id, level.id), level.criterion


def _of_treatment(treatment: Treatment) -> Iterator[Criterion]:
    """What decides of each part; as `asked`, what of it is asked of the findings: the reasons."""
    for place, entry in enumerate(treatment.indications):
        yield CriterionId("indication", treatment.id, str(place)), guards.indicated(entry)
        if entry.when is not None:
            yield CriterionId("asked", treatment.id, f"indication {place}"), entry.when
    for kind, listed in guards_of(treatment):
        for guard in listed:
            yield CriterionId(kind, treatment.id, guard.id), guards.guarding(guard)
            if guard.when is not None:
                yield CriterionId("asked", treatment.id, f"{kind} {guard.id}"), guard.when
    for dose in treatment.doses:
        yield CriterionId("dose", treatment.id, dose.id), guards.indicated(dose)
    for action in treatment.actions:
        yield CriterionId("action", treatment.id, action.id), guards.indicated(action)


def guards_of(treatment: Treatment) -> tuple[tuple[Kind, tuple[Guard, ...]], ...]:
    """Contraindications and cautions by their kind of criterion."""
    return ("contraindication", treatment.contraindications), ("caution", treatment.cautions)


def members(held: Contents) -> Iterator[tuple[CriterionId, tuple[CriterionId, ...]]]:
    """The causes and the forms of each subtype, any of which meets it."""
    for label in held.subtypes:
        causes = (one.id for one in held.causes.values() if one.subtype == label)
        yield CriterionId("cause_of", label), tuple(CriterionId("cause", name) for name in causes)
        forms = (one.id for one in held.forms.values() if one.by_nature and label in one.subtypes)
        yield CriterionId("form_of", label), tuple(CriterionId("form", name) for name in forms)
