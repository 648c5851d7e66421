"""A consultation as one self-contained HTML page: no script, no request, printable.

Sections stand in `templates/page`, one file each, in the order of the pathway; what they show comes from
the consultation and from `summary`. Everything that a record says is escaped by the template engine.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from calcinosis.conclusions.synthesis import percent
from calcinosis.consultation import Consultation, builtin, package_version, sources_named
from calcinosis.model import Finding, Status
from calcinosis.presentation import summary
from calcinosis.presentation.bodymap import bodymap
from calcinosis.presentation.figures.waterfall import waterfall
from calcinosis.presentation.references import References
from calcinosis.presentation.treatments import MARKS, natural_fits, principles, treatments_section

if TYPE_CHECKING:
    from jinja2 import Environment

_ONE_PERCENT = 0.01
INTENDED_USE = "For a professional to check; informs and replaces none."
STATUS_MARKS = {"present": "●", "absent": "○", "unknown": "◌"}
BURDEN = ("no burden", "blood draw", "radiation, contrast or tracer", "takes tissue")
FORMATS = {"fhir": "FHIR Bundle", "phenopacket": "Phenopacket", "case": "case file", "note": "clinical note"}


class Group(Struct, frozen=True):
    """Recorded findings of one kind, present before absent before undecided."""

    label: str
    findings: tuple[Finding, ...]


def page(consultation: Consultation, name: str) -> str:
    """The page for one consultation; `name` is the record as the user gave it."""
    template = _environment().get_template("page/page.html.j2")
    return template.render(
        held=consultation,
        contract=consultation.to_dict(),
        name=name,
        style=_style(),
        style_hash=_style_hash(),
        version=package_version(),
        references=References(consultation.knowledge),
        groups=groups(consultation),
        derived=derived(consultation),
        counts={status.value: count for status, count in summary.counted(consultation).items()},
        body=bodymap(consultation.findings, consultation.knowledge),
        label=consultation.knowledge.label,
        summary=summary,
        waterfall=waterfall,
        treatments_section=treatments_section,
        principles=principles(consultation),
        natural_fits=natural_fits,
        wording=summary.wording,
        chance=percent,
        sections=summary.sections(consultation),
        leading=leading,
        marks=STATUS_MARKS,
        verdicts=summary.VERDICT_MARKS,
        verdict_words=summary.VERDICT_WORDS,
        burden=BURDEN,
        formats=FORMATS,
        options=MARKS,
        intended_use=INTENDED_USE,
    )


def groups(consultation: Consultation) -> list[Group]:
    """Findings as recorded, by kind in the order of the alphabet of their labels."""
    found: dict[str, list[Finding]] = {}
    for status in Status:
        for kind, items in summary.by_kind(consultation, status).items():
            found.setdefault(kind, []).extend(items)
    return [Group(kind, tuple(items)) for kind, items in sorted(found.items())]


def derived(consultation: Consultation) -> list[Finding]:
    """Findings that only follow from others, present first."""
    held = [item for item in consultation.findings.by_id.values() if item.derived]
    order = list(Status)
    return sorted(held, key=lambda item: (order.index(item.status), item.id))


def leading(entries: Sequence[Mapping[str, Any]]) -> int:
    """How many candidates are shown in full: those of one percent or more, three to five."""
    likely = sum(1 for entry in entries if entry["probability"] >= 0.01)
    return min(max(likely, 3), 5, len(entries))


def plain(value: Any) -> Iterator[str]:
    """Any part of the contract in lines of words, for what has no layout of its own."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if inner not in (None, "", [], {}) and key not in ("sources", "id"):
                yield f"{key.replace('_', ' ')}: {'; '.join(plain(inner))}"
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield ", ".join(plain(inner))
    elif value is not None:
        yield str(value)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("calcinosis.presentation", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["plain"] = lambda value: list(plain(value))
    environment.filters["builtin"] = builtin
    environment.filters["sources"] = sources_named
    environment.filters["lower_first"] = summary.lower_first
    return environment


@lru_cache(maxsize=1)
def _style() -> Any:
    from markupsafe import Markup

    return Markup((files("calcinosis.presentation") / "assets/page.css").read_text(encoding="utf-8"))  # noqa: S704


@lru_cache(maxsize=1)
def _style_hash() -> str:
    """The page's policy admits this one style sheet and nothing else."""
    return base64.b64encode(hashlib.sha256(str(_style()).encode()).digest()).decode()
