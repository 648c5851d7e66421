"""The ranking: every candidate with its probability, and its reasons when asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import replace
from functools import cached_property
from math import log
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace as replaced

from calcinosis.conclusions.differential.explanation import Contribution, Explanation, explain, standing
from calcinosis.conclusions.differential.inference import Posterior, infer
from calcinosis.conclusions.differential.likelihood import Rates, compile_tables
from calcinosis.errors import UnknownName
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.differential_schema import DifferentialKnowledge, Setting, Settling
from calcinosis.knowledge.schema import Analyte
from calcinosis.knowledge.vocabulary import Vocabulary
from calcinosis.model import Findings

# Candidates whose reasons a consultation states.
_TOLD_FIRST = 5
_TOLD_SHARE = 0.01


class Engine:
    """The compiled differential of one knowledge base: tables once, priors per setting."""

    def __init__(
        self,
        knowledge: DifferentialKnowledge,
        vocabulary: Vocabulary,
        analytes: Mapping[str, Analyte] = MappingProxyType({}),
    ) -> None:
        self.knowledge = knowledge
        self._vocabulary = vocabulary
        self.tables = compile_tables(knowledge, vocabulary)
        self.tables.labels.update({name: one.label for name, one in analytes.items()})
        self.settings = {setting.id: setting for setting in knowledge.priors.settings}
        self.log_priors = {name: self._log_priors(held) for name, held in self.settings.items()}
        self.entries = self.tables.entries

    def _log_priors(self, setting: Setting) -> Rates:
        whole = sum(setting.weights[h.prior] * h.share for h in self.tables.hypotheses)
        return tuple(log(setting.weights[h.prior] * h.share / whole) for h in self.tables.hypotheses)

    def calibrated(self, temperature: float, absence: float, lapse: float) -> Engine:
        """The same engine under another calibration, for fitting it."""
        other = copy(self)
        other.tables = replace(self.tables, temperature=temperature, absence=absence, lapse=lapse, factors={})
        return other

    def without(self, entries: Iterable[str]) -> Engine:
        """The differential of a knowledge base that does not know these entries, to test how it does then.

        Their cells leave the means and backgrounds too, so that nothing of them is left but the vocabulary.
        """
        other = Engine(_without(self.knowledge, frozenset(entries)), self._vocabulary)
        held = self.tables
        return other.calibrated(held.temperature, held.absence, held.lapse)

    def priors(self, setting: str) -> Rates:
        """Log prior per hypothesis.

        Raises:
            UnknownName: there is no such setting.
        """
        if setting not in self.log_priors:
            raise UnknownName(
                f"there is no setting {setting!r}", expected=f"one of {', '.join(self.log_priors)}"
            )
        return self.log_priors[setting]

    def grouped(self, shares: Rates) -> dict[str, float]:
        """Probability by entry id, from one per hypothesis."""
        return {
            name: shares[places[0]] if len(places) == 1 else sum([shares[p] for p in places])
            for name, places in self.entries.items()
        }

    def differential(self, findings: Findings, setting: str = "") -> Differential:
        """The differential of `findings` under the priors of `setting`."""
        chosen = setting or self.knowledge.priors.default
        return Differential(self, infer(findings, self.tables, self.priors(chosen)), chosen)


def _without(knowledge: DifferentialKnowledge, gone: frozenset[str]) -> DifferentialKnowledge:
    kept = {
        name: replaced(one, host=None) if one.host and one.host.entry in gone else one
        for name, one in knowledge.diseases.items()
        if (one.within or name) not in gone
    }
    rules = knowledge.likelihoods
    if rules.calcium.of in gone:
        rules = replaced(rules, calcium=replaced(rules.calcium, findings=()))
    return replaced(knowledge, diseases=kept, likelihoods=rules)


class Candidate:
    """One entry of the differential: a disease, or all forms of a pooled one together.

    Attributes:
        of_which: (id, name, probability) of each form of a pooled disease, most probable first.
    """

    __slots__ = ("_within", "id", "name", "of_which", "probability")

    def __init__(
        self,
        within: Differential,
        name: tuple[str, str],
        probability: float,
        of_which: tuple[tuple[str, str, float], ...],
    ) -> None:
        self._within = within
        self.id, self.name = name
        self.probability = probability
        self.of_which = of_which

    @property
    def explanation(self) -> Explanation:
        """Weighed against the strongest other candidate."""
        return self._within.explain(self.id)

    @property
    def standing(self) -> Explanation:
        """The same without the single reasons."""
        return standing(self._within.posterior, self.id)

    @property
    def settled_by(self) -> tuple[Settling, ...]:
        """What settles it, that of its leading form first."""
        return self._within.settled_by(self.id)

    def __repr__(self) -> str:
        return f"Candidate({self.id}, {self.probability:.3f})"


class Differential:
    """All candidates, most probable first; explanations are made when asked for.

    Attributes:
        setting: the priors used; `posterior`: probabilities of every single form.
    """

    def __init__(self, engine: Engine, posterior: Posterior, setting: str) -> None:
        self.engine = engine
        self.posterior = posterior
        self.setting = setting
        self._explained: dict[tuple[str, str], Explanation] = {}

    @cached_property
    def probabilities(self) -> dict[str, float]:
        """Probability by entry id."""
        return self.engine.grouped(self.posterior.probabilities)

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """Entries, most probable first; equal ones by id."""
        found = self.probabilities
        return tuple(self._candidate(name) for name in sorted(found, key=lambda n: (-found[n], n)))

    def _candidate(self, name: str) -> Candidate:
        places = self.engine.entries[name]
        return Candidate(self, (name, self.name(name)), self.probabilities[name], self._forms(places))

    def name(self, entry: str) -> str:
        """Name of an entry."""
        diseases = self.engine.knowledge.diseases
        return diseases[entry].name if entry in diseases else self.engine.knowledge.likelihoods.otherwise.name

    def _forms(self, places: list[int]) -> tuple[tuple[str, str, float], ...]:
        if len(places) == 1:
            return ()
        shares, hypotheses = self.posterior.probabilities, self.posterior.tables.hypotheses
        listed = [(hypotheses[p].id, hypotheses[p].name, shares[p]) for p in places]
        return tuple(sorted(listed, key=lambda one: (-one[2], one[0])))

    def explain(self, candidate: str, rival: str = "") -> Explanation:
        """Why `candidate` stands where it stands, against `rival` or the strongest other.

        Raises:
            UnknownName: no candidate has that id.
        """
        for name in (candidate, rival):
            if name and name not in self.engine.entries and name not in self.engine.tables.position:
                raise UnknownName(f"there is no candidate {name!r}", expected="an id of the differential")
        key = (candidate, rival)
        if key not in self._explained:
            self._explained[key] = explain(self.posterior, candidate, rival)
        return self._explained[key]

    def why_not(self, disease: str) -> Explanation:
        """Why `disease` is not on top: weighed against the top candidate."""
        top = self.candidates[0].id
        return self.explain(disease, "" if top == disease else top)

    def settled_by(self, candidate: str) -> tuple[Settling, ...]:
        """What settles `candidate`; for a pooled disease its leading form first."""
        diseases = self.engine.knowledge.diseases
        forms = self._forms(self.engine.entries[candidate])
        leading = forms[0][0] if forms else candidate
        hosts = [h.disease for h in self.engine.tables.hypotheses if h.id == leading and h.calcium]
        ids = dict.fromkeys([*hosts, leading, candidate])
        return tuple(one for name in ids if name in diseases for one in diseases[name].settled_by)

    def to_dict(self, limit: int | None = None) -> list[dict[str, Any]]:
        """The `differential` of a consultation, as plain objects; `limit` keeps the first entries.

        Reasons stand at the first five and at all of one percent or more; `why_not` gives those of any.
        """
        return [
            _entry(candidate, told=place < _TOLD_FIRST or candidate.probability >= _TOLD_SHARE)
            for place, candidate in enumerate(self.candidates[:limit])
        ]


def _entry(candidate: Candidate, *, told: bool) -> dict[str, Any]:
    reasons = candidate.explanation if told else candidate.standing
    entry: dict[str, Any] = {
        "id": candidate.id,
        "name": candidate.name,
        "probability": candidate.probability,
        "for": [_said(one, reasons.rival) for one in reasons.supporting],
        "against": [_said(one, reasons.rival) for one in reasons.opposing],
        "settled_by": [
            {
                "text": one.text,
                "findings": list(one.findings),
                "sources": list(one.sources),
                "basis": one.basis,
            }
            for one in candidate.settled_by
        ],
        "form": reasons.form,
        "rival": reasons.rival,
        "rival_name": reasons.rival_name,
        "prior_decibans": reasons.prior_decibans,
        "odds_decibans": reasons.odds_decibans,
    }
    if candidate.of_which:
        entry["of_which"] = [
            {"id": name, "name": label, "probability": share} for name, label, share in candidate.of_which
        ]
    return entry


def _said(one: Contribution, rival: str) -> dict[str, Any]:
    said: dict[str, Any] = {
        "finding": one.finding,
        "label": one.label,
        "status": one.status,
        "decibans": one.decibans,
        "full_decibans": one.full_decibans,
        "rival": rival,
        "basis": one.basis,
        "stated": one.stated,
        "sources": list(one.sources),
    }
    if one.value is not None:
        said["value"], said["unit"] = one.value, one.unit
    return said


def engine(knowledge: Knowledge) -> Engine:
    """The compiled differential of `knowledge`, made once."""
    return knowledge.built("differential", _engine)


def _engine(knowledge: Knowledge) -> Engine:
    held = knowledge.contents
    return Engine(held.differential, knowledge.vocabulary, held.analytes)


def differential(findings: Findings, *, knowledge: Knowledge, setting: str = "dermatology") -> Differential:
    """Ranked candidates with their probabilities under the priors of `setting`.

    Args:
        findings: what is known of the patient; what nobody looked for is unknown and counts for nothing.
        knowledge: the knowledge base.
        setting: id of a setting of `knowledge/priors.yaml`.

    Raises:
        UnknownName: there is no such setting.
    """
    return engine(knowledge).differential(findings, setting)
