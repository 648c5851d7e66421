"""Answers to keep: which records are consulted, what is kept of each answer, and the file they stand in.

Only `calcinosis.consult` and the contract object are used, and a part that a version does not have counts as
empty, so that old and new code can be compared. Of a record nothing is kept but its name, ids, statuses,
numbers and the arithmetic of doses; of everything else in an answer only marks that tell whether it changed.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import inspect
import json
import re
import runpy
import subprocess
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.progress import track

import calcinosis

LAYOUT = 1
AS_OF, UNDATED = "2026-01-01", "2026-11-30"
_DOSE = ("status", "low", "high", "unit", "every", "text")
NOT_RECORDS = {"README.md", "check.py", "expected.jsonl", "hpo-labels-wrong.tsv"}

# By name: a word, a number, the fields of an entry, or ids in order.
Items = dict[str, Any]
Answer = dict[str, Items]
Contract = Mapping[str, Any]


# ---- which records


class Source(NamedTuple):
    """One record: its name in the capture, where or what it is, and the day it is read as of."""

    name: str
    held: Path | str | dict[str, Any]
    as_of: str | None = AS_OF


def sources_in(shared: Path) -> list[Source]:
    """Every record of the shared materials, by name."""
    patterns = ("cases/*.json", "cases/*.txt", "letters/*.txt", "records/*")
    paths = [path for pattern in patterns for path in shared.glob(pattern) if path.name not in NOT_RECORDS]
    found = [Source(path.relative_to(shared).as_posix(), path) for path in paths if path.is_file()]
    found += [row for path in shared.glob("scenarios/*.jsonl") for row in _scenarios(path)]
    found += [row for path in shared.glob("records/hpo-labels-wrong.tsv") for row in _labels(path)]
    found += [Source(path.relative_to(shared).as_posix(), path, None) for path in _bundles(shared / "data")]
    return sorted(found, key=lambda source: source.name)


def _scenarios(path: Path) -> Iterator[Source]:
    """The records and notes inside a file of scenarios."""
    for line in filter(str.strip, path.read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        texts = row.get("records") or [row[key] for key in ("record", "text") if row.get(key)][:1]
        for number, text in enumerate(texts, start=1):
            part = f".{number}" if len(texts) > 1 else ""
            yield Source(f"scenarios/{path.name}#{row['id']}{part}", text)


def _labels(path: Path) -> Iterator[Source]:
    """A patient with one HPO feature for each line of the table."""
    with path.open(encoding="utf-8", newline="") as handle:
        for number, row in enumerate(csv.DictReader(handle, delimiter="\t"), start=2):
            feature = {"type": {"id": row["hpo_id"], "label": row["label"]}}
            held = {"id": "p", "subject": {"id": "p"}, "phenotypicFeatures": [feature]}
            held["metaData"] = {"phenopacketSchemaVersion": "2.0"}
            yield Source(f"records/{path.name}#{number:03}", held)


def _bundles(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*.json*"):
        if path.name.endswith((".json", ".json.gz")) and re.search(rb'"Bundle"', _content(path)[:400]):
            yield path


def _content(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def _readable(held: Path | str | dict[str, Any]) -> Path | bytes | dict[str, Any]:
    """What `consult` is given: an archive opened, an object made, a text that cannot be taken for a path."""
    if isinstance(held, str):
        return held.encode()
    if isinstance(held, Path) and held.suffix == ".gz":
        return _content(held)
    if isinstance(held, Path) and held.suffix == ".py":
        return dict(runpy.run_path(str(held))["RECORD"])
    return held


# ---- what is kept of an answer


def answered(source: Source) -> tuple[str, Answer]:
    """The name of a record and what is kept of its answer; a refusal is an answer too."""
    try:
        contract = _consulted(_readable(source.held), source.as_of)
    except Exception as error:
        return source.name, {"answer": {"": _refusal(error, source)}}
    return source.name, kept(contract)


def _consulted(record: Path | bytes | dict[str, Any], as_of: str | None) -> Contract:
    """The contract object; what would be read as of today is read as of a fixed day."""
    done = _whole(calcinosis.consult(record, as_of))
    if as_of is None and str(done.get("as_of", "")) >= datetime.now(UTC).date().isoformat():
        return _whole(calcinosis.consult(record, UNDATED))
    return done


def _whole(consultation: Any) -> Contract:
    """The contract object as JSON has it, in full also where the code gives a short one unless asked."""
    detailed = "detail" in inspect.signature(consultation.to_dict).parameters
    held = consultation.to_dict(detail="full") if detailed else consultation.to_dict()
    return dict(json.loads(json.dumps(held)))


def _refusal(error: Exception, source: Source) -> str:
    """The class and first line of an error for users; of any other only its place, for it may quote the record."""
    kind = type(error).__name__
    if not any(base.__name__ == "CalcinosisError" for base in type(error).__mro__):
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"crashed: {kind} in {Path(last.filename).name}, {last.name}"
    first = next(iter(str(error).splitlines()), "").replace(str(source.held), "")
    return f"refused: {kind}: {_unquoted(first.removeprefix(': '))}"


def _unquoted(text: str) -> str:
    """A message without what it quotes, which may be words of the record."""
    return re.sub(r"'[^']*'|\"[^\"]*\"", "'…'", text)


def kept(contract: Contract) -> Answer:
    """What is compared, by area."""
    return {"answer": {"": "given"}} | {area: keep(contract) for area, keep in AREAS.items()}


def entries(part: Any, key: str) -> list[dict[str, Any]]:
    """The objects listed under a key; none where a version does not have it."""
    listed = part.get(key) if isinstance(part, Mapping) else None
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []


def keyed(pairs: Iterable[tuple[str, Any]]) -> Items:
    """Items by name; a name that comes again is numbered."""
    found: Items = {}
    for name, value in pairs:
        again = next(
            n for n in range(1, len(found) + 2) if (name if n == 1 else f"{name} ({n})") not in found
        )
        found[name if again == 1 else f"{name} ({again})"] = value
    return found


def said(entry: Mapping[str, Any], *names: str, default: str = "listed") -> str:
    """The first of these fields that says something."""
    return next((str(entry[name]) for name in names if entry.get(name)), default)


def number(value: Any) -> float | None:
    """A number, rounded to the tolerance."""
    return None if value is None else round(float(value), 6)


def fields(entry: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """These fields of an entry, empty ones left out."""
    held = {name: entry.get(name) for name in names}
    return {
        name: number(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
        for name, value in held.items()
        if value not in (None, "")
    }


def _patient(contract: Contract) -> Items:
    patient = contract.get("patient") or {}
    held = fields({**patient, "as_of": contract.get("as_of")}, "age_years", "sex", "as_of")
    return dict(held)


def _statuses(contract: Contract, part: str) -> Items:
    """Every entry of a part by id, with whichever word it has for its state."""
    return keyed(
        (entry.get("id", ""), said(entry, "status", "verdict", "urgency"))
        for entry in entries(contract, part)
    )


def _measured(contract: Contract) -> Items:
    return keyed(
        (entry.get("id", ""), fields(entry, "value", "unit", "status", "reason"))
        for entry in entries(contract, "measured")
    )


def _red_flags(contract: Contract) -> Items:
    raised = [
        (flag.get("id", ""), f"raised, {said(flag, 'urgency', default='no urgency')}")
        for flag in entries(contract, "urgent")
    ]
    unchecked = [
        (flag.get("id", ""), "unchecked, partly" if flag.get("partly") else "unchecked")
        for flag in entries(contract, "urgent_unchecked")
    ]
    return keyed([*raised, *unchecked])


def _subtypes(contract: Contract) -> Items:
    return keyed((entry.get("id", ""), _standing(entry)) for entry in entries(contract, "subtypes"))


def _standing(entry: Mapping[str, Any]) -> dict[str, Any]:
    rank = entry.get("rank")
    provisional = ", provisional" if entry.get("provisional") else ""
    return {
        "status": said(entry, "status"),
        "rank": "none" if rank is None else f"{rank}{provisional}",
        "level": said(entry, "level", default="none"),
    }


def _causes(contract: Contract) -> Items:
    return keyed(
        (f"{subtype.get('id', '')} / {cause.get('id', '')}", said(cause, "status", "verdict"))
        for subtype in entries(contract, "subtypes")
        for cause in _nested(subtype)
    )


def _nested(entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The causes of an entry and those below them."""
    for cause in [*entries(entry, "causes"), *entries(entry, "children")]:
        yield cause
        yield from _nested(cause)


def _mixed(contract: Contract) -> Items:
    mixed = contract.get("mixed")
    return {"": said(mixed, "status", "verdict")} if isinstance(mixed, Mapping) else {}


def _differential(contract: Contract) -> Items:
    """The probability of every disease, and of every form of it."""
    listed = [
        (name, one.get("probability"))
        for disease in entries(contract, "differential")
        for name, one in [
            (disease.get("id", ""), disease),
            *(
                (f"{disease.get('id', '')} / {form.get('id', '')}", form)
                for form in entries(disease, "of_which")
            ),
        ]
    ]
    return keyed((name, number(probability)) for name, probability in listed if probability is not None)


def _steps(contract: Contract) -> Items:
    return keyed((step.get("id", ""), "listed") for step in entries(contract, "next_steps"))


def _guards(contract: Contract, part: str) -> Items:
    """What is judged inside the options: contraindications, cautions, interactions, actions."""
    return keyed(
        (" / ".join([option.get("id", ""), said(item, "id", "text")]), said(item, "verdict", "status"))
        for option in entries(contract, "treatments")
        for item in entries(option, part)
    )


def _checks(contract: Contract) -> Items:
    return keyed(
        (
            f"{option.get('id', '')} / {check if isinstance(check, str) else said(check, 'id', 'text')}",
            "asked",
        )
        for option in entries(contract, "treatments")
        for check in option.get("checks") or []
    )


def _doses(contract: Contract, use: str) -> Items:
    return keyed(
        (
            f"{option.get('id', '')} / {said(dose, 'id', 'published')}",
            fields(dose, *_DOSE),
        )
        for option in entries(contract, "treatments")
        for dose in entries(option.get("dose"), use)
    )


def _ignored(contract: Contract) -> Items:
    """How many parts of the record were left aside for each reason."""
    counted = Counter(_unquoted(said(entry, "why")) for entry in entries(contract, "ignored"))
    return {why: str(times) for why, times in sorted(counted.items())}


def _first(contract: Contract) -> Items:
    subtypes = [one for one in entries(contract, "subtypes") if one.get("rank") == 1]
    diseases = sorted(entries(contract, "differential"), key=lambda one: -(one.get("probability") or 0))
    offered = [
        one for one in entries(contract, "treatments") if one.get("status") in ("suitable", "consider")
    ]
    steps = entries(contract, "next_steps")
    named = {"subtype": subtypes, "of the differential": diseases, "next step": steps, "treatment": offered}
    return {what: said(listed[0], "id") if listed else "none" for what, listed in named.items()}


def _order(contract: Contract) -> Items:
    parts = {"red flags": "urgent", "next steps": "next_steps", "treatments": "treatments"}
    return {what: [entry.get("id", "") for entry in entries(contract, key)] for what, key in parts.items()}


# What other areas hold; then words of the knowledge that are the same for every patient.
_COVERED = frozenset(
    f"{part}.{name}"
    for part, names in {
        "patient": ("age_years", "sex"),
        "findings": ("status",),
        "measured": ("value", "unit", "status", "reason"),
        "urgent": ("urgency",),
        "urgent_unchecked": ("partly",),
        "subtypes": ("status", "rank", "provisional", "level"),
        "subtypes.causes": ("status",),
        "forms": ("status",),
        "patterns": ("status",),
        "mixed": ("status",),
        "differential": ("probability",),
        "differential.of_which": ("probability",),
        "treatments": ("status", "checks", "evidence"),
        "treatments.contraindications": ("verdict",),
        "treatments.cautions": ("verdict",),
        "treatments.interactions": ("verdict",),
        "treatments.dose.proposed": _DOSE,
        "treatments.dose.alternatives": _DOSE,
        "drugs": ("urgency",),
        "drug_interactions": ("verdict",),
    }.items()
    for name in names
)
_SAME = frozenset(
    {"calcinosis", "record", "as_of", "id", "name", "label", "sources", "basis", "facts", "plain"}
)
# A tree or a list of steps: one whole, not entries of their own.
_WHOLE = frozenset({"criteria", "plan"})


def _detail(contract: Contract) -> Items:
    """Marks of everything else, so that nothing changes unseen.

    `#subtypes` holds the ids of that part, `subtypes.because` one mark for each of them, in the same order.
    """
    found: Items = {}
    for part in sorted(set(contract) - _SAME):
        held = {name: _marks(entry, part) for name, entry in _parts(contract, part).items()}
        found[f"#{part}"] = list(held)
        for field in sorted({field for marks in held.values() for field in marks}):
            found[field] = [marks.get(field, "") for marks in held.values()]
    return found


def _parts(contract: Contract, part: str) -> dict[str, Any]:
    """The entries of a part by id; a part without ids is one entry."""
    listed = entries(contract, part)
    if listed and all("id" in entry for entry in listed):
        return keyed((entry["id"], entry) for entry in listed)
    return {"": {"": contract[part]}}


def _marks(entry: Any, path: str) -> dict[str, str]:
    """A short digest for each field of an entry and of what is nested in it."""
    gathered: dict[str, list[Any]] = {}
    for field, name, value in _leaves(entry, path, ""):
        gathered.setdefault(field, []).append([name, value])
    return {field: _digest(values) for field, values in gathered.items()}


def _leaves(entry: Mapping[str, Any], path: str, name: str) -> Iterator[tuple[str, str, Any]]:
    for key, value in entry.items():
        field = f"{path}.{key}" if key else path
        if key in _SAME or field in _COVERED or value in (None, "", [], {}, False):
            continue
        if isinstance(value, dict) and key not in _WHOLE:
            yield from _leaves(value, field, name)
        elif isinstance(value, list) and key not in _WHOLE and all(_has_id(one) for one in value):
            for one in value:
                yield from _leaves(one, field, f"{name}/{one['id']}")
        else:
            yield field, name, value


def _has_id(value: Any) -> bool:
    return isinstance(value, dict) and "id" in value


def _digest(value: Any) -> str:
    plain = json.dumps(_rounded(value), sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(plain.encode(), digest_size=3).hexdigest()


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, list) else value


AREAS: dict[str, Callable[[Contract], Items]] = {
    "patient": _patient,
    "red flag": _red_flags,
    "finding": partial(_statuses, part="findings"),
    "measured": _measured,
    "first": _first,
    "subtype": _subtypes,
    "cause": _causes,
    "form": partial(_statuses, part="forms"),
    "pattern": partial(_statuses, part="patterns"),
    "mixed": _mixed,
    "differential": _differential,
    "next step": _steps,
    "treatment": partial(_statuses, part="treatments"),
    "check": _checks,
    "contraindication": partial(_guards, part="contraindications"),
    "caution": partial(_guards, part="cautions"),
    "interaction": partial(_guards, part="interactions"),
    "action": partial(_guards, part="actions"),
    "dose": partial(_doses, use="proposed"),
    "alternative dose": partial(_doses, use="alternatives"),
    "drug": partial(_statuses, part="drugs"),
    "drug interaction": partial(_statuses, part="drug_interactions"),
    "ignored": _ignored,
    "order": _order,
    "detail": _detail,
}


# ---- capture


def package() -> Path:
    """Where the code that answers stands."""
    return Path(str(calcinosis.__file__)).resolve().parent


def capture(sources: Sequence[Source], jobs: int) -> dict[str, Any]:
    """The answers of the code on the path, by name of the record, with the code they come from."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12"],
        cwd=package(),
        capture_output=True,
        text=True,
        check=False,
    )
    records = dict(sorted(_each(sources, jobs)))
    return {"layout": LAYOUT, "code": described.stdout.strip() or "unversioned", "records": records}


def _each(sources: Sequence[Source], jobs: int) -> Iterator[tuple[str, Answer]]:
    shown = partial(
        track, total=len(sources), description="Consulting", console=Console(stderr=True), transient=True
    )
    if jobs < 2 or len(sources) < 2:
        yield from shown(map(answered, sources))
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from shown(pool.map(answered, sources, chunksize=8))


def store(captured: Mapping[str, Any], path: Path) -> None:
    """One record a line; packed where the name ends in .gz."""
    head = [f"{json.dumps(key)}: {json.dumps(captured[key])}" for key in ("layout", "code")]
    lines = [
        f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(answer, ensure_ascii=False, separators=(',', ':'))}"
        for name, answer in captured["records"].items()
    ]
    text = "{" + ",\n".join(head) + ',\n"records": {\n' + ",\n".join(lines) + "\n}}\n"
    path.write_bytes(gzip.compress(text.encode(), mtime=0) if path.suffix == ".gz" else text.encode())


def stored(path: Path) -> dict[str, Any]:
    """A capture that was stored.

    Raises:
        ValueError: it is none, or of another layout.
        OSError: it cannot be opened.
    """
    try:
        held = json.loads(_content(path))
    except ValueError as error:
        raise ValueError(f"{path} is no capture: {error}") from error
    if not isinstance(held, dict) or held.get("layout") != LAYOUT:
        raise ValueError(f"{path} is no capture of layout {LAYOUT}. Make it anew with `capture`.")
    return held
