"""What a change does to answers is shown, grouped, explained, and never passed over."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import answer_changes  # noqa: E402
import captured_answers  # noqa: E402
import compare_answers  # noqa: E402

EXAMPLE = ROOT / "examples/systemic-sclerosis-overlap.json"


def held(**records: dict[str, Any]) -> dict[str, Any]:
    """A made-up capture of records that are answered."""
    answers = {name: {"answer": {"": "given"}} | areas for name, areas in records.items()}
    return {"layout": captured_answers.LAYOUT, "code": "made up", "records": answers}


def titles(before: dict[str, Any], after: dict[str, Any], **options: Any) -> list[str]:
    return [group.title for group in answer_changes.compared(before, after, **options).groups]


def diff(folder: Path, before: dict[str, Any], after: dict[str, Any], *options: str) -> int:
    """The exit status of the verb on two captures, which are written first."""
    for name, capture in (("before.json", before), ("after.json", after)):
        captured_answers.store(capture, folder / name)
    return compare_answers.main(["diff", str(folder / "before.json"), str(folder / "after.json"), *options])


def finding(status: str) -> dict[str, Any]:
    return {"finding": {"hypercalcaemia": status}}


def test_identical_captures_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    same = held(a=finding("present"), b=finding("absent"))
    assert diff(tmp_path, same, same) == 0
    assert capsys.readouterr().out == "identical: 2 of 2 records\n"


def test_a_changed_status_is_shown_once_with_every_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = held(a=finding("present"), b=finding("present"), c=finding("absent"))
    after = held(a=finding("unknown"), b=finding("unknown"), c=finding("absent"))
    assert diff(tmp_path, before, after) == 1
    printed = capsys.readouterr().out
    assert "identical: 1 of 3 records" in printed
    assert "| finding | 1 | 2 | 2 |" in printed
    assert "finding hypercalcaemia: present -> unknown in 2 records: a, b" in printed


def test_what_concerns_most_records_comes_first_and_the_rest_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = held(a={"finding": {"x": "present", "y": "present"}}, b={"finding": {"y": "present"}})
    after = held(a={"finding": {"x": "absent", "y": "absent"}}, b={"finding": {"y": "absent"}})
    diff(tmp_path, before, after, "--limit", "1", "--markdown", str(tmp_path / "report.md"))
    printed = capsys.readouterr().out
    assert printed.index("finding y") < printed.index("finding x")
    assert "finding y: present -> absent in 2 records: a, and 1 more" in printed
    assert printed.strip() in (tmp_path / "report.md").read_text()


def test_what_comes_and_goes_is_named() -> None:
    flag = {"calciphylaxis_suspected": "raised, same_day"}
    assert titles(held(a={"red flag": flag}), held(a={"red flag": {}})) == [
        "red flag calciphylaxis_suspected: raised, same_day -> unlisted"
    ]


@pytest.mark.parametrize(
    ("after", "expected"),
    [(0.5, []), (0.500001, []), (0.500003, ["rises"]), (0.4, ["falls"])],
)
def test_a_probability_moves_only_past_the_tolerance(after: float, expected: list[str]) -> None:
    before, moved = held(a={"differential": {"gout": 0.5}}), held(a={"differential": {"gout": after}})
    shown = titles(before, moved, slight=0)
    assert shown == [f"differential gout: {what}" for what in expected]


def test_a_wider_tolerance_hides_small_moves() -> None:
    before, after = held(a={"differential": {"gout": 0.5}}), held(a={"differential": {"gout": 0.505}})
    assert titles(before, after, tolerance=0.01) == []


def test_slight_moves_of_probability_are_one_change() -> None:
    before = held(a={"differential": {"gout": 0.5, "wart": 0.3, "cyst": 0.2}})
    after = held(a={"differential": {"gout": 0.496, "wart": 0.301, "cyst": 0.4}})
    rises, slight = answer_changes.compared(before, after).groups
    assert rises.title == "differential cyst: rises"
    assert slight.title == "differential: moves by less than 0.01"
    assert slight.changes[0].extent == "2 of them, most gout 0.5 -> 0.496"


def test_a_probability_is_shown_for_each_record_the_largest_move_first() -> None:
    before = held(a={"differential": {"gout": 0.5}}, b={"differential": {"gout": 0.5}})
    after = held(a={"differential": {"gout": 0.6}}, b={"differential": {"gout": 0.9}})
    (group,) = answer_changes.compared(before, after).groups
    assert [(one.record, one.extent) for one in group.changes] == [("b", "0.5 -> 0.9"), ("a", "0.5 -> 0.6")]


def test_a_dose_says_which_of_its_fields_moved() -> None:
    dose = {"low": 10.0, "high": 20.0, "unit": "mg", "text": "10-20 mg for 80 kg"}
    changed = dose | {"high": 15.0, "text": "10-15 mg for 80 kg"}
    (group,) = answer_changes.compared(held(a={"dose": {"d": dose}}), held(a={"dose": {"d": changed}})).groups
    assert group.title == "dose d: high falls; text changes"
    assert "high 20 -> 15" in group.changes[0].extent


def test_a_step_put_in_between_is_no_change_of_order() -> None:
    before = held(a={"order": {"next steps": ["x", "y"]}})
    assert titles(before, held(a={"order": {"next steps": ["x", "new", "y"]}})) == []
    assert titles(before, held(a={"order": {"next steps": ["y", "x"]}})) == ["order next steps: changes"]


def test_a_record_that_is_refused_shows_only_that() -> None:
    refused = {"answer": {"": "refused: UnreadableRecord: the JSON is no record"}}
    assert titles(held(a=finding("present")), held(a=refused)) == [
        "answer: given -> refused: UnreadableRecord: the JSON is no record"
    ]


def test_a_record_of_one_side_is_a_difference() -> None:
    assert titles(held(a=finding("present")), held()) == ["record: only in BEFORE"]


def test_other_content_that_changes_is_named_by_field_and_id() -> None:
    before = held(a={"detail": {"#subtypes": ["d", "m"], "subtypes.because": ["aa", "bb"]}})
    after = held(a={"detail": {"#subtypes": ["m", "d"], "subtypes.because": ["cc", "aa"]}})
    (group,) = answer_changes.compared(before, after).groups
    assert group.title == "detail subtypes.because: changes"
    assert group.changes[0].extent == "m"
    assert titles(before, after, without=["detail"]) == []


def test_reasons_stand_beside_their_groups_and_the_rest_come_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = held(a=finding("present") | {"form": {"cola": "listed"}})
    after = held(a=finding("absent") | {"form": {}})
    reasons = tmp_path / "reasons.yaml"
    reasons.write_text('"form cola: *": the form was merged\n"drug *": fits nothing\n')
    assert diff(tmp_path, before, after, "--reasons", str(reasons)) == 1
    printed = capsys.readouterr().out
    assert "form cola: listed -> unlisted in 1 record: a\n  - why: the form was merged" in printed
    assert printed.index("why:") < printed.index("## unexplained") < printed.index("finding hypercalcaemia")
    assert "## reasons that fit no group\n\n- drug *" in printed


def test_what_cannot_be_compared_is_said_with_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other.json").write_text("{}")
    assert compare_answers.main(["diff", str(tmp_path / "other.json"), str(tmp_path / "other.json")]) == 2
    assert "is no capture" in capsys.readouterr().err
    assert diff(tmp_path, held(), held(), "--reasons", str(tmp_path / "none.yaml")) == 2
    assert compare_answers.main(["capture", "--out", str(tmp_path / "x"), "--shared", str(tmp_path)]) == 2


@pytest.fixture(scope="module")
def captured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The example record, and a text that is none, captured."""
    folder = tmp_path_factory.mktemp("captured")
    (folder / "none.json").write_text('{"hook": "x", "hookInstance": "y"}')
    out = folder / "capture.json.gz"
    assert compare_answers.main(["capture", str(EXAMPLE), str(folder / "none.json"), "--out", str(out)]) == 0
    return {Path(name).name: answer for name, answer in captured_answers.stored(out)["records"].items()}


def test_a_capture_holds_what_was_concluded(captured: dict[str, Any]) -> None:
    answer = captured[EXAMPLE.name]
    assert answer["answer"] == {"": "given"}
    assert answer["first"]["subtype"] == "dystrophic"
    assert answer["subtype"]["dystrophic"]["rank"] == "1, provisional"
    assert answer["cause"]["dystrophic / systemic_sclerosis"] == "met"
    assert 0 < answer["differential"]["calcinosis_cutis"] <= 1
    areas = {area for area, items in answer.items() if items}
    assert areas >= {"finding", "measured", "red flag", "treatment", "check", "contraindication", "dose"}
    assert areas >= {"next step", "order", "caution", "drug", "detail", "mixed", "alternative dose", "action"}


def test_a_capture_holds_no_words_of_the_record(captured: dict[str, Any]) -> None:
    written = json.dumps(captured[EXAMPLE.name], ensure_ascii=False)
    assert "Scleroderma with calcification" in EXAMPLE.read_text(encoding="utf-8")
    assert "Scleroderma with calcification" not in written


def test_a_refusal_is_captured_without_its_path(captured: dict[str, Any]) -> None:
    (refusal,) = captured["none.json"].values()
    assert refusal[""].startswith("refused: UnreadableRecord: this is a CDS Hooks request")


def test_captured_twice_is_identical() -> None:
    source = captured_answers.Source("example", EXAMPLE)
    once, again = (captured_answers.capture([source], 1) for _ in range(2))
    assert answer_changes.compared(once, again).identical == 1


def test_a_contract_without_parts_is_kept_as_empty() -> None:
    answer = captured_answers.kept({"findings": [{"id": "fever", "status": "present"}]})
    assert answer["finding"] == {"fever": "present"}
    assert answer["dose"] == {}


def test_a_record_without_a_date_is_not_read_as_of_today(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text(
        "A 50-year-old woman has hard white lumps in the skin of the forearms."
    )
    undated = captured_answers.Source("note", tmp_path / "note.txt", None)
    _, answer = captured_answers.answered(undated)
    assert answer["patient"]["as_of"] == captured_answers.UNDATED


def test_every_kind_of_shared_material_is_taken(shared: Path) -> None:
    names = [source.name for source in captured_answers.sources_in(shared)]
    assert len(names) == len(set(names))
    folders = {"/".join(name.split("/")[:-1]) for name in names}
    assert folders >= {"cases", "letters", "records", "scenarios", "data/synthea_r4_bundles_40"}
    assert {Path(name).suffix for name in names if name.startswith("records/R")} >= {
        ".json",
        ".py",
        ".txt",
        ".tsv",
    }
