"""What was compiled once is read again as it was, so that a second start is a quick one."""

from __future__ import annotations

import msgspec

from calcinosis.knowledge.contents import Contents


def test_the_compiled_knowledge_is_read_back_as_it_was_written(knowledge):
    """A word that YAML takes for a truth value (no, off) would make every start compile anew."""
    packed = msgspec.msgpack.encode(knowledge.contents)
    assert msgspec.msgpack.decode(packed, type=Contents) == knowledge.contents
