"""Whether the treatments that helped published patients are offered: `treatments.csv` of a case folder."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from calcinosis.errors import UnreadableRecord
from calcinosis.evaluation.cases import record_path
from calcinosis.evaluation.intervals import wilson
from calcinosis.knowledge.treatment_schema import OFFERED
from calcinosis.pathway import consult

_CASE, _TREATMENT = "case_id", "treatment_id"


class Helped(Struct, frozen=True):
    """A treatment that helped a patient, and the status that it gets for that patient."""

    case: str
    treatment: str
    status: str
    why: tuple[str, ...]

    @property
    def offered(self) -> bool:
        """Whether it is suitable or to be considered."""
        return self.status in OFFERED


class Offered(Struct, frozen=True):
    """How many of the treatments that helped are offered, with the Wilson interval."""

    right: int
    total: int
    low: float
    high: float
    misses: tuple[Helped, ...]


def helped_in(folder: Path) -> list[tuple[str, str]]:
    """(case id, treatment id) of `treatments.csv`; empty when the folder has none.

    Raises:
        UnreadableRecord: the columns are not `case_id` and `treatment_id`.
    """
    path = folder / "treatments.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    try:
        return [(row[_CASE], name) for row in rows for name in row[_TREATMENT].split(";") if name]
    except KeyError as error:
        raise UnreadableRecord(
            f"the column {error} is missing", where=str(path), expected=f"{_CASE}, {_TREATMENT}"
        ) from error


def offered(folder: Path, pairs: Sequence[tuple[str, str]], visit: str, form: str, as_of: str) -> Offered:
    """Each pair looked up in the consultation of its case."""
    found = [_helped(folder, case, name, visit, form, as_of) for case, name in pairs]
    right = sum(one.offered for one in found)
    low, high = wilson(right, len(found))
    return Offered(right, len(found), low, high, tuple(one for one in found if not one.offered))


def _helped(folder: Path, case: str, name: str, visit: str, form: str, as_of: str) -> Helped:
    done = consult(record_path(folder, case, visit, form), as_of, "case_series")
    option = next((one for one in done.treatments if one.id == name), None)
    if option is None:
        return Helped(case, name, "unknown treatment", ())
    forbids = [guard.text for guard in option.contraindications if guard.verdict == "met"]
    return Helped(case, name, option.status, tuple([*forbids, *option.would_fit][:3]))
