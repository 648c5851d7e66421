"""From the matrix to tables of log-likelihoods, once per knowledge base.

A row holds, for one finding, the natural logarithm of its probability under every hypothesis, present
and absent. Frequency categories become probabilities as in LIRICAL (Robinson 2020, source
`robinson-2020-lirical`); what a missing cell, an implied finding or a partition means is said in
`knowledge/likelihoods.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log

from calcinosis.knowledge.differential_schema import (
    Cell,
    DifferentialKnowledge,
    Disease,
    Laboratory,
    Likelihoods,
    Moot,
    Partition,
    Scale,
    Shown,
)
from calcinosis.knowledge.schema import Term
from calcinosis.knowledge.vocabulary import Vocabulary

Rates = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One competing explanation.

    Attributes:
        id: its own id; `entry`: the id under which the differential lists it (the pooled disease for
            its forms); `disease`: the disease whose matrix it uses, empty for none of the listed.
        share: its part of the prior of `prior`, the id that the settings weigh.
        calcium: whether this is a host with calcium (true), one without (false) or no host.
    """

    id: str
    name: str
    entry: str
    disease: str
    prior: str
    share: float = 1.0
    calcium: bool | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One finding: log probability per hypothesis when present and when absent."""

    present: Rates
    absent: Rates


class Rows(dict[str, Row]):
    """Rows by finding, each made of its rates when it is first asked for."""

    def __init__(self, rates: Mapping[str, Rates]) -> None:
        super().__init__()
        self._rates = rates

    def __missing__(self, name: str) -> Row:
        row = self[name] = _logs(self._rates[name])
        return row


@dataclass(frozen=True, slots=True)
class Tables:
    """What inference needs, all hypotheses in one order.

    Attributes:
        rates: probability of each finding under each hypothesis; `rows` their logarithms, made when
            asked for.
        speaks_for: a finding without a row of its own -> the finding whose row it uses.
        parents: finding -> every finding it implies; `children` the reverse.
        exclusive: finding -> the findings that it excludes.
        overlap: finding -> (id of its overlap, rho).
        tested: findings that a test shows or does not show.
        entries: id in the differential -> its hypotheses.
        factors: by how much a finding, present and absent, multiplies each hypothesis, filled as it is asked
            for: at most one for each finding.
        bands: partition id -> its members in order; `band_of` the reverse.
        proofs: findings that prove calcium; `hearsay`: what is silent beside them -> its proof.
        tissues: tissue seen under the microscope -> the hypotheses whose own it is.
        host_tissue: whether a hypothesis has tissue of its own that a report of calcium would name.
        needs: hypothesis -> the findings of which its disease needs one.
        reaching: findings that bear on more than their own piece of evidence.
    """

    hypotheses: tuple[Hypothesis, ...]
    position: dict[str, int]
    rates: dict[str, Rates]
    rows: Rows
    speaks_for: dict[str, str]
    parents: dict[str, frozenset[str]]
    children: dict[str, frozenset[str]]
    exclusive: dict[str, frozenset[str]]
    overlap: dict[str, tuple[str, float]]
    scales: tuple[Scale, ...]
    bands: dict[str, tuple[str, ...]]
    band_of: dict[str, str]
    laboratory: dict[str, tuple[Laboratory, ...]]
    labels: dict[str, str]
    cells: dict[str, dict[str, Cell]]
    temperature: float
    absence: float
    tested_absence: float
    tested: frozenset[str]
    lapse: float
    faint: float
    ratio_limit: float
    entries: dict[str, list[int]]
    proofs: frozenset[str]
    hearsay: dict[str, str]
    specimen: str
    unnamed: float
    tissues: dict[str, frozenset[int]]
    host_tissue: tuple[bool, ...]
    moot: tuple[Moot, ...]
    needs: dict[int, tuple[str, ...]]
    unmet: float
    denied: float
    reaching: frozenset[str]
    kinds: dict[str, str]
    defining: frozenset[str]
    factors: dict[str, tuple[Rates, Rates]]


def compile_tables(knowledge: DifferentialKnowledge, vocabulary: Vocabulary) -> Tables:
    """Tables of log-likelihoods for the matrix of `knowledge` over the vocabulary."""
    rules = knowledge.likelihoods
    hypotheses = _hypotheses(knowledge)
    terms, parents, children = vocabulary.terms, vocabulary.ancestors, vocabulary.descendants
    cells = {name: {c.finding: c for c in disease.cells} for name, disease in knowledge.diseases.items()}
    rates = _all_rates(knowledge, vocabulary, hypotheses)
    bands = {part.id: part.members for part in rules.partitions}
    proofs = frozenset(one.finding for one in rules.proof.shown)
    tissues = _tissues(hypotheses, cells, terms, proofs, rules)
    with_tissue = frozenset[int]().union(*tissues.values())
    needs = {
        place: knowledge.diseases[one.disease].requires
        for place, one in enumerate(hypotheses)
        if one.disease and knowledge.diseases[one.disease].requires
    }
    return Tables(
        hypotheses=hypotheses,
        position={h.id: place for place, h in enumerate(hypotheses)},
        rates=rates,
        rows=Rows(rates),
        speaks_for={**_representatives(terms, rates, parents), **rules.like},
        parents=parents,
        children=children,
        exclusive=_exclusive(vocabulary, rules.partitions),
        overlap={
            name: found for name in rates if name not in proofs and (found := _overlap(name, terms, rules))
        },
        scales=rules.scales,
        bands=bands,
        band_of={member: part for part, members in bands.items() for member in members},
        laboratory=_by_finding(rules.laboratory),
        labels={name: term.label for name, term in terms.items()},
        cells=cells,
        temperature=rules.calibration.temperature,
        absence=rules.calibration.absence,
        tested_absence=rules.calibration.tested_absence,
        tested=frozenset(n for n in rates if n in terms and terms[n].kind in rules.calibration.tested_kinds),
        lapse=rules.calibration.lapse,
        faint=rules.calibration.faint,
        ratio_limit=rules.ratio_limit,
        entries=_entries(hypotheses),
        proofs=proofs,
        hearsay=rules.proof.hearsay,
        specimen=rules.proof.specimen,
        unnamed=rules.proof.unnamed,
        tissues=tissues,
        host_tissue=tuple([place in with_tissue for place in range(len(hypotheses))]),
        moot=rules.moot,
        needs=needs,
        unmet=rules.calibration.unmet,
        denied=rules.calibration.denied,
        reaching=_reaching(proofs, tissues, needs, rules.moot),
        kinds={name: term.kind for name, term in terms.items()},
        defining=frozenset(rules.calibration.defining),
        factors={},
    )


def _reaching(
    proofs: frozenset[str],
    tissues: Mapping[str, frozenset[int]],
    needs: Mapping[int, tuple[str, ...]],
    moot: Iterable[Moot],
) -> frozenset[str]:
    needed = {name for names in needs.values() for name in names}
    entered = {name for one in moot for name in (*one.by, *one.present, *one.absent)}
    return frozenset({*proofs, *tissues, *needed, *entered})


# A finding so frequent in a disease is its own tissue.
_OWN = ("obligate", "very_frequent", "frequent")


def _tissues(
    hypotheses: Iterable[Hypothesis],
    cells: Mapping[str, Mapping[str, Cell]],
    terms: Mapping[str, Term],
    proofs: frozenset[str],
    rules: Likelihoods,
) -> dict[str, frozenset[int]]:
    """Tissue -> the hypotheses whose own it is; calcinosis itself has none but its calcium."""
    kind = terms[rules.proof.specimen].kind
    found: dict[str, set[int]] = {}
    for place, hypothesis in enumerate(hypotheses):
        for name, cell in cells.get(hypothesis.disease, {}).items():
            own = terms[name].kind == kind and cell.frequency in _OWN and name not in proofs
            if own and hypothesis.entry != rules.calcium.of:
                found.setdefault(name, set()).add(place)
    return {name: frozenset(places) for name, places in found.items()}


def _entries(hypotheses: Iterable[Hypothesis]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, hypothesis in enumerate(hypotheses):
        found.setdefault(hypothesis.entry, []).append(place)
    return found


def _hypotheses(knowledge: DifferentialKnowledge) -> tuple[Hypothesis, ...]:
    listed = [one for disease in knowledge.diseases.values() for one in _of_disease(disease)]
    otherwise = knowledge.likelihoods.otherwise
    listed.append(Hypothesis(otherwise.id, otherwise.name, otherwise.id, "", otherwise.id))
    return tuple(sorted(listed, key=lambda h: h.id))


def _of_disease(disease: Disease) -> tuple[Hypothesis, ...]:
    """A pooled disease competes only as its residual node, a form under its pooled disease, a host twice."""
    if disease.residual is not None:
        node = disease.residual
        return (Hypothesis(node.id, node.name, disease.id, disease.id, node.id),)
    alone = Hypothesis(disease.id, disease.name, disease.within or disease.id, disease.id, disease.id)
    host = disease.host
    if host is None:
        return (alone,)
    return (
        replace(alone, share=1.0 - host.share, calcium=False),
        Hypothesis(host.id, host.name, host.entry, disease.id, disease.id, host.share, calcium=True),
    )


def _point(cell: Cell, points: Mapping[str, float], pseudo_patients: float) -> float:
    """The probability a cell stands for: its category's point, drawn to the printed share by n."""
    base = points[cell.frequency]
    if cell.percent is None:
        return base
    n = float(cell.n or pseudo_patients)
    mixed = (cell.percent / 100 * n + base * pseudo_patients) / (n + pseudo_patients)
    return min(max(mixed, min(points.values())), max(points.values()))


@dataclass(frozen=True, slots=True)
class _Frame:
    """What is the same for every disease: the stated findings, those around each, and their backgrounds.

    Attributes:
        ordered: stated findings outside the partitions, a parent before what implies it.
        above: stated findings that each implies; `below` the reverse.
        lesions: sets of which one lesion shows at most one member.
        proofs: findings that prove calcium.
        hosted: (host, finding that calcium brings) -> its rate in the host, with calcium or without.
    """

    rules: Likelihoods
    points: dict[str, float]
    ordered: tuple[str, ...]
    above: dict[str, tuple[str, ...]]
    below: dict[str, tuple[str, ...]]
    backgrounds: dict[str, float]
    lesions: tuple[tuple[str, ...], ...]
    proofs: dict[str, Shown]
    hosted: dict[tuple[str, str], float]


def _frame(knowledge: DifferentialKnowledge, vocabulary: Vocabulary, stated: set[str]) -> _Frame:
    rules = knowledge.likelihoods
    points: dict[str, float] = {category.id: category.point for category in rules.categories}
    terms, parents, children = vocabulary.terms, vocabulary.ancestors, vocabulary.descendants
    members = {member for part in rules.partitions for member in part.members}
    wanted = stated | members
    loose = wanted - members
    return _Frame(
        rules=rules,
        points=points,
        ordered=tuple(sorted(loose, key=lambda name: (len(parents.get(name, ())), name))),
        above={name: tuple(sorted(parents.get(name, frozenset()) & wanted)) for name in loose},
        below={name: tuple(sorted(children.get(name, frozenset()) & wanted)) for name in loose},
        backgrounds={name: _background(name, terms, rules) for name in wanted},
        lesions=tuple(tuple(sorted(group & loose)) for group in vocabulary.one_lesion if group & loose),
        proofs={one.finding: one for one in rules.proof.shown},
        hosted={
            (disease.id, cell.finding): _point(cell, points, rules.pseudo_patients)
            for disease in knowledge.diseases.values()
            if disease.host
            for cell in disease.cells
            if cell.finding in rules.calcium.findings
        },
    )


def _all_rates(
    knowledge: DifferentialKnowledge, vocabulary: Vocabulary, hypotheses: tuple[Hypothesis, ...]
) -> dict[str, Rates]:
    terms, children = vocabulary.terms, vocabulary.descendants
    rules, diseases = knowledge.likelihoods, knowledge.diseases.values()
    stated = {cell.finding for disease in diseases for cell in disease.cells}
    # A parent that no disease states is as frequent as the commonest of what implies it.
    gathered = {
        name: under
        for name in terms
        if name not in stated and (under := children.get(name, frozenset()) & stated)
    }
    frame = _frame(knowledge, vocabulary, stated)
    by_disease = {disease.id: _disease_rates(disease, frame) for disease in diseases}
    for found in by_disease.values():
        for name, under in gathered.items():
            found[name] = max([found[child] for child in under])
        for name, proof in rules.proof.hearsay.items():
            found[name] = found[proof]
    excluded = {
        (disease.id, cell.finding)
        for disease in diseases
        for cell in disease.cells
        if cell.frequency == "excluded"
    }
    proofs = {one.finding: one.unlisted for one in rules.proof.shown}
    proved = {*proofs, *(child for name in proofs for child in children.get(name, frozenset()))}
    lifted = _lifted(
        by_disease, excluded, rules, {name for name in terms if _exact(name, terms, rules)} | proved
    )
    # A name is a name: what names a listed disease is as rare in an unlisted one as in the other listed.
    named = {name: frame.backgrounds[name] for name in stated if _exact(name, terms, rules)} | proofs
    floor = rules.otherwise.rate_floor
    return {
        name: _parted(
            name,
            _row_rates(hypotheses, {d: found[name] for d, found in lifted.items()}, floor, named.get(name)),
            hypotheses,
            lifted[rules.calcium.of][name],
            frame,
        )
        for name in sorted({*stated, *gathered, *rules.proof.hearsay})
    }


def _parted(
    name: str,
    rates: Rates,
    hypotheses: tuple[Hypothesis, ...],
    full: float,
    frame: _Frame,
) -> Rates:
    """What calcium brings is as frequent in a host that holds it as in calcinosis, `full`, else a background.

    Both together show what the host shows, where its matrix states it: the host with calcium no more than
    that, the one without what is left. A name of calcinosis belongs to what is listed as calcinosis.
    """
    rules = frame.rules
    if name not in rules.calcium.findings:
        return rates
    proof = frame.proofs.get(rules.proof.hearsay.get(name, name))
    least = proof.rare if proof else frame.backgrounds.get(name, rules.background_default)
    found = list(rates)
    for place, one in enumerate(hypotheses):
        if one.calcium is None or (name in rules.exact and one.entry != rules.calcium.of):
            continue
        share = one.share if one.calcium else 1.0 - one.share
        whole = frame.hosted.get((one.disease, rules.proof.hearsay.get(name, name)))
        with_it = full if whole is None else max(min(full, whole / share), whole)
        if one.calcium:
            found[place] = with_it
        else:
            shown = rates[place] if whole is None else whole
            found[place] = max((shown - share * with_it) / one.share, min(least, shown))
    return tuple(found)


def _lifted(
    by_disease: Mapping[str, Mapping[str, float]],
    excluded: set[tuple[str, str]],
    rules: Likelihoods,
    spared: set[str],
) -> dict[str, dict[str, float]]:
    """No rate but an excluded one below a share of the mean over all diseases: any can present oddly.

    What is `spared` names a disease or proves calcium: oddness does not bring it.
    """
    names = next(iter(by_disease.values())).keys()
    mean = {name: sum([found[name] for found in by_disease.values()]) / len(by_disease) for name in names}
    least = {name: 0.0 if name in spared else rules.atypical * rate for name, rate in mean.items()}
    lifted = {
        disease: {
            name: rate if rate >= least[name] or (disease, name) in excluded else least[name]
            for name, rate in found.items()
        }
        for disease, found in by_disease.items()
    }
    for found in lifted.values():
        for part in rules.partitions:
            members = [member for member in part.members if member in found]
            whole = sum(found[member] for member in members)
            found.update({member: found[member] / whole for member in members})
    return lifted


def _row_rates(
    hypotheses: tuple[Hypothesis, ...], by_disease: Mapping[str, float], floor: float, otherwise: float | None
) -> Rates:
    """Rates per hypothesis; an unlisted disease takes `otherwise`, or the mean of the listed."""
    listed = [by_disease[h.disease] for h in hypotheses if h.disease]
    mean = otherwise if otherwise is not None else max(sum(listed) / len(listed), floor)
    return tuple([by_disease[h.disease] if h.disease else mean for h in hypotheses])


def _disease_rates(disease: Disease, frame: _Frame) -> dict[str, float]:
    """Rates of one disease, coherent: a child is never as frequent as what it implies."""
    rules = frame.rules
    given = {cell.finding: _point(cell, frame.points, rules.pseudo_patients) for cell in disease.cells}
    found = {**frame.backgrounds, **given}
    for part in rules.partitions:
        found.update(_shared(part, given, frame.backgrounds[part.members[0]]))
    excluded = {cell.finding for cell in disease.cells if cell.frequency == "excluded"}
    for name in frame.ordered:
        if (frame.above[name] or frame.below[name]) and name not in excluded:
            found[name] = _coherent(name, given, found[name], frame)
    for group in frame.lesions:
        found.update(_told(group, found))
    for name, proof in frame.proofs.items():
        if found[name] <= max(frame.points["very_rare"], frame.backgrounds[name]):
            found[name] = min(found[name], proof.rare)
    for name in frame.ordered:
        above = frame.above[name]
        if above:
            found[name] = min(found[name], min([found[parent] for parent in above]) * rules.child_limit)
    return found


def _told(group: Sequence[str], found: Mapping[str, float]) -> dict[str, float]:
    """Shares of what is told of one lesion: a disease that can show all colours shows each less often."""
    whole = sum([found[name] for name in group])
    return {name: found[name] / whole for name in group} if whole > 1.0 else {}


def _exact(name: str, terms: Mapping[str, Term], rules: Likelihoods) -> bool:
    return name in rules.exact or (name in terms and terms[name].kind in rules.exact)


def _background(name: str, terms: Mapping[str, Term], rules: Likelihoods) -> float:
    kind = terms[name].kind if name in terms else ""
    return rules.usual.get(name, rules.backgrounds.get(kind, rules.background_default))


def _coherent(name: str, given: Mapping[str, float], rate: float, frame: _Frame) -> float:
    """A parent is at least as frequent as its commonest child, an unstated child a share of its parent."""
    below = [given[child] for child in frame.below[name] if child in given]
    if below:
        return max(rate, *below)
    if name in given:
        return rate
    above = [given[parent] for parent in frame.above[name] if parent in given]
    return max(rate, frame.rules.child_share * min(above)) if above else rate


def _shared(part: Partition, given: Mapping[str, float], background: float) -> dict[str, float]:
    """Shares of a partition: stated members as stated, the others what is left, made to add up to one.

    With more than one member open, none falls below the background of its kind.
    """
    stated = {member: given[member] for member in part.members if member in given}
    others = [member for member in part.members if member not in stated]
    if not stated:
        return {member: 1.0 / len(part.members) for member in part.members}
    left = max(1.0 - sum(stated.values()), 0.0) / max(len(others), 1)
    least = background if len(part.members) > 2 else 0.0
    filled = {**stated, **dict.fromkeys(others, max(left, least))}
    whole = sum(filled.values())
    return {member: rate / whole for member, rate in filled.items()}


def _logs(rates: Rates) -> Row:
    return Row(tuple(map(log, rates)), tuple([log(1.0 - rate) for rate in rates]))


def _representatives(
    terms: Mapping[str, Term], rates: Mapping[str, Rates], parents: Mapping[str, frozenset[str]]
) -> dict[str, str]:
    """A finding that no disease mentions speaks through the most specific finding it implies."""
    found = {}
    for name in terms:
        above = sorted(parent for parent in parents[name] if parent in rates)
        if name not in rates and above:
            found[name] = max(above, key=lambda parent: len(parents.get(parent, ())))
    return found


def _exclusive(vocabulary: Vocabulary, partitions: Iterable[Partition]) -> dict[str, frozenset[str]]:
    """Which findings one patient cannot have together: rivals, and the members of a partition."""
    found = dict(vocabulary.rivals)
    for part in partitions:
        members = frozenset(part.members)
        found |= {name: found.get(name, frozenset()) | members - {name} for name in members}
    return found


def _overlap(name: str, terms: Mapping[str, Term], rules: Likelihoods) -> tuple[str, float] | None:
    kind = terms[name].kind if name in terms else ""
    for group in rules.overlaps:
        if name in group.members:
            return group.id, group.rho
    for group in rules.overlaps:
        if kind in group.kinds:
            return group.id, group.rho
    return None


def _by_finding(laboratory: Iterable[Laboratory]) -> dict[str, tuple[Laboratory, ...]]:
    found: dict[str, tuple[Laboratory, ...]] = {}
    for entry in laboratory:
        found[entry.finding] = (*found.get(entry.finding, ()), entry)
    return found
