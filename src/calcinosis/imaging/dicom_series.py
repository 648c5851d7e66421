"""From DICOM files to the series they belong to: which there are, which one is meant, is it whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from calcinosis.errors import UnknownName, UnreadableRecord
from calcinosis.imaging.dicom_files import CT_CLASSIC, CT_ENHANCED, Found, Instance

_UIDS = ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID")


@dataclass(frozen=True, slots=True)
class Series:
    """One series of a folder.

    Attributes:
        uid: series instance UID; generated when the files have none.
        refused: why it cannot be measured, empty when it can be tried.
        repairs: what was repaired, in plain words.
    """

    uid: str
    modality: str
    description: str
    instances: tuple[Instance, ...]
    enhanced: bool = False
    refused: str = ""
    repairs: tuple[str, ...] = ()

    @property
    def frames(self) -> int:
        """Number of images in all files."""
        return sum(int(one.header.get("NumberOfFrames") or 1) for one in self.instances)

    def line(self) -> str:
        """One line for a list: UID, modality, number of images, description."""
        tail = f" (not usable: {self.refused})" if self.refused else ""
        return f"{self.uid}  {self.modality or '?'}  {self.frames} images  {self.description}{tail}".rstrip()


def series_of(found: Found) -> tuple[Series, ...]:
    """Group the instances by series, largest first."""
    groups: dict[str, list[Instance]] = {}
    for one in found.instances:
        groups.setdefault(_key(one.header), []).append(one)
    every = [_series(key, members) for key, members in groups.items()]
    return tuple(sorted(every, key=lambda one: (bool(one.refused), -one.frames, one.uid)))


def _key(header: Any) -> str:
    """The series UID, or without one what tells series apart."""
    uid = _text(header, "SeriesInstanceUID")
    names = ("StudyInstanceUID", "PatientID", "Modality", "SeriesNumber", "Rows", "Columns")
    return uid or "blank:" + "|".join(_text(header, name) for name in names)


def _text(header: Any, name: str) -> str:
    return str(header.get(name) or "").strip()


def _series(key: str, members: list[Instance]) -> Series:
    header = members[0].header
    kinds = {_text(one.header, "SOPClassUID") for one in members}
    modalities = {_text(one.header, "Modality") for one in members}
    series = Series(
        uid=key,
        modality="/".join(sorted(modalities)),
        description=_text(header, "SeriesDescription") or _text(header, "ProtocolName"),
        instances=tuple(members),
        enhanced=bool(kinds & set(CT_ENHANCED)),
        refused=_refusal(kinds, modalities, members),
    )
    return _with_uids(series)


def _refusal(kinds: set[str], modalities: set[str], members: Sequence[Instance]) -> str:
    if modalities != {"CT"}:
        named = "/".join(sorted(modalities - {""})) or "not stated"
        return f"modality {named}, not CT"
    if kinds - {CT_CLASSIC, *CT_ENHANCED, ""}:
        return "not CT images (a secondary capture, a dose report or the like)"
    if not any("Rows" in one.header for one in members):
        return "no images"
    return ""


def _with_uids(series: Series) -> Series:
    """Fill blank UIDs by ones computed from the content: the same files give the same UIDs."""
    blank = [name for name in _UIDS if any(not _text(i.header, name) for i in series.instances)]
    untyped = any(not _text(i.header, "SOPClassUID") for i in series.instances)
    if series.refused or (not blank and not untyped):
        return series
    for position, one in enumerate(series.instances):
        _fill(one.header, series, position)
    said = [f"blank {name} replaced by a generated one" for name in blank]
    said += ["blank SOPClassUID taken as CT Image Storage"] * untyped
    uid = _text(series.instances[0].header, "SeriesInstanceUID")
    return replace(series, uid=uid, repairs=(*series.repairs, *said))


def _fill(header: Any, series: Series, position: int) -> None:
    from pydicom.uid import UID

    mine = [_text(header, "ImagePositionPatient"), _text(header, "InstanceNumber"), str(position)]
    parts = {name: [series.uid, name] for name in _UIDS}
    parts["SOPInstanceUID"] += mine
    for name, entropy in parts.items():
        if not _text(header, name):
            setattr(header, name, UID(stable_uid(entropy)))
    if not _text(header, "SOPClassUID"):
        header.SOPClassUID = UID(CT_CLASSIC)


def stable_uid(parts: Iterable[str]) -> str:
    """A UID under 2.25 (a UUID as a decimal number) that depends on `parts` only.

    The root 2.25 needs no registration: ITU-T X.667, DICOM PS3.5 annex B.2.
    """
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def choose(found: Found, root: Path, wanted: str | None) -> Series:
    """The one series meant: the only usable CT, or the one named.

    Raises:
        UnreadableRecord: there is no usable CT series, or several and none is named.
        UnknownName: the one named is not there.
    """
    every = series_of(found)
    if wanted is not None:
        return _named(every, wanted, root)
    usable = [one for one in every if not one.refused]
    if len(usable) == 1:
        return usable[0]
    if not usable:
        raise _nothing(found, every, root)
    raise UnreadableRecord(
        f"{len(usable)} CT series in the folder:\n" + _listed(every) + "\n",
        where=str(root),
        remedy="Name one with --series UID.",
    )


def counted(number: int, noun: str) -> str:
    """A number with its noun: 1 file, 2 files."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _listed(every: Iterable[Series]) -> str:
    return "\n".join(f"  {one.line()}" for one in every)


def _named(every: Sequence[Series], wanted: str, root: Path) -> Series:
    chosen = [one for one in every if one.uid == wanted]
    if not chosen:
        listed = ":\n" + _listed(every) + "\n" if every else ""
        raise UnknownName(
            f"no series {wanted} in the folder" + listed,
            where=str(root),
            remedy="Name one with --series UID." if every else "",
        )
    if chosen[0].refused:
        raise _refused(chosen[0], root)
    return chosen[0]


def _refused(series: Series, root: Path) -> UnreadableRecord:
    return UnreadableRecord(
        f"series {series.uid} cannot be measured: {series.refused}",
        where=str(root),
        expected="a CT series in Hounsfield units",
    )


def _nothing(found: Found, every: Sequence[Series], root: Path) -> UnreadableRecord:
    where = str(root)
    if found.encrypted:
        return UnreadableRecord(
            f"{len(found.encrypted)} encrypted files and no readable CT series",
            where=where,
            remedy="Ask for a decrypted export.",
        )
    if found.broken:
        path, why = found.broken[0]
        return UnreadableRecord(why, where=str(path), remedy="Copy or export the series again.")
    if len(every) == 1:
        return _refused(every[0], root)
    listed = ":\n" + _listed(every) + "\n" if every else f" ({counted(found.other, 'file')} looked at)"
    return UnreadableRecord(
        "no CT series" + listed,
        where=where,
        expected="a folder of DICOM CT slices, an enhanced CT file, or a NIfTI file",
    )
