"""What a sentence says of a finding: the sentences of `kinds.yaml`, by kind of statement."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from said_in import said_in

KINDS = yaml.safe_load((Path(__file__).parent / "kinds.yaml").read_text(encoding="utf-8"))
SENTENCES = [pytest.param(*row, id=f"{kind}: {row[0]}") for kind, rows in KINDS.items() for row in rows]


@pytest.mark.parametrize(("text", "finding", "right"), SENTENCES)
def test_a_sentence_says_this_of_a_finding(text, finding, right):
    assert said_in(text).get(finding, {"nothing"}) == {right}
