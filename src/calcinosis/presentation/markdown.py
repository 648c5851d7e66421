"""A consultation as Markdown, to be pasted into a record: the order of the page, nothing folded away.

What a record says is escaped, so that it can be no mark-up and no HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from calcinosis.conclusions.classification import SubtypeConclusion
from calcinosis.conclusions.reasons import Node, Reason
from calcinosis.conclusions.synthesis import percent
from calcinosis.conclusions.treatment import TreatmentOption
from calcinosis.consultation import Consultation, package_version
from calcinosis.knowledge.treatment_schema import OFFERED
from calcinosis.model import Status, Verdict
from calcinosis.presentation import summary
from calcinosis.presentation.page import (
    BURDEN,
    FORMATS,
    INTENDED_USE,
    groups,
    leading,
)
from calcinosis.presentation.references import References
from calcinosis.presentation.summary import VERDICT_MARKS, VERDICT_WORDS
from calcinosis.presentation.treatments import MARKS, principles

_SPECIAL = re.compile(r"([\\`*_\[\]#|~])")
_LIST = re.compile(r"^(\s*)([-+]|\d+[.)])(?=\s)")
_MOST = 4


def markdown(consultation: Consultation, name: str) -> str:
    """The consultation as Markdown text; `name` is the record as the user gave it."""
    references = References(consultation.knowledge)
    writer = _Writer(consultation, references)
    speaking = summary.sections(consultation)
    sections = [
        ("Urgent", writer.urgent()),
        ("Findings", writer.findings()),
        ("Values", writer.values()),
        ("Watch for", writer.watch()),
        ("Differential", writer.differential() if "differential" in speaking else ()),
        ("Subtype and cause", writer.subtypes() if "subtypes" in speaking else ()),
        ("Folded", writer.folded()),
        ("Next steps", writer.steps() if "next_steps" in speaking else ()),
        ("Treatment", writer.treatments() if "treatments" in speaking else ()),
        ("Questions", writer.questions()),
        ("Parts of the record not used", writer.ignored()),
        ("Sources", writer.sources()),
    ]
    lines = [*_header(consultation, name)]
    for title, body in sections:
        held = list(body)
        if held:
            lines += [f"## {title}", "", *held, ""]
    return "\n".join([*lines, *_footer(consultation), ""])


def escaped(text: str) -> str:
    """`text` on one line, without any meaning to Markdown or HTML."""
    one_line = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _LIST.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", one_line))


def _header(consultation: Consultation, name: str) -> Iterator[str]:
    yield f"# Consultation: {escaped(summary.patient_words(consultation))}"
    yield ""
    form = FORMATS.get(consultation.record_format, consultation.record_format)
    record = f"{form} {escaped(name)}".strip()
    yield f"As of {consultation.as_of.date()} · {record} · setting {consultation.setting.replace('_', ' ')}"
    yield ""
    yield f"**{escaped(summary.headline(consultation))}**"
    yield ""


def _footer(consultation: Consultation) -> Iterator[str]:
    held = consultation.knowledge
    yield "---"
    yield f"{INTENDED_USE} A statement marked \\[proposal\\] is the project's own; one marked "
    yield "\\[unconfirmed\\] was not checked against its source."
    yield ""
    yield f"calcinosis {package_version()} · knowledge {held.contents.version} {held.digest}"


def _basis(word: str) -> str:
    return "" if word in ("", "published") else f" \\[{word}\\]"


def _because(reasons: Sequence[Reason]) -> str:
    said = [
        reason.label if reason.status is Status.PRESENT else f"{reason.label} {reason.status.value}"
        for reason in reasons
    ]
    return escaped(", ".join(said))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


class _Writer:
    """Writes the sections of one consultation; what they cite is numbered in the order of the text."""

    def __init__(self, consultation: Consultation, references: References) -> None:
        self.held = consultation
        self.references = references
        self.label = consultation.knowledge.label
        self.contract = consultation.to_dict()

    def cite(self, sources: Iterable[str]) -> str:
        numbers = [f"\\[{number}\\]" for number, _ in self.references.cite(sources)]
        return f" {''.join(numbers)}" if numbers else ""

    def names(self, ids: Iterable[str]) -> str:
        return escaped(", ".join(self.label(one) for one in ids))

    def urgent(self) -> Iterator[str]:
        raised, open_ = self.held.urgent, self.held.urgent_unchecked
        total = len(self.held.knowledge.contents.urgent)
        yield f"{len(raised) or 'None'} of {total} red flags raised, {len(open_)} could not be checked."
        for flag in raised:
            yield ""
            yield f"- **{summary.urgency_word(flag.urgency)}: {escaped(flag.name)}**"
            if flag.supposing:
                yield f"  - {escaped(summary.supposing(flag))}"
            if flag.diagnosis:
                yield f"  - {escaped(summary.raised_by(flag))}"
            yield f"  - {escaped(flag.action)}{_basis(flag.action_basis)}"
            yield f"  - {escaped(flag.why)}{self.cite(flag.sources)}{_basis(flag.basis)}"
            if flag.because:
                yield f"  - because: {_because(flag.because)}"
        if asked := summary.ask_now(self.held):
            yield ""
            yield f"**{escaped(asked)}**"
        if open_:
            yield ""
            yield f"<details><summary>{escaped(summary.not_checked(self.held))}</summary>"
            yield ""
            yield escaped("; ".join(flag.name for flag in open_))
            yield ""
            yield "</details>"

    def findings(self) -> Iterator[str]:
        for group in groups(self.held):
            for status in Status:
                found = [item for item in group.findings if item.status is status]
                said = [
                    " ".join([self.label(item.id), *item.sides])
                    + (f" ({item.reason})" if item.reason and status is Status.UNKNOWN else "")
                    for item in found
                ]
                if said:
                    yield f"- {escaped(group.label)}, {status.value}: {escaped(', '.join(said))}"
        yield ""
        yield "What is not listed is unknown: the record does not speak of it."

    def values(self) -> Iterator[str]:
        rows = [
            (row.label, row.value, row.other, row.judgement, row.trend)
            for row in summary.measurements(self.held)
        ]
        if rows:
            head = ("Analyte", "Value", "Other notation", "Judgement", "Trend")
            yield from _table(head, ([escaped(cell) for cell in row] for row in rows))
        for pattern in self.held.patterns:
            yield ""
            cited = self.cite(pattern.sources)
            yield f"{escaped(pattern.name)}: {escaped(pattern.reading)}{cited}{_basis(pattern.basis)}"

    def differential(self) -> Iterator[str]:
        entries: list[Mapping[str, Any]] = self.contract["differential"]
        for rank, entry in enumerate(entries[: leading(entries)], start=1):
            yield f"{rank}. **{escaped(entry['name'])}** {percent(entry['probability'])}"
            for word in ("for", "against"):
                said = [self._said(one) for one in entry[word][:_MOST]]
                if said:
                    yield f"   - {word}: {', '.join(said)}"
        if entries:
            yield ""
            rest = len(entries) - leading(entries)
            yield f"{rest} more candidates. Priors of the setting {self.held.setting.replace('_', ' ')}."

    def _said(self, one: Mapping[str, Any]) -> str:
        absent = "no " if one.get("status") == "absent" else ""
        return f"{absent}{escaped(one['label'])}{self.cite(one.get('sources', ()))}"

    def watch(self) -> Iterator[str]:
        for one in self.held.synthesis.watch:
            yield f"- {escaped(one.text)}{self.cite(one.sources)}{_basis(one.basis)}"

    def folded(self) -> Iterator[str]:
        if "only_if" in summary.sections(self.held):
            yield escaped(summary.only_if(self.held))

    def subtypes(self) -> Iterator[str]:
        if self.contract["undetermined"]:
            yield "**Undetermined**: the record supports no subtype."
            yield ""
        if self.held.mixed.status.value == "met":
            yield f"**Mixed**: {escaped(self.held.mixed.text)}{self.cite(self.held.mixed.sources)}"
            yield ""
        for form in self.held.forms:
            yield f"Named form: {escaped(form.name)}{self.cite(form.sources)}"
            yield ""
        for item in self.held.subtypes:
            yield from self._subtype(item)

    def _subtype(self, item: SubtypeConclusion) -> Iterator[str]:
        mark, words = VERDICT_MARKS[item.status.value], VERDICT_WORDS[item.status.value]
        rank = f"{item.rank}: " if item.rank else ""
        extra = ", provisional" if item.provisional else ""
        yield f"### {rank}{escaped(item.name)}, {mark} {words}{extra}{self.cite(item.sources)}"
        yield ""
        if item.family:
            yield f"- {escaped(summary.kin(item))}"
        if item.why_first:
            yield f"- **{escaped(item.why_first)}**"
            yield f"- **Ask: {escaped(' '.join(item.asks))}**"
        if item.because:
            yield f"- because: {_because(item.because)}"
        for cause in item.causes:
            if item.rank is not None or cause.status.value == "met":
                often = f": {escaped(cause.frequency[0])}" if cause.frequency else ""
                mark = VERDICT_MARKS[cause.status.value]
                about = f"{self.cite(cause.sources)}{_basis(cause.basis)}"
                yield f"- {mark} cause {escaped(cause.name)}{often}{about}"
        if item.rank is not None:
            yield from self._open(item)
            yield "- criteria:"
            yield from self._tree(item.criteria, 1)
        yield ""

    def _open(self, item: SubtypeConclusion) -> Iterator[str]:
        for missing in item.missing:
            yield f"- {escaped(summary.missing_sentence(missing, item))}"
        if item.not_yet_excluded:
            yield f"- not yet excluded: {self.names(item.not_yet_excluded)}"
        for entry in item.disagreements:
            yield f"- sources disagree: {escaped(entry.question)}"
            for position in entry.positions:
                yield f"  - {escaped(position.says)}{self.cite(position.sources)}"
            yield f"  - here: {escaped(entry.handling)}{_basis(entry.basis)}"

    def _tree(self, node: Node, depth: int) -> Iterator[str]:
        yield f"{'  ' * depth}- {VERDICT_MARKS[node.verdict]} {escaped(summary.wording(node))}"
        for part in node.parts:
            yield from self._tree(part, depth + 1)

    def steps(self) -> Iterator[str]:
        for number, step in enumerate(self.held.next_steps, start=1):
            burden = f"{step.kind}, {BURDEN[step.invasiveness]}, cost {step.cost}"
            about = f"{escaped(step.why)}{self.cite(step.sources)}{_basis(step.basis)}"
            yield f"{number}. **{escaped(step.name)}** ({burden}): {about}"
            if step.asks:
                yield f"   - {escaped(' '.join(step.asks))}"
            if effect := summary.effect(step):
                yield f"   - {escaped(effect)}"
            if step.advised_against:
                yield f"   - advised against: {escaped(step.advised_against)}"
        for one in self.held.referrals:
            about = f"{one.soon}: {escaped(one.why)}{self.cite(one.sources)}{_basis(one.basis)}"
            yield f"- refer to **{escaped(one.to)}**, {about}"
        if not self.held.next_steps:
            yield "Nothing that this program knows would change the conclusion."

    def treatments(self) -> Iterator[str]:
        for rule in principles(self.held):
            yield f"- {escaped(rule.text)}{self.cite(rule.sources)}{_basis(rule.basis)}"
        for one in self.held.drugs:
            about = f"{escaped(one.text)}. {escaped(one.consequence)}{self.cite(one.sources)}"
            yield f"- drug in the record: {about}{_basis(one.basis)}"
        for status, (mark, words) in MARKS.items():
            for option in self.held.treatments:
                if option.status == status and status != "not_indicated":
                    cited = f"{self.cite(option.sources)}{_basis(option.basis)}"
                    yield f"- {mark} {words}: **{escaped(option.name)}**{cited}"
                    yield from self._option(option)

    def _option(self, option: TreatmentOption) -> Iterator[str]:
        for reason in option.reasons:
            yield f"  - {escaped(reason.text)}{self.cite(reason.sources)}{_basis(reason.basis)}"
        for advice in option.before if option.status in OFFERED else ():
            yield f"  - before it: {escaped(advice.text)}{self.cite(advice.sources)}{_basis(advice.basis)}"
        if option.checks:
            yield f"  - check first: {escaped('; '.join(option.checks))}"
        for line in option.dose.proposed:
            yield f"  - dose: {escaped(line.text)}{self.cite(line.sources)}{_basis(line.basis)}"
        for guard in (*option.contraindications, *option.cautions):
            if guard.verdict is Verdict.MET:
                yield f"  - caution: {escaped(guard.text)}{self.cite(guard.sources)}{_basis(guard.basis)}"
        for other in option.interactions:
            if other.verdict is Verdict.MET:
                about = f"{escaped(other.other)}, {other.severity}: {escaped(other.text)}"
                yield f"  - interaction: {about}{self.cite(other.sources)}{_basis(other.basis)}"

    def questions(self) -> Iterator[str]:
        for question in self.held.questions:
            raises = summary.would_raise(question, self.held.knowledge)
            yield f"- {escaped(question.asks)} ({escaped(question.where)})"
            if raises:
                yield f"  - {escaped(raises)}"

    def ignored(self) -> Iterator[str]:
        for part in self.held.ignored:
            yield f"- {escaped(part.where)}: {escaped(part.what)}, {escaped(part.why)}"

    def sources(self) -> Iterator[str]:
        for reference in self.references.listed():
            address = f" <{reference.address}>" if reference.address else ""
            yield f"{reference.number}. {escaped(reference.text)}{address}"
