"""What came out of a lesion and was analysed: its chemistry proves calcium, or does not."""

from __future__ import annotations

import pytest
from said_in import said_in


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("Grains from the ear analysed as calcium.", {"present"}),
        ("The extruded material was found to be calcium.", {"present"}),
        ("The stones from the skin were composed of calcium phosphate.", {"present"}),
        ("The material was not analysed.", set()),
        ("Serum analysed: calcium 9.4 mg/dL.", set()),
    ],
)
def test_the_chemistry_of_the_material(note: str, said: set[str]) -> None:
    assert said_in(note).get("material_calcium", set()) == said
