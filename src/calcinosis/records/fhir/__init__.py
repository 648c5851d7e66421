"""FHIR R4: a Bundle, a single resource or NDJSON of one patient, into observations."""

from calcinosis.records.fhir.bundle import read_resources

__all__ = ["read_resources"]
