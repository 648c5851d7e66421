"""What a file is, told from its content alone, and its text; what is no record is refused by name."""

from __future__ import annotations

import gzip
import io
import zlib

from calcinosis.errors import UnreadableRecord

LARGEST = 64 * 1024 * 1024
ACCEPTED = "a FHIR R4 Bundle or NDJSON, a Phenopacket v2, a case file in YAML, or a note in plain text"
_MAGIC = (
    (0, b"%PDF-", "a PDF"),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF8", "a GIF image"),
    (0, b"BM", "a BMP image"),
    (0, b"II*\x00", "a TIFF image"),
    (0, b"MM\x00*", "a TIFF image"),
    (8, b"WEBP", "a WebP image"),
    (4, b"ftyp", "an image or film"),
    (128, b"DICM", "a DICOM file"),
    (0, b"\x00\x00\x00\x0cjP", "a JPEG 2000 image"),
    (0, b"\x5c\x01\x00\x00", "a NIfTI image"),
    (0, b"\xd0\xcf\x11\xe0", "an Office document"),
    (0, b"{\\rtf", "an RTF document"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ", "an xz archive"),
    (0, b"7z\xbc\xaf", "a 7-Zip archive"),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"SQLite format 3", "an SQLite database"),
    (0, b"PAR1", "a Parquet table"),
    (0, b"\x7fELF", "a program"),
    (0, b"MSH|", "an HL7 v2 message"),
    (0, b"\x0bMSH|", "an HL7 v2 message"),
    (0, b"FHS|", "an HL7 v2 file"),
    (0, b"BHS|", "an HL7 v2 batch"),
)
_OFFICE = (b"word/", b"xl/", b"ppt/", b"[Content_Types].xml", b"mimetypeapplication/vnd.oasis")
_TEXT_CONTROLS = frozenset(b"\t\n\r\f\v\x1b\x1c\x1d\x1e\x1f\x85")
_BLANK = b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"
_REMEDIES = {
    "a PDF": "Copy its text into a plain text file.",
    "a DICOM file": "For images use: calcinosis measure.",
    "an HL7 v2 message": "Export the patient as a FHIR R4 Bundle.",
    "an HL7 CDA document": "Export the patient as a FHIR R4 Bundle.",
    "FHIR in XML": "Export it as JSON.",
    "a zip archive": "Unpack it and give the record in it.",
}


def decoded(raw: bytes, where: str = "") -> str:
    """The text of a record's bytes: gzip unpacked, decoded by its byte order mark, else UTF-8 or Latin-1.

    Raises:
        UnreadableRecord: too large, empty, or no record; the message names what it is.
    """
    if len(raw) > LARGEST:
        raise too_large(where)
    if raw[:2] == b"\x1f\x8b":
        raw = _unpacked(raw, where)
    if not raw[:4096].strip(_BLANK) and not raw.strip(_BLANK):
        raise UnreadableRecord("the record is empty", where=where, expected=ACCEPTED)
    if name := _name(raw):
        raise _refused(name, where)
    text = _text(raw)
    head = text[:4096].lstrip()
    if name := _markup(head):
        raise _refused(name, where)
    if "\0" in text or _controls(head) > 0.1:
        raise _refused("a binary file", where)
    if text.isspace() or not text:
        raise UnreadableRecord("the record is empty", where=where, expected=ACCEPTED)
    return text


def too_large(where: str = "") -> UnreadableRecord:
    """The error for a record that is larger than one patient's."""
    return UnreadableRecord(
        f"the record is larger than {LARGEST // 1024**2} MiB",
        where=where,
        expected="one patient",
        remedy="For many patients use: calcinosis screen.",
    )


def _refused(name: str, where: str) -> UnreadableRecord:
    return UnreadableRecord(f"this is {name}", where=where, expected=ACCEPTED, remedy=_REMEDIES.get(name, ""))


def _unpacked(raw: bytes, where: str) -> bytes:
    """The content of a gzip file, never more than the largest record."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
            found = packed.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableRecord("the gzip file is damaged", where=where, expected=ACCEPTED) from error
    if len(found) > LARGEST:
        raise too_large(where)
    return found


def _name(raw: bytes) -> str:
    """What a file is by its first bytes; empty when they are no known mark."""
    if raw[:2] == b"\x1f\x8b":
        return "a gzip file inside a gzip file"
    if raw[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        office = any(part in raw[:4096] for part in _OFFICE)
        return "an Office document" if office else "a zip archive"
    for offset, mark, name in _MAGIC:
        if raw[offset : offset + len(mark)] == mark and (offset or len(mark) > 2 or b"\0" in raw[:32]):
            return name
    return "a PDF" if b"%PDF-" in raw[:1024] else ""


def _text(raw: bytes) -> str:
    if raw[:4] in (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff"):
        return raw.decode("utf-32", "replace")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _markup(head: str) -> str:
    """Which markup a text is; empty when it does not begin as one."""
    lower = head.casefold()
    if lower.startswith(("msh|", "fhs|", "bhs|")):
        return "an HL7 v2 message"
    if not lower.startswith("<") or lower[1:2] not in "?!abcdefghijklmnopqrstuvwxyz":
        return ""
    if "clinicaldocument" in lower or "urn:hl7-org:v3" in lower:
        return "an HL7 CDA document"
    if "http://hl7.org/fhir" in lower:
        return "FHIR in XML"
    if lower.startswith(("<!doctype html", "<html")) or "<html" in lower:
        return "an HTML page"
    return "XML" if lower.startswith("<?xml") or "xmlns" in lower else ""


def _controls(head: str) -> float:
    marks = sum(1 for mark in head if mark < " " and ord(mark) not in _TEXT_CONTROLS)
    return marks / max(len(head), 1)
