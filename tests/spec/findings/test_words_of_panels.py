"""A panel's word ("renal function normal") speaks only where nothing more exact does, in whatever order."""

from __future__ import annotations

from datetime import datetime
from itertools import permutations

import pytest

from calcinosis.model import Status
from calcinosis.records import read

AS_OF = datetime(2026, 1, 1, 23)
P, A = Status.PRESENT, Status.ABSENT


@pytest.mark.parametrize(
    ("sentences", "finding", "status"),
    [
        (("Renal function normal.", "Urea raised."), "urea_high", P),
        (("Renal function normal.",), "urea_high", A),
        (("Bone profile normal.", "Calcium 14.2 mg/dL."), "hypercalcaemia_over_3_5", P),
        (("Bone profile normal.", "Calcium 14.2 mg/dL."), "hypercalcaemia", P),
        (("Bone profile normal.", "Calcium 9.2 mg/dL."), "hypercalcaemia", A),
        (("Bone profile normal.", "Hypercalcaemia."), "hypercalcaemia", P),
        (("C3 120 mg/dL.", "C4 3 mg/dL."), "complement_low", P),
        (("C3 120 mg/dL.", "C4 30 mg/dL."), "complement_low", A),
    ],
)
def test_the_more_exact_word_counts_whichever_comes_first(engine, knowledge, sentences, finding, status):
    orders = list(permutations(sentences))
    records = [read(f"54-year-old woman. {' '.join(told)}", knowledge=knowledge) for told in orders]
    for told, found in zip(orders, engine.findings(*((record, AS_OF) for record in records)), strict=True):
        assert found.status(finding) is status, told
