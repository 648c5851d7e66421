"""How good the differential is: accuracy, calibration, and two baselines that it must beat.

All figures come from `Case` records: what was accepted, what was predicted. Bootstrap intervals use a
fixed seed, so that a figure is the same each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from math import exp, log
from random import Random

from msgspec import Struct

from calcinosis.conclusions.differential.ranking import Engine
from calcinosis.model import Findings

# Case id, findings, accepted ids.
Row = tuple[str, Findings, Sequence[str]]
FOLDS = 5
_SEED = 20260101
_BINS = 10
# A candidate is called from this probability on; a distribution without one is flat.
_HALF = 0.5
# Probabilities are kept this far from 0 and 1 before a logarithm is taken.
_EDGE = 1e-6


class Case(Struct, frozen=True, kw_only=True, dict=True):
    """One prediction: accepted ids and probabilities; `unlisted` when no listed disease is accepted."""

    id: str
    accepted: tuple[str, ...]
    probabilities: dict[str, float]
    unlisted: bool = False

    @cached_property
    def ranked(self) -> tuple[str, ...]:
        """Ids, most probable first, equal ones by id."""
        return tuple(sorted(self.probabilities, key=lambda n: (-self.probabilities[n], n)))

    @cached_property
    def top(self) -> float:
        """Probability of the first candidate."""
        return max(self.probabilities.values())


class Bin(Struct, frozen=True, kw_only=True):
    """One bar of a reliability diagram: mean probability said, share that was right, n."""

    low: float
    high: float
    said: float
    right: float
    n: int


class Recall(Struct, frozen=True, kw_only=True):
    """How many cases of one disease were ranked first and in the first three."""

    disease: str
    n: int
    first: int
    third: int


class Interval(Struct, frozen=True, kw_only=True):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


class Scores(Struct, frozen=True, kw_only=True):
    """All figures of one set of cases.

    Attributes:
        brier: mean squared distance of the whole distribution from the truth, 0 (best) to 2.
        ece: expected calibration error of the first candidate's probability.
        slope: logistic slope of being right on the log-odds said; 1 is calibrated, below 1 overconfident.
        sensitivity, specificity: of the target as first candidate; `called_sensitivity` and
            `called_specificity` when it is called at a probability of one half or more.
        misses: (case, accepted, first candidate, its probability), most confident first.
    """

    n: int
    first: Interval
    third: Interval
    brier: Interval
    log_loss: float
    ece: Interval
    slope: float
    sensitivity: float
    specificity: float
    called_sensitivity: float
    called_specificity: float
    recall: tuple[Recall, ...]
    bins: tuple[Bin, ...]
    misses: tuple[tuple[str, tuple[str, ...], str, float], ...]


class Delisted(Struct, frozen=True, kw_only=True):
    """What becomes of patients whose own disease is taken off the list, one disease at a time.

    Attributes:
        n: patients with a listed disease; `none`: of whom none of the listed comes first.
        held: of whom none of the listed comes first, or no candidate reaches one half.
        target_n, target_held: the same for those with the target, whose forms all go together.
        misses: (case, what was concluded, its probability) of the rest, most confident first.
    """

    n: int
    none: int
    held: int
    target_n: int
    target_held: int
    misses: tuple[tuple[str, str, float], ...]


class Discrimination(Struct, frozen=True, kw_only=True):
    """How well the target is told from the rest under one setting.

    Attributes:
        area: under the receiver operating curve of its probability; `sensitivity`, `specificity` as first
            candidate, the operating point.
    """

    setting: str
    area: float
    sensitivity: float
    specificity: float


class Comparison(Struct, frozen=True, kw_only=True):
    """The differential beside its two baselines, on the same cases.

    Attributes:
        brier_gain: share by which the Brier score lies below that of the better baseline.
        delisted: the same patients, each with its own disease taken off the list.
        beside: how the target is told from the rest in this setting and in the default one.
    """

    differential: Scores
    prior_only: Scores
    matching: Scores
    brier_gain: float
    delisted: Delisted
    beside: tuple[Discrimination, ...]


def evaluate(
    engine: Engine,
    cases: Iterable[Row],
    setting: str,
    target: str = "calcinosis_cutis",
) -> Comparison:
    """Score the differential and both baselines on `cases` (id, findings, accepted ids)."""
    held = [(name, findings, tuple(accepted)) for name, findings, accepted in cases]
    ways: tuple[Callable[[Findings], dict[str, float]], ...] = (
        lambda findings: engine.differential(findings, setting).probabilities,
        lambda findings: prior_only(engine, setting),
        lambda findings: matching(engine, findings),
    )
    found = [scores(_predicted(engine, held, way), target) for way in ways]
    better = min(found[1].brier.value, found[2].brier.value)
    return Comparison(
        differential=found[0],
        prior_only=found[1],
        matching=found[2],
        brier_gain=1.0 - found[0].brier.value / better,
        delisted=delisted(engine, held, setting, target),
        beside=tuple(
            [
                discrimination(engine, held, name, target)
                for name in dict.fromkeys((setting, engine.knowledge.priors.default))
            ]
        ),
    )


def delisted(
    engine: Engine, cases: Iterable[Row], setting: str, target: str = "calcinosis_cutis"
) -> Delisted:
    """Take each patient's own disease off the list, with all forms of a pooled one, and see what is said."""
    found = []
    held = [(name, findings, tuple(accepted)) for name, findings, accepted in cases]
    without = _without_each(engine, held)
    for name, entries, chances in _off_the_list(without, held, setting):
        first = max(chances, key=chances.__getitem__)
        none = first == engine.knowledge.likelihoods.otherwise.id
        found.append((name, target in entries, none, none or chances[first] < _HALF, first, chances[first]))
    return Delisted(
        n=len(found),
        none=sum([none for _, _, none, _, _, _ in found]),
        held=sum([held for _, _, _, held, _, _ in found]),
        target_n=sum([aimed for _, aimed, _, _, _, _ in found]),
        target_held=sum([aimed and held for _, aimed, _, held, _, _ in found]),
        misses=tuple(
            sorted(
                [(name, first, chance) for name, _, _, held, first, chance in found if not held],
                key=lambda one: (-one[2], one[0]),
            )
        ),
    )


def _without_each(engine: Engine, cases: Iterable[Row]) -> dict[frozenset[str], Engine]:
    """Accepted entries -> the differential that does not know them."""
    every = {_entries(engine, accepted) for _, _, accepted in cases}
    return {entries: engine.without(entries) for entries in sorted(every, key=sorted) if entries}


def _entries(engine: Engine, accepted: Iterable[str]) -> frozenset[str]:
    return frozenset(one for one in accepted if one in engine.entries)


def _off_the_list(
    without: Mapping[frozenset[str], Engine], cases: Iterable[Row], setting: str
) -> Iterator[tuple[str, frozenset[str], dict[str, float]]]:
    """(case, what was taken off, what is then said) of every case with a listed disease."""
    listed = {name for entries in without for name in entries}
    for name, findings, accepted in cases:
        entries = frozenset(accepted) & listed
        if entries:
            yield name, entries, without[entries].differential(findings, setting).probabilities


def discrimination(engine: Engine, cases: Iterable[Row], setting: str, target: str) -> Discrimination:
    """Area under the curve and operating point of the target under the priors of `setting`."""
    made = [
        case(engine, name, accepted, engine.differential(findings, setting).probabilities)
        for name, findings, accepted in cases
    ]
    ill = [one for one in made if target in one.accepted]
    well = [one for one in made if target not in one.accepted]
    pairs = [(a.probabilities[target], b.probabilities[target]) for a in ill for b in well]
    above = sum([1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs])
    return Discrimination(
        setting=setting,
        area=above / len(pairs) if pairs else float("nan"),
        sensitivity=_share(ill, lambda one: one.ranked[0] == target),
        specificity=_share(well, lambda one: one.ranked[0] != target),
    )


def _predicted(
    engine: Engine,
    held: Iterable[tuple[str, Findings, tuple[str, ...]]],
    way: Callable[[Findings], dict[str, float]],
) -> list[Case]:
    return [case(engine, name, accepted, way(findings)) for name, findings, accepted in held]


def case(engine: Engine, name: str, accepted: Iterable[str], probabilities: dict[str, float]) -> Case:
    """A prediction to score; an accepted id that is not listed counts as `none of these`."""
    ids = accepted_ids(engine, accepted)
    unlisted = not any(one in engine.knowledge.diseases for one in ids)
    return Case(id=name, accepted=ids, probabilities=probabilities, unlisted=unlisted)


def accepted_ids(engine: Engine, accepted: Iterable[str]) -> tuple[str, ...]:
    """Accepted ids of the differential; a disease that is not listed is `none of these`."""
    otherwise = engine.knowledge.likelihoods.otherwise.id
    return tuple(name if name in engine.entries else otherwise for name in accepted)


def prior_only(engine: Engine, setting: str) -> dict[str, float]:
    """Baseline: the priors, whatever the findings."""
    shares = [exp(found) for found in engine.priors(setting)]
    return {name: sum(shares[p] for p in places) for name, places in engine.entries.items()}


def matching(engine: Engine, findings: Findings) -> dict[str, float]:
    """Baseline: one plus the number of present findings that a disease states as frequent, in shares.

    An entry of several forms counts its best one.
    """
    present = {name for name, found in findings.by_id.items() if found.status.value == "present"}
    usual = {"obligate", "very_frequent", "frequent"}
    tables = engine.tables
    counts = {
        h.id: 1
        + sum(
            1
            for c in tables.cells.get(h.disease, {}).values()
            if c.finding in present and c.frequency in usual
        )
        for h in tables.hypotheses
    }
    best = {
        name: max(counts[tables.hypotheses[p].id] for p in places) for name, places in engine.entries.items()
    }
    whole = sum(best.values())
    return {name: count / whole for name, count in best.items()}


def scores(cases: Sequence[Case], target: str) -> Scores:
    """All figures of `cases`; `target` is the entry whose sensitivity and specificity are wanted.

    Raises:
        ValueError: there is no case.
    """
    if not cases:
        raise ValueError("no case to score")
    ill = [case for case in cases if target in case.accepted]
    well = [case for case in cases if target not in case.accepted]
    return Scores(
        n=len(cases),
        first=interval(cases, lambda held: _share(held, lambda case: within(case, 1))),
        third=interval(cases, lambda held: _share(held, lambda case: within(case, 3))),
        brier=interval(cases, lambda held: sum(map(brier, held)) / len(held)),
        log_loss=sum(-log(max(_mass(case), _EDGE)) for case in cases) / len(cases),
        ece=interval(cases, calibration_error),
        slope=slope(cases),
        sensitivity=_share(ill, lambda case: case.ranked[0] == target),
        specificity=_share(well, lambda case: case.ranked[0] != target),
        called_sensitivity=_share(ill, lambda case: case.probabilities[target] >= _HALF),
        called_specificity=_share(well, lambda case: case.probabilities[target] < _HALF),
        recall=recall(cases),
        bins=bins(cases),
        misses=misses(cases),
    )


def within(case: Case, k: int) -> bool:
    """Whether an accepted id is among the first k.

    Where the disease is not listed, a distribution that gives no candidate one half is right as well.
    """
    if case.unlisted and case.top < _HALF:
        return True
    return any(name in case.accepted for name in case.ranked[:k])


def _mass(case: Case) -> float:
    return sum(case.probabilities.get(name, 0.0) for name in set(case.accepted))


def brier(case: Case) -> float:
    """Squared distance from the accepted ids; where several are accepted they count as one."""
    inside = _mass(case)
    outside = sum(p * p for name, p in case.probabilities.items() if name not in case.accepted)
    return (1.0 - inside) ** 2 + outside


def _share(cases: Sequence[Case], test: Callable[[Case], bool]) -> float:
    return sum(map(test, cases)) / len(cases) if cases else float("nan")


def bins(cases: Sequence[Case]) -> tuple[Bin, ...]:
    """Ten bars of equal width over the first candidate's probability; empty ones left out."""
    held: dict[int, list[Case]] = {}
    for case in cases:
        held.setdefault(min(int(case.top * _BINS), _BINS - 1), []).append(case)
    return tuple(_bin(place, held[place]) for place in sorted(held))


def _bin(place: int, cases: Sequence[Case]) -> Bin:
    return Bin(
        low=place / _BINS,
        high=(place + 1) / _BINS,
        said=sum(case.top for case in cases) / len(cases),
        right=_share(cases, lambda case: within(case, 1)),
        n=len(cases),
    )


def calibration_error(cases: Sequence[Case]) -> float:
    """Expected calibration error: mean gap of said and right over the bars, weighed by n."""
    return sum(one.n * abs(one.said - one.right) for one in bins(cases)) / len(cases)


def slope(cases: Sequence[Case]) -> float:
    """Logistic regression of being right on the log-odds of the first candidate, by Newton's method.

    A weak ridge on the slope (1e-3) keeps it finite where every case is right.
    """
    points = [(_log_odds(case.top), float(within(case, 1))) for case in cases]
    a, b = 0.0, 1.0
    for _ in range(100):
        step = _newton(points, a, b)
        a, b = a - step[0], b - step[1]
        if abs(step[0]) + abs(step[1]) < 1e-9:
            break
    return b


def _log_odds(p: float) -> float:
    held = min(max(p, _EDGE), 1 - _EDGE)
    return log(held / (1 - held))


def _newton(points: Iterable[tuple[float, float]], a: float, b: float) -> tuple[float, float]:
    """One damped step on the penalised log-likelihood."""
    ridge = 1e-3
    ga, gb, haa, hab, hbb = 0.0, ridge * (b - 1.0), ridge, 0.0, ridge
    for x, y in points:
        p = 1.0 / (1.0 + exp(-min(max(a + b * x, -30.0), 30.0)))
        w = max(p * (1.0 - p), 1e-9)
        ga, gb = ga + (p - y), gb + (p - y) * x
        haa, hab, hbb = haa + w, hab + w * x, hbb + w * x * x
    determinant = haa * hbb - hab * hab
    da, db = (hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant
    largest = max(abs(da), abs(db), 1.0)
    return da / largest, db / largest


def recall(cases: Sequence[Case]) -> tuple[Recall, ...]:
    """Per accepted disease (the first accepted id), commonest first."""
    held: dict[str, list[Case]] = {}
    for case in cases:
        held.setdefault(case.accepted[0], []).append(case)
    rows = [
        Recall(
            disease=name,
            n=len(found),
            first=sum(within(case, 1) for case in found),
            third=sum(within(case, 3) for case in found),
        )
        for name, found in held.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.n, row.disease)))


def misses(cases: Sequence[Case]) -> tuple[tuple[str, tuple[str, ...], str, float], ...]:
    """Cases whose first candidate is wrong, most confident first."""
    wrong = [case for case in cases if not within(case, 1)]
    return tuple(
        (case.id, case.accepted, case.ranked[0], case.top)
        for case in sorted(wrong, key=lambda case: (-case.top, case.id))
    )


def interval(cases: Sequence[Case], figure: Callable[[Sequence[Case]], float], draws: int = 300) -> Interval:
    """A figure with its percentile bootstrap interval, drawn with a fixed seed."""
    random = Random(_SEED)  # noqa: S311  (a bootstrap needs no secret)
    drawn = sorted(figure(random.choices(cases, k=len(cases))) for _ in range(draws))
    return Interval(value=figure(cases), low=drawn[int(0.025 * draws)], high=drawn[int(0.975 * draws) - 1])


def folds(names: Sequence[str], k: int) -> tuple[tuple[str, ...], ...]:
    """`k` folds of ids, dealt out after a shuffle with a fixed seed."""
    shuffled = sorted(set(names))
    Random(_SEED).shuffle(shuffled)  # noqa: S311
    return tuple(tuple(shuffled[place::k]) for place in range(k))


class Setpoint(Struct, frozen=True):
    """One choice of the calibration."""

    temperature: float
    absence: float
    lapse: float


class Validation(Struct, frozen=True, kw_only=True):
    """Scores on predictions that were each made with a calibration fitted without their case.

    Attributes:
        visits: kind of record -> scores; `chosen`: the calibration fitted in each fold.
        fitted: what was fitted and what was not, in words to print below the scores.
    """

    visits: dict[str, Scores]
    chosen: tuple[Setpoint, ...]
    fitted: str


# What the calibration is chosen from, by log loss.
GRID = tuple(
    Setpoint(temperature, absence, lapse)
    for temperature in (1.05, 1.2, 1.35, 1.5)
    for absence in (0.2, 0.5)
    for lapse in (0.02, 0.05)
)
# Share of patients whose disease the list does not know, for which the calibration is fitted.
UNLISTED = 0.05


def cross_validate(
    engine: Engine,
    visits: Mapping[str, Sequence[Row]],
    setting: str,
    target: str = "calcinosis_cutis",
    k: int = FOLDS,
) -> Validation:
    """Fit the calibration on all folds but one, predict that one, and score what was predicted.

    All records of a case stand in the same fold.

    Args:
        engine: the differential; only its calibration is refitted.
        visits: kind of record -> (case id, findings, accepted ids).
        setting: the priors.
        target: the entry whose sensitivity and specificity are wanted.
        k: number of folds.
    """
    engines = [engine.calibrated(one.temperature, one.absence, one.lapse) for one in GRID]
    made: dict[str, list[Case]] = {visit: [] for visit in visits}
    chosen: list[Setpoint] = []
    predicted = [_by_case(one, visits, setting) for one in engines]
    without = _without_each(engine, [row for rows in visits.values() for row in rows])
    unlisted = [
        _unlisted_loss(
            {key: held.calibrated(one.temperature, one.absence, one.lapse) for key, held in without.items()},
            visits,
            setting,
        )
        for one in GRID
    ]
    for held_out in folds([name for rows in visits.values() for name, _, _ in rows], k):
        best = min(
            range(len(GRID)),
            key=lambda place: (
                (1.0 - UNLISTED) * _loss(predicted[place], held_out)
                + UNLISTED * sum([one for name, one in unlisted[place].items() if name not in held_out])
            ),
        )
        chosen.append(GRID[best])
        for name in held_out:
            for visit, found in predicted[best][name].items():
                made[visit].append(found)
    return Validation(
        visits={visit: scores(cases, target) for visit, cases in made.items() if cases},
        chosen=tuple(chosen),
        fitted=_fitted(chosen),
    )


def _fitted(chosen: Sequence[Setpoint]) -> str:
    """What the folds chose; everything else of the differential is knowledge and was not fitted there."""
    ranges = [
        f"{name} {_span([getattr(one, name) for one in chosen])}"
        for name in ("temperature", "absence", "lapse")
    ]
    return (
        f"Fitted in each of {len(chosen)} folds, without the cases scored, as if one patient in twenty had "
        f"a disease that is not listed: {', '.join(ranges)}. "
        "Not fitted in folds: matrix, backgrounds, overlaps and priors."
    )


def _span(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _by_case(
    engine: Engine,
    visits: Mapping[str, Sequence[Row]],
    setting: str,
) -> dict[str, dict[str, Case]]:
    """Case id -> kind of record -> prediction."""
    found: dict[str, dict[str, Case]] = {}
    for visit, rows in visits.items():
        for name, findings, accepted in rows:
            chances = engine.differential(findings, setting).probabilities
            found.setdefault(name, {})[visit] = case(engine, name, accepted, chances)
    return found


def _unlisted_loss(
    without: Mapping[frozenset[str], Engine], visits: Mapping[str, Sequence[Row]], setting: str
) -> dict[str, float]:
    """Log loss of `none of these` where a case's own disease is taken off the list, over all its records."""
    found: dict[str, float] = {}
    none = next(iter(without.values())).knowledge.likelihoods.otherwise.id if without else ""
    for rows in visits.values():
        for name, _, chances in _off_the_list(without, rows, setting):
            found[name] = found.get(name, 0.0) - log(max(chances[none], _EDGE))
    return found


def _loss(predicted: Mapping[str, Mapping[str, Case]], left_out: Iterable[str]) -> float:
    """Log loss over all records of the cases that are not left out."""
    skipped = set(left_out)
    return sum(
        -log(max(_mass(one), _EDGE))
        for name, by_visit in predicted.items()
        if name not in skipped
        for one in by_visit.values()
    )
