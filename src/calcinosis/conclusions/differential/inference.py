"""From findings to probabilities: which findings count, how much, and what they add up to.

Present, absent and unknown are three things: an unknown finding contributes nothing. The summed
log-likelihoods of findings that say in part the same are divided by their design effect, so that they
are not counted twice. The result does not depend on the order of the findings.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log
from typing import NamedTuple

import msgspec

from calcinosis.conclusions.differential.likelihood import Rates, Tables
from calcinosis.knowledge.differential_schema import Component, Laboratory, Scale
from calcinosis.model import Finding, Findings, Status


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence.

    Attributes:
        finding: the finding, or the measurement, that says it; `row`: the finding whose rates it uses.
        logs: log-likelihood per hypothesis; `weight`: how much of it counts.
        value: the number behind it, in `unit`.
    """

    finding: str
    row: str
    status: Status
    logs: Rates
    weight: float
    value: float | None = None
    unit: str = ""


class Sums(NamedTuple):
    """Tempered log-likelihoods: of the listed hypotheses, and of an unlisted relative of each."""

    listed: Rates
    relatives: Rates


@dataclass(frozen=True, slots=True)
class Posterior:
    """Probability per hypothesis, with the evidence it rests on.

    Attributes:
        given: log priors of the setting; `log_priors`: the same, where a disease lacks what it needs lowered.
        summed: the tempered sum of the pieces; `proven`: the part of it that proofs of calcium bring.
    """

    tables: Tables
    given: Rates
    log_priors: Rates
    pieces: tuple[Piece, ...]
    summed: Sums
    proven: Sums
    probabilities: Rates


def infer(findings: Findings, tables: Tables, given: Rates) -> Posterior:
    """Probabilities of all hypotheses given `findings` under log priors; they sum to one."""
    pieces = evidence(findings, tables)
    log_priors = _gated(findings, tables, given)
    nothing = Sums((0.0,) * len(given), (0.0,) * len(given))
    proven = _summed([piece for piece in pieces if _proves(piece, tables)], tables, nothing)
    summed = _summed([piece for piece in pieces if not _proves(piece, tables)], tables, proven)
    shares = _mixed(summed, proven, tables, log_priors, given)
    return Posterior(tables, given, log_priors, pieces, summed, proven, shares)


def _gated(findings: Findings, tables: Tables, given: Rates) -> Rates:
    """Log priors, lowered where nothing that a disease needs is known to be there."""
    if not tables.needs:
        return given
    found = list(given)
    unmet, denied = log(tables.unmet), log(tables.denied)
    present = {name for name, one in findings.by_id.items() if one.status is Status.PRESENT}
    absent = {name for name, one in findings.by_id.items() if one.status is Status.ABSENT}
    for place, sets in tables.needs.items():
        for names in sets:
            if present.isdisjoint(names):
                found[place] += denied if absent.issuperset(names) else unmet
    return tuple(found)


def _proves(piece: Piece, tables: Tables) -> bool:
    return piece.status is Status.PRESENT and piece.row in tables.proofs


def _summed(pieces: Iterable[Piece], tables: Tables, start: Sums) -> Sums:
    """Tempered log-likelihoods of the pieces, added to `start`."""
    listed, relatives = start
    for piece in pieces:
        weight = piece.weight * tables.temperature
        listed = tuple([total + weight * found for total, found in zip(listed, piece.logs, strict=True)])
        kin = _kin(piece, tables)
        relatives = tuple([total + weight * found for total, found in zip(relatives, kin, strict=True)])
    return Sums(listed, relatives)


def _kin(piece: Piece, tables: Tables) -> Rates:
    """What a piece says of an unlisted relative of each listed disease.

    In a share `spread` of its findings the relative is like any disease, in the rest like the one that it
    resembles: it fits nobody so well as that one does its own patients, and contradicts nobody so much.
    What proves calcium or names a disease is as rare in it as in any unlisted disease.
    """
    if _proves(piece, tables) or (piece.row in tables.names and piece.status is Status.PRESENT):
        return (piece.logs[tables.otherwise],) * len(piece.logs)
    key = (piece.row, piece.status is Status.PRESENT)
    row = tables.rows[piece.row] if piece.row in tables.rates else None
    plain = row is not None and piece.logs is (row.present if key[1] else row.absent)
    if plain and key in tables.kin:
        return tables.kin[key]
    rates = [exp(found) for found in piece.logs]
    usual = (sum(rates) - rates[tables.otherwise]) / (len(rates) - 1)
    spread = tables.spread
    found = tuple([log((1.0 - spread) * rate + spread * usual) for rate in rates])
    if plain:
        tables.kin[key] = found
    return found


def _mixed(summed: Sums, proven: Sums, tables: Tables, log_priors: Rates, given: Rates) -> Rates:
    """Prior times tempered likelihood, normalised, allowing for records that mislead.

    A share `lapse` of records is read as if their findings, proofs of calcium apart, carried only the part
    `faint` of their weight. Unlike a cap on the result this never reverses what a finding says of two
    listed diseases.
    """
    full = _posterior(summed, tables, log_priors, given)
    faint = _posterior(_believed(summed, proven, tables.faint), tables, log_priors, given)
    kept = 1.0 - tables.lapse
    return tuple([kept * one + tables.lapse * other for one, other in zip(full, faint, strict=True)])


def _believed(summed: Sums, proven: Sums, part: float) -> Sums:
    """The part of the evidence that is believed where a record misleads; proofs in full."""
    listed, relatives = (
        tuple([part * total + (1.0 - part) * proof for total, proof in zip(all_of_it, proofs, strict=True)])
        for all_of_it, proofs in zip(summed, proven, strict=True)
    )
    return Sums(listed, relatives)


def added(found: Posterior, findings: Findings, name: str, status: Status) -> Rates:
    """Probabilities when `name`, unknown so far, turns out to be `status`.

    Where the finding implies, follows from and excludes nothing that is known, only its own weight and
    that of its overlap change; else everything is inferred anew. Both give the same.
    """
    tables = found.tables
    if _touches(found, findings, name):
        more = {**findings.by_id, name: Finding(id=name, status=status)}
        return infer(msgspec.structs.replace(findings, by_id=more), tables, found.given).probabilities
    piece = _piece(name, (name, status), findings, tables)
    overlap = tables.overlap.get(name)
    beside = [one for one in found.pieces if overlap and _overlap_of(one, tables) == overlap[0]]
    if overlap and beside:
        k, rho = len(beside), overlap[1]
        piece = replace(piece, weight=piece.weight / (1.0 + k * rho))
        change = (1.0 + (k - 1) * rho) / (1.0 + k * rho) - 1.0
        beside = [replace(one, weight=one.weight * change) for one in beside]
    summed = _summed([*beside, piece], tables, found.summed)
    return _mixed(summed, found.proven, tables, found.log_priors, found.given)


def _overlap_of(piece: Piece, tables: Tables) -> str:
    return tables.overlap[piece.row][0] if piece.row in tables.overlap else ""


def _touches(found: Posterior, findings: Findings, name: str) -> bool:
    """Whether the finding bears on what is already counted or pruned."""
    tables = found.tables
    known = {*findings.by_id, *[piece.row for piece in found.pieces], *tables.band_of}
    if name in known or name not in tables.rates or name in tables.reaching:
        return True
    around = [tables.parents.get(name), tables.children.get(name), tables.exclusive.get(name)]
    if any(not tables.reaching.isdisjoint(group) for group in around if group):
        return True
    if any(not known.isdisjoint(group) for group in around if group):
        return True
    return any(tables.speaks_for.get(one) == name for one in findings.by_id)


def _posterior(summed: Sums, tables: Tables, log_priors: Rates, given: Rates) -> Rates:
    """Normalised, the unlisted disease by how much better its relatives explain the findings than the list.

    That ratio counts `misfit` times: fitted on patients whose own disease was taken off the list.
    """
    totals = [total + prior for total, prior in zip(summed.listed, log_priors, strict=True)]
    place = tables.otherwise
    relatives = [total + prior for total, prior in zip(summed.relatives, given, strict=True)]
    listed = _whole(totals[:place] + totals[place + 1 :])
    unlisted = _whole(relatives[:place] + relatives[place + 1 :])
    likelihood = listed - log(1.0 - exp(given[place]))
    totals[place] = log_priors[place] + likelihood + tables.misfit * (unlisted - listed)
    return normalised(totals)


def _whole(totals: Sequence[float]) -> float:
    """Logarithm of the sum of exponentials."""
    top = max(totals)
    return top + log(sum([exp(total - top) for total in totals]))


def normalised(totals: Sequence[float]) -> Rates:
    """Probabilities from unnormalised logarithms."""
    top = max(totals)
    raw = [exp(total - top) for total in totals]
    whole = sum(raw)
    return tuple([share / whole for share in raw])


def evidence(findings: Findings, tables: Tables) -> tuple[Piece, ...]:
    """The findings that count, each with its weight, ordered by id."""
    scaled = _scaled(findings.measured, tables)
    replaced = {name for piece in scaled for name in _bands(piece.row, tables)}
    known = _telling(_spoken(findings, tables, replaced), findings, tables)
    counted = _pruned(known, tables)
    if any(known[row][1] is Status.PRESENT for row in counted if row in tables.proofs):
        counted = [row for row in counted if row not in tables.hearsay]
    pieces = [_piece(row, known[row], findings, tables) for row in counted]
    return _weighed(sorted([*pieces, *scaled], key=lambda piece: piece.finding), tables)


def _bands(partition: str, tables: Tables) -> set[str]:
    """The bands that a number replaces, with what implies them or follows from them."""
    members = tables.bands[partition]
    around = [tables.parents.get(one, frozenset()) | tables.children.get(one, frozenset()) for one in members]
    return set(members).union(*around)


def _spoken(findings: Findings, tables: Tables, replaced: Iterable[str]) -> dict[str, tuple[str, Status]]:
    """Row -> (finding that speaks, status); present wins over absent where two speak for one row."""
    known: dict[str, tuple[str, Status]] = {}
    left_out = set(replaced)
    for name in sorted(findings.by_id):
        status = findings.by_id[name].status
        row = name if name in tables.rates else tables.speaks_for.get(name, "")
        if status is Status.UNKNOWN or not row or row in left_out:
            continue
        # That a part is spared says nothing of the whole: absence is not handed up.
        if row != name and (status is Status.ABSENT or _said(findings, row)):
            continue
        if row not in known or status is Status.PRESENT:
            known[row] = (name, status)
    return known


def _telling(
    known: dict[str, tuple[str, Status]], findings: Findings, tables: Tables
) -> dict[str, tuple[str, Status]]:
    """What is left when another finding makes some of it say nothing."""
    for moot in tables.moot:
        if not any(findings.status(name) is Status.PRESENT for name in moot.by):
            continue
        known = {
            row: (name, status)
            for row, (name, status) in known.items()
            if not (
                row in moot.present
                if status is Status.PRESENT
                else row in moot.absent or tables.kinds[row] in moot.absent_kinds
            )
        }
    return known


def _said(findings: Findings, row: str) -> bool:
    return findings.status(row) is not Status.UNKNOWN


def _pruned(known: Mapping[str, tuple[str, Status]], tables: Tables) -> list[str]:
    """Drop what follows from another finding.

    Of a present chain the most specific stays, of an absent one the most general, and what a present
    finding excludes is not said again by its absence.
    """
    present = {row for row, (_, status) in known.items() if status is Status.PRESENT}
    absent = known.keys() - present
    implied = {parent for row in present for parent in tables.parents.get(row, ())}
    excluded = {other for row in present for other in tables.exclusive.get(row, ())}
    kept_absent = {
        row for row in absent if row not in excluded and not (tables.parents.get(row, frozenset()) & absent)
    }
    return sorted((present - implied) | kept_absent)


def _piece(row: str, spoken: tuple[str, Status], findings: Findings, tables: Tables) -> Piece:
    name, status = spoken
    finding = findings.get(name)
    measured = _laboratory(row, findings, tables)
    if measured is not None:
        entry, value = measured
        rates = tables.rates[row]
        return Piece(
            name, row, status, _mixture(rates, value, entry, tables.ratio_limit), 1.0, value, entry.unit
        )
    if status is Status.PRESENT:
        logs = tables.rows[row].present
        if row in tables.specimen:
            logs = _read(logs, findings, tables)
        return Piece(name, row, status, logs, 1.0, finding.value, finding.unit)
    weight = absence_weight(row, tables)
    return Piece(name, row, status, tables.rows[row].absent, weight, finding.value, finding.unit)


def absence_weight(row: str, tables: Tables) -> float:
    """How much it counts that a finding is absent: in full where it defines a disease, else less."""
    if row in tables.defining:
        return 1.0
    return tables.tested_absence if row in tables.tested else tables.absence


def _read(logs: Rates, findings: Findings, tables: Tables) -> Rates:
    """Calcium in a specimen where no other tissue is named: who reads one names the wall or cells in it."""
    named = {
        place
        for name, places in tables.tissues.items()
        for place in places
        if findings.status(name) is Status.PRESENT
    }
    silent = log(tables.unnamed)
    return tuple(
        [
            one + silent if has and place not in named else one
            for place, (one, has) in enumerate(zip(logs, tables.host_tissue, strict=True))
        ]
    )


def _weighed(pieces: Iterable[Piece], tables: Tables) -> tuple[Piece, ...]:
    held = tuple(pieces)
    sizes = Counter(tables.overlap[piece.row][0] for piece in held if piece.row in tables.overlap)
    return tuple(_shrunk(piece, sizes, tables) for piece in held)


def _shrunk(piece: Piece, sizes: Mapping[str, int], tables: Tables) -> Piece:
    overlap = tables.overlap.get(piece.row)
    if overlap is None or sizes[overlap[0]] == 1:
        return piece
    effect = 1.0 + (sizes[overlap[0]] - 1) * overlap[1]
    return Piece(
        piece.finding, piece.row, piece.status, piece.logs, piece.weight / effect, piece.value, piece.unit
    )


def _scaled(measured: Mapping[str, Finding], tables: Tables) -> list[Piece]:
    """Numbers that replace the bands of a partition."""
    found = []
    for scale in tables.scales:
        value = _scale_value(scale, measured)
        if value is not None:
            logs = _between(scale, value, tables)
            found.append(Piece(scale.measured, scale.partition, Status.PRESENT, logs, scale.weight, value))
    return found


def _scale_value(scale: Scale, measured: Mapping[str, Finding]) -> float | None:
    value = _number(measured.get(scale.measured))
    if value is None or not scale.less:
        return value
    less = _number(measured.get(scale.less))
    return max(value - less / scale.per, 0.0) if less is not None else value


def _number(finding: Finding | None) -> float | None:
    return finding.value if finding is not None else None


def _between(scale: Scale, value: float, tables: Tables) -> Rates:
    """Log probability between the centres of two bands, linear on a logarithmic axis."""
    members = tables.bands[scale.partition]
    places = [log(centre + scale.offset) for centre in scale.centres]
    at = log(max(value + scale.offset, 1e-6))
    upper = min(max(bisect_right(places, at), 1), len(places) - 1)
    low, high = places[upper - 1], places[upper]
    share = min(max((at - low) / (high - low), 0.0), 1.0)
    below, above = tables.rows[members[upper - 1]].present, tables.rows[members[upper]].present
    return tuple((1 - share) * a + share * b for a, b in zip(below, above, strict=True))


def _laboratory(row: str, findings: Findings, tables: Tables) -> tuple[Laboratory, float] | None:
    """The distribution and value that fit this finding, unit and age, if any."""
    age = _number(findings.measured.get("age_years"))
    for entry in tables.laboratory.get(row, ()):
        finding = findings.measured.get(entry.measured)
        if finding is None or finding.value is None or finding.unit != entry.unit or finding.value <= 0:
            continue
        if age is None or entry.age_from <= age < entry.age_to:
            return entry, finding.value
    return None


def _mixture(rates: Rates, value: float, entry: Laboratory, limit: float) -> Rates:
    """Log of p f(with) + (1 - p) f(without), relative to f(without), the ratio kept within `limit`."""
    ratio = exp(
        min(
            max(_density(value, entry.with_finding) - _density(value, entry.without), -log(limit)), log(limit)
        )
    )
    return tuple(log(rate * ratio + 1.0 - rate) for rate in rates)


def _density(value: float, component: Component) -> float:
    """Log-normal log density up to a constant shared by both components."""
    z = (log(value) - log(component.median)) / component.spread
    return -0.5 * z * z - log(component.spread)
