"""Observation: its value in every shape R4 allows, its components, range, flag and missing reason."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from calcinosis.model import Code, Kind, Observation, Quantity
from calcinosis.records.fhir import elements
from calcinosis.records.fhir.scene import Scene, at, references
from calcinosis.records.flags import flag_of
from calcinosis.records.moments import moment
from calcinosis.records.numerals import quantity as quantity_in_words
from calcinosis.records.tree import Node, mapping, mappings, number, text, truth

_VOID = {"cancelled": "cancelled"}
_KINDS = {
    "laboratory": Kind.MEASUREMENT,
    "lab": Kind.MEASUREMENT,
    "vital-signs": Kind.MEASUREMENT,
    "imaging": Kind.IMAGING,
    "rad": Kind.IMAGING,
}
# LOINC names hold the measured property in brackets: "Hemoglobin [Mass/volume] in Blood".
_PROPERTY = re.compile(r"\[[^\]]*\]")
Value = Quantity | Code | str | bool | None


def read(node: Node, source: str, scene: Scene) -> None:
    """State an Observation and each of its components."""
    code = mapping(node, "code")
    if scene.void(node, source, elements.shown(code), also=_VOID):
        return
    if mappings(node, "focus"):
        scene.statements.ignore(source, elements.shown(code), "is about something other than the patient")
        return
    frame = _frame(node, source, scene)
    members = bool(node.get("component") or node.get("hasMember"))
    _state(node, frame, scene, members)
    for place, component in enumerate(mappings(node, "component")):
        words = elements.shown(mapping(component, "code"))
        _state(component, at(frame, f"component[{place}]", words), scene, False)
    scene.notes(node, frame)


def _frame(node: Node, source: str, scene: Scene) -> Observation:
    where = scene.sites(node)
    issued = moment(node.get("issued"))
    return scene.about(
        node,
        source,
        _kind(node),
        elements.shown(mapping(node, "code")),
        effective=elements.when(node, "effective"),
        issued=issued,
        until=elements.until(node, "effective"),
        sites=where["sites"],
        sides=where["sides"],
        qualifiers=where["qualifiers"] + tuple(_circumstances(node, scene)),
    )


def _kind(node: Node) -> Kind:
    for category in mappings(node, "category"):
        for word in (coding.get("code") for coding in mappings(category, "coding")):
            if isinstance(word, str) and (kind := _KINDS.get(word.casefold())) is not None:
                return kind
    if "valueQuantity" in node or "referenceRange" in node or "interpretation" in node:
        return Kind.MEASUREMENT
    return Kind.SIGN


def _circumstances(node: Node, scene: Scene) -> Iterator[tuple[str, str]]:
    if elements.state(node, "status") == "preliminary":
        yield "status", "preliminary"
    if method := elements.words(mapping(node, "method")):
        yield "method", method
    for reference in references(node, "specimen"):
        specimen = scene.resolve(reference, node)
        if words := elements.words(mapping(specimen, "type")) or text(reference, "display"):
            yield "specimen", words


def _state(node: Node, frame: Observation, scene: Scene, has_members: bool) -> None:
    """State one code with its value; `node` is an Observation or a component of one."""
    concept = mapping(node, "code")
    codes = elements.codings(concept)
    if not codes and not elements.words(concept):
        if not has_members:
            scene.statements.ignore(frame.source, "Observation", "has no code and no text")
        return
    value, missing = _value(node, frame.source, scene)
    flag, judged = interpretation(node)
    if value is None and not flag and not missing:
        if has_members:
            return
        if frame.kind is Kind.MEASUREMENT:
            missing = "no value recorded"
    about = replace(
        frame,
        text=_sentence(elements.shown(concept), node, value, flag or judged),
        value=value,
        interpretation=flag,
        reference=elements.reference_range(node),
        missing_reason=missing,
        qualifiers=frame.qualifiers + ((("interpretation", judged),) if judged else ()),
    )
    if value is None and not flag and not missing:
        scene.concept(concept, about)
        return
    scene.statements.add(replace(about, codes=codes + meaning(concept, codes, value, scene)))
    _worded(node, value, frame, scene, elements.words(concept))


def meaning(concept: Node, codes: tuple[Code, ...], value: Value, scene: Scene) -> tuple[Code, ...]:
    """What the words of a label mean, where no code of it is known.

    A text that is shorter than the name of its code ("Calcium" beside "Calcium [Mass/time] in 24 hour
    Urine") counts only as far as that name agrees. A number is a value of an analyte; it never says that
    a finding named in the label is there ("Pain severity 0").
    """
    statements = scene.statements
    if statements.knows(codes):
        return ()
    found = scene.of_label(text(concept, "text"))
    named = [scene.of_label(_PROPERTY.sub("", display)) for display in elements.displays(concept)]
    if named:
        agreed = {code.code for other in named for code in other}
        found = tuple(code for code in found or named[0] if code.code in agreed)
    if isinstance(value, Quantity):
        return tuple(code for code in found if statements.measures(code))
    return found


def _value(node: Node, source: str, scene: Scene) -> tuple[Value, str]:
    """The value, or the reason why there is none."""
    absent = elements.words(mapping(node, "dataAbsentReason")) or elements.state(node, "dataAbsentReason")
    for key in node:
        if key.startswith("value") and len(key) > 5:
            value, problem = _read_value(key, node)
            if value is not None:
                return value, ""
            scene.statements.ignore(f"{source}.{key}", "value", problem or absent or "cannot be read")
            return None, absent or problem or "cannot be read"
    return None, absent


def _read_value(key: str, node: Node) -> tuple[Value, str]:
    match key:
        case "valueQuantity":
            held = mapping(node, key)
            return elements.quantity(held), "no number" if number(
                held, "value"
            ) is None else "unknown comparator"
        case "valueCodeableConcept":
            return worded(mapping(node, key)), "neither code nor text"
        case "valueBoolean":
            return truth(node, key), "neither true nor false"
        case "valueInteger" | "valueDecimal":
            found = number(node, key)
            return None if found is None else Quantity(found), "no number"
        case "valueString" | "valueDateTime" | "valueTime" | "valueDate":
            written = text(node, key)
            return quantity_in_words(written) or written or None, "no text"
        case "valueRange":
            return _between(mapping(node, key)), "no bound"
        case "valueRatio":
            return _ratio(mapping(node, key)), "no numerator and denominator"
        case "valuePeriod":
            held = mapping(node, key)
            return " to ".join(filter(None, [text(held, "start"), text(held, "end")])) or None, "empty"
    return None, f"{key} is not read"


def worded(concept: Node) -> Code | str | None:
    """A coded result: its words where it has some, else its first code."""
    words = elements.words(concept)
    codes = elements.codings(concept)
    if codes:
        return replace(codes[0], display=words)
    return words or None


def _between(held: Node) -> Value:
    low, high = mapping(held, "low"), mapping(held, "high")
    bottom, top = number(low, "value"), number(high, "value")
    if bottom is not None and top is not None:
        unit = elements.unit_of(high) or elements.unit_of(low)
        return f"{bottom:g}-{top:g} {unit}".strip()
    if bottom is not None:
        return Quantity(bottom, elements.unit_of(low), ">=")
    return Quantity(top, elements.unit_of(high), "<=") if top is not None else None


def _ratio(held: Node) -> Value:
    """A titre stays in words; a ratio with units becomes a number of a compound unit."""
    above, below = mapping(held, "numerator"), mapping(held, "denominator")
    top, bottom = number(above, "value"), number(below, "value")
    if top is None or bottom is None:
        return None
    upper, lower = elements.unit_of(above), elements.unit_of(below)
    if bottom == 0 or not (upper or lower) or text(above, "comparator") or text(below, "comparator"):
        return f"{top:g}:{bottom:g}"
    return Quantity(top / bottom, f"{upper or '1'}/{lower}" if lower else upper)


def interpretation(node: Node) -> tuple[str, str]:
    """The flag in one of our words, and a judgement that is none of them (`A`, `E`, words).

    Flags that contradict one another are none.
    """
    flags, other = set(), []
    for concept in mappings(node, "interpretation"):
        written = [text(coding, key) for coding in mappings(concept, "coding") for key in ("code", "display")]
        spellings = [word for word in (*written, text(concept, "text")) if word]
        found = next(filter(None, map(flag_of, spellings)), "")
        if found:
            flags.add(found)
        elif spellings:
            other.append(spellings[0])
    if len(flags) > 1 and flags not in ({"positive", "high"}, {"negative", "normal"}):
        return "", " and ".join(sorted(flags))
    return next(iter(sorted(flags)), ""), ", ".join(other)


def _sentence(label: str, node: Node, value: Value, flag: str) -> str:
    """What a reader is shown: `Calcium 9.4 mg/dL, reference 8.5-10.5, high`."""
    parts = [f"{label} {_shown(value)}".strip()]
    if (limits := elements.reference_range(node)) is not None:
        parts.append(f"reference {_bounds(limits.low, limits.high)}")
    return ", ".join([*parts, *([flag] if flag else [])])


def _shown(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Quantity():
            return f"{value.comparator}{value.value:.15g} {value.unit}".strip()
        case Code():
            return value.display or value.code
    return value


def _bounds(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{low:g}-{high:g}"
    return f"<{high:g}" if high is not None else f">{low:g}"


def _worded(node: Node, value: Value, frame: Observation, scene: Scene, label: str) -> None:
    """State what the words of a result mean, read behind its label for the sake of negation and family."""
    if isinstance(value, Code):
        concept = mapping(node, "valueCodeableConcept")
        _result(elements.codings(concept), elements.words(concept), frame, scene, label)
    elif isinstance(value, str):
        _result((), value, frame, scene, label)


def _result(codes: tuple[Code, ...], words: str, frame: Observation, scene: Scene, label: str) -> None:
    statements = scene.statements
    if flag_of(words) or words.casefold() in _ANSWERS:
        return
    about = replace(frame, source=f"{frame.source}.value", text=words, kind=_finding_kind(frame.kind))
    said = scene.said(words, about, label=label)
    family = any(found.family for found in said)
    if statements.knows(codes):
        statements.add(replace(about, codes=codes, family=family))
    statements.observations.extend(said)


_ANSWERS = frozenset({"yes", "no", "y", "n", "true", "false", "none", "unknown", "not known", "not done"})


def _finding_kind(kind: Kind) -> Kind:
    return Kind.SIGN if kind is Kind.MEASUREMENT else kind
