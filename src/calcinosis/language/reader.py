"""Free text to observations: terms, their qualifiers, and values in running text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from calcinosis.knowledge import Knowledge
from calcinosis.language.clauses import Clauses, going
from calcinosis.language.dimensions import Dimension, dimensions
from calcinosis.language.document import Cleaned, Document, cleaned, document
from calcinosis.language.durations import durations
from calcinosis.language.laboratory import Reading, flags, readings, stated
from calcinosis.language.lexicon import lexicon
from calcinosis.language.mentions import SETTING, Mention, Target
from calcinosis.language.qualifiers import qualifier
from calcinosis.language.scope import UNTOLD, Scope
from calcinosis.language.scores import scores
from calcinosis.language.temperature import temperatures
from calcinosis.language.unread_phrases import unread_phrases
from calcinosis.language.weights import weights
from calcinosis.model import (
    SUSPECTED,
    Assertion,
    Code,
    Doubt,
    Ignored,
    Kind,
    Meant,
    Moment,
    Observation,
    Phrase,
    Question,
    stretch,
)

Read = tuple[tuple[Observation, ...], tuple[Ignored, ...]]
_OWN = "calcinosis"
_DENIED = frozenset(("negation", "unaffected"))
_DOUBTED = frozenset(("uncertainty", "planned", "resemblance", UNTOLD))
_SUSPICION = "suspicion"
_OVER = frozenset(("past", "stopped", "resolved"))
_NOT_SAID_OF_ONE = frozenset(("family", "planned", UNTOLD))
_OF_NOBODY_HERE = frozenset(("family", "allergy"))


class Told(NamedTuple):
    """What a text says, and how it was read: as which document, and why each statement says what it does."""

    observations: tuple[Observation, ...]
    ignored: tuple[Ignored, ...]
    clean: Cleaned
    shape: Document
    because: dict[str, tuple[str, ...]]  # by the address of a statement
    questions: tuple[Question, ...]
    unread: tuple[Phrase, ...]


class _Found(NamedTuple):
    """The same before its addresses are those of the text as given."""

    observations: list[Observation]
    ignored: list[Ignored]
    because: dict[str, tuple[str, ...]]
    questions: list[Question]
    unread: list[Phrase]


def read_text(
    text: str,
    *,
    knowledge: Knowledge,
    source: str,
    kind: Kind | None = None,
    effective: Moment | None = None,
    whole_note: bool = False,
) -> Read:
    """What a text says, as observations whose address is `source:start-end`.

    Args:
        text: a note, a narrative, or a phrase such as the text of a coded element.
        knowledge: the vocabulary.
        source: address of the text in its record.
        kind: kind of the terms found (default: sign).
        effective: when it was written.
        whole_note: also read sizes, numbers and durations of lesions, and temperatures that nothing names.
    """
    found = told(
        text, knowledge=knowledge, source=source, kind=kind, effective=effective, whole_note=whole_note
    )
    return found.observations, found.ignored


def told(
    text: str | Cleaned,
    *,
    knowledge: Knowledge,
    source: str,
    kind: Kind | None = None,
    effective: Moment | None = None,
    whole_note: bool = False,
) -> Told:
    """The same, with the document in which it was read."""
    clean = cleaned(text, knowledge) if isinstance(text, str) else text
    shape = document(clean.text, knowledge)
    seen, ignored, because, asked, unread = _read(shape, knowledge, source, kind, effective, whole_note)
    if clean.layers:
        seen = [replace(item, source=_original(item.source, clean)) for item in seen]
        ignored = [replace(item, where=_original(item.where, clean)) for item in ignored]
        because = {_original(place, clean): reasons for place, reasons in because.items()}
        asked = [replace(item, where=_original(item.where, clean)) for item in asked]
        unread = [replace(item, where=_original(item.where, clean)) for item in unread]
    return Told(tuple(seen), tuple(ignored), clean, shape, because, tuple(asked), tuple(unread))


def _original(source: str, clean: Cleaned) -> str:
    """An address in the cleaned text as one in the text as given."""
    found = stretch(source)
    if found is None:
        return source
    first, last = clean.span(found.start, found.end)
    return f"{found.text}:{first}-{last}"


def _read(
    shape: Document,
    knowledge: Knowledge,
    source: str,
    kind: Kind | None,
    effective: Moment | None,
    whole_note: bool,
) -> _Found:
    text = shape.masked
    mentions = lexicon(knowledge).mentions(text)
    clauses = Clauses(text, mentions, going(knowledge))
    scope = Scope(shape, mentions, clauses, knowledge)
    measured = list(_measured(text, mentions, knowledge))
    current = [reading for reading in measured if not reading.earlier]
    valued = {reading.mention.start for reading in measured}
    terms = [mention for mention in mentions if _targets(mention, "finding") or _targets(mention, "kin")]
    clear = [
        mention
        for mention in terms
        if not mention.ambiguous and mention.start not in valued and not _apart(mention, scope)
    ]
    qualities = qualifier(knowledge).qualified(
        text, [(m.start, m.end) for m in clear], [_named(mention, knowledge) for mention in clear]
    )
    scope.settle_sites(clear, qualities)
    said = [
        scope.silenced(mention, _of_targets(mention, scope.qualified(mention, found), knowledge))
        for mention, found in zip(clear, qualities, strict=True)
    ]
    signs = _signs(clear, said, scope, source, kind or Kind.SIGN, effective)
    opened = _qualified([mention for mention in terms if mention.ambiguous], text, scope, knowledge)
    observations = [
        *(seen for seen in signs if _says_something(seen, knowledge)),
        *_open(opened, scope, source, kind or Kind.SIGN, effective),
        *(
            _measurement(reading, shape.text, scope, source, effective)
            for reading in current
            if scope.speaks_of_patient(reading.mention.start)
        ),
    ]
    if whole_note:
        taken = [(item.mention.start, max(item.end, item.mention.end)) for item in measured]
        found = (
            *dimensions(text, clauses.measures_lesion),
            *durations(text, mentions, knowledge),
            *temperatures(text, taken, knowledge),
            *weights(text, taken, knowledge),
            *scores(text, mentions, knowledge),
        )
        observations.extend(
            _dimension(item, scope, source, effective)
            for item in found
            if scope.speaks_of_patient(item.start)
        )
    undated = list(_undated(measured, shape.text, source))
    ignored = [*_unclear(opened, knowledge, source), *undated]
    asked = [
        *_meant(opened, knowledge, source),
        *(Question(doubt=Doubt.DATE, where=one.where, what=one.what) for one in undated),
    ]
    because = {
        f"{source}:{mention.start}-{mention.end}": scope.reasons(mention, found)
        for mention, found in zip(clear, qualities, strict=True)
    }
    unread = _unread(shape, mentions, measured, scope, knowledge, source) if whole_note else ()
    return _Found(observations, ignored, because, asked, list(unread))


def codes_of(phrase: str, *, knowledge: Knowledge) -> tuple[Code, ...]:
    """The findings and analytes that a short phrase names, as codes of this vocabulary."""
    mentions = lexicon(knowledge).mentions(phrase)
    clauses = Clauses(phrase, mentions)
    named = [
        target.id
        for mention in mentions
        if not mention.ambiguous and not _apart(mention, clauses)
        for target in mention.targets
        if target.kind in ("finding", "analyte")
        and not target.denies
        and (not target.within or clauses.speaks_of(target.within, mention.start))
    ]
    return tuple(Code(_OWN, name) for name in dict.fromkeys(named))


def _targets(mention: Mention, kind: str) -> list[str]:
    return [target.id for target in mention.targets if target.kind == kind]


def _named(mention: Mention, knowledge: Knowledge) -> frozenset[str]:
    """The findings that a mention may mean, and their kinds."""
    names = _targets(mention, "finding")
    return frozenset((*names, *(knowledge.contents.findings[name].kind for name in names)))


def _apart(mention: Mention, context: Clauses | Scope) -> bool:
    """Whether the words mean something else here than what the vocabulary has for them."""
    return any(
        target.kind == "apart" and (not target.within or context.speaks_of(target.within, mention.start))
        for target in mention.targets
    )


def _meaning(mention: Mention, said: frozenset[str], scope: Scope) -> list[Target]:
    """The findings that a mention names, or the one that it means in such an examination."""
    kinds = ("finding", "kin") if "family" in said else ("finding",)
    held = [target for target in mention.targets if target.kind in kinds and scope.holds(target, mention)]
    alone = [target for target in held if target.alone]
    return alone or held


def _signs(
    mentions: Sequence[Mention],
    qualities: Sequence[frozenset[str]],
    scope: Scope,
    source: str,
    kind: Kind,
    effective: Moment | None,
) -> Iterator[Observation]:
    for mention, said in zip(mentions, qualities, strict=True):
        meant = _meaning(mention, said, scope)
        for denies in (False, True):
            codes = tuple(Code(_OWN, item.id, mention.text) for item in meant if item.denies is denies)
            if codes:
                yield Observation(
                    source=f"{source}:{mention.start}-{mention.end}",
                    text=scope.around(mention.start, mention.end),
                    kind=Kind.ALLERGY if "allergy" in said else kind,
                    codes=codes,
                    assertion=_denied(said, undone=scope.undone(mention)) if denies else _assertion(said),
                    family="family" in said,
                    past=bool(said & _OVER),
                    effective=effective,
                    qualifiers=() if denies else _suspected(said),
                )


def _suspected(said: frozenset[str]) -> tuple[tuple[str, str], ...]:
    suspected = _SUSPICION in said and UNTOLD not in said
    return (SUSPECTED,) if suspected and _assertion(said) is Assertion.UNCERTAIN else ()


def _of_targets(mention: Mention, said: frozenset[str], knowledge: Knowledge) -> frozenset[str]:
    """The qualifiers that can hold of what is named.

    A "plaque-like" lesion is described and a "lupus-like" rash compared; a plan to excise a nodule of the
    elbow leaves it at the elbow. Only of a site it is no statement that it is normal. "A history of ulcers"
    is what a patient comes with; "healed ulcers" are over.
    """
    held = knowledge.contents
    if any(target.kind == "lesion" for target in mention.targets):
        said -= {"resemblance", "planned"}
    names = _targets(mention, "finding")
    if names and all(held.findings[name].family for name in names):
        said |= {"family"}
    kinds = [held.kinds[held.findings[name].kind] for name in names]
    if any(kind.deniable for kind in kinds):
        said -= {"unaffected"}
    if any(kind.circumstantial for kind in kinds):
        said -= {"resemblance", "planned", "allergy"}
    if "ongoing" in said or any(kind.presenting for kind in kinds):
        said -= {"past"}
    if "resumed" in said:
        said -= {"past", "stopped"}
    return said


def _denied(said: frozenset[str], *, undone: bool) -> Assertion:
    """What a word of denial ("afebrile") says; a doubted denial, or one undone, says nothing for certain.

    "No cough, afebrile" denies both: only a "not" right before it undoes it.
    """
    stands = _assertion(said if undone else said - _DENIED) is Assertion.AFFIRMED
    return Assertion.NEGATED if stands else Assertion.UNCERTAIN


def _assertion(said: frozenset[str]) -> Assertion:
    if said & _DENIED and UNTOLD not in said:
        return Assertion.NEGATED
    return Assertion.UNCERTAIN if said & _DOUBTED else Assertion.AFFIRMED


def _says_something(seen: Observation, knowledge: Knowledge) -> bool:
    """Whether a denial is one: "no scrotal trauma" does not deny that the lesion is on the scrotum."""
    if seen.assertion is not Assertion.NEGATED:
        return True
    held = knowledge.contents
    return any(held.kinds[held.findings[code.code].kind].deniable for code in seen.codes)


def _measured(text: str, mentions: Sequence[Mention], knowledge: Knowledge) -> Iterator[Reading]:
    """Mentions of an analyte with a value or a judgement; such a mention is no finding as well."""
    named = [mention for mention in mentions if _targets(mention, "analyte") and not mention.ambiguous]
    for reading in readings(text, named, flags(knowledge)):
        if reading.value is not None or reading.interpretation:
            yield reading
    yield from stated(text, mentions, flags(knowledge))


def _measurement(
    reading: Reading, text: str, scope: Scope, source: str, effective: Moment | None
) -> Observation:
    mention = reading.mention
    return Observation(
        source=f"{source}:{mention.start}-{max(reading.end, mention.end)}",
        text=" ".join(text[mention.start : max(reading.end, mention.end)].split())
        if reading.value
        else scope.around(mention.start, mention.end),
        kind=Kind.MEASUREMENT,
        codes=tuple(Code(_OWN, name, mention.text) for name in _targets(mention, "analyte")),
        value=reading.value,
        interpretation=reading.interpretation,
        reference=reading.reference,
        effective=reading.when or effective,
    )


def _dimension(found: Dimension, scope: Scope, source: str, effective: Moment | None) -> Observation:
    return Observation(
        source=f"{source}:{found.start}-{found.end}",
        text=scope.around(found.start, found.end),
        kind=Kind.MEASUREMENT,
        codes=(Code(_OWN, found.what),),
        value=found.value,
        effective=effective,
    )


def _unread(
    shape: Document,
    mentions: Sequence[Mention],
    measured: Iterable[Reading],
    scope: Scope,
    knowledge: Knowledge,
    source: str,
) -> Iterator[Phrase]:
    """What looks like a finding of the patient and was not understood; a denial of it loses nothing."""
    taken = [(one.mention.start, max(one.end, one.mention.end)) for one in measured]
    places = unread_phrases(knowledge).found(shape, mentions, taken)
    for (start, end), found in zip(places, qualifier(knowledge).qualified(shape.masked, places), strict=True):
        mention = Mention(start, end, shape.text[start:end], ())
        said = scope.silenced(mention, scope.qualified(mention, found))
        if not said & (_DENIED | _NOT_SAID_OF_ONE):
            yield Phrase(f"{source}:{start}-{end}", " ".join(mention.text.split()))


_Opened = list[tuple[Mention, frozenset[str]]]


def _qualified(mentions: Sequence[Mention], text: str, scope: Scope, knowledge: Knowledge) -> _Opened:
    """Short forms that nothing decides, each with what is said of it whatever it means."""
    found = qualifier(knowledge).qualified(
        text, [(one.start, one.end) for one in mentions], [_named(one, knowledge) for one in mentions]
    )
    return [
        (one, scope.silenced(one, _of_targets(one, scope.qualified(one, said), knowledge)))
        for one, said in zip(mentions, found, strict=True)
    ]


def _open(
    opened: _Opened, scope: Scope, source: str, kind: Kind, effective: Moment | None
) -> Iterator[Observation]:
    """Every reading of a short form that nothing decides, as uncertain: neither there nor lost."""
    for mention, said in opened:
        codes = tuple(Code(_OWN, name, mention.text) for name in dict.fromkeys(_targets(mention, "finding")))
        if codes:
            yield Observation(
                source=f"{source}:{mention.start}-{mention.end}",
                text=scope.around(mention.start, mention.end),
                kind=kind,
                codes=codes,
                assertion=Assertion.UNCERTAIN,
                family="family" in said,
                past=bool(said & _OVER),
                effective=effective,
            )


def _unclear(opened: _Opened, knowledge: Knowledge, source: str) -> Iterator[Ignored]:
    for mention, _ in opened:
        words = " or ".join(one.words for one in _readings(mention, knowledge))
        yield Ignored(
            f"{source}:{mention.start}-{mention.end}", mention.text, f"the abbreviation may mean {words}"
        )


def _meant(opened: _Opened, knowledge: Knowledge, source: str) -> Iterator[Question]:
    """What to ask of a short form, where it is said to be so of the patient and not of an allergy."""
    for mention, said in opened:
        if _assertion(said) is Assertion.AFFIRMED and not said & _OF_NOBODY_HERE:
            yield Question(
                doubt=Doubt.SHORT_FORM,
                where=f"{source}:{mention.start}-{mention.end}",
                what=mention.text,
                readings=_readings(mention, knowledge),
            )


def _readings(mention: Mention, knowledge: Knowledge) -> tuple[Meant, ...]:
    meant = (target for target in mention.targets if target.kind not in SETTING)
    return tuple(
        Meant(target.id) if target.kind == "rival" else Meant(knowledge.label(target.id), target.id)
        for target in meant
    )


def _undated(measured: Iterable[Reading], text: str, source: str) -> Iterator[Ignored]:
    for reading in measured:
        if reading.earlier:
            start, end = reading.mention.start, max(reading.end, reading.mention.end)
            yield Ignored(
                f"{source}:{start}-{end}", text[start:end], "an earlier value, and no date is given"
            )
