"""GA4GH Phenopacket v2 (JSON): features, measurements, diseases and medical actions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from calcinosis.errors import UnreadableRecord
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.answers import JUDGEMENTS
from calcinosis.model import (
    LOCALLY,
    Assertion,
    Code,
    Kind,
    Moment,
    Observation,
    Patient,
    Quantity,
    Range,
    Record,
)
from calcinosis.records.codings import curie
from calcinosis.records.moments import age_years, before, latest, moment, years_between
from calcinosis.records.statements import OF_SUBSTANCES, Statements, latest_of
from calcinosis.records.tree import Node, mapping, mappings, number, text

_SEXES = {"FEMALE": "female", "MALE": "male", "OTHER_SEX": "other"}
_SIDES = {"HP:0012834": "right", "HP:0012835": "left", "HP:0012832": "bilateral"}
_SETTLED = ("SOLVED", "COMPLETED")
_NOT_READ = ("biosamples", "files", "genes", "variants", "htsFiles")
_SNAKE = re.compile(r"_([a-z])")
_DEEPEST = 30
_EPOCH = "1970-01-01T00:00:00"
# A packet may be written some time after the last encounter.
_TOLERATED_YEARS = 3


def is_phenopacket(held: Node) -> bool:
    """Whether a JSON object is a phenopacket, a family or a cohort, of any version."""
    keys = held.keys()
    meta = mapping(held, "metaData") or mapping(held, "meta_data")
    marked = "phenopacketSchemaVersion" in meta or "phenopacket_schema_version" in meta
    return marked or "phenotypicFeatures" in keys or "phenotypic_features" in keys or bool(
        meta and {"subject", "proband", "members"} & keys
    )  # fmt: skip


def read_phenopacket(held: Node, knowledge: Knowledge) -> Record:
    """The record of a phenopacket of version 2.

    Raises:
        UnreadableRecord: it is a family, a cohort or of version 1.
    """
    packet = _camel(held) if any("_" in key for key in held) else held
    _accept(packet)
    statements = Statements(knowledge)
    created = moment(mapping(packet, "metaData").get("created"))
    person = _patient(mapping(packet, "subject"), created, statements)
    aged = person.birth is None and person.age_years is not None
    reader = _Reader(statements, None if aged else moment(mapping(packet, "subject").get("dateOfBirth")))
    reader.each(packet, "phenotypicFeatures", reader.feature)
    reader.each(packet, "measurements", reader.measurement)
    reader.each(packet, "diseases", reader.disease)
    reader.each(packet, "medicalActions", reader.action)
    reader.each(packet, "interpretations", reader.interpretation)
    for key in _NOT_READ:
        if count := len(mappings(packet, key)):
            statements.ignore(key, f"{count} {key}", "are not read")
    return Record(
        format="phenopacket",
        patient=person,
        observations=tuple(statements.observations),
        ignored=tuple(statements.ignored),
        questions=tuple(statements.questions),
        unread=tuple(statements.unread),
        readings=tuple(statements.readings),
        recorded=latest([created]) or latest(latest_of(statements.observations)),
    )


def _camel(held: Any, depth: int = 0) -> Any:
    """The same object with keys in camel case, as protobuf writes JSON."""
    if depth > _DEEPEST:
        return None
    if isinstance(held, dict):
        renamed = {_SNAKE.sub(lambda found: found[1].upper(), str(key)): value for key, value in held.items()}
        return {key: _camel(value, depth + 1) for key, value in renamed.items()}
    return [_camel(item, depth + 1) for item in held] if isinstance(held, list) else held


def _accept(packet: Node) -> None:
    version = text(mapping(packet, "metaData"), "phenopacketSchemaVersion")
    features = mappings(packet, "phenotypicFeatures")
    if version.startswith(("0", "1")) or (not version and any("negated" in feature for feature in features)):
        raise UnreadableRecord(
            "the phenopacket is of version 1",
            expected="version 2",
            remedy="Convert it with phenopacket-tools.",
        )
    for key, name in (("proband", "a family"), ("members", "a cohort")):
        if key in packet:
            raise UnreadableRecord(f"the phenopacket is {name}", expected="one patient's phenopacket")
    if not (
        mapping(packet, "subject")
        or features
        or mappings(packet, "diseases")
        or mappings(packet, "measurements")
    ):
        raise UnreadableRecord(
            "the phenopacket holds nothing that is read",
            expected="subject, phenotypicFeatures, measurements, diseases or medicalActions",
        )


def _patient(subject: Node, created: Moment | None, statements: Statements) -> Patient:
    """Who the packet is about, as old as at the last encounter where that and the date of birth disagree.

    Protobuf writes the first instant of 1970 for a time that nobody gave.
    """
    seen = mapping(subject, "timeAtLastEncounter")
    years = age_years(text(mapping(seen, "age"), "iso8601duration"))
    if years is None:
        years = _middle(mapping(seen, "ageRange"))
    birth, told = moment(subject.get("dateOfBirth")), text(subject, "dateOfBirth")
    if birth is not None and told.startswith(_EPOCH):
        statements.ignore("subject.dateOfBirth", told, "is what protobuf writes where no date was given")
        birth = None
    at = moment(seen.get("timestamp")) or created
    if years is not None and _disagrees(birth, years, at):
        why = f"does not agree with the age at the last encounter, {years:.4g} years, which is used"
        statements.ignore("subject.dateOfBirth", told, why)
        birth = None
    return Patient(
        birth=birth, age_years=None if birth else years, sex=_SEXES.get(text(subject, "sex").upper(), "")
    )


def _disagrees(birth: Moment | None, years: float, at: Moment | None) -> bool:
    """Whether someone born then was of another age at that time."""
    if birth is None or at is None:
        return False
    return abs(years_between(birth, at) - years) > _TOLERATED_YEARS


def _middle(span: Node) -> float | None:
    ends = [age_years(text(mapping(span, end), "iso8601duration")) for end in ("start", "end")]
    known = [end for end in ends if end is not None]
    return sum(known) / len(known) if known else None


class _Reader:
    """Reads the parts of one phenopacket."""

    def __init__(self, statements: Statements, birth: Moment | None) -> None:
        self.statements = statements
        self.birth = birth

    def each(self, packet: Node, key: str, read: Callable[[Node, str], None]) -> None:
        """Read every element under `key`; what is no object is ignored with its place."""
        held = packet.get(key)
        items = held if isinstance(held, list) else [held] if held is not None else []
        for place, item in enumerate(items):
            where = f"{key}[{place}]"
            if isinstance(item, dict):
                read(item, where)
            else:
                self.statements.ignore(where, key, "is not an object")

    def _term(self, term: Node, where: str, **more: Any) -> None:
        """State an ontology class."""
        about = Observation(source=where, text=text(term, "label") or text(term, "id"), **more)
        code = curie(text(term, "id"), text(term, "label"))
        codes = () if code is None else (code,)
        if not codes and not about.text:
            self.statements.ignore(where, where.partition("[")[0], "has no id and no label")
            return
        words = "" if self.statements.knows(codes) else text(term, "label")
        if about.kind not in OF_SUBSTANCES and not self.statements.labels.whole(words):
            words = ""
        said = list(self.statements.said(words, about))
        self.statements.concept(codes, self.statements.of_lesions(said, words), about)

    def feature(self, node: Node, where: str) -> None:
        """A phenotypic feature, present or excluded."""
        modifiers = [mapping(node, "severity"), *mappings(node, "modifiers")]
        self._term(
            mapping(node, "type"),
            where,
            kind=Kind.SIGN,
            assertion=_assertion(node),
            past=bool(mapping(node, "resolution")),
            effective=self.time(mapping(node, "onset")),
            until=self.time(mapping(node, "resolution")),
            sides=tuple(dict.fromkeys(_sides(modifiers))),
            qualifiers=tuple(("modifier", text(term, "label")) for term in modifiers if text(term, "label")),
        )
        words = text(node, "description")
        self.statements.words(words, Observation(source=f"{where}.description", text=words, kind=Kind.SIGN))

    def disease(self, node: Node, where: str) -> None:
        """A disease, present or excluded."""
        self._term(
            mapping(node, "term"),
            where,
            kind=Kind.CONDITION,
            assertion=_assertion(node),
            past=bool(mapping(node, "resolution")),
            effective=self.time(mapping(node, "onset")),
            until=self.time(mapping(node, "resolution")),
            sides=tuple(dict.fromkeys(_sides([mapping(node, "laterality")]))),
            qualifiers=tuple(
                ("stage", text(stage, "label"))
                for stage in mappings(node, "diseaseStage")
                if text(stage, "label")
            ),
        )

    def interpretation(self, node: Node, where: str) -> None:
        """The diagnosis of a genomic interpretation; one that is not settled is uncertain."""
        settled = text(node, "progressStatus").upper() in _SETTLED
        disease = mapping(mapping(node, "diagnosis"), "disease")
        if disease:
            assertion = Assertion.AFFIRMED if settled else Assertion.UNCERTAIN
            self._term(disease, f"{where}.diagnosis", kind=Kind.CONDITION, assertion=assertion)

    def measurement(self, node: Node, where: str) -> None:
        """A measurement, or each part of a complex one."""
        when = self.time(mapping(node, "timeObserved"))
        assay = mapping(node, "assay")
        sampled = text(mapping(mapping(node, "procedure"), "code"), "label")
        specimen = self.statements.measured.fluid(sampled)
        value = mapping(node, "value")
        parts = mappings(mapping(node, "complexValue"), "typedQuantities")
        if not value and not parts:
            self._measured(assay, {}, where, when, text(node, "description"), specimen)
        if value:
            self._measured(assay, value, where, when, text(node, "description"), specimen)
        for place, part in enumerate(parts):
            at = f"{where}.complexValue[{place}]"
            self._measured(mapping(part, "type"), {"quantity": part.get("quantity")}, at, when, "", specimen)

    def _measured(
        self,
        assay: Node,
        value: Node,
        where: str,
        when: Moment | None,
        described: str,
        specimen: str = "",
    ) -> None:
        label = text(assay, "label")
        code = curie(text(assay, "id"), label)
        codes: tuple[Code, ...] = () if code is None else (code,)
        if not codes and not label:
            self.statements.ignore(where, "measurement", "has no assay")
            return
        if fluid := self.statements.measured.elsewhere(codes, [label], specimen):
            self.statements.ignore(where, label, f"its code is of another fluid than {fluid}")
            codes = ()
        if not self.statements.knows(codes):
            named = self.statements.named(label) if self.statements.labels.whole(label) else ()
            codes += self.statements.measured.named(label, specimen) + named
        quantity, limits = _quantity(mapping(value, "quantity"))
        answers = self.statements.answers
        worded = mapping(value, "ontologyClass")
        coded = curie(text(worded, "id"))
        kind = answers.of_code(coded.system, coded.code) if coded else ""
        kind = kind or answers.of_words(text(worded, "label") or (described if quantity is None else "")).kind
        result = text(worded, "label") or text(worded, "id") or described
        shown = f"{quantity.value:g} {quantity.unit}".strip() if quantity else result
        answered: Quantity | str | bool | None = quantity or (result or None)
        if kind in ("yes", "no"):
            answered = kind == "yes"
        missing = f"answered {result}" if kind == "unknown" else ""
        self.statements.add(
            Observation(
                source=where,
                text=f"{label or text(assay, 'id')} {shown}".strip(),
                kind=Kind.MEASUREMENT,
                codes=codes,
                value=None if missing else answered,
                interpretation=kind if kind in JUDGEMENTS else "",
                reference=limits,
                effective=when,
                missing_reason=missing or ("" if quantity or result else "no value recorded"),
            )
        )

    def action(self, node: Node, where: str) -> None:
        """A treatment or a procedure."""
        treatment, procedure = mapping(node, "treatment"), mapping(node, "procedure")
        if treatment:
            started, ended = self._course(treatment)
            over = bool(mapping(node, "treatmentTerminationReason"))
            agent = text(mapping(treatment, "agent"), "label")
            route = text(mapping(treatment, "routeOfAdministration"), "label")
            local = self.statements.substances.local(f"{agent}, {route}", ())
            if local:
                why = f"given locally ({local.lower()}), so it does not count as taken"
                self.statements.ignore(f"{where}.treatment", agent, why)
            self._term(
                mapping(treatment, "agent"),
                f"{where}.treatment",
                kind=Kind.MEDICATION,
                past=over,
                effective=started,
                until=ended,
                qualifiers=(*((("route", route),) if route else ()), *((LOCALLY,) if local else ())),
            )
        elif procedure:
            sites, sides = self.statements.sites(text(mapping(procedure, "bodySite"), "label"))
            self._term(
                mapping(procedure, "code"),
                f"{where}.procedure",
                kind=Kind.PROCEDURE,
                effective=self.time(mapping(procedure, "performed")),
                sites=sites,
                sides=sides,
            )
        else:
            self.statements.ignore(where, "medical action", "is neither a treatment nor a procedure")

    def _course(self, treatment: Node) -> tuple[Moment | None, Moment | None]:
        spans = [mapping(dose, "interval") for dose in mappings(treatment, "doseIntervals")]
        started = [found for span in spans if (found := moment(span.get("start"))) is not None]
        ended = [found for span in spans if (found := moment(span.get("end"))) is not None]
        # One interval without an end may still run.
        return min(started, default=None), max(ended) if ended and len(ended) == len(spans) else None

    def time(self, element: Node) -> Moment | None:
        """The start of a TimeElement; an age needs the date of birth."""
        interval = mapping(element, "interval")
        stamp = element.get("timestamp")
        if (found := moment(stamp) or moment(interval.get("start"))) is not None or self.birth is None:
            return found
        age = mapping(element, "age") or mapping(mapping(element, "ageRange"), "start")
        years = age_years(text(age, "iso8601duration"))
        return None if years is None else before(self.birth, -years)


def _assertion(node: Node) -> Assertion:
    excluded = node.get("excluded")
    if excluded in (None, False):
        return Assertion.AFFIRMED
    return Assertion.NEGATED if excluded is True else Assertion.UNCERTAIN


def _sides(modifiers: list[Node]) -> Iterator[str]:
    for term in modifiers:
        word = text(term, "label").casefold()
        side = _SIDES.get(text(term, "id")) or next(
            (side for side in ("left", "right", "bilateral") if side in word.split()), ""
        )
        if side:
            yield side


def _quantity(held: Node) -> tuple[Quantity | None, Range | None]:
    value = number(held, "value")
    unit = _unit(mapping(held, "unit"))
    limits = mapping(held, "referenceRange")
    low, high = number(limits, "low"), number(limits, "high")
    known = (low is not None or high is not None) and not (
        low is not None and high is not None and low > high
    )
    own = Range(low, high, _unit(mapping(limits, "unit"))) if known else None
    return (Quantity(value, unit) if value is not None else None), own


def _unit(term: Node) -> str:
    prefix, _, code = text(term, "id").partition(":")
    if prefix.upper() == "UCUM" and code:
        return code
    return text(term, "label") or code
