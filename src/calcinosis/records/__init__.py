"""Records in: FHIR R4, Phenopacket v2, case file and clinical note, each to the same observations.

An adapter knows its format and nothing of medicine.
"""

from calcinosis.records.reading import read

__all__ = ["read"]
