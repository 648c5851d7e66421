"""Every entry of the knowledge base, and the parts that it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from calcinosis.knowledge.contents import Contents

# What stands in the contents beside entries.
_BESIDE = ("sources", "citations", "factors", "kinds", "places", "facts")


def entries(held: Contents) -> Iterator[tuple[str, Any]]:
    """Every entry with its id, shelf by shelf; what is a file by itself goes by the name of the file."""
    for shelf in _shelves(held):
        yield from shelf.items()
    yield held.mixed.id, held.mixed
    yield held.synthesis.id, held.synthesis
    yield from held.treatment.treatments.items()
    yield from held.differential.diseases.items()
    interactions = held.treatment.interactions
    yield from ((one.id, one) for one in interactions.interactions)
    yield from ((one.id, one) for one in interactions.reviews)
    yield from ((one.id, one) for one in interactions.conflicts)
    yield "dosing", held.treatment.dosing
    yield "method", held.treatment.method
    yield "priors", held.differential.priors
    yield "likelihoods", held.differential.likelihoods
    for arm in held.treatment.arms:
        yield arm.id, arm
    yield "leaflet", held.leaflet
    yield "alarms", held.alarms


def _shelves(held: Contents) -> Iterator[Mapping[str, Any]]:
    for field in msgspec.structs.fields(Contents):
        value = getattr(held, field.name)
        if field.name not in _BESIDE and isinstance(value, dict):
            yield value


def parts(value: Any) -> Iterator[Struct]:
    """Every struct at or below `value`."""
    if isinstance(value, Struct):
        yield value
        for field in value.__struct_fields__:
            yield from parts(getattr(value, field))
    elif isinstance(value, dict):
        for inner in value.values():
            yield from parts(inner)
    elif isinstance(value, (tuple, list)):
        for inner in value:
            yield from parts(inner)


def sources_of(part: Struct) -> tuple[str, ...]:
    """The sources that a part names itself."""
    single = getattr(part, "source", None)
    return (*getattr(part, "sources", ()), *((single,) if isinstance(single, str) else ()))
