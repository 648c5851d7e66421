"""Which subtype, which cause, which named form, and what would change that.

The criteria stand in `knowledge/subtypes`, `causes` and `forms`. Nothing is claimed where the synthesis says
that there is no lesion, or that calcinosis is unlikely and nothing shows calcium. Else a subtype is ranked
when its criterion is met, or when it is unknown and its support is met: then it is provisional. Among equals
the precedence of the knowledge base decides, unless a provisional one yields to another. Nothing supported:
no rank, and the conclusion is undetermined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from calcinosis.conclusions.reasons import Node, Reason, reasons, tree
from calcinosis.conclusions.synthesis import Synthesis
from calcinosis.criteria import CriterionId, Evaluation, Result, Shelf, leaves
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.schema import Cause, Disagreement, Subtype
from calcinosis.model import Status, Verdict

# Behind every precedence that knowledge gives.
_LAST = 1000


class CauseConclusion(Struct, frozen=True):
    """A cause that the record shows, or that it leaves open although something speaks for it.

    `general` is true when it only follows from a more specific finding, whose own cause is named too.
    """

    id: str
    name: str
    status: Verdict
    because: tuple[Reason, ...]
    frequency: tuple[str, ...]
    also: tuple[str, ...]
    confirm: str
    sources: tuple[str, ...]
    basis: str
    general: bool = False


class Missing(Struct, frozen=True):
    """An unknown finding that matters: with this status the subtype would become `becomes`."""

    finding: str
    label: str
    status: Status
    becomes: Verdict
    settled_by: tuple[str, ...]


class SubtypeConclusion(Struct, frozen=True):
    """One subtype: its verdict, its rank among those supported, and its reasons as data.

    `withheld` says why none is claimed, whatever the criterion says: then its status is unknown.
    `parent` is the subtype in whose family it stands, `family` and `seat` say so. Where it ranks
    first only because to miss it does more harm, `why_first` tells it, and `asks` what would settle it.
    """

    id: str
    name: str
    status: Verdict
    rank: int | None
    provisional: bool
    causes: tuple[CauseConclusion, ...]
    criteria: Node
    because: tuple[Reason, ...]
    missing: tuple[Missing, ...]
    not_yet_excluded: tuple[str, ...]
    level: str
    disagreements: tuple[Disagreement, ...]
    sources: tuple[str, ...]
    withheld: str = ""
    parent: str = ""
    family: str = ""
    seat: str = ""
    asks: tuple[str, ...] = ()
    why_first: str = ""


class FormConclusion(Struct, frozen=True):
    """A named clinical form that the record shows."""

    id: str
    name: str
    subtypes: tuple[str, ...]
    because: tuple[Reason, ...]
    sources: tuple[str, ...]


class PatternReading(Struct, frozen=True):
    """A laboratory pattern that is met, and how it reads."""

    id: str
    name: str
    reading: str
    causes: tuple[str, ...]
    sources: tuple[str, ...]
    basis: str


class Mixture(Struct, frozen=True):
    """Whether two mechanisms act together."""

    status: Verdict
    text: str
    because: tuple[Reason, ...]
    sources: tuple[str, ...]


def subtypes(evaluation: Evaluation, told: Synthesis, knowledge: Knowledge) -> tuple[SubtypeConclusion, ...]:
    """All subtypes, the ranked ones first; none is ranked where nothing may be claimed."""
    held = knowledge.contents.subtypes
    if not told.classifies:
        unranked = sorted(held.values(), key=lambda subtype: subtype.precedence)
        return tuple(_withheld(subtype, told, evaluation, knowledge) for subtype in unranked)
    ranked = ranking(evaluation, knowledge)
    verdicts = {name: evaluation.of("subtype", name).verdict for name in held}
    order = sorted(held, key=lambda name: (ranked.get(name, len(held) + 1), held[name].precedence))
    return tuple(_conclusion(held[name], ranked.get(name), verdicts, evaluation, knowledge) for name in order)


def leading(classified: Iterable[SubtypeConclusion]) -> SubtypeConclusion | None:
    """The subtype that is ranked first, if any is."""
    return next((item for item in classified if item.rank == 1), None)


def _withheld(
    subtype: Subtype, told: Synthesis, evaluation: Evaluation, knowledge: Knowledge
) -> SubtypeConclusion:
    """A subtype of which nothing is claimed.

    Where there is a lesion, the causes that the record shows stand there, and the questions by which one that
    it does harm to miss would be found.
    """
    there = told.lesion.there
    asked = there and _harmful(subtype, evaluation)
    result = evaluation.of("subtype", subtype.id)
    return SubtypeConclusion(
        id=subtype.id,
        name=subtype.name,
        status=Verdict.UNKNOWN,
        rank=None,
        provisional=False,
        causes=tuple(_causes(subtype, evaluation, knowledge)) if there else (),
        criteria=tree(result, knowledge),
        because=(),
        missing=(),
        not_yet_excluded=(),
        level="",
        disagreements=(),
        sources=subtype.sources,
        withheld=told.reason,
        parent=subtype.parent,
        family=subtype.family,
        seat=subtype.seat,
        asks=tuple(_asks(subtype, evaluation)) if asked else (),
    )


def ranking(evaluation: Evaluation, knowledge: Knowledge) -> dict[str, int]:
    """Subtype id -> rank from 1, of those that the record supports."""
    candidates = []
    for name, subtype in knowledge.contents.subtypes.items():
        verdict = evaluation.of("subtype", name).verdict
        supported = verdict is Verdict.MET or (
            verdict is Verdict.UNKNOWN
            and (evaluation.of("support", name).verdict is Verdict.MET or _harmful(subtype, evaluation))
        )
        if supported and not _barred(subtype, evaluation):
            candidates.append((verdict is not Verdict.MET, _place(subtype, evaluation), name))
    if any(not open_ and not _by_exclusion(name, knowledge) for open_, _, name in candidates):
        candidates = [item for item in candidates if not _by_exclusion(item[2], knowledge)]
    ordered = [name for _, _, name in sorted(candidates)]
    provisional = {name for open_, _, name in candidates if open_}
    yielded = _yielded(ordered, provisional, evaluation, knowledge)
    return {name: rank for rank, name in enumerate(_by_harm(yielded, provisional, evaluation, knowledge), 1)}


def _place(subtype: Subtype, evaluation: Evaluation) -> int:
    """Its precedence; one that only the harm of a miss supports comes last, before those it is set over."""
    supported = evaluation.of("subtype", subtype.id).verdict is Verdict.MET
    supported = supported or evaluation.of("support", subtype.id).verdict is Verdict.MET
    return subtype.precedence if supported else _LAST


def _harmful(subtype: Subtype, evaluation: Evaluation) -> bool:
    """Whether to miss this subtype does more harm than to take another for it, as long as it is open."""
    return subtype.harm is not None and evaluation.of("harm", subtype.id).verdict is Verdict.MET


def _by_harm(
    ordered: list[str], provisional: set[str], evaluation: Evaluation, knowledge: Knowledge
) -> list[str]:
    """The order once what does more harm when missed stands before what it must not be taken for."""
    found = list(ordered)
    for name in ordered:
        subtype = knowledge.contents.subtypes[name]
        if name not in provisional or not _harmful(subtype, evaluation):
            continue
        over = [found.index(other) for other in subtype.harm.over if other in found] if subtype.harm else []
        place = min(over, default=len(found))
        if place < found.index(name):
            found.remove(name)
            found.insert(place, name)
    return found


def _yielded(
    ordered: list[str], provisional: set[str], evaluation: Evaluation, knowledge: Knowledge
) -> list[str]:
    """The order once each provisional subtype let pass the one that it yields to."""
    found = list(ordered)
    for name in ordered:
        rule = knowledge.contents.subtypes[name].yields
        if rule is None or not {name, rule.to} <= provisional or found.index(name) > found.index(rule.to):
            continue
        unless = evaluation.of("yields_unless", name).verdict
        if evaluation.of("yields", name).verdict is Verdict.MET and unless is not Verdict.MET:
            found.remove(name)
            found.insert(found.index(rule.to) + 1, name)
    return found


def _barred(subtype: Subtype, evaluation: Evaluation) -> bool:
    """Whether something stands in the record that forbids to rank it, however well supported."""
    return subtype.barred is not None and evaluation.of("barred", subtype.id).verdict is Verdict.MET


def _by_exclusion(name: str, knowledge: Knowledge) -> bool:
    return knowledge.contents.subtypes[name].by_exclusion


def _conclusion(
    subtype: Subtype,
    rank: int | None,
    verdicts: dict[str, Verdict],
    evaluation: Evaluation,
    knowledge: Knowledge,
) -> SubtypeConclusion:
    name = subtype.id
    result = evaluation.of("subtype", name)
    causes = tuple(_causes(subtype, evaluation, knowledge))
    provisional = rank is not None and result.verdict is not Verdict.MET
    spoken = _speaking(name, provisional, evaluation)
    by_harm = rank == 1 and spoken.kind == "harm"
    about = {name, *(cause.id for cause in causes if cause.status is Verdict.MET)}
    disputed = tuple(entry for entry in knowledge.contents.disagreements.values() if about & set(entry.about))
    return SubtypeConclusion(
        id=name,
        name=subtype.name,
        status=result.verdict,
        rank=rank,
        provisional=provisional,
        causes=causes,
        criteria=tree(result, knowledge),
        because=_told(reasons(spoken, evaluation.findings, knowledge), by_harm=by_harm)
        if rank is not None or result.verdict is Verdict.NOT_MET
        else (),
        missing=tuple(_missing(name, evaluation, knowledge)),
        not_yet_excluded=tuple(
            other
            for other, verdict in verdicts.items()
            if provisional and other != name and verdict is Verdict.UNKNOWN
        ),
        level=_level(subtype, evaluation) if rank is not None else "",
        disagreements=disputed if rank is not None else (),
        sources=subtype.sources,
        parent=subtype.parent,
        family=subtype.family,
        seat=subtype.seat,
        asks=tuple(_asks(subtype, evaluation)) if by_harm else (),
        why_first=subtype.harm.text if by_harm and subtype.harm else "",
    )


def _told(because: tuple[Reason, ...], *, by_harm: bool) -> tuple[Reason, ...]:
    """The reasons; where silence is one of them, only what is told."""
    return tuple(one for one in because if one.status is Status.PRESENT) if by_harm else because


def _asks(subtype: Subtype, evaluation: Evaluation) -> Iterator[str]:
    """The questions of which nothing is known yet."""
    for one in subtype.harm.asks if subtype.harm is not None else ():
        if all(evaluation.findings.status(name) is Status.UNKNOWN for name in one.findings):
            yield one.asks


def _speaking(name: str, provisional: bool, evaluation: Evaluation) -> Result:
    """What a subtype is claimed on: its criterion; while that is open, its support or the harm of a miss."""
    if not provisional:
        return evaluation.of("subtype", name)
    support = evaluation.of("support", name)
    return support if support.verdict is Verdict.MET else evaluation.of("harm", name)


def _level(subtype: Subtype, evaluation: Evaluation) -> str:
    for level in subtype.levels:
        if evaluation.of("level", subtype.id, level.id).verdict is Verdict.MET:
            return level.id
    return ""


def _causes(subtype: Subtype, evaluation: Evaluation, knowledge: Knowledge) -> Iterator[CauseConclusion]:
    """Causes that are met, then those that are open with something present in their favour."""
    for verdict in (Verdict.MET, Verdict.UNKNOWN):
        for cause in knowledge.contents.causes.values():
            if cause.subtype != subtype.id:
                continue
            result = evaluation.of("cause", cause.id)
            if result.verdict is verdict and (verdict is Verdict.MET or _begun(result, knowledge)):
                yield _cause(cause, result, evaluation, knowledge)


def _begun(result: Result, knowledge: Knowledge) -> bool:
    """Whether something told speaks for an undecided criterion; age, sex or site alone do not."""
    if result.kind == "none":
        return False
    if result.kind == "finding":
        return result.verdict is Verdict.MET and knowledge.telling(result.id)
    return any(_begun(part, knowledge) for part in result.parts)


def _cause(cause: Cause, result: Result, evaluation: Evaluation, knowledge: Knowledge) -> CauseConclusion:
    because = reasons(result, evaluation.findings, knowledge)
    derived = [evaluation.findings.get(reason.finding).derived for reason in because]
    return CauseConclusion(
        cause.id,
        cause.name,
        result.verdict,
        because,
        tuple(frequency.text for frequency in cause.frequency),
        cause.also,
        cause.confirm,
        cause.sources,
        cause.basis,
        bool(derived) and all(derived),
    )


def _missing(name: str, evaluation: Evaluation, knowledge: Knowledge) -> Iterator[Missing]:
    """Unknown findings of the subtype's own criterion whose answer would change its verdict."""
    key = CriterionId("subtype", name)
    verdict = evaluation.result(key).verdict
    if verdict is not Verdict.UNKNOWN:
        return
    names = knowledge.contents.subtypes[name].names
    for finding in dict.fromkeys(_asked(key, evaluation.shelf)):
        if evaluation.findings.status(finding) is not Status.UNKNOWN or finding in names:
            continue
        for status in (Status.PRESENT, Status.ABSENT):
            becomes = evaluation.supposing(key, finding, status)
            if becomes is not verdict:
                label = knowledge.label(finding)
                yield Missing(finding, label, status, becomes, answering(finding, knowledge))


def _asked(key: CriterionId, shelf: Shelf) -> Iterator[str]:
    """The findings that a criterion asks of itself or in composites, which are part of it."""
    yield from leaves(shelf.trees[key])
    for inner in shelf.references(key):
        if inner.kind == "composite":
            yield from _asked(inner, shelf)


def answering(finding: str, knowledge: Knowledge) -> tuple[str, ...]:
    """Investigations that can settle a finding, the least burden first."""
    return knowledge.built("classification.answers", _answers).get(finding, ())


def _answers(knowledge: Knowledge) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    entries = knowledge.contents.investigations.values()
    for entry in sorted(entries, key=lambda entry: entry.invasiveness):
        for finding in entry.answers:
            found.setdefault(finding, []).append(entry.id)
    return {finding: tuple(names) for finding, names in found.items()}


def forms(evaluation: Evaluation, told: Synthesis, knowledge: Knowledge) -> tuple[FormConclusion, ...]:
    """Every named form that is met, where calcinosis is at least possible."""
    found = []
    for entry in knowledge.contents.forms.values() if told.classifies else ():
        result = evaluation.of("form", entry.id)
        if result.verdict is Verdict.MET:
            because = reasons(result, evaluation.findings, knowledge)
            found.append(FormConclusion(entry.id, entry.name, entry.subtypes, because, entry.sources))
    return tuple(found)


def patterns(evaluation: Evaluation, told: Synthesis, knowledge: Knowledge) -> tuple[PatternReading, ...]:
    """Every laboratory pattern that is met, where there is a lesion that it could explain."""
    return tuple(
        PatternReading(entry.id, entry.name, entry.reading, entry.causes, entry.sources, entry.basis)
        for entry in knowledge.contents.patterns.values()
        if told.lesion.there and evaluation.of("pattern", entry.id).verdict is Verdict.MET
    )


def mixed(evaluation: Evaluation, told: Synthesis, knowledge: Knowledge) -> Mixture:
    """The mixed flag with its reasons; unknown where no subtype is claimed."""
    entry = knowledge.contents.mixed
    if not told.classifies:
        return Mixture(Verdict.UNKNOWN, entry.text, (), entry.sources)
    result = evaluation.of("mixed", entry.id)
    because = reasons(result, evaluation.findings, knowledge) if result.verdict is Verdict.MET else ()
    return Mixture(result.verdict, entry.text, because, entry.sources)
