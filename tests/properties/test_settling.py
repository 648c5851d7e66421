"""What a consult builds for good is walked by no later garbage collection, however late it is built."""

from __future__ import annotations

import gc

from calcinosis import consult
from calcinosis.knowledge import Knowledge, load


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


def test_the_reader_of_notes_is_frozen_although_it_is_loaded_after_the_first_consult() -> None:
    knowledge = Knowledge(load().contents)
    consult("A hard nodule on the finger.", "2026-01-01", knowledge=knowledge)
    before = gc.get_freeze_count()
    consult("No hard nodule, no ulcer.", "2026-01-01", knowledge=knowledge)
    assert gc.get_freeze_count() > before
    assert len(gc.get_objects()) < 10_000
