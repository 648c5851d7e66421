"""What consults share is walked by no later garbage collection where the process is ours, and only there."""

from __future__ import annotations

import gc

from click.testing import CliRunner

from calcinosis import consult
from calcinosis.cli import cli
from calcinosis.knowledge import Knowledge, load

NOTES = ("A hard nodule on the finger.", "No hard nodule, no ulcer.")


def walked(knowledge: Knowledge) -> list[str]:
    """The indexes of `knowledge` that a garbage collection still walks."""
    tracked = {id(held) for held in gc.get_objects()}
    return [name for name, index in knowledge._built.items() if id(index) in tracked]


def test_what_is_built_is_frozen_once() -> None:
    knowledge = Knowledge(load().contents)
    knowledge.built("index", lambda _: [[] for _ in range(50)])
    gc.collect()
    before = gc.get_freeze_count()
    knowledge.settle()
    after = gc.get_freeze_count()
    assert after >= before + 50
    kept = [[] for _ in range(50)]
    knowledge.settle()
    assert gc.get_freeze_count() <= after
    assert len(kept) == 50


def test_an_index_built_after_the_first_time_is_frozen_too() -> None:
    knowledge = Knowledge(load().contents)
    consult(NOTES[0], "2026-01-01", knowledge=knowledge)
    assert walked(knowledge) != []
    knowledge.settle()
    assert walked(knowledge) == []
    knowledge.built("later", lambda _: [[]])
    assert walked(knowledge) == ["later"]
    knowledge.settle()
    assert walked(knowledge) == []


def test_the_library_leaves_the_process_of_its_host_alone() -> None:
    knowledge = Knowledge(load().contents)
    before = gc.get_freeze_count()
    for note in NOTES:
        consult(note, "2026-01-01", knowledge=knowledge)
    assert gc.get_freeze_count() <= before


def test_the_command_freezes_what_many_records_share(tmp_path) -> None:
    names = [tmp_path / f"{number}.txt" for number in range(2)]
    for name, note in zip(names, NOTES, strict=True):
        name.write_text(note)
    assert CliRunner().invoke(cli, ["consult", *map(str, names)]).exit_code == 0
    assert walked(load()) == []
