"""The patient leaflet: the same conclusion in plain words, with absolute numbers and no ranking.

Every sentence comes from `plain` of a treatment or from `knowledge/leaflet.yaml`; here they are chosen, put
in order and filled with counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from calcinosis.conclusions.treatment import EvidenceView, TreatmentOption
from calcinosis.conclusions.treatment.evidence import responders
from calcinosis.consultation import Consultation
from calcinosis.errors import NothingToTell
from calcinosis.knowledge.leaflet_schema import LeafletWords
from calcinosis.knowledge.schema import Statement, cannot_wait
from calcinosis.knowledge.treatment_schema import OFFERED, Arm, Plain, Pooled
from calcinosis.presentation.figures.icons import Icons, icons
from calcinosis.presentation.summary import lower_first
from calcinosis.presentation.treatments import natural_fits

_OUTCOME = "improved"


class Told(Struct, frozen=True):
    """How many got better: sentences, and a picture of 100 where enough were counted."""

    sentences: tuple[str, ...]
    icons: Icons | None


class Passage(Struct, frozen=True):
    """One treatment as the patient reads it."""

    name: str
    sentences: tuple[str, ...]
    watch: str
    told: Told


class Leaflet(Struct, frozen=True, kw_only=True):
    """The whole sheet, in its order; `words` holds the headings."""

    words: dict[str, str]
    urgent: tuple[str, ...]
    about: tuple[str, ...]
    drugs: tuple[str, ...]
    help: tuple[str, ...]
    first: str
    cause: tuple[Passage, ...]
    suitable: tuple[Passage, ...]
    consider_note: str
    consider: tuple[Passage, ...]
    avoid: str
    checks: str
    caveats: tuple[str, ...]
    natural: str
    questions: tuple[str, ...]
    sources: tuple[str, ...]
    day: str

    def sentences(self) -> Iterator[str]:
        """Everything that is to be read, without headings, names and publications."""
        yield from (*self.urgent, *self.about, *self.drugs, *self.help, self.first, self.checks)
        for passage in (*self.cause, *self.suitable, *self.consider):
            yield from (*passage.sentences, passage.watch, *passage.told.sentences)
        yield from (self.consider_note, *self.caveats, self.natural, *self.questions)


def leaflet(consultation: Consultation) -> Leaflet:
    """The leaflet for one consultation.

    Raises:
        NothingToTell: there is no lesion, or it is likely something else.
    """
    told_ = consultation.synthesis
    words = consultation.knowledge.contents.leaflet
    if not told_.claims:
        raise NothingToTell(
            f"there is no leaflet for this record: {lower_first(told_.reason)}", expected=words.refused.text
        )
    offered = [option for option in consultation.treatments if told_.believed and option.status in OFFERED]
    causal = [option for option in offered if option.kind == "cause"]
    rest = [option for option in offered if option not in causal]
    avoided = [
        option.name for option in consultation.treatments if told_.believed and option.status == "avoid"
    ]
    return Leaflet(
        words=words.words,
        urgent=tuple(_urgent(consultation, words)),
        about=tuple(_about(consultation, words)),
        drugs=tuple(_drugs(consultation, words)),
        help=tuple(item.text for item in words.help),
        first=words.first.text if causal else "",
        cause=_passages(causal, words),
        suitable=_passages((option for option in rest if option.status == "suitable"), words),
        consider_note=words.consider.text,
        consider=_passages((option for option in rest if option.status == "consider"), words),
        avoid=words.avoid.text.format(names="; ".join(avoided)) if avoided else "",
        checks=words.checks.text if any(option.checks for option in offered) else "",
        caveats=tuple(item.text for item in words.caveats),
        natural=_natural(consultation, words),
        questions=tuple(item.text for item in words.questions),
        sources=_sources(consultation, offered),
        day=consultation.as_of.date().isoformat(),
    )


def _urgent(consultation: Consultation, words: LeafletWords) -> Iterator[str]:
    """What to do about the most urgent of what was raised; a lesser one would only blur it."""
    raised = {flag.urgency for flag in consultation.urgent}
    yield from [said.text for urgency, said in words.urgent.items() if urgency in raised][:1]


def _about(consultation: Consultation, words: LeafletWords) -> Iterator[str]:
    yield words.about[consultation.synthesis.likelihood].text
    leading = consultation.leading
    if not consultation.urgent and (leading is None or leading.id not in words.not_of):
        yield words.lumps.text
    if not consultation.synthesis.believed:
        return
    if leading is None or leading.id not in words.subtypes:
        yield words.unsettled.text
        return
    yield words.subtypes[leading.id].text
    if leading.provisional:
        yield words.provisional.text
    age = consultation.findings.measured.get("age_years")
    if age is not None and age.value is not None and age.value < words.child_below:
        yield words.words["child"]


def _drugs(consultation: Consultation, words: LeafletWords) -> Iterator[str]:
    for alert in consultation.drugs:
        soon = words.drug_same_day if cannot_wait(alert.urgency) else words.drug
        yield soon.text.format(drug=consultation.knowledge.label(alert.drug))


def _passages(options: Iterable[TreatmentOption], words: LeafletWords) -> tuple[Passage, ...]:
    return tuple(
        passage(option.name, option.plain, option.evidence, words, option.kind) for option in options
    )


def passage(name: str, plain: Plain, view: EvidenceView, words: LeafletWords, kind: str = "") -> Passage:
    """What a patient reads of one treatment; what treats a cause is not counted in patients."""
    sentences = tuple(text for text in (plain.what, plain.helps) if text)
    counted = kind != "cause" or view.pooled
    return Passage(name, sentences, plain.watch, told(view, words) if counted else Told((), None))


def told(view: EvidenceView, words: LeafletWords) -> Told:
    """The numbers of one treatment in sentences."""
    pooled = next((item for item in view.pooled if item.outcome == _OUTCOME), None)
    if pooled is None:
        return Told((_uncounted(view.arms, words),), None)
    arms = [arm for arm in view.arms if arm.id in pooled.arms]
    unit = words.units[arms[0].unit]
    who = unit.one if pooled.n == 1 else unit.many
    sentences = [
        _filled(words.numbers.counted, n=pooled.n, who=who, better=pooled.responders),
        _time(arms, words),
    ]
    if pooled.n < words.array_least:
        return Told((*sentences, words.numbers.few.text), None)
    drawn = _drawn(pooled)
    hundred = _filled(words.numbers.hundred, better=drawn.better, low=drawn.low, high=drawn.high)
    return Told((*sentences, hundred), drawn)


def _drawn(pooled: Pooled) -> Icons:
    """The plain count of patients, as a reader would reckon it, with the interval of the pooled share."""
    return icons(pooled.responders, pooled.n, pooled.low, pooled.high)


def _uncounted(arms: Iterable[Arm], words: LeafletWords) -> str:
    single = [
        count for arm in arms if arm.use == "single" and (count := responders(arm, _OUTCOME)) is not None
    ]
    if not single:
        return words.numbers.none.text
    return _filled(words.numbers.single, better=sum(single), n=len(single))


def _time(arms: list[Arm], words: LeafletWords) -> str:
    """How long the patients were watched; an arm that does not say it is not passed over."""
    months = sorted({round(arm.follow_up_months) for arm in arms if arm.follow_up_months})
    if not months:
        return words.numbers.no_time.text
    span = f"{months[0]} to {months[-1]} months" if len(months) > 1 else f"{months[0]} months"
    whole = all(arm.follow_up_months for arm in arms)
    return _filled(words.numbers.time if whole else words.numbers.some_time, months=span)


def _filled(said: Statement, **numbers: Any) -> str:
    return said.text.format(**numbers)


def _natural(consultation: Consultation, words: LeafletWords) -> str:
    baseline = consultation.treatments[0].evidence.baseline if consultation.treatments else None
    if baseline is None or not consultation.synthesis.believed or not natural_fits(consultation):
        return ""
    return _filled(
        words.natural, n=baseline.n, better=baseline.partial, same=baseline.none, worse=baseline.worsened
    )


def _sources(consultation: Consultation, offered: Iterable[TreatmentOption]) -> tuple[str, ...]:
    """The publications behind the numbers that are told."""
    named = (
        source
        for option in offered
        for pooled in option.evidence.pooled
        if pooled.outcome == _OUTCOME
        for arm in option.evidence.arms
        if arm.id in pooled.arms
        for source in arm.sources
    )
    return tuple(consultation.knowledge.citation(source) for source in dict.fromkeys(named))


def markdown(sheet: Leaflet) -> str:
    """The leaflet as Markdown, which also reads as plain text."""
    return "\n".join(_markdown(sheet)).rstrip() + "\n"


def _markdown(sheet: Leaflet) -> Iterator[str]:
    words = sheet.words
    yield from (f"# {words['title']}", "", words["for_whom"], "")
    yield from (f"**{line}**\n" for line in sheet.urgent)
    yield from (" ".join(sheet.about), "")
    yield from _listed(words["drugs"], sheet.drugs)
    yield from _listed(words["help"], sheet.help)
    yield from _listed(words["numbers"], [*sheet.caveats, *([sheet.natural] if sheet.natural else [])])
    for heading, note, passages in (
        (words["cause"], sheet.first, sheet.cause),
        (words["suitable"], "", sheet.suitable),
        (words["consider"], sheet.consider_note, sheet.consider),
    ):
        if passages:
            yield from (f"## {heading}", "", *([note, ""] if note else []))
            for item in passages:
                yield from _passage(item, words)
    yield from _listed(words["checks"], [sheet.checks] if sheet.checks else [])
    yield from _listed(words["avoid"], [sheet.avoid] if sheet.avoid else [])
    yield from _listed(words["questions"], sheet.questions)
    yield from _listed(words["sources"], sheet.sources)
    yield words["made"].format(day=sheet.day)


def _listed(heading: str, lines: Iterable[str]) -> Iterator[str]:
    held = list(lines)
    if held:
        yield from (f"## {heading}", "", *(f"- {line}" for line in held), "")


def _passage(item: Passage, words: dict[str, str]) -> Iterator[str]:
    yield from (f"### {item.name}", "", " ".join(item.sentences), "")
    if item.watch:
        yield from (f"{words['watch']}: {item.watch}", "")
    if item.told.sentences:
        yield from (" ".join(item.told.sentences), "")


def pdf(consultation: Consultation) -> bytes:
    """The leaflet as an accessible PDF.

    Raises:
        MissingExtra: the typesetting library is not installed.
    """
    from calcinosis.presentation.report.typesetting import pdf as typeset

    sheet = leaflet(consultation)
    groups = [
        {"heading": sheet.words[name], "note": note, "passages": [_plain(item) for item in held]}
        for name, note, held in (
            ("cause", sheet.first, sheet.cause),
            ("suitable", "", sheet.suitable),
            ("consider", sheet.consider_note, sheet.consider),
        )
        if held
    ]
    lists = [
        {"heading": sheet.words[name], "lines": [line for line in lines if line]}
        for name, lines in (
            ("checks", (sheet.checks,)),
            ("avoid", (sheet.avoid,)),
            ("questions", sheet.questions),
        )
    ]
    held = {
        "words": {**sheet.words, "made": sheet.words["made"].format(day=sheet.day)},
        "urgent": sheet.urgent,
        "about": " ".join(sheet.about),
        "before": [
            {"heading": sheet.words["drugs"], "lines": sheet.drugs},
            {"heading": sheet.words["help"], "lines": sheet.help},
            {"heading": sheet.words["numbers"], "lines": [*sheet.caveats, *filter(None, [sheet.natural])]},
        ],
        "groups": groups,
        "after": lists,
        "sources": sheet.sources,
    }
    return typeset("leaflet.typ", held, consultation.as_of)


def _plain(item: Passage) -> dict[str, Any]:
    said = " ".join(item.told.sentences)
    picture = item.told.icons.svg(said) if item.told.icons else ""
    return {
        "name": item.name,
        "text": " ".join(item.sentences),
        "watch": item.watch,
        "told": said,
        "picture": picture,
    }
