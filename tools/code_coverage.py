"""Write docs/reference/codes.md: what codes alone can say, and how much of real rows means something by code.

For every criterion of the pathway: whether codes can meet it, rule it out, or neither, and which findings no code
says. With --data also the share of coded rows of third-party records that mean something, the commonest that do
not, and the findings that healthy people have: these parts are measured and stand until they are measured again.

Run: python tools/code_coverage.py                       writes the criteria
     python tools/code_coverage.py --check               exits 1 when they are not what the knowledge says today
     python tools/code_coverage.py --data ../shared/data  measures, prints and writes the rest too
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from calcinosis.criteria import Branch, Certain, CriterionId, Leaf, Named, Node
from calcinosis.findings.coding import Coding
from calcinosis.findings.of_one import findings_of
from calcinosis.knowledge import Knowledge, load
from calcinosis.model import Code, Status
from calcinosis.records.codings import short_name
from calcinosis.records.fhir import read_resources
from calcinosis.records.statements import Statements

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/reference/codes.md"
KINDS = ("cause", "subtype", "urgent", "form", "pattern")
NAMES = {
    "cause": "Causes",
    "subtype": "Subtypes",
    "urgent": "Red flags",
    "form": "Forms",
    "pattern": "Patterns",
}
BLOCK = re.compile(r"(<!-- codes: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
SHOWN = 6
COMMONEST = 100
OFTEN = 0.01
AGE = "age_years"


class Can(NamedTuple):
    """What codes can say of a finding or a criterion, and the findings that stand in the way of each."""

    met: bool
    ruled_out: bool
    lacking: tuple[str, ...] = ()
    undenied: tuple[str, ...] = ()


class Reach:
    """What codes alone can say of each finding and criterion of a knowledge base.

    A finding is said to be there by a code that means it or a kind of it, by the value of an analyte that has a
    code, and by whatever implies it. It is ruled out by a refuted code, by a value, and by whatever excludes it.
    That two findings of one criterion may exclude each other is not looked at.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        held, order = knowledge.contents, knowledge.vocabulary
        matches: dict[str, set[str]] = defaultdict(set)
        for row in held.codes:
            matches[row.concept].add(row.match)
        self.measured = self._measured()
        present, absent = set(), set()
        for term in held.findings.values():
            same = {match for concept in term.concepts for match in matches[concept]}
            kinds = {match for concept in term.narrower for match in matches[concept]}
            same.update({term.match} if term.hpo else ())
            if same & {"E", "N"} or kinds & {"E", "N"}:
                present.add(term.id)
            if same & {"E", "B"}:
                absent.add(term.id)
        for row in knowledge.tables.gives:
            if row.analyte in self.measured:
                present.add(row.finding)
                absent.add(row.finding)
        sexes = {term.id for term in held.findings.values() if {"female", "male"} & set(term.terms)}
        present |= sexes
        self.present, self.absent = self._closed(present, absent | sexes, order)

    def _measured(self) -> set[str]:
        held = self.knowledge.contents
        coded = {row.concept for row in held.codes if row.system != "UCUM"}
        found = {name for name, one in held.analytes.items() if set(one.concepts) & coded} | {AGE}
        for formula in self.knowledge.tables.formula:
            if set(formula.needs) <= found:
                found.add(formula.gives)
        return found

    def _closed(self, present: set[str], absent: set[str], order: Any) -> tuple[set[str], set[str]]:
        tables = self.knowledge.tables
        for name in tuple(present):
            present |= set(order.ancestors[name])
        present |= {row.finding for row in tables.kin if row.disease in present}
        present |= {row.allergy for row in tables.allergy if row.named in present}
        present |= {row.now for row in tables.term if row.now and row.term in present}
        for name in tuple(present):
            present |= set(order.ancestors[name])
        for name in tuple(absent):
            if name not in order.vague:
                absent |= set(order.descendants[name])
        absent |= {rival for name in present for rival in order.rivals.get(name, ())}
        return present, absent

    def of(self, key: CriterionId) -> Can:
        """What codes can say of a criterion."""
        shelf = self.knowledge.shelf
        if key in shelf.members:
            return _any([self.of(one) for one in shelf.members[key]])
        return self.node(shelf.trees[key])

    def node(self, node: Node) -> Can:
        """What codes can say of a part of a criterion."""
        match node:
            case Leaf():
                here, out = node.finding in self.present, node.finding in self.absent
                return Can(here, out, () if here else (node.finding,), () if out else (node.finding,))
            case Named():
                return self.of(CriterionId(node.kind, node.id))
            case Certain():
                part = self.node(node.part)
                return Can(part.met, True, part.lacking, ())
            case Branch():
                return self._branch(node)
        return Can(True, True)

    def _branch(self, node: Branch) -> Can:
        parts = [self.node(part) for part in node.parts]
        if node.operator == "none":
            return _turned(_any(parts))
        if node.operator == "any":
            return _any(parts)
        if node.operator == "all":
            return _turned(_any([_turned(part) for part in parts]))
        met = sum(part.met for part in parts) >= node.needed
        out = sum(part.ruled_out for part in parts) > len(parts) - node.needed
        some = _any(parts)
        return Can(
            met, out, () if met else _joined(part.lacking for part in parts), () if out else some.undenied
        )


def _any(parts: list[Can]) -> Can:
    met, out = any(part.met for part in parts), all(part.ruled_out for part in parts)
    lacking = () if met else _joined(part.lacking for part in parts)
    return Can(met, out, lacking, _joined(part.undenied for part in parts if not part.ruled_out))


def _turned(can: Can) -> Can:
    return Can(can.ruled_out, can.met, can.undenied, can.lacking)


def _joined(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in parts for name in part))


# -- the criteria ---------------------------------------------------------------------------------


def criteria(reach: Reach) -> str:
    """The tables of criteria, with the counts above them."""
    shelf = reach.knowledge.shelf
    by_kind = {kind: sorted(key for key in shelf.trees if key.kind == kind) for kind in KINDS}
    can = {key: reach.of(key) for keys in by_kind.values() for key in keys}
    lines = ["| | number | codes can meet | codes can rule out | neither |", "|---|---:|---:|---:|---:|"]
    for kind, keys in by_kind.items():
        met, out = sum(can[key].met for key in keys), sum(can[key].ruled_out for key in keys)
        neither = sum(not can[key].met and not can[key].ruled_out for key in keys)
        lines.append(f"| {NAMES[kind]} | {len(keys)} | {met} | {out} | {neither} |")
    for kind, keys in by_kind.items():
        lines += [
            "",
            f"### {NAMES[kind]}",
            "",
            "| criterion | met | ruled out | what no code says |",
            "|---|---|---|---|",
        ]
        lines += [_row(key, can[key]) for key in keys]
    return "\n".join(lines)


def _row(key: CriterionId, can: Can) -> str:
    told = []
    if not can.met:
        told.append(f"to meet: {_some(can.lacking)}")
    if not can.ruled_out:
        told.append(f"to rule out: {_some(can.undenied)}")
    return f"| `{key.id}` | {_yes(can.met)} | {_yes(can.ruled_out)} | {'; '.join(told)} |"


def _yes(can: bool) -> str:
    return "yes" if can else "no"


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def terminologies(knowledge: Knowledge) -> str:
    """How many codes of each terminology there are, and how many were verified."""
    rows = knowledge.contents.codes
    lines = [
        "| terminology | codes | verified | same | narrower | broader | over |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for system in sorted({row.system for row in rows}):
        own = [row for row in rows if row.system == system]
        counts = [sum(row.match == match for row in own) for match in "ENBH"]
        lines.append(
            f"| {system} | {len(own)} | {sum(row.verified for row in own)} | {' | '.join(map(str, counts))} |"
        )
    return "\n".join(lines)


# -- third-party rows -----------------------------------------------------------------------------

Coded = tuple[tuple[Code, ...], str]
KEPT = {
    "Condition": "conditions",
    "MedicationRequest": "drugs",
    "MedicationAdministration": "drugs",
    "MedicationStatement": "drugs",
    "Observation": "observations",
    "Procedure": "procedures",
}
OMOP = {
    "CONDITION_OCCURRENCE": ("conditions", "condition_concept_id"),
    "DRUG_EXPOSURE": ("drugs", "drug_concept_id"),
    "MEASUREMENT": ("observations", "measurement_concept_id"),
    "OBSERVATION": ("observations", "observation_concept_id"),
    "PROCEDURE_OCCURRENCE": ("procedures", "procedure_concept_id"),
}
VOCABULARIES = {"SNOMED": "SNOMED", "LOINC": "LOINC", "RxNorm": "RXNORM", "ICD10CM": "ICD10CM", "ATC": "ATC"}


def resources(data: Path) -> dict[str, list[dict[str, Any]]]:
    """FHIR resources of each person of the data."""
    people: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path in sorted(data.glob("*bundles*/*.json.gz")):
        with gzip.open(path) as handle:
            people[path.name] = [entry["resource"] for entry in json.load(handle).get("entry", ())]
    kept = (*KEPT, "Patient", "AllergyIntolerance", "DiagnosticReport")
    for name in kept:
        for path in sorted(data.glob(f"*ndjson*/{name}.ndjson.gz")):
            with gzip.open(path) as handle:
                for line in handle:
                    found = json.loads(line)
                    whose = found.get("subject") or found.get("patient") or {}
                    people[whose.get("reference", f"Patient/{found['id']}")].append(found)
    return people


def rows(people: dict[str, list[dict[str, Any]]], data: Path) -> dict[tuple[str, str], Counter[Coded]]:
    """Coded rows by origin and kind, each with its codes and its words, counted."""
    found: dict[tuple[str, str], Counter[Coded]] = defaultdict(Counter)
    for whose, own in people.items():
        origin = "NDJSON" if whose.startswith("Patient/") else "bundles"
        for one in own:
            if (kind := KEPT.get(one["resourceType"])) is not None:
                for concept in _concepts(one):
                    found[origin, kind][_coded(concept)] += 1
    for folder in sorted(data.glob("omop*")):
        concepts = {row["concept_id"]: row for row in _table(folder / "CONCEPT.csv")}
        for name, (kind, column) in OMOP.items():
            for row in _table(folder / f"{name}.csv"):
                found["OMOP", kind][_of_omop(concepts.get(row[column]))] += 1
    return found


def _concepts(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if resource["resourceType"].startswith("Medication"):
        yield resource.get("medicationCodeableConcept") or {}
    elif parts := resource.get("component"):
        yield from (part.get("code") or {} for part in parts)
    else:
        yield resource.get("code") or {}


def _coded(concept: dict[str, Any]) -> Coded:
    codes = [
        Code(short_name(one.get("system", "")), str(one.get("code", "")), one.get("display", ""))
        for one in concept.get("coding", ())
    ]
    return tuple(codes), concept.get("text", "")


def _of_omop(concept: dict[str, str] | None) -> Coded:
    if concept is None:
        return (), "no concept"
    system = VOCABULARIES.get(concept["vocabulary_id"], concept["vocabulary_id"])
    return (Code(system, concept["concept_code"], concept["concept_name"]),), ""


def _table(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            yield {name.casefold(): value for name, value in row.items()}


class Labels:
    """Whether the label of a row means something: the whole of it, or the drug that it names."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._statements = Statements(knowledge)
        self._held: dict[tuple[str, str], bool] = {}

    def mean(self, kind: str, row: Coded) -> bool:
        """Whether the display of a code of the row does, or its words."""
        codes, text = row
        return any(self._means(kind, label) for label in (*(code.display for code in codes), text) if label)

    def _means(self, kind: str, label: str) -> bool:
        if (kind, label) not in self._held:
            said = self._statements
            if kind == "drugs":
                known = bool(said.codes(label))
            else:
                known = bool(said.labels.whole(label) and said.named(label)) or bool(
                    said.measured.named(label)
                )
            self._held[kind, label] = known
        return self._held[kind, label]


def shares(
    found: dict[tuple[str, str], Counter[Coded]],
    means: Callable[[Code], bool],
    named: Callable[[str, Coded], bool],
) -> str:
    """The share of rows that mean something by code, and by code or by a whole label."""
    lines = [
        "| rows | origin | number | mean something by code | by code or by a whole label |",
        "|---|---|---:|---:|---:|",
    ]
    for kind in dict.fromkeys(KEPT.values()):
        for origin in ("bundles", "NDJSON", "OMOP"):
            counted = found.get((origin, kind), Counter())
            total = counted.total()
            known = sum(number for (codes, _), number in counted.items() if any(map(means, codes)))
            either = sum(
                number for row, number in counted.items() if any(map(means, row[0])) or named(kind, row)
            )
            if total:
                told = " | ".join(f"{part:,} ({100 * part / total:.1f} %)" for part in (known, either))
                lines.append(f"| {kind} | {origin} | {total:,} | {told} |")
    return "\n".join(lines)


def unknown(
    found: dict[tuple[str, str], Counter[Coded]],
    means: Callable[[Code], bool],
    named: Callable[[str, Coded], bool],
) -> str:
    """The commonest rows of each kind that mean nothing, by code or by their label."""
    lines = []
    for kind in dict.fromkeys(KEPT.values()):
        counted: Counter[str] = Counter()
        for (_, own), rows_of in found.items():
            for (codes, text), number in rows_of.items() if own == kind else ():
                if not any(map(means, codes)) and not named(kind, (codes, text)):
                    counted[_shown(codes, text)] += number
        shown = [f"{name} ({number})" for name, number in counted.most_common(COMMONEST)]
        lines += [
            f"**{kind.capitalize()}**, the {len(shown)} commonest of {len(counted)}: {'; '.join(shown)}.",
            "",
        ]
    return "\n".join(lines).rstrip()


def _shown(codes: tuple[Code, ...], text: str) -> str:
    """The words of a row, the same for spellings that differ in case or in what is bracketed behind."""
    words = next((code.display for code in codes if code.display), text) or ", ".join(
        code.code for code in codes
    )
    plain = re.sub(
        r"\s*\((?:disorder|finding|procedure|situation|regime/therapy)\)$", "", words.replace("\u200b", "")
    )
    return plain.casefold().replace("|", "/").strip()


class Often(NamedTuple):
    """A finding that more than one in a hundred people have, and what most often said so."""

    finding: str
    people: int
    said: tuple[str, ...]


def present_often(people: dict[str, list[dict[str, Any]]], knowledge: Knowledge) -> list[Often]:
    """The findings present in more than one in a hundred people, the commonest first."""
    present: Counter[str] = Counter()
    why: dict[str, Counter[str]] = defaultdict(Counter)
    for own in people.values():
        record = read_resources(own, knowledge)
        latest = record.recorded.last if record.recorded is not None else None
        if latest is None:
            continue
        found, _ = findings_of(record, knowledge=knowledge, as_of=latest)
        for name, finding in found.by_id.items():
            if finding.status is Status.PRESENT:
                present[name] += 1
                why[name].update({_shown((), one.text.split(": ")[0])[:60] for one in finding.evidence[-1:]})
    return [
        Often(name, number, tuple(text for text, _ in why[name].most_common(3)))
        for name, number in sorted(present.items(), key=lambda one: (-one[1], one[0]))
        if number > OFTEN * len(people)
    ]


def often(people: dict[str, list[dict[str, Any]]], knowledge: Knowledge) -> str:
    """The same as a table."""
    lines = ["| finding | people | said most often by |", "|---|---:|---|"]
    for one in present_often(people, knowledge):
        share = f"{one.people} ({100 * one.people / len(people):.0f} %)"
        lines.append(
            f"| {knowledge.label(one.finding)} (`{one.finding}`) | {share} | {'; '.join(one.said)} |"
        )
    return "\n".join(lines)


# -- the page -------------------------------------------------------------------------------------


def written(page: str, blocks: dict[str, str]) -> str:
    """`page` with these blocks made anew; others stand."""
    return BLOCK.sub(
        lambda found: (
            f"{found[1]}{blocks[found['name']]}\n{found[3]}" if found["name"] in blocks else found[0]
        ),
        page,
    )


def generated(knowledge: Knowledge) -> dict[str, str]:
    """The blocks that follow from the knowledge alone."""
    return {"criteria": criteria(Reach(knowledge)), "terminologies": terminologies(knowledge)}


def measured(knowledge: Knowledge, data: Path) -> dict[str, str]:
    """The blocks that are measured on third-party data."""
    coding = Coding(knowledge)
    known: dict[Code, bool] = {}

    def means(code: Code) -> bool:
        if code not in known:
            meaning = coding.meaning(code)
            known[code] = bool(meaning.findings or meaning.analytes)
        return known[code]

    labels = Labels(knowledge)
    people = resources(data)
    found = rows(people, data)
    return {
        "shares": shares(found, means, labels.mean),
        "unknown": unknown(found, means, labels.mean),
        "often": often(people, knowledge),
    }


def main() -> int:
    """Write or check the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    knowledge = load()
    blocks = generated(knowledge)
    page = PAGE.read_text(encoding="utf-8")
    if given.check:
        fresh = written(page, blocks) == page
        if not fresh:
            print(f"{PAGE.relative_to(ROOT)} is not what the knowledge says today; run make docs")
        return 0 if fresh else 1
    if given.data is not None:
        blocks |= measured(knowledge, given.data)
        print(blocks["shares"], blocks["unknown"], blocks["often"], sep="\n\n")
    PAGE.write_text(written(page, blocks), encoding="utf-8")
    print(f"written: {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
