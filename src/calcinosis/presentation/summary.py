"""A consultation in short sentences and rows: what terminal, Markdown and page all show.

No medicine is decided here; words of medicine come from the knowledge base.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from msgspec import Struct

from calcinosis.conclusions.classification import CauseConclusion, Missing, SubtypeConclusion
from calcinosis.conclusions.next_steps import NextStep
from calcinosis.conclusions.questions import Asked
from calcinosis.conclusions.reasons import Node
from calcinosis.conclusions.synthesis import FAMILY, percent
from calcinosis.conclusions.urgency import UrgentFlag
from calcinosis.consultation import Consultation
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.schema import Analyte
from calcinosis.knowledge.treatment_schema import OFFERED
from calcinosis.model import Finding, Status

VERDICT_WORDS = {"met": "met", "not_met": "not met", "unknown": "unknown"}
VERDICT_MARKS = {"met": "✓", "not_met": "✗", "unknown": "?"}
_OPERATORS = {
    "all": "all of",
    "any": "any of",
    "none": "none of",
    "cause_of": "a cause of",
    "form_of": "a form of",
}
_FEW = 4
_MOST_CAUSES = 3
# A value within this share of an earlier one is shown as unchanged.
_STEADY = 0.02
# A result that moves every candidate by less is not told.
_TOLD_SHIFT = 0.05
_URGENCY = {"emergency": "EMERGENCY", "same_day": "SAME DAY", "urgent": "URGENT"}


class Measurement(Struct, frozen=True):
    """One measured value in both notations, with the record's own judgement or ours."""

    label: str
    value: str
    other: str
    judgement: str
    trend: str


def headline(consultation: Consultation) -> str:
    """What is there and how sure it is, in one to three sentences."""
    told_ = consultation.synthesis
    words = consultation.knowledge.contents.synthesis.words
    if not told_.lesion.there:
        return words.denied if told_.lesion.state == "denied" else words.no_lesion
    first = consultation.leading
    if not told_.claims:
        held = (
            f" {words.in_other}: {lower_first(_conclusion(first, consultation.knowledge))}" if first else ""
        )
        return f"{_likeliest(consultation)} Calcinosis: {percent(told_.probability or 0.0)}.{held}"
    subtype = _conclusion(first, consultation.knowledge) if first else "The record supports no subtype."
    return f"{_how_likely(consultation)} {subtype}"


def _likeliest(consultation: Consultation) -> str:
    """What it is most likely, or what comes nearest where nothing leads."""
    first, *others = consultation.differential.candidates[:3]
    if first.probability >= consultation.knowledge.contents.synthesis.likely_from:
        return f"Most likely: {lower_first(first.name)}, {percent(first.probability)}."
    near = ", ".join(f"{lower_first(one.name)} {percent(one.probability)}" for one in (first, *others))
    return f"No disease leads: {near}."


def _how_likely(consultation: Consultation) -> str:
    """How likely it is calcinosis, the specific entity first where one leads within it."""
    told_ = consultation.synthesis
    probability, leading = told_.probability or 0.0, told_.leading
    whole = percent(probability)
    if told_.likelihood == "possible":
        rival = next(one for one in consultation.differential.candidates if one.id != FAMILY)
        likelier = f"; more likely: {lower_first(rival.name)}, {percent(rival.probability)}"
        beside = likelier if rival.probability > probability else ""
        return f"Calcinosis is possible, {whole}{beside}. Supposing it is:"
    proven = ", calcium proven" if told_.likelihood == "proven" else ""
    if (
        leading is not None
        and leading.family == FAMILY != leading.id
        and leading.probability >= consultation.knowledge.contents.synthesis.likely_from
    ):
        return f"{leading.name}, {percent(leading.probability)} (calcinosis of any kind {whole}{proven})."
    return f"Calcinosis, {whole}{proven}."


def _conclusion(first: SubtypeConclusion, knowledge: Knowledge) -> str:
    """One plain sentence on the subtype; where it is provisional, what would make it sure."""
    met = [cause.name for cause in told(first) if cause.status == "met"]
    cause = (
        f"from {' and '.join(lower_first(name) for name in met[:_MOST_CAUSES])}"
        if met
        else "no cause shown by the record"
    )
    if not first.provisional:
        level = f" ({first.level})" if first.level else ""
        return f"{first.name}{level}, {cause}."
    tests = [_test(missing, knowledge) for missing in (decisive(first) or first.missing)]
    asked = [lower_first(test) for test in dict.fromkeys(tests)][:_MOST_CAUSES]
    sure = f" To be sure: {' and '.join(asked)}." if asked else ""
    return f"{first.name}, most likely, {cause}.{sure}"


def _test(missing: Missing, knowledge: Knowledge) -> str:
    """What to do to settle it: the least burdensome investigation, else the finding itself."""
    tests = knowledge.contents.investigations
    return tests[missing.settled_by[0]].name if missing.settled_by else missing.label


def lower_first(text: str) -> str:
    """A label inside a sentence; abbreviations stay as they are."""
    return text if text[1:2].isupper() or not text else text[0].lower() + text[1:]


def sections(consultation: Consultation) -> frozenset[str]:
    """Which parts of the pathway have anything to say of this patient; the others stay silent."""
    told_ = consultation.synthesis
    offered = any(option.status in OFFERED for option in consultation.treatments)
    speaking = {
        "differential": told_.lesion.there,
        "subtypes": told_.classifies,
        "next_steps": told_.lesion.there,
        "treatments": told_.claims or offered or bool(consultation.drug_interactions),
        "watch": bool(told_.watch),
        "only_if": told_.likelihood == "unlikely",
    }
    return frozenset(name for name, speaks in speaking.items() if speaks)


def only_if(consultation: Consultation) -> str:
    """What is folded where calcinosis is unlikely, in one line."""
    words = consultation.knowledge.contents.synthesis.words
    held = len(consultation.treatments)
    return f"{words.only_if}: its subtype, its calcium tests and {held} treatments stand in --format json"


def told(subtype: SubtypeConclusion) -> list[CauseConclusion]:
    """The causes worth telling: general ones are left out beside specific ones."""
    specific = [cause for cause in subtype.causes if not cause.general]
    return specific if any(cause.status == "met" for cause in specific) else list(subtype.causes)


def decisive(subtype: SubtypeConclusion) -> list[Missing]:
    """Answers that would meet the subtype by themselves, when there are few enough to name."""
    found = [missing for missing in subtype.missing if missing.becomes == "met"]
    return found if len(found) <= _FEW else []


def urgency_word(urgency: str) -> str:
    """How soon, in capitals."""
    return _URGENCY[urgency]


def patient_words(consultation: Consultation) -> str:
    """Age and sex, as far as they are known."""
    age = consultation.findings.measured.get("age_years")
    years = age.value if age is not None else None
    return ", ".join([_age(years), consultation.patient.sex or "sex not recorded"])


def _age(years: float | None) -> str:
    if years is None:
        return "age not recorded"
    if years < 1 / 6:
        return f"{round(years * 365.2425)} days"
    if years < 2:
        return f"{round(years * 12)} months"
    return f"{int(years)} years"


def counted(consultation: Consultation) -> dict[Status, int]:
    """How many findings are present, absent and recorded but unknown."""
    found = consultation.findings.by_id.values()
    return {status: sum(item.status is status for item in found) for status in Status}


def by_kind(consultation: Consultation, status: Status) -> dict[str, list[Finding]]:
    """Recorded findings of a status by kind of finding.

    Left out: what only follows from others, and the absence of an age, a sex, a site or a number.
    """
    held = consultation.knowledge.contents
    found: dict[str, list[Finding]] = {}
    for item in sorted(consultation.findings.by_id.values(), key=lambda finding: finding.id):
        silent = status is Status.ABSENT and not consultation.knowledge.telling(item.id)
        if item.status is status and not item.derived and not silent:
            kind = held.findings[item.id].kind if item.id in held.findings else ""
            found.setdefault(held.kinds[kind].label if kind in held.kinds else kind, []).append(item)
    return found


def measurements(consultation: Consultation) -> list[Measurement]:
    """Every value of the record, in its canonical and its other notation."""
    held = consultation.knowledge.contents
    rows = []
    for name, found in consultation.findings.measured.items():
        analyte = held.analytes.get(name)
        if analyte is None or not analyte.unit or name == "age_years":
            continue
        factor = held.factors.get(name, {}).get(analyte.si_unit) if analyte.si_unit else None
        both = factor and analyte.si_unit != analyte.unit
        other = shown(found, analyte.si_unit, 1 / factor) if both and factor else ""
        value = shown(found, found.unit)
        judged = analyte.above_range or analyte.below_range or analyte.positive
        rows.append(
            Measurement(
                analyte.label, value, other, _judgement(found, analyte) if judged else "", _trend(found)
            )
        )
    return sorted(rows, key=lambda row: row.label)


def shown(found: Finding, unit: str, factor: float = 1.0) -> str:
    """A value as it is printed, in `unit` after multiplication by `factor`; a bound with its sign."""
    if found.interval is None:
        return f"{found.value * factor:.4g} {unit}" if found.value is not None else ""
    low, high = (f"{end * factor:.4g}" for end in (found.interval.low, found.interval.high))
    if found.interval.high == inf:
        return f"≥ {low} {unit}"
    return f"≤ {high} {unit}" if found.interval.low <= 0 else f"{low} to {high} {unit}"


def _judgement(found: Finding, analyte: Analyte) -> str:
    """low, normal or high; for a test that is positive or negative, these words."""
    if analyte.positive:
        return {"high": "positive", "normal": "negative"}.get(found.reason, found.reason)
    return found.reason


def _trend(found: Finding) -> str:
    if not found.history or found.value is None:
        return ""
    earlier = found.history[0][1]
    arrow = "→" if abs(found.value - earlier) <= _STEADY * abs(earlier or 1) else None
    return f"{arrow or ('↑' if found.value > earlier else '↓')} from {earlier:.4g}"


def missing_sentence(missing: Missing, subtype: SubtypeConclusion) -> str:
    """`phosphate is unknown; if high, metastatic becomes met`, from the data of the conclusion."""
    return (
        f"{missing.label} is unknown; if {missing.status.value}, "
        f"{subtype.name.lower()} becomes {VERDICT_WORDS[missing.becomes.value]}"
    )


def wording(node: Node) -> str:
    """One line of a criterion tree."""
    if node.kind == "finding":
        return node.label
    if node.kind == "at_least":
        return f"at least {node.needed} of"
    return f"{_OPERATORS.get(node.kind, node.kind)} {node.label}".strip()


def citations(consultation: Consultation, sources: Iterable[str]) -> list[str]:
    """References of the sources, in order."""
    return [consultation.knowledge.citation(source) for source in sources]


def supposing(flag: UrgentFlag) -> str:
    """On which reading of the record a red flag rests, where the record is ambiguous; else empty."""
    return f"supposing {flag.supposing}" if flag.supposing else ""


def would_raise(question: Asked, knowledge: Knowledge) -> str:
    """What the answers to a question would raise, in words; empty where none raises a red flag."""
    flags = knowledge.contents.urgent
    told = [
        f"{answer.words} raises {', '.join(flags[one].name for one in answer.raises)}"
        for answer in question.answers
        if answer.raises
    ]
    return "; ".join(told)


def ask_now(consultation: Consultation) -> str:
    """What one look settles ("Ask now: black skin? net-like pattern?"); empty where nothing does."""
    asked = " ".join(look.asks.lower() for look in consultation.ask_now)
    return f"Ask now: {asked}" if asked else ""


def not_checked(consultation: Consultation) -> str:
    """What could not be checked, in one line; those begun are named."""
    held = consultation.urgent_unchecked
    begun = [flag.name for flag in held if flag.partly]
    if not held:
        return ""
    named = f": begun and not decided {'; '.join(begun)}" if begun else ""
    return f"{len(held)} could not be checked from this record{named}"


def raised_by(flag: UrgentFlag) -> str:
    """Because of what a red flag is raised, where it is the diagnosis and not its own signs."""
    return f"Raised by the diagnosis: {flag.diagnosis}" if flag.diagnosis else ""


def kin(item: SubtypeConclusion) -> str:
    """The family of a subtype and where in it the calcium lies; empty for one that stands alone."""
    return f"{item.family}: {item.seat}" if item.family else ""


def effect(step: NextStep) -> str:
    """What the results of a step would do to the candidates they move most; empty where they do little."""
    told = []
    for one in step.outcomes[:2]:
        moved = max(one.shifts, key=lambda shift: abs(shift.after - shift.before), default=None)
        if moved is not None and abs(moved.after - moved.before) >= _TOLD_SHIFT:
            no = "no " if one.status == Status.ABSENT.value else ""
            told.append(f"{no}{one.label.lower()}: {moved.name} {moved.before:.0%} to {moved.after:.0%}")
    return "; ".join(told)
