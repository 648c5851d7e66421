"""The report on paper: accessible, the same bytes everywhere, one page or two."""

from __future__ import annotations

import contextlib
import hashlib
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from calcinosis import Consultation, consult
from calcinosis.cli import cli
from calcinosis.errors import MissingExtra
from calcinosis.knowledge import Knowledge
from calcinosis.presentation import leaflet
from calcinosis.presentation.report import typesetting
from calcinosis.presentation.report.clinician import INTENDED_USE, content, report

pytest.importorskip("typst")
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
RECORDS = sorted(path.name for path in EXAMPLES.iterdir() if path.suffix not in (".md", ".csv"))


@pytest.fixture(params=RECORDS)
def consultation(request: pytest.FixtureRequest, knowledge: Knowledge) -> Consultation:
    return consult(EXAMPLES / request.param, "2026-01-01", knowledge=knowledge)


def opened(pdf: bytes) -> bytes:
    """The file with what it holds compressed laid open behind it."""
    held = pdf
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        with contextlib.suppress(zlib.error):
            held += zlib.decompress(found[1])
    return held


def pages(pdf: bytes) -> int:
    return max(
        int(count) for count in re.findall(rb"/Type\s*/Pages.*?/Count\s+(\d+)", opened(pdf), re.DOTALL)
    )


def test_it_takes_at_most_two_pages_and_is_tagged(consultation: Consultation) -> None:
    made = report(consultation, "record")
    assert 1 <= pages(made) <= 2
    assert b"/MarkInfo" in made
    assert b"pdfuaid" in made


def test_what_is_urgent_stands_on_it_or_that_nothing_is(consultation: Consultation) -> None:
    held = content(consultation, "record")
    assert [flag["name"] for flag in held["urgent"]] == [flag.name for flag in consultation.urgent]
    assert held["unchecked"].startswith(f"{len(consultation.urgent)} of ")


def test_every_option_stands_on_it(consultation: Consultation) -> None:
    held = content(consultation, "record")
    offered = [one.name for one in consultation.treatments if one.status in ("suitable", "consider")]
    assert [one["name"] for one in held["options"]] + held["more"] == offered
    avoided = [one.name for one in consultation.treatments if one.status == "avoid"]
    assert [one["name"] for one in held["avoid"]] == avoided
    assert all(one["why"] for one in held["avoid"])


def test_every_number_cited_is_listed(consultation: Consultation) -> None:
    held = content(consultation, "record")
    texts = [one["cite"] for part in ("urgent", "subtypes", "steps", "options") for one in held[part]]
    cited = {int(number) for text in texts for number in re.findall(r"\d+", text.partition("]")[0])}
    assert cited == set(range(1, len(held["sources"]) + 1))


def test_the_foot_says_version_knowledge_record_and_use(consultation: Consultation) -> None:
    foot = content(consultation, "record", "ab" * 32)["footer"]
    assert consultation.knowledge.digest[7:19] in foot
    assert "abababababab" in foot
    assert INTENDED_USE in foot


def test_text_of_a_record_is_never_executed(consultation: Consultation) -> None:
    assert report(consultation, '#panic("no") *b* $x$ = h').startswith(b"%PDF")


PROGRAM = """
import hashlib, sys
from calcinosis import consult
from calcinosis.presentation import leaflet
from calcinosis.presentation.report.clinician import report
from pathlib import Path
held = consult(Path(sys.argv[1]), "2026-01-01")
print(hashlib.sha256(report(held, "record") + leaflet.pdf(held)).hexdigest())
"""


def test_the_same_bytes_in_another_process(knowledge: Knowledge) -> None:
    record = EXAMPLES / "systemic-sclerosis-overlap.json"
    held = consult(record, "2026-01-01", knowledge=knowledge)
    here = hashlib.sha256(report(held, "record") + leaflet.pdf(held)).hexdigest()
    there = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(record)],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin", "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "HOME": "/nowhere"},
    ).stdout.strip()
    assert there == here


def test_only_fonts_of_the_library_are_used(knowledge: Knowledge) -> None:
    held = consult(EXAMPLES / "systemic-sclerosis-overlap.json", "2026-01-01", knowledge=knowledge)
    made = opened(report(held, "record")) + opened(leaflet.pdf(held))
    fonts = {name.decode() for name in re.findall(rb"/FontName\s*/[A-Z]{6}\+([A-Za-z]+)", made)}
    assert fonts
    assert all(name.startswith(("Libertinus", "NewCM", "DejaVuSansMono")) for name in fonts), fonts


def test_without_the_library_it_says_which_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(MissingExtra, match=r"calcinosis\[report\]"):
        typesetting.png("<svg xmlns='http://www.w3.org/2000/svg'/>")


def test_the_verb_writes_the_file(tmp_path: Path) -> None:
    target = tmp_path / "report.pdf"
    record = str(EXAMPLES / "dialysis-calciphylaxis.txt")
    done = CliRunner().invoke(cli, ["report", record, "--pdf", str(target), "--as-of", "2026-01-01"])
    assert done.exit_code == 0
    assert target.read_bytes().startswith(b"%PDF")


def test_a_missing_record_or_folder_and_a_wrong_date_are_told(tmp_path: Path) -> None:
    target = str(tmp_path / "x.pdf")
    assert "no such file" in str(
        CliRunner().invoke(cli, ["report", "nothing.json", "--pdf", target]).exception
    )
    assert "is a folder" in str(CliRunner().invoke(cli, ["report", str(tmp_path), "--pdf", target]).exception)
    record = str(EXAMPLES / "dialysis-calciphylaxis.txt")
    wrong = CliRunner().invoke(cli, ["report", record, "--pdf", target, "--as-of", "tomorrow"])
    assert wrong.exit_code == 2
    unwritable = CliRunner().invoke(cli, ["report", record, "--pdf", str(tmp_path / "no" / "x.pdf")])
    assert unwritable.exit_code == 2
    assert "cannot be written" in unwritable.output
