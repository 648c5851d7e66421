"""The project's own case file: a short YAML that a clinician writes by hand.

Its shape is `Case`; `docs/reference/case.schema.json` is made from it. A phrase means the same here as
in a note, and the id of a finding or an analyte may stand for a phrase.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from calcinosis.errors import UnreadableRecord
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.answers import Answers
from calcinosis.language.amounts import amount
from calcinosis.language.number_words import number_words
from calcinosis.model import Assertion, Code, Kind, Moment, Observation, Patient, Quantity, Range, Record
from calcinosis.records.moments import age_years, before, in_years, latest, moment
from calcinosis.records.numerals import quantity, reference
from calcinosis.records.plain_yaml import Lines, parsed
from calcinosis.records.statements import Statements, latest_of
from calcinosis.records.tree import Node

_KEY = re.compile(r"[A-Za-z][A-Za-z_ -]*:(?:\s|$)")
_DURATION = re.compile(r"\s*(?P<num>\d+(?:[.,]\d+)?)\s*-?\s*(?P<unit>[A-Za-z]+)\.?(?:\s+old|\s+ago)?\s*")
_OWN = "calcinosis"
_COUNTS = {"single": "solitary lesion", "solitary": "solitary lesion", "multiple": "multiple lesions"}


class Statement(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A finding with what is known of it."""

    finding: Annotated[str, Meta(description="A phrase, or the id of a finding.", min_length=1)]
    site: Annotated[str, Meta(description="Where: a phrase such as `left elbow`.")] = ""
    side: Literal["", "left", "right", "bilateral"] = ""
    since: Annotated[str | int, Meta(description="A date (2020, 2020-05) or how long (`8 months`).")] = ""
    until: Annotated[str | int, Meta(description="A date at which it ended.")] = ""
    value: Annotated[str | int | float, Meta(description="A size or another value with its unit.")] = ""


class Lab(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A laboratory result with its date or the laboratory's own range."""

    value: Annotated[
        str | int | float | None, Meta(description="`9.4`, `9.4 mg/dL`, `<0.1` or `negative`.")
    ] = None
    unit: Annotated[str, Meta(description="UCUM unit, such as mg/dL.")] = ""
    date: Annotated[str | int, Meta(description="When it was taken: 2025-12-20, 2025-12 or 2025.")] = ""
    low: Annotated[
        int | float | None, Meta(description="Lower limit of the laboratory, in the same unit.")
    ] = None
    high: Annotated[int | float | None, Meta(description="Upper limit of the laboratory.")] = None
    flag: Annotated[str, Meta(description="low, normal, high, positive or negative.")] = ""


Items = str | list[str | Statement]
Result = str | int | float | Lab | list[str | int | float | Lab]


class Case(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One patient. Every key may be left out; what is left out is unknown, not absent."""

    age: Annotated[str | int | float | None, Meta(description="Years, or `3 months`, `10 days`.")] = None
    birth: Annotated[str | int, Meta(description="Date of birth, complete or partial.")] = ""
    sex: Literal["", "female", "male", "other", "unknown"] = ""
    as_of: Annotated[str | int, Meta(description="Day of the record: 2026-01-01.")] = ""
    present: Annotated[Items, Meta(description="What was found.")] = []
    absent: Annotated[Items, Meta(description="What was looked for and not found.")] = []
    uncertain: Annotated[Items, Meta(description="What may be so.")] = []
    history: Annotated[Items, Meta(description="Diseases and events.")] = []
    family: Annotated[Items, Meta(description="Diseases of relatives.")] = []
    medication: Annotated[Items, Meta(description="Drugs given.")] = []
    allergies: Annotated[Items, Meta(description="What is not tolerated.")] = []
    exposures: Annotated[Items, Meta(description="Injuries, injections, work.")] = []
    labs: Annotated[
        dict[str, Result], Meta(description="Results by analyte; a list holds several over time.")
    ] = {}
    sites: Annotated[Items, Meta(description="Where the lesions are.")] = []
    size: Annotated[str | int | float, Meta(description="Largest lesion, `8 mm`.")] = ""
    number: Annotated[str | int, Meta(description="How many lesions: a number, `single` or `multiple`.")] = ""
    duration: Annotated[str, Meta(description="How long the lesions have been there, `8 months`.")] = ""
    imaging: Annotated[str, Meta(description="What imaging shows, in words.")] = ""
    histology: Annotated[str, Meta(description="What the biopsy shows, in words.")] = ""
    note: Annotated[str, Meta(description="Anything else, as in a clinical note.")] = ""


KEYS = frozenset(field.name for field in msgspec.structs.fields(Case))
_KINDS = {
    "present": (Kind.SIGN, Assertion.AFFIRMED),
    "absent": (Kind.SIGN, Assertion.NEGATED),
    "uncertain": (Kind.SIGN, Assertion.UNCERTAIN),
    "history": (Kind.CONDITION, Assertion.AFFIRMED),
    "family": (Kind.CONDITION, Assertion.AFFIRMED),
    "medication": (Kind.MEDICATION, Assertion.AFFIRMED),
    "allergies": (Kind.ALLERGY, Assertion.AFFIRMED),
    "exposures": (Kind.SIGN, Assertion.AFFIRMED),
}


def is_case(held: Node) -> bool:
    """Whether a parsed object is a case: most of its keys are ours."""
    known = sum(key in KEYS for key in held)
    return known > 0 and known * 2 >= len(held)


def looks_like_case(text: str) -> bool:
    """Whether a text is written as a case file: its unindented lines are keys, most of them ours."""
    keys = other = known = 0
    for line in text.splitlines():
        if not line.strip() or line[0] in " \t#-}]" or line.rstrip() in ("---", "..."):
            continue
        if _KEY.match(line):
            keys += 1
            known += line.partition(":")[0] in KEYS
        else:
            other += 1
    return known > 0 and known * 2 >= keys and other * 2 <= keys


def read_yaml_case(text: str, knowledge: Knowledge, where: str = "") -> Record:
    """The record of a case file.

    Raises:
        UnreadableRecord: it is no YAML of this shape; the message names the line.
    """
    held, lines = parsed(text, where)
    return _recorded(_converted(held, lines, where), knowledge)


def read_case(held: Node, knowledge: Knowledge, where: str = "") -> Record:
    """The record of a case that is parsed already.

    Raises:
        UnreadableRecord: it does not have this shape.
    """
    return _recorded(_converted(held, {}, where), knowledge)


def schema() -> dict[str, Any]:
    """JSON Schema of a case file."""
    found = msgspec.json.schema(Case)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "calcinosis case file"}
    return {**head, **found}


def _converted(held: Any, lines: Lines, where: str) -> Case:
    if not isinstance(held, dict):
        raise UnreadableRecord(
            "the case file is not a mapping", where=where, expected="keys such as age, present"
        )
    try:
        return msgspec.convert(held, Case)
    except msgspec.ValidationError as error:
        said, _, path = str(error).partition(" - at `$")
        raise UnreadableRecord(
            said.replace("`", ""),
            where=_place(where, _named(path.rstrip("`"), held), said, lines),
            expected="the keys and types of docs/reference/case.schema.json",
        ) from error


def _named(path: str, held: Node) -> str:
    """The path of a fault with the name of the analyte, which the validator leaves out."""
    if not path.startswith(".labs[...]") or not isinstance(held.get("labs"), dict):
        return path
    for name, result in held["labs"].items():
        try:
            msgspec.convert(result, Result)
        except msgspec.ValidationError:
            return path.replace("[...]", f".{name}", 1)
    return path


def _place(where: str, path: str, said: str, lines: Lines) -> str:
    """Where the fault stands: the file, the path inside it, and its line as near as known."""
    parts = tuple(part for part in re.split(r"[.\[\]]+", path) if part)
    unknown = re.search(r"unknown field `([^`]*)`", said)
    line = lines.get((*parts, unknown[1]), 0) if unknown else 0
    for length in range(len(parts), -1, -1):
        line = line or lines.get(parts[:length], 0)
    named = ".".join(parts)
    return ", ".join(filter(None, [where, named, f"line {line}" if line else ""]))


def _recorded(case: Case, knowledge: Knowledge) -> Record:
    reader = _Reader(case, Statements(knowledge))
    for key in _KINDS:
        reader.items(key)
    reader.sites()
    for name, result in case.labs.items():
        reader.results(name, result)
    reader.lesion()
    reader.texts()
    statements = reader.statements
    return Record(
        format="case",
        patient=_patient(case, statements),
        observations=tuple(statements.observations),
        ignored=tuple(statements.ignored),
        questions=tuple(statements.questions),
        unread=tuple(statements.unread),
        readings=tuple(statements.readings),
        recorded=reader.as_of or latest(latest_of(statements.observations)),
    )


def _patient(case: Case, statements: Statements) -> Patient:
    birth = moment(str(case.birth)) if case.birth != "" else None
    if case.birth != "" and birth is None:
        statements.ignore("birth", "birth", "is no date")
    years = None if case.age is None else _years(case.age)
    if case.age is not None and years is None:
        statements.ignore("age", "age", "is no age; write 54, 54 years or 3 months")
    sex = case.sex if case.sex in ("female", "male", "other") else ""
    return Patient(birth=birth, age_years=None if birth else years, sex=sex)


def _years(written: str | int | float) -> float | None:
    """An age or a duration in years."""
    if isinstance(written, int | float):
        return float(written) if 0 <= written < 150 else None
    if (found := age_years(written)) is not None:
        return found
    match = _DURATION.fullmatch(written)
    if match is not None:
        return in_years(float(match["num"].replace(",", ".")), match["unit"].lower())
    try:
        plain = float(written)
    except ValueError:
        return None
    return plain if 0 <= plain < 150 else None


class _Reader:
    """States the parts of one case."""

    def __init__(self, case: Case, statements: Statements) -> None:
        self.case = case
        self.statements = statements
        self.as_of = moment(str(case.as_of)) if case.as_of != "" else None
        if case.as_of != "" and self.as_of is None:
            statements.ignore("as_of", "as_of", "is no date; write 2026-01-01")
        held = statements.knowledge.contents
        self._ids = {
            **{alias: term.id for term in held.findings.values() for alias in term.aliases},
            **dict.fromkeys(held.analytes),
            **{name: name for name in held.findings},
            **{name: name for name in held.analytes},
        }

    def items(self, key: str) -> None:
        """State each phrase or statement under a key."""
        kind, assertion = _KINDS[key]
        held: Items = getattr(self.case, key)
        for place, item in enumerate([held] if isinstance(held, str) else held):
            statement = Statement(finding=item) if isinstance(item, str) else item
            sites, sides = self.statements.sites(statement.site)
            about = Observation(
                source=key if isinstance(held, str) else f"{key}[{place}]",
                text=statement.finding,
                kind=kind,
                assertion=assertion,
                family=key == "family",
                effective=self._since(statement.since, f"{key}[{place}].since"),
                until=self._since(statement.until, f"{key}[{place}].until"),
                sites=sites,
                sides=(statement.side,) if statement.side else sides,
                value=_value(statement.value),
            )
            self._phrase(statement.finding, about)

    def _since(self, written: str | int, where: str) -> Moment | None:
        """A date, or a duration counted back from the day of the record."""
        if written == "":
            return None
        if (found := moment(str(written))) is not None:
            return found
        years = _years(written) if isinstance(written, str) else None
        if years is None or self.as_of is None:
            why = "is neither a date nor a duration" if years is None else "needs as_of to count back from"
            self.statements.ignore(where, where.rpartition(".")[2], why)
            return None
        return before(self.as_of, years)

    def _phrase(self, phrase: str, about: Observation) -> None:
        """State an id as it stands, anything else as words."""
        name = self._ids.get(phrase.strip())
        if name is not None:
            self.statements.add(msgspec.structs.replace(about, codes=(Code(_OWN, name),)))
            return
        said = list(self.statements.said(phrase, about))
        if said:
            self.statements.observations.extend(said)
        elif phrase.strip():
            self.statements.ignore(about.source, phrase, "is no word of the vocabulary")

    def sites(self) -> None:
        """State where the lesions are."""
        held = self.case.sites
        for place, item in enumerate([held] if isinstance(held, str) else held):
            phrase = item if isinstance(item, str) else f"{item.side} {item.finding} {item.site}".strip()
            where = "sites" if isinstance(held, str) else f"sites[{place}]"
            found, sides = self.statements.sites(phrase.replace("_", " "))
            own = self._ids.get(phrase.strip())
            sites = (own,) if own else found
            if not sites:
                self.statements.ignore(where, phrase, "is no site of the vocabulary")
                continue
            codes = tuple(Code(_OWN, site) for site in sites)
            self.statements.add(
                Observation(source=where, text=phrase, kind=Kind.SIGN, codes=codes, sites=sites, sides=sides)
            )

    def results(self, name: str, result: Result) -> None:
        """State the results of one analyte."""
        own = self._ids.get(name.strip())
        codes = (Code(_OWN, own),) if own else self.statements.measured.named(name.replace("_", " "))
        if not codes:
            self.statements.ignore(f"labs.{name}", name, "is no analyte of the vocabulary")
            return
        for place, item in enumerate(result if isinstance(result, list) else [result]):
            where = f"labs.{name}[{place}]" if isinstance(result, list) else f"labs.{name}"
            self._result(name, codes, item if isinstance(item, Lab) else Lab(value=item), where)

    def _result(self, name: str, codes: tuple[Code, ...], lab: Lab, where: str) -> None:
        value, flag, own = self._value(lab, codes)
        if value is None and not flag:
            why = "has no value" if lab.value is None else "is neither a number with a unit nor a flag"
            self.statements.ignore(where, name, why)
            return
        self.statements.add(
            Observation(
                source=where,
                text=" ".join(
                    filter(None, [name, "" if lab.value is None else str(lab.value), lab.unit, lab.flag])
                ),
                kind=Kind.MEASUREMENT,
                codes=codes,
                value=value,
                interpretation=flag,
                reference=own,
                effective=moment(str(lab.date)) if lab.date != "" else None,
            )
        )

    def _value(
        self, lab: Lab, codes: tuple[Code, ...]
    ) -> tuple[Quantity | Range | str | None, str, Range | None]:
        """Value, flag and own range of a result; what is no plain number is read as in a note."""
        value, flag, own = _read_value(lab, self.statements.answers)
        if value is not None or not isinstance(lab.value, str):
            return value, flag, own
        analytes = self.statements.knowledge.contents.analytes
        named = [analytes[code.code] for code in codes if code.code in analytes]
        found = amount(lab.value, named, number_words(self.statements.knowledge))
        if found is None or found.value is None or found.end < len(lab.value.rstrip(" .)]")):
            return value, flag, own
        written = found.value if found.value.unit else msgspec.structs.replace(found.value, unit=lab.unit)
        return written.stated, flag or found.flag, own or found.reference

    def lesion(self) -> None:
        """State size, number and duration of the lesions, in the words of a note."""
        case = self.case
        count = str(case.number).strip().casefold()
        counted = _COUNTS.get(count) or (f"number of lesions: {count}" if count else "")
        size = f"{case.size}"
        for key, words in (
            ("size", f"size {size}" if size else ""),
            ("number", counted),
            ("duration", f"duration of {case.duration}" if case.duration else ""),
        ):
            about = Observation(source=key, text=words, kind=Kind.SIGN)
            said = list(self.statements.said(words, about, whole_note=True))
            for found in said:
                self.statements.add(msgspec.structs.replace(found, source=key))
            if words and not said:
                self.statements.ignore(
                    key, str(getattr(case, key)), "cannot be read; write `8 mm`, 3, `8 months`"
                )

    def texts(self) -> None:
        """State what imaging, histology and the note say."""
        for key in ("imaging", "histology"):
            if words := getattr(self.case, key).strip():
                about = Observation(source=key, text=words, kind=Kind.SIGN)
                self.statements.examined(key.capitalize(), words, about)
        self.statements.words(
            self.case.note, Observation(source="note", text="", kind=Kind.SIGN), whole_note=True
        )


def _value(written: str | int | float) -> Quantity | str | None:
    if isinstance(written, int | float):
        return Quantity(float(written))
    return quantity(written) or written.strip() or None


def _read_value(lab: Lab, answers: Answers) -> tuple[Quantity | str | None, str, Range | None]:
    """Value, flag and own range of a result."""
    own = Range(lab.low, lab.high, lab.unit) if lab.low is not None or lab.high is not None else None
    flag_of = answers.judgement
    flag = flag_of(lab.flag)
    if lab.value is None:
        return None, flag, own
    if isinstance(lab.value, int | float):
        return Quantity(float(lab.value), lab.unit), flag, own
    words, _, bracket = lab.value.partition("(")
    own = own or reference(bracket.rstrip(") "))
    if flag_of(words.strip()):
        return None, flag or flag_of(words.strip()), own
    number, last = words.strip(), words.strip().rpartition(" ")[2]
    if (flag_of(last) and quantity(number) is None) or last.casefold() in ("high", "low", "normal"):
        flag, number = flag or flag_of(last), number[: -len(last)].strip(" ,")
    found = quantity(number)
    if found is None:
        return (words.strip() if re.fullmatch(r"\s*\d+\s*:\s*\d+\s*", words) else None), flag, own
    return Quantity(found.value, found.unit or lab.unit, found.comparator), flag, own
