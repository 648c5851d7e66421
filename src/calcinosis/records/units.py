"""Units of a record as a whole: those that are not written and can be inferred, and those with another zero.

An inferred unit says so with the value: in what a reader is shown (`Ca 9.3 [mg/dL inferred: ...]`) and as the
qualifier `unit inferred`. What cannot be inferred stays without a unit and is asked later on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.schema import Affine, Analyte
from calcinosis.language.unit_spellings import unit_spellings
from calcinosis.language.unwritten_units import Inferred, unwritten_units
from calcinosis.model import Moment, Observation, Quantity, Range, Record, stretch
from calcinosis.records.measures import measures_of

# Values of a text that stand no further apart make a panel.
_NEAR = 120
INFERRED = "unit inferred"


def with_units(record: Record, knowledge: Knowledge) -> Record:
    """The record with the units that can be inferred, and its values in units of one zero."""
    observations = list(record.observations)
    reader = _Reader(knowledge)
    for panel in _panels(observations):
        for place, seen in reader.settled([(place, observations[place]) for place in panel]):
            observations[place] = reader.of_one_zero(seen)
    return replace(record, observations=tuple(observations))


class _Reader:
    """What is known of the analytes of this knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._analytes = knowledge.contents.analytes
        self._measures = measures_of(knowledge)
        self._inference = unwritten_units(knowledge)
        self._spelled = unit_spellings(knowledge)

    def settled(self, panel: Sequence[tuple[int, Observation]]) -> Iterator[tuple[int, Observation]]:
        """The observations of one panel, with the units that can be inferred."""
        units: dict[str, set[str]] = {}
        rest: list[tuple[int, Observation, Analyte, Quantity | Range]] = []
        for place, seen in panel:
            analyte, value = self._analyte(seen), seen.value
            if analyte is None or not isinstance(value, Quantity | Range) or not analyte.unit:
                continue
            found = _lacks(analyte, value) and self._inference.alone(analyte, value, seen.reference)
            settled = _marked(seen, value, found) if found else seen
            if unit := self._unit(analyte, settled):
                units.setdefault(analyte.id, set()).add(unit)
                yield place, settled
            elif _lacks(analyte, value):
                rest.append((place, seen, analyte, value))
        known = {name: frozenset(several) for name, several in units.items()}
        for place, seen, analyte, value in rest:
            told = self._inference.beside(analyte, value, known)
            if told is not None:
                yield place, _marked(seen, value, told)

    def of_one_zero(self, seen: Observation) -> Observation:
        """A value in a unit with another zero, such as HbA1c in mmol/mol, in the canonical unit."""
        analyte, value = self._analyte(seen), seen.value
        if analyte is None or not isinstance(value, Quantity | Range):
            return seen
        own = seen.reference
        scale = self._affine(analyte, value.unit)
        ranged = self._affine(analyte, own.unit or value.unit) if own is not None else None
        if scale is not None:
            seen = replace(seen, value=_scaled(value, scale, analyte.unit))
        if ranged is not None and own is not None:
            seen = replace(seen, reference=_scaled(own, ranged, analyte.unit))
        return seen

    def _affine(self, analyte: Analyte, written: str) -> Affine | None:
        unit = self._spelled.of(analyte, written) if analyte.affine and written else ""
        return next((one for one in analyte.affine if one.unit == unit), None)

    def _unit(self, analyte: Analyte, seen: Observation) -> str:
        written = seen.value.unit if isinstance(seen.value, Quantity | Range) else ""
        return self._spelled.of(analyte, written) if written else ""

    def _analyte(self, seen: Observation) -> Analyte | None:
        """What was measured, where it is one thing."""
        named = {
            name
            for code in seen.codes
            for name in ((code.code,) if code.code in self._analytes else self._measures.analytes(code))
        }
        return self._analytes[named.pop()] if len(named) == 1 else None


def _lacks(analyte: Analyte, value: Quantity | Range) -> bool:
    return not value.unit.strip() and not analyte.unit_understood


def _marked(seen: Observation, value: Quantity | Range, found: Inferred) -> Observation:
    said = f"{found.unit}, because {found.because}"
    return replace(
        seen,
        value=replace(value, unit=found.unit),
        text=f"{seen.text} [{found.unit} inferred: {found.because}]",
        qualifiers=(*seen.qualifiers, (INFERRED, said)),
    )


def _scaled(value: Quantity | Range, scale: Affine, unit: str) -> Quantity | Range:
    if isinstance(value, Range):
        return Range(_of(value.low, scale), _of(value.high, scale), unit)
    return Quantity(_of(value.value, scale) or 0.0, unit, value.comparator)


def _of(number: float | None, scale: Affine) -> float | None:
    return None if number is None else round(number * scale.factor + scale.offset, 4)


def _panels(observations: Sequence[Observation]) -> Iterator[list[int]]:
    """Values that belong together: near each other in one text, or of one moment and in no text."""
    by_moment: dict[Moment | None, list[int]] = {}
    by_text: dict[str, list[tuple[int, int, int]]] = {}
    for place, seen in enumerate(observations):
        if not isinstance(seen.value, Quantity | Range):
            continue
        span = stretch(seen.source)
        if span is None:
            by_moment.setdefault(seen.effective, []).append(place)
        else:
            by_text.setdefault(span.text, []).append((span.start, span.end, place))
    yield from by_moment.values()
    for spans in by_text.values():
        yield from _near(sorted(spans))


def _near(spans: Iterable[tuple[int, int, int]]) -> Iterator[list[int]]:
    held: list[int] = []
    last = 0
    for start, end, place in spans:
        if held and start - last > _NEAR:
            yield held
            held = []
        held.append(place)
        last = end
    if held:
        yield held
