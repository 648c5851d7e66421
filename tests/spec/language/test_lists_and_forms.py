"""Lists that are denied as a whole, check boxes, questions with answers, rows and columns of Yes and No."""

from __future__ import annotations

import pytest
from said_in import says


@pytest.mark.parametrize(
    "note",
    [
        "Denies:\n- fever\n- Raynaud phenomenon\n- skin ulcers",
        "Denies:\n\nfever\nRaynaud phenomenon\nskin ulcers",
        "She denies the following:\n* fever\n* Raynaud phenomenon\n* skin ulcers",
        "Negative for:\n1. fever\n2. Raynaud phenomenon\n3. skin ulcers",
        "PERTINENT NEGATIVES\nfever\nRaynaud phenomenon\nskin ulcers",
        "Negatives: fever; Raynaud phenomenon; skin ulcers.",
        "Denies: fever; Raynaud phenomenon; skin ulcers",
        "There is no:\n- fever\n- Raynaud phenomenon\n- skin ulcers",
        "ROS\nNegative for: fever; unwonted glorping; Raynaud phenomenon; skin ulcers",
        "Denies:\nfever or chills at any time in the last two weeks\nRaynaud phenomenon\nskin ulcers",
        "No history of any of the following:\n- fever\n\n- Raynaud phenomenon\n\n- skin ulcers",
    ],
)
def test_a_denial_at_the_head_denies_the_list(note):
    says(note, fever="absent", raynaud="absent", ulceration="absent")


@pytest.mark.parametrize(
    "note",
    [
        "Denies:\n- fever\n\nRaynaud phenomenon since 2010.",
        "Denies:\n- fever\nPositive for:\n- Raynaud phenomenon",
        "Denies: fever; has Raynaud phenomenon",
        "Negative for: fever. Raynaud phenomenon.",
        "Denies:\nfever\n\nEXAMINATION\nRaynaud phenomenon",
        "Denies:\n- fever\n- but has Raynaud phenomenon",
        "Denies:\n- fever: no\n- Raynaud phenomenon: yes",
    ],
)
def test_the_denial_ends_with_the_list_or_where_it_affirms(note):
    says(note, fever="absent", raynaud="present")


@pytest.mark.parametrize(
    "note",
    [
        "Raynaud: Y\nDermatomyositis: N\nUlcers: -",
        "Raynaud: yes, dermatomyositis: no, ulcers: no",
        "Raynaud: yes; dermatomyositis: no; ulcers: nil",
        "Raynaud Y, dermatomyositis N, ulcers N",
        "Raynaud +, dermatomyositis -, ulcers -",
        "Raynaud (+), dermatomyositis (-), ulcers (-)",
        "Raynaud (yes), dermatomyositis (no), ulcers (no)",
        "Raynaud? Yes\nDermatomyositis? No\nUlcers? No",
        "Any history of Raynaud? Y\nAny history of dermatomyositis? N\nUlcers? - no",
        "Raynaud - yes\nDermatomyositis - no\nUlcers - none",
        "Raynaud ..... Y".replace(" .....", ":") + "\nDermatomyositis = N\nUlcers = N",
        "- Dermatomyositis: *no*\n- Raynaud: **yes**\n- Ulcers: _no_",
        "Raynaud\tYes\nDermatomyositis\tNo\nUlcers\tNo",
        "| Raynaud | Yes |\n|---|---|\n| Dermatomyositis | No |\n| Ulcers | No |",
        "Sign | Yes | No\nRaynaud | x |\nDermatomyositis | | x\nUlcers | | x",
        "Sign\tYes\tNo\nRaynaud\tX\t\nDermatomyositis\t\tX\nUlcers\t\tX",
        "Raynaud      yes\nDermatomyositis      no\nUlcers      no",
        "Raynaud: [x] yes [ ] no\nDermatomyositis: [ ] yes [x] no\nUlcers: [ ] yes [x] no",
        "[Y] Raynaud [N] dermatomyositis [N] ulcers",
        "Raynaud Y   dermatomyositis N   ulcers N",
        "Raynaud Y, dermatomyositis nil, ulcers none.",
        "Raynaud? \u2612 Yes \u2610 No\nDermatomyositis? \u2610 Yes \u2612 No\nUlcers? \u2610 Yes \u2612 No",
        "Raynaud: Yes \u2612 No \u2610\nDermatomyositis: Yes \u2610 No \u2612\nUlcers: Yes \u2610 No \u2612",
        "Raynaud?\n[x] Yes [ ] No\nDermatomyositis?\n[ ] Yes [x] No\nUlcers?\n[ ] Yes [x] No",
        "Raynaud: yes (since 2010)\nDermatomyositis: no (never)\nUlcers: no (healed skin)",
    ],
)
def test_a_form_answers_each_question_by_itself(note):
    says(note, raynaud="present", dermatomyositis="absent", ulceration="absent")


@pytest.mark.parametrize(
    "note",
    [
        "1. [ ] dermatomyositis\n2. [x] systemic sclerosis",
        "[x] systemic sclerosis [ ] dermatomyositis",
        "systemic sclerosis [x] dermatomyositis [ ]",
        "\u2610 dermatomyositis\n\u2612 systemic sclerosis",
        "Diagnosis: \u2611 systemic sclerosis \u2610 dermatomyositis",
        "( ) dermatomyositis\n(x) systemic sclerosis",
        "- [X] systemic sclerosis\n- [ ] dermatomyositis",
        "Systemic sclerosis: [x]\nDermatomyositis: [ ]",
        "Systemic sclerosis: Y\nDermatomyositis: ______\nGout: N",
        "Systemic sclerosis: Y\nDermatomyositis:\nGout: N",
        "Disease | Present\nSystemic sclerosis | x\nDermatomyositis |",
        "Systemic sclerosis: Y\nDermatomyositis: unknown",
        "Systemic sclerosis: Y\nDermatomyositis: Y / N",
        "Systemic sclerosis: yes\nDermatomyositis: not asked",
        "Systemic sclerosis: [x] yes [ ] no\nDermatomyositis: [ ] yes [ ] no",
        "Sign | Yes | No\nSystemic sclerosis | x |\nDermatomyositis | |",
        # The mark may stand in either column.
        "Systemic sclerosis: Y\nSign     Yes   No\nDermatomyositis     x",
        "Systemic sclerosis: Y\nSign\t\tYes\tNo\nDermatomyositis\tx",
    ],
)
def test_an_empty_box_and_an_open_answer_say_nothing(note):
    says(note, systemic_sclerosis="present", dermatomyositis="asked")


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("Fever - no response to antibiotics", {"fever": "present"}),
        ("[**2101-5-3**] dermatomyositis", {"dermatomyositis": "present"}),
        ("Nodule [see photograph] of the elbow", {"lesion_nodule": "present"}),
        ("Dermatomyositis [1]. Ulcers [2,3].", {"dermatomyositis": "present", "ulceration": "present"}),
        ("Skin tight, Raynaud, ulcers: none", {"raynaud": "present", "ulceration": "absent"}),
        ("Fever, rash or ulcers: none", {"fever": "absent", "ulceration": "absent"}),
        ("ANA: negative. Raynaud.", {"raynaud": "present"}),
        ("Seen by Dr N. Ulcers.", {"ulceration": "present"}),
        ("T2 N0 ulcers", {"ulceration": "present"}),
        ("Raynaud - since 2010", {"raynaud": "present"}),
        ("| Site | R | L |\n| Ulcers | none | sole, 8 x 8 mm |", {"ulceration": "asked"}),
        ("Ulcers   N   (healed long ago)", {"ulceration": "absent"}),
        ("Ulcers:\n- left leg, 3 cm", {"ulceration": "present"}),
        ("Ulcers:\nof the left leg for 3 weeks", {"ulceration": "present"}),
        ("Pain: 0/10\nUlcers: left leg", {"pain_any": "absent", "ulceration": "present"}),
        ("Raynaud: yes, since 2010, no ulcers", {"raynaud": "present", "ulceration": "absent"}),
    ],
)
def test_what_only_looks_like_an_answer(note, expected):
    says(note, **expected)
