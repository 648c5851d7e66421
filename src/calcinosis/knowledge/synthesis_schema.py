"""The shape of `knowledge/synthesis.yaml`: what every section of an answer reads before it says anything."""

from __future__ import annotations

from msgspec import Struct

from calcinosis.criteria import Node
from calcinosis.knowledge.schema import Basis, Statement


class Telling(Struct, frozen=True, forbid_unknown_fields=True):
    """Findings that tell of a lesion: those of some kinds that are said of one, and single ones.

    `without` names findings of these kinds that do not.
    """

    kinds: tuple[str, ...]
    findings: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


class LesionRules(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What describes a lesion, what implies one, and of what the absence denies one."""

    described: Telling
    implied: Telling
    denied: tuple[str, ...]
    sources: tuple[str, ...]
    basis: Basis = "proposal"


class Proof(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What proves calcium in the skin."""

    criterion: Node
    text: str
    sources: tuple[str, ...]
    basis: Basis = "published"
    facts: tuple[str, ...] = ()


class WatchRule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What somebody of whom `when` is met should come back with."""

    id: str
    when: Node
    text: str
    sources: tuple[str, ...]
    basis: Basis = "published"


class SynthesisWords(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Sentences of the synthesis."""

    no_lesion: str
    denied: str
    unlikely: str
    not_there: str
    only_if: str
    in_other: str
    not_now: str


class SynthesisRules(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`knowledge/synthesis.yaml`.

    Attributes:
        named: findings that say that there is calcium, without an examination that shows it.
        unlikely_below: probability of calcinosis under which nothing of it is claimed or offered.
        likely_from: probability from which it leads the answer.
    """

    id: str
    lesion: LesionRules
    proven: Proof
    named: tuple[str, ...]
    unlikely_below: float
    likely_from: float
    bounds_basis: Statement
    words: SynthesisWords
    watch: tuple[WatchRule, ...]
