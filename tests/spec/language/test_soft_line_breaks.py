"""A line break that only the width of the page made ends nothing; one that means something ends a statement."""

from __future__ import annotations

import textwrap

import pytest
from said_in import says

from calcinosis.knowledge import load
from calcinosis.language import cleaned, read_text
from calcinosis.language.document import document

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


def lines_of(note):
    return [line for line in cleaned(note, load()).text.split("\n") if line]


# Sixty columns, so that the width is known.
PAGE = (
    "\n".join(
        textwrap.wrap(
            "She was seen today with her daughter, and the story is as she told it before: " * 3, 60
        )
    )
    + "\n"
)


@pytest.mark.parametrize(
    "rest",
    [
        # A bracket that is open closes on the line below, whatever that begins with.
        "Off warfarin, which she took until 2021 (was for a clot\n- now apixaban)",
        "Calcified old haematoma of the left shin (an old injury,\nUlcer never)",
        # The first word of a clause ends no line, also where a name or a short heading is next.
        "There was a full review of all the other systems: no\nRaynaud phenomenon, no weight loss",
        "Well in herself and no complaints to tell of today. No\nFHx of anything of this sort",
        # The last value of a row, the box or the answer of its last question.
        "HCO3 mmol/L          22       21       22\n22-29",
        "Pain at rest [ ]    Malodour [ ]    Cellulitis [ ]    Bone\n[ ]",
        "Base: sloughy [x]   necrotic [\n]",
        "Check:  anticoag N   aspirin N   latex N   diabetic\nN   pacemaker N",
        # Bars between words part them like commas.
        "Cr 0.8 | Ca 9.6 (alb 2.8) | Phos 3.7 | PTH 44 | ALP 101 | WBC\n10.4 | ESR 61",
        # A number at the end of a sentence begins no item.
        "right leg ulcer since april, on the medial side, was 3.5 by\n2. It was larger before",
        "2. Calcified old haematoma / calcification of the left shin\n- longstanding, incidental",
        "* Calcium ran into the back of the right hand in the night\n- the line was found at five, it had leaked",
        # How often a drug is taken belongs to the drug.
        "Takes calcium carbonate 500 mg\ntds with meals",
    ],
)
def test_the_rest_of_a_line_is_no_line_of_its_own(rest):
    above = rest.split("\n")[0]
    assert len([line for line in lines_of(PAGE + "\n" + rest) if line.startswith(above[:12])]) == 1
    assert len(lines_of(PAGE + "\n" + rest)) == 2


@pytest.mark.parametrize(
    "lines",
    [
        # Items, counted with a point or without.
        [
            "1 Stop all calcium",
            "2 IV saline, catheter",
            "3 Consider pamidronate if the calcium stays above 3 later on",
            "4 Renal",
        ],
        ["1. Calcified haematoma", "2. Ulcer", "- swab", "- dressing"],
        # A bracket that nobody closed holds nothing, and no letter of an item closes one.
        ["Ulcer (left leg, since the spring of 2019", "Fever", "No rash"],
        ["Off (was for a clot", "a) apixaban now", "b) no aspirin"],
        # Rows of as many cells, lines of boxes, questions with their answers.
        [
            "Test | Result | Normal range of that laboratory as printed",
            "Calcium | 2.31 | 2.2-2.6",
            "PTH | 5.2 | 1.6-6.9",
        ],
        ["[ ] Fever", "[x] Ulcer of the leg, which has been there for some weeks", "[ ] Rash"],
        ["Fever: no", "Raynaud phenomenon: yes", "Ulcer: no"],
        ["Fever [ ]", "Ulcer [x]", "Rash [ ]"],
        # A short form that heads a section begins one.
        ["Nothing to suggest leprosy in her or in anybody. FHx neg.", "O/E many papules"],
    ],
)
def test_a_line_that_begins_something_is_kept(lines):
    assert lines_of(PAGE + "\n" + "\n".join(lines))[1:] == lines


def test_letters_in_capitals_are_wrapped_like_others():
    note = "\n".join(textwrap.wrap(LETTER.upper(), 66))
    says(note, raynaud="absent", ulceration="absent", livedo="absent", site_elbow="present")


def test_two_sentences_in_capitals_are_no_heading():
    note = "BID - ON HOLD. CT CHEST - NOT DONE.\nNo ulcers."
    assert "BID - ON HOLD. CT CHEST - NOT DONE" not in {part.heading for part in document(note, load()).parts}
