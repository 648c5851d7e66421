"""The type of a file is decided by its content; what is no record is refused by name."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path

import pytest

from calcinosis.errors import UnreadableRecord
from calcinosis.records import detection

from .vocabulary import bundle, said

REFUSED = {
    "a PDF": b"%PDF-1.7\n%\xe2\xe3",
    "a PNG image": b"\x89PNG\r\n\x1a\n\x00\x00",
    "a JPEG image": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "a DICOM file": b"\x00" * 128 + b"DICM\x02\x00",
    "an HL7 v2 message": b"MSH|^~\\&|LAB|HOSP|||20260101||ORU^R01|1|P|2.5\rPID|1\r",
    "an HL7 CDA document": b'<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>',
    "FHIR in XML": b'<Bundle xmlns="http://hl7.org/fhir"><entry/></Bundle>',
    "XML": b'<?xml version="1.0"?><records/>',
    "an HTML page": b"<!DOCTYPE html><html><p>lupus</p></html>",
    "an RTF document": b"{\\rtf1\\ansi lupus}",
    "an Office document": b"PK\x03\x04" + b"\x00" * 26 + b"word/document.xml",
    "a zip archive": b"PK\x03\x04" + b"\x00" * 26 + b"notes.txt",
    "a binary file": bytes(range(32)) * 20,
    "a gzip file inside a gzip file": gzip.compress(gzip.compress(b"lupus")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_record_is_refused_by_its_name_and_with_what_is_accepted(name, reading):
    with pytest.raises(UnreadableRecord, match=f"this is {name}") as caught:
        reading(REFUSED[name])
    assert "FHIR R4" in str(caught.value)
    assert "note" in str(caught.value)


@pytest.mark.parametrize("nothing", [b"", b" \n\t", b"\xef\xbb\xbf", b"\xff\xfe", "", gzip.compress(b"")])
def test_an_empty_record_says_that_it_is_empty(nothing, reading):
    with pytest.raises(UnreadableRecord, match="empty"):
        reading(nothing)


def test_nul_bytes_are_refused(reading):
    with pytest.raises(UnreadableRecord, match="binary"):
        reading(b"lupus\x00lupus and a long text after it")


def test_a_name_decides_nothing(tmp_path: Path, reading):
    path = tmp_path / "note.json"
    path.write_text("No diabetes. Lupus since 2010.")
    assert reading(path).format == "note"
    path = tmp_path / "bundle.txt"
    path.write_text(json.dumps(bundle()))
    assert reading(path).format == "fhir"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1", "utf-32"])
def test_a_note_is_read_in_any_common_encoding(encoding, reading):
    raw = "Naïve patient with lupus, café au lait.".encode(encoding)
    if encoding == "utf-16-le":
        raw = b"\xff\xfe" + raw
    assert said(reading(raw)) == {("lupus", "affirmed")}


def test_gzip_is_unpacked_and_its_content_decides(reading):
    assert reading(gzip.compress(json.dumps(bundle()).encode())).format == "fhir"


def test_a_gzip_bomb_stops_at_the_limit(reading):
    bomb = gzip.compress(b" " * (detection.LARGEST + 10))
    with pytest.raises(UnreadableRecord, match="larger than 64 MiB"):
        reading(bomb)


def test_a_damaged_gzip_says_so(reading):
    with pytest.raises(UnreadableRecord, match="damaged"):
        reading(gzip.compress(b"lupus" * 100)[:-12])


def test_a_record_larger_than_a_patient_is_refused(reading):
    with pytest.raises(UnreadableRecord, match="larger than 64 MiB"):
        reading(b"a" * (detection.LARGEST + 1))


@pytest.mark.parametrize("name", ["record.json", "nowhere/record.txt"])
def test_a_string_written_as_a_file_name_that_is_missing_says_so(name, reading):
    with pytest.raises(UnreadableRecord, match="no such file"):
        reading(name)


def test_a_folder_is_no_record(tmp_path: Path, reading):
    with pytest.raises(UnreadableRecord, match="not a file"):
        reading(tmp_path)


def test_a_sentence_is_a_note(reading):
    assert reading("54-year-old woman with lupus").patient.sex == "female"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('{"resourceType": "Bundle", "entry": [', "truncated"),
        ('{\n"resourceType":\n oops}', "line 3"),
        ("[1, 2]", "not an object"),
        ('{"a": 1}', "no record"),
        ("[" * 5_000, "nested too deeply"),
        ('{"calcinosis": {}, "subtypes": []}', "a result of calcinosis"),
        ('{"hook": "patient-view", "hookInstance": "x"}', "CDS Hooks"),
    ],
)
def test_json_that_is_no_record_gives_one_message_with_the_place(written, expected, reading):
    with pytest.raises(UnreadableRecord, match=expected):
        reading(written)


def test_an_object_that_holds_itself_ends(reading):
    endless: dict = {"resourceType": "Bundle"}
    endless["entry"] = [{"resource": endless}]
    with pytest.raises(UnreadableRecord, match="nested too deeply"):
        reading(endless)


def test_an_unreadable_type_is_refused(reading):
    with pytest.raises(UnreadableRecord, match="int"):
        reading(3)


def test_no_patient_value_stands_in_a_message(reading):
    secret = base64.b64encode(b"Jane Roe").decode()
    with pytest.raises(UnreadableRecord) as caught:
        reading('{"resourceType": "Bundle", "entry": "' + secret + '"')
    assert secret not in str(caught.value)
