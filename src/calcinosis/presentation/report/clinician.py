"""The clinician's report: the consultation on one page or two of paper, in the order of the screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from calcinosis.consultation import Consultation, package_version
from calcinosis.knowledge.treatment_schema import OFFERED
from calcinosis.presentation import summary
from calcinosis.presentation.bodymap import bodymap
from calcinosis.presentation.figures.drawing import drawn
from calcinosis.presentation.figures.forest_plot import ForestPlot, of_options
from calcinosis.presentation.figures.planner_picture import PlannerPicture, picture
from calcinosis.presentation.references import References
from calcinosis.presentation.report.typesetting import pdf
from calcinosis.presentation.treatments import MARKS, OptionRow, natural_fits, rows

INTENDED_USE = "For a professional to check; informs and replaces none."
_MOST_CANDIDATES, _LEAST_CHANCE, _MOST_STEPS, _MOST_OPTIONS, _MOST_CHIPS = 5, 0.01, 5, 9, 3


def report(consultation: Consultation, name: str, record_hash: str = "") -> bytes:
    """The report as an accessible PDF.

    Args:
        consultation: what was concluded.
        name: the record as the user gave it.
        record_hash: sha256 of the record, hexadecimal; its beginning is printed.

    Raises:
        MissingExtra: the typesetting library is not installed.
    """
    return pdf("clinician.typ", content(consultation, name, record_hash), consultation.as_of)


def content(consultation: Consultation, name: str, record_hash: str = "") -> dict[str, Any]:
    """Everything the page shows, as plain data."""
    held, cited = consultation, References(consultation.knowledge)
    speaking = summary.sections(held)
    body = {
        "title": "Calcinosis consultation",
        "name": name,
        "patient": summary.patient_words(held),
        "meta": f"as of {held.as_of.date()} · setting {held.setting.replace('_', ' ')}",
        "urgent": [_flag(flag, cited) for flag in held.urgent],
        "unchecked": _unchecked(held),
        "headline": summary.headline(held),
        "body": _body(held),
        "values": [_value(row) for row in summary.measurements(held) if row.judgement],
        "differential": [_candidate(entry) for entry in _candidates(held)]
        if "differential" in speaking
        else [],
        "subtypes": [_subtype(item, cited) for item in held.subtypes] if "subtypes" in speaking else [],
        "steps": [_step(step, cited) for step in held.next_steps[:_MOST_STEPS]],
        "drugs": [f"{alert.text}. {alert.consequence}".strip() for alert in held.drugs],
        **_treatment(held, cited),
        **_figures(held),
    }
    body["sources"] = [f"{entry.text}" for entry in cited.listed()]
    body["footer"] = _footer(held, record_hash)
    return body


def _footer(held: Consultation, record_hash: str) -> str:
    record = f" · record sha256 {record_hash[:12]}" if record_hash else ""
    return (
        f"calcinosis {package_version()} · knowledge {held.knowledge.contents.version} "
        f"({held.knowledge.digest[7:19]}){record} · {INTENDED_USE}"
    )


def _marked(cited: References, sources: tuple[str, ...], most: int = 4, basis: str = "published") -> str:
    """Numbers of the references, in brackets, and the basis where it is not a publication."""
    numbers = ", ".join(str(number) for number, _ in cited.cite(sources[:most]))
    said = "" if basis == "published" else f" {basis}"
    return f"[{numbers}]{said}" if sources else ""


def _flag(flag: Any, cited: References) -> dict[str, str]:
    return {
        "word": summary.urgency_word(flag.urgency),
        "name": f"{flag.name}, {summary.supposing(flag)}" if flag.supposing else flag.name,
        "action": flag.action,
        "because": ", ".join(reason.label for reason in flag.because[:5]) or summary.raised_by(flag),
        "cite": _marked(cited, flag.sources, basis=flag.action_basis),
    }


def _unchecked(held: Consultation) -> str:
    total, open_ = len(held.knowledge.contents.urgent), len(held.urgent_unchecked)
    asked = summary.ask_now(held)
    return f"{len(held.urgent)} of {total} red flags raised, {open_} not checkable from this record" + (
        f". {asked}" if asked else ""
    )


def _body(held: Consultation) -> dict[str, str]:
    body = bodymap(held.findings, held.knowledge)
    words = "Present: " + "; ".join(body.present) if body.present else "The record states no site"
    return {"svg": drawn("figures/body.svg.j2", body=body, text=words), "text": f"{words}. Dashed: unknown."}


def _value(row: summary.Measurement) -> dict[str, str]:
    return {
        "label": row.label,
        "value": f"{row.value} ({row.other})" if row.other else row.value,
        "judgement": row.judgement,
    }


def _candidates(held: Consultation) -> list[dict[str, Any]]:
    listed = held.to_dict()["differential"]
    likely = [entry for entry in listed if entry["probability"] >= _LEAST_CHANCE]
    return (likely or listed)[:_MOST_CANDIDATES]


def _candidate(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": entry["name"],
        "probability": entry["probability"],
        "for": [_chip(one) for one in entry["for"][:_MOST_CHIPS]],
        "against": [_chip(one) for one in entry["against"][:_MOST_CHIPS]],
    }


def _chip(one: dict[str, Any]) -> str:
    label = str(one["label"]).replace("_", " ")
    return f"no {label}" if one.get("status") == "absent" else label


def _subtype(item: Any, cited: References) -> dict[str, str]:
    provisional = ", provisional" if item.provisional else ""
    causes = ", ".join(cause.name for cause in item.causes if cause.status.value == "met")
    missing = "; ".join(summary.missing_sentence(one, item) for one in item.missing[:2]) if item.rank else ""
    return {
        "mark": summary.VERDICT_MARKS[item.status.value],
        "name": item.name,
        "verdict": summary.VERDICT_WORDS[item.status.value] + provisional,
        "causes": causes if item.rank else "",
        "missing": missing,
        "cite": _marked(cited, item.sources, 2) if item.rank else "",
    }


def _step(step: Any, cited: References) -> dict[str, str]:
    return {
        "name": step.name,
        "why": step.why,
        "against": step.advised_against,
        "burden": f"{step.kind}, cost {step.cost}",
        "cite": _marked(cited, step.sources, 2, step.basis),
    }


def _treatment(held: Consultation, cited: References) -> dict[str, Any]:
    listed = rows(held)
    offered = [row for row in listed if row.status in OFFERED]
    avoided = [row for row in listed if row.status == "avoid"]
    return {
        "options": [_option(row, cited) for row in offered[:_MOST_OPTIONS]],
        "more": [row.name for row in offered[_MOST_OPTIONS:]],
        "avoid": [{"name": row.name, "why": "; ".join(row.forbids)} for row in avoided],
        "idle": sum(row.status == "not_indicated" for row in listed),
        "key": [f"{mark} {word}" for mark, word in MARKS.values()],
    }


def _option(row: OptionRow, cited: References) -> dict[str, Any]:
    share = row.share
    return {
        "mark": row.mark,
        "word": row.word,
        "name": row.name,
        "dose": row.dose,
        "evidence": row.evidence,
        "share": [share.low, share.estimate, share.high, share.n] if share else None,
        "few": bool(share and share.few),
        "mind": list(_mind(row)),
        "cite": _marked(cited, row.sources, 2, row.basis),
    }


def _mind(row: OptionRow) -> Iterator[str]:
    if row.checks:
        yield f"Check {', '.join(row.checks)}"
    yield from row.clashes
    yield from row.cautions[:2]


def _figures(held: Consultation) -> dict[str, Any]:
    offered = [option for option in held.treatments if option.status in OFFERED]
    plot = of_options(offered, "Reported response of these options", natural=natural_fits(held))
    constants = held.knowledge.contents.treatment.dosing.injection
    plan = next((picture(option.plan, constants, option.name) for option in offered if option.plan), None)
    return {
        "forest": {"svg": plot.svg(), "text": _read_aloud(plot)} if plot else None,
        "plan": {"svg": plan.svg(), "text": _described(plan), "panels": len(plan.panels)} if plan else None,
    }


def _read_aloud(plot: ForestPlot) -> str:
    return "; ".join(f"{row.name}: {row.numbers}" for row in plot.rows)


def _described(plan: PlannerPicture) -> str:
    return "; ".join(line for panel in plan.panels for line in (panel.title, *panel.lines))
