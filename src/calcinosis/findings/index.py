"""The tables of the knowledge, indexed for the reader of one patient."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from calcinosis.findings.coding import Coding
from calcinosis.findings.quantities import Units
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.answers import answers_of

Row = TypeVar("Row")


class Index:
    """What is looked up row by row while findings are made."""

    def __init__(self, knowledge: Knowledge) -> None:
        tables = knowledge.tables
        self.coding = Coding(knowledge)
        self.units = Units(knowledge)
        self.answers = answers_of(knowledge)
        self.label = knowledge.label
        self.analytes = knowledge.contents.analytes
        self.term = {row.term: row for row in tables.term}
        self.measured = {row.analyte: row for row in tables.analyte}
        self.kin = _grouped((row.disease, row.finding) for row in tables.kin)
        self.allergy = _grouped((row.named, row) for row in tables.allergy)
        self.ranges = _grouped((row.analyte, row) for row in tables.range)
        self.gives = _grouped((row.analyte, row) for row in tables.gives)
        self.members = _grouped((row.panel, row.member) for row in tables.panel)
        self.prefer = {(row.finding, row.analyte): row.place for row in tables.prefer}
        self.formulas = tables.formula
        self.vocabulary = knowledge.vocabulary
        # Recorded sex -> the finding that says so, as the vocabulary words it.
        self.sexes = {
            sex: term.id
            for sex in ("female", "male")
            for term in knowledge.contents.findings.values()
            if sex in term.terms
        }


def _grouped(pairs: Iterable[tuple[str, Row]]) -> dict[str, tuple[Row, ...]]:
    found: dict[str, list[Row]] = {}
    for key, row in pairs:
        found.setdefault(key, []).append(row)
    return {key: tuple(rows) for key, rows in found.items()}


def index_of(knowledge: Knowledge) -> Index:
    """The index of this knowledge base, built once."""
    return knowledge.built("findings.index", Index)
