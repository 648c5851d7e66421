"""A folder of published cases: `expected.jsonl` and one record a case, visit and format.

Records are dated; `--as-of` of the consultation is the day that the folder's records carry.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from calcinosis.errors import UnreadableRecord

VISITS = ("first-visit", "worked-up")
FORMATS = {"fhir": ".json", "note": ".txt"}
UNDETERMINED = "undetermined"


class Expected(Struct, frozen=True):
    """What the authors of a case concluded; `subtype` and `diagnosis` list every accepted answer.

    `urgent` are red flags that must be raised, `urgent_forbidden` such as would be a plain false alarm.
    """

    id: str
    diagnosis: tuple[str, ...]
    subtype: tuple[str, ...] | None = None
    cause: str | None = None
    form: str | None = None
    describes_lesion: bool = False
    worked_up_adds: bool = False
    authors_diagnosis: str = ""
    citation: str = ""
    urgent: tuple[str, ...] = ()
    urgent_forbidden: tuple[str, ...] = ()


def expected_of(folder: Path) -> list[Expected]:
    """Every expected answer of the folder, in its order.

    Raises:
        UnreadableRecord: `expected.jsonl` is missing or malformed; the line is named.
    """
    path = folder / "expected.jsonl"
    if not path.is_file():
        raise UnreadableRecord(
            "there are no expected answers", where=str(path), expected="a folder with expected.jsonl"
        )
    return list(_rows(path))


def _rows(path: Path) -> Iterator[Expected]:
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if line.strip():
            try:
                yield msgspec.json.decode(line, type=Expected)
            except msgspec.DecodeError as error:
                raise UnreadableRecord(str(error), where=f"{path}:{number}") from error


def record_path(folder: Path, case: str, visit: str, form: str) -> Path:
    """Where a case's record stands."""
    return folder / f"{case}.{visit}{FORMATS[form]}"
