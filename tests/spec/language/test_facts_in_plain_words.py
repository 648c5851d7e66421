"""What the founding facts rest on, in the words of letters: which film, how slow, what comes out, what it stops."""

from __future__ import annotations

import pytest
from said_in import said_in, says

from calcinosis.knowledge import load
from calcinosis.language import read_text


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("A radiograph shows calcium deposits in the dermis.", {"xray_calcification": "present"}),
        ("A radiograph shows calcium deposits in the dermis.", {"histo_calcium_deposits": "nothing"}),
        ("CT of the thigh shows calcium deposits in the fat.", {"ct_calcification": "present"}),
        ("CT of the thigh shows calcium deposits in the fat.", {"us_calcification": "nothing"}),
        ("Ultrasound: calcified nodule of the cheek.", {"us_calcification": "present"}),
        ("Ultrasound: calcified nodule of the cheek.", {"ct_calcification": "nothing"}),
        ("MRI shows calcium deposits in the dermis.", {"histo_calcium_deposits": "nothing"}),
        ("Calcified plaque on x-ray.", {"xray_calcification": "present"}),
        ("Punch biopsy: calcium deposits in the dermis.", {"histo_calcium_deposits": "present"}),
        ("Punch biopsy: calcium deposits in the dermis.", {"xray_calcification": "nothing"}),
        ("Calcium deposits in the dermis, von Kossa positive.", {"histo_calcium_deposits": "present"}),
        (
            "The biopsy and the radiograph both show calcium in the dermis.",
            {"histo_calcium_deposits": "present"},
        ),
        ("There are calcium deposits in the skin.", {"calcification_stated": "present"}),
        ("The CT shows no calcium in the skin.", {"ct_calcification": "absent"}),
        ("X-ray planned to look for calcium in the skin.", {"xray_calcification": "asked"}),
        ("Ultrasound shows gallstones and a calcified gallbladder wall.", {"us_calcification": "nothing"}),
        ("CT shows calcified coronary arteries. Calcium 9.4 mg/dL.", {"ct_calcification": "nothing"}),
    ],
)
def test_the_examination_of_the_sentence_decides_what_calcium_was_seen_by(note, said):
    says(note, **said)


@pytest.mark.parametrize(
    ("note", "finding"),
    [
        ("Bumps on the arms. They developed slowly over years.", "onset_years"),
        ("Bumps on the arms. They grew slowly.", "course_slow_growth"),
        ("Bumps on the arms. Over the years they have slowly grown.", "onset_years"),
        ("Nodules of both elbows. It came over the years.", "onset_years"),
        ("A nodule of the heel. Grew slowly.", "course_slow_growth"),
        ("A lump of the cheek. It is hard and white.", "consistency_hard"),
        ("A lump of the cheek. Its colour is white.", "color_white"),
    ],
)
def test_a_sentence_goes_on_about_the_lesion_before_it(note, finding):
    says(note, **{finding: "present"})


@pytest.mark.parametrize(
    ("note", "finding"),
    [
        ("Nodules of both elbows. She takes it since childhood.", "onset_years"),
        ("Nodules. Diabetes is known. It has been well controlled for years.", "onset_years"),
        ("Lumps on the arms. They have had dialysis for several years.", "onset_years"),
        ("Lumps on the arms. Slowly progressive dyspnoea.", "course_slow_growth"),
        ("Lumps on the arms. Started methotrexate, taken for years.", "onset_years"),
        ("Lumps on the arms. Her creatinine increased slowly.", "course_slow_growth"),
        ("They grew slowly.", "course_slow_growth"),
    ],
)
def test_a_sentence_about_something_else_does_not(note, finding):
    assert finding not in said_in(note)


@pytest.mark.parametrize(
    ("note", "finding", "said"),
    [
        ("Nodules. They drain white gritty paste.", "chalky_discharge", "present"),
        ("They leak a whitish substance when pressed.", "chalky_discharge", "present"),
        ("No white paste drains from it.", "chalky_discharge", "absent"),
        ("The drain was removed; a chalky taste remained.", "chalky_discharge", "nothing"),
        ("Foul cheesy material is squeezed out of the cyst.", "chalky_discharge", "nothing"),
        ("She cannot bend the elbow.", "limited_motion", "present"),
        ("He can't straighten the right knee.", "limited_motion", "present"),
        ("The finger no longer bends.", "limited_motion", "present"),
        ("She can bend the elbow.", "limited_motion", "nothing"),
        ("He cannot bend over because of back pain.", "limited_motion", "nothing"),
        ("She can no longer dress herself because of it.", "function_loss", "present"),
        ("He cannot sit because of the lumps.", "function_loss", "present"),
        ("He can no longer work because of chest pain.", "function_loss", "nothing"),
        ("She cannot climb the stairs because of weakness.", "function_loss", "nothing"),
        ("The ulcer keeps getting infected.", "recurrent_infection", "present"),
        ("It got infected four times in a year.", "recurrent_infection", "present"),
        ("It was infected once.", "recurrent_infection", "nothing"),
        ("Three urinary infections; recurrent chest infections.", "recurrent_infection", "nothing"),
    ],
)
def test_what_it_does_to_a_person_in_everyday_words(note, finding, said):
    says(note, **{finding: said})


@pytest.mark.parametrize(
    ("note", "finding", "said"),
    [
        ("A plaque in skin that was chronically inflamed.", "tissue_necrosis_history", "present"),
        ("In an area of previous fat necrosis.", "tissue_necrosis_history", "present"),
        ("Calcium in damaged skin.", "tissue_necrosis_history", "present"),
        ("The nodule is inflamed.", "tissue_necrosis_history", "nothing"),
        ("Biopsy: lobular panniculitis with fat necrosis.", "tissue_necrosis_history", "nothing"),
        ("Works in a coal mine.", "exp_external_calcium_work", "present"),
        ("A retired quarry worker.", "exp_external_calcium_work", "present"),
        ("Never worked in a mine.", "exp_external_calcium_work", "absent"),
        ("A friend of mine has the same.", "exp_external_calcium_work", "nothing"),
        ("A land mine injured his leg.", "exp_external_calcium_work", "nothing"),
        ("At the sites of the EMG electrodes.", "dist_electrode_site", "present"),
        ("Papules where the electrodes were.", "dist_electrode_site", "present"),
        ("Calcium-containing electrode paste was used.", "exp_electrode_paste", "present"),
        ("EEG without electrode paste.", "exp_electrode_paste", "absent"),
        ("Electrodes were placed for the ECG.", "dist_electrode_site", "nothing"),
        ("After an intravenous infusion of potassium phosphate.", "exp_iv_phosphate", "present"),
        ("He was given phosphate intravenously.", "exp_iv_phosphate", "present"),
        ("On oral phosphate supplements.", "exp_oral_phosphate", "present"),
        ("No oral phosphate.", "exp_oral_phosphate", "absent"),
        ("Oral phosphate binder twice a day.", "exp_oral_phosphate", "nothing"),
        ("Oral phosphate binder twice a day.", "drug_phosphate_binder", "present"),
        ("No calcium or phosphate treatment.", "calcium_phosphate_exposure", "absent"),
    ],
)
def test_what_damaged_the_skin_or_carried_calcium_in(note, finding, said):
    says(note, **{finding: said})


def values(note: str, analyte: str) -> list[object]:
    seen, _ = read_text(note, knowledge=load(), source="note", whole_note=True)
    return [
        getattr(one.value, "value", one.value) for one in seen if analyte in [code.code for code in one.codes]
    ]


@pytest.mark.parametrize(
    ("note", "kg"),
    [
        ("A 40-year-old man, 80 kg, with dermatomyositis.", [80.0]),
        ("60 kg woman with nodules.", [60.0]),
        ("A man (72 kg) on dialysis.", [72.0]),
        ("A 50-year-old man of 60 kilos.", [60.0]),
        ("She is 54 kg.", [54.0]),
        ("She weighs 62 kg.", [62.0]),
        ("Wt 60kg", [60.0]),
        ("Weight: 71.5 kg, height 170 cm", [71.5]),
        ("Height 170 cm, 62 kg.", [62.0]),
        ("Birth weight 3 kg, now 8.2 kg.", [8.2]),
        ("He lost 6 kg in a month.", []),
        ("She lifts 20 kg at work.", []),
        ("Tumour of 2 kg removed.", []),
        ("Overweight by 20 kg; his father is 90 kg.", []),
        ("Diltiazem 3 mg per kg.", []),
        ("Birth weight 1.2 kg.", []),
    ],
)
def test_a_weight_is_the_body_s_where_it_stands_for_itself(note, kg):
    assert values(note, "body_weight") == kg


@pytest.mark.parametrize(
    ("note", "score"),
    [
        ("Pain 9/10 despite opioids.", [9.0]),
        ("Pain score 8/10.", [8.0]),
        ("Pain is rated 7 out of 10.", [7.0]),
        ("8/10 pain in the elbow.", [8.0]),
        ("Pain fell from 9/10 to 2/10.", [2.0]),
        ("Chest pain 9/10.", []),
        ("Knee pain 8/10; the nodule is not painful.", []),
        ("Seen for pain on 9/10/2024 and since 9/10.", []),
        ("Muscle power 4/10.", []),
        ("Itch 8/10, no pain.", []),
    ],
)
def test_a_score_is_of_the_pain_it_stands_behind(note, score):
    assert values(note, "pain_score") == score
