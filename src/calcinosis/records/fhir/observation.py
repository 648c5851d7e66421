"""Observation: its value in every shape, its components, range, flag and missing reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from calcinosis.knowledge.answers import JUDGEMENTS
from calcinosis.model import Assertion, Code, Kind, Observation, Quantity, Range
from calcinosis.records.fhir import elements
from calcinosis.records.fhir.scene import Scene, at, plain, references
from calcinosis.records.measures import BLOOD
from calcinosis.records.moments import moment
from calcinosis.records.numerals import between
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
# A coded or worded result with a number inside: "11.9 mg/dL (H)", "H 11.9 mg/dL".
_FLAGGED = re.compile(
    r"(?P<value>[^()\[\]]*?\d[^()\[\]]*?)\s*[(\[]?\s*(?P<flag>[A-Za-z*][A-Za-z *]{0,24}?)\s*[)\]]?\s*"
)
_SHORT = 6
_COMMENTS = ("comment", "comments")  # STU3 and DSTU2
Value = Quantity | Range | Code | str | bool | None


class Result(NamedTuple):
    """What an Observation or a component of one says of its code."""

    value: Value
    flag: str
    missing: str
    judged: str  # a judgement that is none of our words


def read(node: Node, source: str, scene: Scene) -> None:
    """State an Observation and each of its components."""
    code = mapping(node, "code")
    if scene.void(node, source, elements.shown(code), also=_VOID):
        return
    if mappings(node, "focus"):
        scene.statements.ignore(source, elements.shown(code), "is about something other than the patient")
        return
    if _of_nobody(code, source, scene):
        return
    frame = _frame(node, source, scene)
    members = bool(node.get("component") or node.get("hasMember"))
    _state(node, frame, scene, members)
    for place, component in enumerate(mappings(node, "component")):
        named = mapping(component, "code")
        if not _of_nobody(named, f"{source}.component[{place}]", scene):
            _state(component, at(frame, f"component[{place}]", elements.shown(named)), scene, False)
    _comments(node, frame, scene)


def _of_nobody(concept: Node, source: str, scene: Scene) -> bool:
    """Whether a measure tells what a test is for or what a variant may mean; it is then set aside."""
    names = filter(None, [text(concept, "text"), *elements.displays(concept)])
    if not scene.statements.labels.of_nobody(names, elements.codings(concept)):
        return False
    why = "tells what was tested for or what a variant may mean, not what the patient has"
    scene.statements.ignore(source, elements.shown(concept), why)
    return True


def _comments(node: Node, frame: Observation, scene: Scene) -> None:
    """What is noted beside a finding; what a laboratory comments on a result is no story of the patient."""
    code = mapping(node, "code")
    names = [text(code, "text"), *elements.displays(code)]
    measured = frame.kind is Kind.MEASUREMENT or any(
        scene.statements.analyte(found) for found in elements.codings(code)
    )
    if measured or any(scene.statements.measured.named(name) for name in names if name):
        comments = [words for _, words in elements.notes(node)] + [text(node, key) for key in _COMMENTS]
        for words in filter(None, comments):
            scene.statements.ignore(
                f"{frame.source}.note", words, "a comment of the laboratory, not of the patient"
            )
        return
    scene.notes(node, frame)
    for key in _COMMENTS:
        if words := text(node, key):
            scene.statements.words(words, plain(frame, key, words))


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
    found = _result(node, frame, scene)
    empty = found.value is None and not found.flag
    if empty and not found.missing:
        if has_members:
            return
        if frame.kind is Kind.MEASUREMENT:
            found = found._replace(missing="no value recorded")
    about = replace(
        frame,
        text=_sentence(elements.shown(concept), node, found, scene),
        value=found.value,
        interpretation=found.flag,
        reference=elements.reference_range(node, scene.person),
        missing_reason=found.missing,
        qualifiers=frame.qualifiers + ((("interpretation", found.judged),) if found.judged else ()),
    )
    if empty and not found.missing:
        scene.concept(concept, about)
        return
    kept = _of_its_fluid(concept, codes, frame, scene)
    meant = meaning(concept, kept, found.value, scene, _specimen(frame, scene))
    about = (
        _asked(replace(about, codes=kept + meant), elements.words(concept), scene)
        if meant
        else replace(about, codes=kept)
    )
    about = _described(about, elements.words(concept), scene)
    scene.statements.add(about)
    _worded(node, found, frame, scene, elements.words(concept), measured=_measures(about, scene))


def _asked(seen: Observation, label: str, scene: Scene) -> Observation:
    """What the label itself says of the finding it asks for: of a relative, over, asked in the negative."""
    asked = [
        found for found in scene.told(label.rstrip("? "), replace(seen, codes=(), value=None)) if found.codes
    ]
    if not asked or _measures(seen, scene):
        return seen
    doubtful = any(found.assertion is not Assertion.AFFIRMED for found in asked)
    return replace(
        seen,
        family=seen.family or all(found.family for found in asked),
        past=seen.past or all(found.past for found in asked),
        assertion=Assertion.UNCERTAIN if doubtful else seen.assertion,
    )


def _measures(seen: Observation, scene: Scene) -> bool:
    return any(scene.statements.analyte(code) for code in seen.codes)


def _specimen(frame: Observation, scene: Scene) -> str:
    """The fluid that the specimen of an Observation is; empty when it names none."""
    named = [words for name, words in frame.qualifiers if name == "specimen"]
    return next(filter(None, map(scene.statements.measured.fluid, named)), "")


def _of_its_fluid(
    concept: Node, codes: tuple[Code, ...], frame: Observation, scene: Scene
) -> tuple[Code, ...]:
    """The codes, without those of a measure in another fluid than the specimen or the name says."""
    names = [text(concept, "text"), *elements.displays(concept)]
    fluid = scene.statements.measured.elsewhere(codes, list(filter(None, names)), _specimen(frame, scene))
    if not fluid:
        return codes
    scene.statements.ignore(
        frame.source, elements.shown(concept), f"its code is of another fluid than {fluid}"
    )
    return ()


def _described(seen: Observation, label: str, scene: Scene) -> Observation:
    """A finding with what is answered in words: one that nobody understands leaves it unknown.

    "Ulceration: 3 cm, left shin" and "pain: severe" say that it is there, "see letter" does not.
    """
    words = seen.value.display or seen.value.code if isinstance(seen.value, Code) else seen.value
    if not isinstance(words, str) or seen.interpretation or _measures(seen, scene):
        return seen
    answers = scene.statements.answers
    if answers.of_words(words).kind == "abnormal" or answers.says_how_much(words):
        return seen
    if any(found.assertion is Assertion.AFFIRMED for found in scene.said(words, seen, label)):
        return seen
    return replace(seen, assertion=Assertion.UNCERTAIN)


def meaning(
    concept: Node, codes: tuple[Code, ...], value: Value, scene: Scene, specimen: str = ""
) -> tuple[Code, ...]:
    """What the words of a label mean, where no code of it is known.

    A text that is shorter than the name of its code ("Calcium" beside "Calcium [Mass/time] in 24 hour
    Urine") counts only as far as that name agrees. A number is a value of an analyte; it never says that
    a finding named in the label is there ("Pain severity 0").
    """
    statements = scene.statements
    if statements.knows(codes):
        return ()
    phrase, names = text(concept, "text"), elements.displays(concept)
    found = statements.measured.named(phrase, specimen) + scene.of_label(phrase)
    named = [statements.measured.named(name, specimen) + scene.of_label(name, whole=True) for name in names]
    if named:
        agreed = {code.code for other in named for code in other}
        unspoken = not agreed and all(statements.measured.apart(name).fluid == "" for name in names)
        found = tuple(code for code in found or named[0] if code.code in agreed or (unspoken and found))
    if isinstance(value, Quantity | Range):
        return tuple(code for code in found if statements.measures(code))
    return found


def _result(node: Node, frame: Observation, scene: Scene) -> Result:
    """Value, flag and missing reason, an answer in code or words brought to one of ours."""
    value, missing = _value(node, frame.source, scene)
    flag, judged = interpretation(node, scene)
    kind = _answered(node, value, scene)
    if kind == "unknown":
        return Result(None, flag, missing or f"answered {_shown(value)}", judged)
    if kind in ("yes", "no"):
        return Result(kind == "yes", flag, missing, judged)
    if kind in JUDGEMENTS:
        together = _agreeing({kind, *([flag] if flag else [])})
        if not together:
            return Result(None, "", f"judged both {kind} and {flag}", judged)
        return Result(value, together, missing, judged)
    if isinstance(value, str):
        return _flagged(value, flag, missing, judged, scene)
    return Result(value, flag, missing, judged)


def _answered(node: Node, value: Value, scene: Scene) -> str:
    """The answer that a coded or worded value gives; empty for any other value."""
    answers = scene.statements.answers
    if isinstance(value, Code):
        concept = mapping(node, "valueCodeableConcept")
        coded = (answers.of_code(code.system, code.code) for code in elements.codings(concept))
        worded_ = (
            answers.of_words(words).kind for words in [text(concept, "text"), *elements.displays(concept)]
        )
        return next(filter(None, (*coded, *worded_)), "")
    return answers.of_words(value).kind if isinstance(value, str) else ""


def _flagged(value: str, flag: str, missing: str, judged: str, scene: Scene) -> Result:
    """A value in words that holds a number, a range or a number with its flag."""
    if (limits := between(value)) is not None:
        return Result(limits, flag, missing, judged)
    match = _FLAGGED.fullmatch(value)
    found = quantity_in_words(match["value"]) if match else None
    written = scene.statements.answers.judgement(match["flag"]) if match else ""
    if found is None or not written:
        return Result(value, flag, missing, judged)
    together = _agreeing({written, *([flag] if flag else [])})
    return Result(found, together, missing, judged)


def _agreeing(flags: set[str]) -> str:
    """The one flag of several; empty where they contradict one another."""
    if len(flags) > 1 and flags not in ({"positive", "high"}, {"negative", "normal"}):
        return ""
    return next(iter(sorted(flags)), "")


def _value(node: Node, source: str, scene: Scene, *, silent: bool = False) -> tuple[Value, str]:
    """The value, or the reason why there is none."""
    absent = elements.words(mapping(node, "dataAbsentReason")) or elements.state(node, "dataAbsentReason")
    for key in node:
        if key.startswith("value") and len(key) > 5:
            value, problem = _read_value(key, node)
            if value is not None:
                return value, ""
            if not silent:
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
        return Range(bottom, top, elements.unit_of(high) or elements.unit_of(low)) if bottom <= top else None
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


def interpretation(node: Node, scene: Scene) -> tuple[str, str]:
    """The flag in one of our words, and a judgement that is none of them (`A`, `E`, words).

    Flags that contradict one another are none.
    """
    flags, other = set(), []
    for concept in mappings(node, "interpretation"):
        written = [text(coding, key) for coding in mappings(concept, "coding") for key in ("code", "display")]
        spellings = [word for word in (*written, text(concept, "text"), text(concept, "code")) if word]
        found = next(filter(None, map(scene.statements.answers.judgement, spellings)), "")
        if found:
            flags.add(found)
        elif spellings:
            other.append(spellings[0])
    if flags and not _agreeing(flags):
        return "", " and ".join(sorted(flags))
    return _agreeing(flags), ", ".join(other)


def _sentence(label: str, node: Node, found: Result, scene: Scene) -> str:
    """What a reader is shown: `Calcium 9.4 mg/dL, reference 8.5-10.5, high`."""
    value, _ = _value(node, "", scene, silent=True)
    parts = [f"{label} {_shown(value)}".strip()]
    if (limits := elements.reference_range(node, scene.person)) is not None:
        parts.append(f"reference {_bounds(limits.low, limits.high)}")
    flag = found.flag or found.judged
    return ", ".join([*parts, *([flag] if flag and flag != _shown(value).casefold() else [])])


def _shown(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Quantity():
            return f"{value.comparator}{value.value:.15g} {value.unit}".strip()
        case Range():
            return f"{value.low:g}-{value.high:g} {value.unit}".strip()
        case Code():
            return value.display or value.code
    return value


def _bounds(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{low:g}-{high:g}"
    return f"<{high:g}" if high is not None else f">{low:g}"


def _worded(
    node: Node, found: Result, frame: Observation, scene: Scene, label: str, *, measured: bool
) -> None:
    """State what the words of a result mean, read behind its label for the sake of negation and family."""
    if isinstance(found.value, Code):
        concept = mapping(node, "valueCodeableConcept")
        _said(elements.codings(concept), elements.words(concept), frame, scene, label, measured=measured)
    elif isinstance(found.value, str):
        _said((), found.value, frame, scene, label, measured=measured)


def _said(
    codes: tuple[Code, ...], words: str, frame: Observation, scene: Scene, label: str, *, measured: bool
) -> None:
    """State the words of a result.

    What nobody found in a stain or a culture says nothing of a value of the blood: where the label is no
    analyte, words judge none.
    """
    statements = scene.statements
    if statements.answers.of_words(words).kind:
        return
    about = replace(frame, source=f"{frame.source}.value", text=words, kind=_finding_kind(frame.kind))
    short = bool(codes) or len(words.split()) <= _SHORT
    said = scene.told(words, about, label) if short else scene.said(words, about, label)
    elsewhere = statements.measured.apart(label).fluid not in ("", BLOOD)
    said = [
        one
        for one in said
        if measured or one.kind is not Kind.MEASUREMENT or not (one.value is None or elsewhere)
    ]
    family = any(found.family for found in said)
    if statements.knows(codes):
        statements.add(replace(about, codes=codes, family=family))
    statements.observations.extend(said)


def _finding_kind(kind: Kind) -> Kind:
    return Kind.SIGN if kind is Kind.MEASUREMENT else kind
