"""A line break that only the width of the page made ends nothing; one that means something ends a statement."""

from __future__ import annotations

import textwrap

import pytest
from said_in import says

from calcinosis.knowledge import load
from calcinosis.language import cleaned, read_text

LETTER = (
    "This 61-year-old woman has had hard lumps over both elbows for six years. She has never had Raynaud "
    "phenomenon, skin ulcers, dysphagia or weight loss, and there is no family history of connective tissue "
    "disease. She takes no warfarin, no vitamin D and no calcium. On examination there was no livedo, no necrosis "
    "and no telangiectasia. Calcium was 2.31 mmol/L."
)


@pytest.mark.parametrize("width", [50, 60, 66, 72, 76, 80, 100])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_denial_goes_on_where_the_page_ended(width, end):
    says(
        end.join(textwrap.wrap(LETTER, width)),
        raynaud="absent",
        ulceration="absent",
        weight_loss="absent",
        livedo="absent",
        necrosis_eschar="absent",
        drug_vitamin_k_antagonist="absent",
        site_elbow="present",
    )


@pytest.mark.parametrize(
    "note",
    [
        # Too few or too uneven lines to tell a width: the sentence is unfinished.
        "There is no evidence of\nlivedo, ulceration or\nnecrosis.",
        "Skin: no livedo,\nulceration or necrosis.",
        "She has been entirely free of any livedo and of\nulceration, and of necrosis too.",
        "No livedo and no\nulceration. No\nnecrosis.",
        "- no livedo, no\n  ulceration, no\n  necrosis\n- well",
        "No livedo\nor ulceration\nor necrosis.",
        "| Skin | no livedo, no ulceration, no\nnecrosis |",
    ],
)
def test_an_unfinished_line_goes_on(note):
    says(note, livedo="absent", ulceration="absent", necrosis_eschar="absent")


@pytest.mark.parametrize(
    "note",
    [
        # What stands on a line of its own is a statement of its own.
        "No fever\nUlcer on left leg",
        "no fever\nno rash\nulcer on left leg",
        "PMH: nil\nFever - no\nUlcer L leg",
        "- no fever\n- ulcer L leg",
        "1. No fever\n2. Ulcer L leg",
        "No fever, no rash, no weight loss and no joint pain whatever.\nUlcer on left leg",
        "Fever: no\nUlcer: left leg, 3 cm",
        # Lines of one length are no page.
        "no fever, no weight loss, no night sweats, no cough\nulcer L leg since June, getting bigger every week\npain",
        "No fever, no weight loss, no night sweats, no cough\nUlcer L leg since June, getting bigger every week\nPain",
        "No fever\n\nulcer on left leg",
        "No fever\tnil else\nulcer on left leg",
    ],
)
def test_a_line_of_its_own_is_not_denied(note):
    says(note, fever="absent", ulceration="present")


def rewrapped(letter, *widths):
    for width in widths:
        letter = "\n".join(part for line in letter.split("\n") for part in textwrap.wrap(line, width))
    return letter


@pytest.mark.parametrize("widths", [(78, 60), (72, 50), (100, 76, 60)])
def test_a_letter_set_in_one_width_and_then_in_another(widths):
    says(
        rewrapped(LETTER, *widths),
        raynaud="absent",
        weight_loss="absent",
        livedo="absent",
        site_elbow="present",
    )


def test_a_double_spaced_letter_is_a_letter():
    says("\n\n".join(textwrap.wrap(LETTER, 60)), raynaud="absent", livedo="absent", necrosis_eschar="absent")


def test_a_line_that_ends_in_a_bracket_is_done_where_a_capital_follows():
    letter = (
        "\n".join(textwrap.wrap(LETTER, 60))
        + "\nNo fever, no weight loss whatever (asked for specifically)\nDialysis since May."
    )
    says(letter, dialysis="present")


def test_a_dash_that_the_page_moved_to_the_next_line_begins_no_list():
    note = (
        "Seen with her husband. She has many hard nodules that discharge chalk\n"
        "- extensor forearms and knees, around the ankles, and she denies any fever or\n"
        "ulcers. The nodules have been there for ten years and were never treated by any\n"
        "doctor."
    )
    says(note, fever="absent", ulceration="absent", lesion_nodule="present")


def test_a_word_divided_at_its_hyphen_is_one_word():
    assert (
        "non-tender"
        in cleaned("The nodules over both of her elbows were hard and non-\ntender.", load()).text
    )


@pytest.mark.parametrize(
    "note",
    [
        "There is no history of\nsystemic sclerosis.",
        "There is no history of\r\n  systemic sclerosis.",
        "No\thistory  of\n\tsystemic sclerosis.",
        "<p>No history of</p> **systemic sclerosis**.",
        "Zn\u00e9 \u2011 no history of\u00a0systemic\nsclerosis\u200b.",
    ],
)
def test_places_are_those_of_the_text_as_given(note):
    seen, _ = read_text(note, knowledge=load(), source="note")
    (place,) = {item.source for item in seen if item.codes[0].code == "systemic_sclerosis"}
    start, end = map(int, place.removeprefix("note:").split("-"))
    assert note[start:end].split() == ["systemic", "sclerosis"]


def test_a_lone_age_at_the_start_of_a_wrapped_line_is_no_second_patient():
    from calcinosis import consult

    letter = (
        "This 34-year-old man has had painless lumps on the scrotum for many years. His mother is\n"
        "a 60-year-old woman with diabetes and his only brother, who is now 31 years old, is well\n"
        "and has no lumps of any sort. He is otherwise well and takes nothing."
    )
    assert consult(letter, "2026-01-01").patient.age_years == 34
