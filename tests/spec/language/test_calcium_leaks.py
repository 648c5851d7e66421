"""A fresh leak of infused calcium is an emergency in any wording; an old, denied, planned or other leak is none."""

from __future__ import annotations

import pytest

from calcinosis import consult

FLAGS = {"calcium_leak_fresh", "calcium_leak_necrosis", "calcium_leak_compartment"}
FRESH = [
    "Pt's IV blew w/ CaCl running, hand looks puffy, 15 mins ago.",
    "Baby's foot swollen around the cannula while calcium gluconate was infusing.",
    "Cal gluc drip went into the tissue at 3am, arm is huge and tense.",
    "Calcium gluconate infiltrated at the left antecubital cannula an hour ago; forearm swollen and red.",
    "IV calcium chloride extravasated 30 minutes ago, hand blanched and painful.",
    "Extravasation of 10% calcium gluconate today, dorsum of right hand, erythema.",
    "Cannula tissued during a calcium gluconate infusion this morning, arm swollen.",
    "Drip site with calcium chloride running has blown; hand swollen and white.",
    "Calcium gluconate leaked into the tissues of the forearm 2 hours ago.",
    "PIV infiltrated w/ calcium gluconate, infusion stopped just now, site firm and erythematous.",
    "The IV came out of the vein while CaCl2 was being pushed; arm tight and swollen.",
    "Calcium gluconate went subcutaneous via the foot cannula tonight.",
    "Neonate, calcium gluconate infusion: the drip extravasated at 0400 today, dusky swollen foot.",
    "Swelling and redness at the IV site during calcium gluconate infusion.",
    "Paravenous injection of calcium chloride just now during resus.",
    "Calcium chloride given via a peripheral line which had tissued; skin blanching around the cannula.",
    "Leakage of calcium gluconate from the cannula in the left hand noted 1 hour ago.",
    "Drip with calcium gluconate has gone into the arm, which is swollen and hard.",
    "Calcium gluconate drip infiltrated overnight, now blistering skin at site.",
    "IV site leak (calcium gluconate) reported by nurse at 14:00 today. Area swollen 3x4 cm.",
    "Infiltration of calcium chloride at peripheral IV, right wrist, within the last hour.",
    "Extravasated calcium gluconate infusion: acute swelling, pain and erythema of the forearm.",
    "Calcium gluconate being infused; cannula site now swollen, tense and tender.",
    "Fresh calcium extravasation injury on the dorsum of the foot.",
    "The cannula dislodged and the calcium gluconate ran into the subcutaneous tissue half an hour ago.",
    "40 min ago CaCl 10% given through a cannula; arm now swollen, tight, white and very painful at the drip site.",
    "Calcium infusion has tissued. Hand swollen.",
    "Peripheral line with calcium gluconate blew 20 mins ago.",
]
NONE = [
    "Biopsy: dermis infiltrated by lymphocytes; earlier today calcium gluconate IV.",
    "If calcium gluconate leaks, give hyaluronidase.",
    "Amiodarone infiltrated an hour ago, arm red.",
    "Calcium gluconate extravasation three years ago, healed. Hard plaque of the forearm.",
    "Past extravasation of calcium gluconate as a newborn; now a calcified plaque at age 2.",
    "Extravasation of vancomycin an hour ago, arm swollen.",
    "Doxorubicin leaked at the cannula today; hand swollen and red. On calcium tablets.",
    "Plan: calcium gluconate infusion via central line to avoid extravasation.",
    "Calcium gluconate given without extravasation, hand normal.",
    "No extravasation of calcium gluconate was seen.",
    "Calcium gluconate leaked in her brother's drip an hour ago. Nodule of the elbow.",
    "Consent: risk of extravasation with calcium gluconate discussed.",
    "Potassium chloride infiltrated today, swollen forearm.",
    "Watch for extravasation if calcium chloride is given.",
    "Old scar from calcium chloride extravasation in 2010.",
    "Calcium gluconate IV given yesterday for hypocalcaemia, uneventful. Nodules of the fingers.",
    "Swollen painful hand after a fall. Takes calcium and vitamin D tablets.",
    "Contrast extravasation at CT today, arm swollen.",
    "Anastomotic leak; calcium gluconate given for hyperkalaemia.",
    "Cannula tissued during saline infusion, arm swollen.",
    "Bile leak today. IV calcium gluconate for low calcium.",
    "Calcium gluconate gel applied to the hydrofluoric acid burn of the hand, which is swollen.",
    "Calcium gluconate extravasated 6 weeks ago; now firm white plaque without redness.",
    "Possible extravasation was excluded; calcium chloride ran well.",
    "Extravasated calcium gluconate 8 months earlier, deposits resolved.",
    "Seen today with a hard swelling of the forearm after calcium gluconate extravasation.",
    "Reviewed this week: erythematous plaque at the site of a calcium gluconate extravasation.",
    "Extravasation during calcium gluconate infusion on day 9. Now, on day 23, a hard yellow plaque.",
]


def flags(done) -> set[str]:
    return {flag.id for flag in done.urgent} & FLAGS


def hyaluronidase(done) -> str:
    return next(option.status for option in done.treatments if option.id == "hyaluronidase_sc")


@pytest.mark.parametrize("text", FRESH)
def test_a_fresh_leak_is_flagged_and_its_antidote_offered(text):
    done = consult(text, "2026-01-01")
    assert flags(done)
    assert hyaluronidase(done) in ("suitable", "consider")


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_fresh_leak_of_calcium_is_left_alone(text):
    done = consult(text, "2026-01-01")
    assert not flags(done)
    assert hyaluronidase(done) not in ("suitable", "consider")
