"""Addresses of code systems (URI, OID, CURIE prefix) and the short names used everywhere else."""

from __future__ import annotations

from functools import lru_cache

from calcinosis.model import Code

_SYSTEMS = {
    "SNOMED": ("http://snomed.info/sct", "2.16.840.1.113883.6.96", "SCT", "SNOMEDCT", "SNOMED"),
    "LOINC": ("http://loinc.org", "https://loinc.org", "2.16.840.1.113883.6.1", "LOINC", "LN"),
    "ICD10CM": ("http://hl7.org/fhir/sid/icd-10-cm", "2.16.840.1.113883.6.90", "ICD10CM", "ICD-10-CM"),
    "ICD10": (
        "http://hl7.org/fhir/sid/icd-10",
        "http://hl7.org/fhir/sid/icd-10-uk",
        "http://fhir.de/CodeSystem/bfarm/icd-10-gm",
        "http://fhir.de/CodeSystem/dimdi/icd-10-gm",
        "2.16.840.1.113883.6.3",
        "ICD10",
        "ICD-10",
    ),
    "RXNORM": ("http://www.nlm.nih.gov/research/umls/rxnorm", "2.16.840.1.113883.6.88", "RXNORM"),
    "ATC": (
        "http://www.whocc.no/atc",
        "http://fhir.de/CodeSystem/bfarm/atc",
        "http://fhir.de/CodeSystem/dimdi/atc",
        "2.16.840.1.113883.6.73",
        "ATC",
    ),
    "HPO": (
        "http://human-phenotype-ontology.org",
        "http://www.human-phenotype-ontology.org",
        "http://purl.obolibrary.org/obo/hp.owl",
        "http://purl.obolibrary.org/obo/hp.fhir",
        "http://purl.obolibrary.org/obo/hp",
        "HP",
        "HPO",
    ),
    "MONDO": ("http://purl.obolibrary.org/obo/mondo.owl", "http://purl.obolibrary.org/obo/mondo", "MONDO"),
    "ORPHA": (
        "http://www.orpha.net",
        "https://www.orpha.net",
        "http://www.orpha.net/ORDO",
        "ORPHA",
        "ORPHANET",
        "ORDO",
    ),
    "OMIM": (
        "http://www.omim.org",
        "http://omim.org",
        "https://omim.org",
        "2.16.840.1.113883.6.174",
        "OMIM",
        "MIM",
    ),
    "DICOM": ("http://dicom.nema.org/resources/ontology/DCM", "1.2.840.10008.2.16.4", "DCM"),
    "calcinosis": ("calcinosis",),
}  # fmt: skip
_SHORT = {address.casefold(): name for name, addresses in _SYSTEMS.items() for address in addresses}
# Systems whose codes carry their prefix in the code itself, in the knowledge base too.
_PREFIXED = {"HPO": "HP:", "MONDO": "MONDO:"}


@lru_cache(maxsize=1_024)
def short_name(system: str) -> str:
    """Short name of a code system; an unknown one keeps its own address."""
    plain = system.split("|", 1)[0].strip().rstrip("/").casefold().removeprefix("urn:oid:")
    if plain.startswith("http://snomed.info/sct/"):
        return "SNOMED"
    return _SHORT.get(plain, system)


def code(system: str, written: str, display: str = "") -> Code:
    """A code with its system's short name, with or without its prefix as that system's codes are kept."""
    name = short_name(system)
    plain = written.strip()
    prefix = _PREFIXED.get(name)
    if prefix is not None and not plain.startswith(prefix):
        plain = prefix + plain.split(":")[-1].removeprefix(prefix.replace(":", "_"))
    elif name in ("ORPHA", "OMIM"):
        plain = plain.rsplit(":", 1)[-1]
    return Code(name, plain, display)


def curie(written: str, display: str = "") -> Code | None:
    """A code written as `HP:0003761`; None when it has no prefix."""
    prefix, colon, local = written.strip().partition(":")
    return code(prefix, local, display) if colon and prefix and local.strip() else None
