"""Treatment: the cause first, then options with a dose, a safety check and honest evidence."""

from calcinosis.conclusions.treatment.evidence import EvidenceView, arm_interval, pooled, view
from calcinosis.conclusions.treatment.matching import TreatmentOption, options
from calcinosis.conclusions.treatment.planner import InjectionPlan, plan
from calcinosis.conclusions.treatment.review import DrugAlert, drug_review
from calcinosis.conclusions.treatment.situation import Situation

__all__ = [
    "DrugAlert",
    "EvidenceView",
    "InjectionPlan",
    "Situation",
    "TreatmentOption",
    "arm_interval",
    "drug_review",
    "options",
    "plan",
    "pooled",
    "view",
]
