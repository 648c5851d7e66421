"""The differential's knowledge names only what exists, and says where each cell comes from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from calcinosis.conclusions.differential.ranking import Engine
from calcinosis.errors import KnowledgeFault
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.differential_schema import read
from calcinosis.knowledge.files import Reader, refuse


def test_every_source_is_in_the_bibliography(knowledge: Knowledge) -> None:
    held = knowledge.contents.differential
    named = {
        source
        for disease in held.diseases.values()
        for entry in (
            *disease.cells,
            *disease.codes,
            *disease.profile,
            *disease.pointers,
            *disease.settled_by,
        )
        for source in entry.sources
    }
    named |= {source for setting in held.priors.settings for source in setting.sources}
    named |= {source for entry in held.priors.published for source in entry.sources}
    named |= set(held.likelihoods.sources) | set(held.likelihoods.workup.sources)
    assert named <= set(knowledge.contents.sources)


def test_every_finding_is_in_the_vocabulary(knowledge: Knowledge) -> None:
    held, terms = knowledge.contents.differential, set(knowledge.contents.findings)
    rules = held.likelihoods
    named = {cell.finding for disease in held.diseases.values() for cell in disease.cells}
    named |= {
        name for disease in held.diseases.values() for one in disease.settled_by for name in one.findings
    }
    named |= {name for group in rules.overlaps for name in group.members}
    named |= {name for part in rules.partitions for name in part.members}
    named |= {*rules.like, *rules.like.values()} | {one.finding for one in rules.laboratory}
    assert named <= terms


def test_every_kind_and_measurement_exists(knowledge: Knowledge) -> None:
    rules = knowledge.contents.differential.likelihoods
    kinds = {term.kind for term in knowledge.contents.findings.values()}
    named = {*rules.calibration.tested_kinds, *(kind for one in rules.overlaps for kind in one.kinds)}
    assert named <= kinds
    measured = {one.measured for one in (*rules.scales, *rules.laboratory)}
    assert measured <= set(knowledge.contents.analytes)
    units = {one.measured: one.unit for one in rules.laboratory}
    assert all(knowledge.contents.analytes[name].unit == unit for name, unit in units.items())


def test_every_disease_has_enough_cells_and_a_way_to_settle_it(knowledge: Knowledge) -> None:
    for disease in knowledge.contents.differential.diseases.values():
        assert len(disease.cells) >= 45, disease.id
        assert disease.settled_by, disease.id
        assert disease.profile, disease.id


def test_a_percentage_lies_in_its_category(knowledge: Knowledge) -> None:
    held = knowledge.contents.differential
    ranges = {one.id: (one.low, one.high) for one in held.likelihoods.categories}
    for disease in held.diseases.values():
        for cell in disease.cells:
            assert (cell.percent is not None) == (cell.reading == "figure"), (disease.id, cell.finding)
            if cell.percent is not None:
                low, high = ranges[cell.frequency]
                assert low - 0.51 <= cell.percent <= high + 1.01, (disease.id, cell.finding)


def test_a_finding_stated_twice_is_refused(tmp_path: Path, knowledge: Knowledge) -> None:
    folder = tmp_path / "diagnoses"
    folder.mkdir()
    (folder / "x.yaml").write_text("id: x\nname: X\nmatrix: x.csv\n")
    row = "lesion_papule,frequent,,,general-knowledge-differential,judgement,\n"
    (folder / "x.csv").write_text("finding,frequency,percent,n,sources,reading,note\n" + row + row)
    reader = Reader(tmp_path)
    read(reader)
    with pytest.raises(KnowledgeFault, match=r"x\.csv, line 3: finding 'lesion_papule' stands twice"):
        refuse(reader.faults)


def test_no_prose_shows_an_id(knowledge: Knowledge) -> None:
    for disease in knowledge.contents.differential.diseases.values():
        for one in (*disease.profile, *disease.pointers, *disease.settled_by):
            assert not re.search(r"[a-z0-9]_[a-z0-9]", one.text), f"{disease.id}: {one.text}"


def test_a_host_with_calcium_is_listed_and_its_share_is_a_share(knowledge: Knowledge, made: Engine) -> None:
    hosts = [d for d in knowledge.contents.differential.diseases.values() if d.host]
    assert hosts
    for disease in hosts:
        assert disease.host is not None
        assert 0 < disease.host.share < 1
        assert disease.host.entry in made.entries
