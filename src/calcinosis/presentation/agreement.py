"""Does an answer agree with itself? Every rule by which one section may not contradict another.

Each rule looks at two sections of one consultation and says in words where they contradict each other; none
decides what is right. They hold over every published case and any other record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from calcinosis.conclusions.synthesis import FAMILY
from calcinosis.conclusions.treatment import TreatmentOption
from calcinosis.consultation import Consultation
from calcinosis.errors import NothingToTell
from calcinosis.knowledge.schema import cannot_wait
from calcinosis.knowledge.treatment_schema import OFFERED
from calcinosis.model import Status, Verdict
from calcinosis.presentation import summary
from calcinosis.presentation.leaflet import leaflet

_TAKES_TISSUE = 3


class Contradiction(Struct, frozen=True):
    """Two sections of one answer that cannot both be right."""

    rule: str
    sections: tuple[str, str]
    told: str


Told = Iterator[tuple[tuple[str, str], str]]


def contradictions(consultation: Consultation) -> tuple[Contradiction, ...]:
    """Everything in which the sections of an answer contradict each other."""
    return tuple(
        Contradiction(rule.__name__.removeprefix("_"), sections, told)
        for rule in RULES
        for sections, told in rule(consultation)
    )


def _no_lesion_no_answer(held: Consultation) -> Told:
    """Where no lesion is told of, nothing is claimed of one, asked about it or done for it."""
    if held.synthesis.lesion.there:
        return
    for item in held.subtypes:
        if item.rank is not None or item.status is Verdict.MET:
            yield ("synthesis", "subtypes"), f"no lesion, and {item.id}"
    for form in held.forms:
        yield ("synthesis", "forms"), f"no lesion, and {form.id}"
    for step in held.next_steps:
        yield ("synthesis", "next_steps"), f"no lesion, and {step.id}"
    for option in _offered(held):
        yield ("synthesis", "treatments"), f"no lesion, and {option.id}"


def _unlikely_is_not_treated(held: Consultation) -> Told:
    """Where calcinosis is unlikely no treatment of it is offered, and no subtype claimed without calcium."""
    if held.synthesis.claims:
        return
    for option in _offered(held):
        yield ("synthesis", "treatments"), f"{held.synthesis.likelihood}, and {option.id} is {option.status}"
    for item in held.subtypes:
        if item.rank is not None and not held.synthesis.classifies:
            yield ("synthesis", "subtypes"), f"{held.synthesis.likelihood}, and {item.id} is ranked"


def _one_probability(held: Consultation) -> Told:
    """The synthesis says what the differential says."""
    told, first = held.synthesis, held.differential.candidates[0]
    if not told.lesion.there:
        return
    if told.probability != held.differential.probabilities.get(FAMILY, 0.0):
        yield ("synthesis", "differential"), f"{told.probability} is not what the differential gives"
    if told.leading is None or first.id not in (told.leading.id, told.leading.family):
        yield ("synthesis", "differential"), f"{first.id} leads the differential"


def _met_is_not_provisional(held: Consultation) -> Told:
    """A subtype whose criteria are met is no guess, and none is met while another reason withholds it."""
    for item in held.subtypes:
        if item.status is Verdict.MET and item.provisional:
            yield ("subtypes", "subtypes"), f"{item.id} is met and provisional"
        if item.rank is not None and item.withheld:
            yield ("subtypes", "synthesis"), f"{item.id} is ranked and withheld"
    leading = held.leading
    guessed = any("provisional" in why.text.lower() for one in held.treatments for why in one.reasons)
    if guessed and (leading is None or not leading.provisional):
        yield ("subtypes", "treatments"), "a treatment waits for a subtype that is not provisional"


def _leaflet_says_what_is_known(held: Consultation) -> Told:
    """The patient is told of calcium where it is believed, and of nothing where it is not."""
    words = held.knowledge.contents.leaflet
    try:
        sheet = leaflet(held)
    except NothingToTell:
        if held.synthesis.claims:
            yield ("leaflet", "synthesis"), "there is no leaflet although calcinosis is possible"
        return
    said = set(sheet.about)
    if words.about["proven"].text in said and held.synthesis.likelihood != "proven":
        yield (
            ("leaflet", "differential"),
            f"calcium is told as certain, and it is {held.synthesis.likelihood}",
        )
    if not held.synthesis.claims:
        yield ("leaflet", "synthesis"), f"there is a leaflet, and calcinosis is {held.synthesis.likelihood}"
    if held.urgent and not sheet.urgent:
        yield ("leaflet", "urgent"), "a red flag is raised that the patient is not told of"
    if held.urgent and words.lumps.text in said:
        yield ("leaflet", "urgent"), "slow and painless lumps beside a red flag"


def _headline_names_what_leads(held: Consultation) -> Told:
    """The first sentence names the diagnosis that stands first."""
    headline, told = summary.headline(held).lower(), held.synthesis
    first = held.leading
    if first is not None and first.name.lower() not in headline:
        yield ("headline", "subtypes"), f"{first.id} is ranked first"
    leading = told.leading
    if leading is None or told.claims:
        return
    names = [name.lower() for name in (leading.name, leading.family_name) if name]
    if not any(name in headline for name in names):
        yield ("headline", "differential"), f"{leading.id} leads"


def _danger_is_not_watched(held: Consultation) -> Told:
    """Beside a red flag of the same day nobody is told to wait and see."""
    if not _same_day(held):
        return
    for option in _offered(held):
        if option.kind == "observation":
            yield (
                ("urgent", "treatments"),
                f"{held.urgent[0].id} is raised, and {option.id} is {option.status}",
            )


def _flags_are_raised_or_open(held: Consultation) -> Told:
    """A red flag that is raised is not counted among those that could not be checked."""
    for name in {flag.id for flag in held.urgent} & {flag.id for flag in held.urgent_unchecked}:
        yield ("urgent", "urgent_unchecked"), f"{name} is raised and could not be checked"


def _no_cut_where_cutting_harms(held: Consultation) -> Told:
    """What a red flag advises against is no next step and no treatment beside it."""
    avoided = {option.id for option in held.treatments if option.status == "avoid"}
    for step in held.next_steps:
        if step.invasiveness >= _TAKES_TISSUE and step.first and step.advised_against:
            yield ("next_steps", "next_steps"), f"{step.id} is first and advised against"
    for option in _offered(held):
        if option.id in avoided:
            yield ("treatments", "treatments"), f"{option.id} is offered and avoided"


def _means_of_what_comes_first(held: Consultation) -> Told:
    """Nothing is told to be done whose every means is to be avoided."""
    status = {option.id: option.status for option in held.treatments}
    entries = held.knowledge.contents.treatment.treatments
    for option in held.treatments:
        told = {action.id: action.text for action in option.actions}
        for action in entries[option.id].actions:
            closed = action.means and {status.get(one) for one in action.means} == {"avoid"}
            if closed and told.get(action.id) == action.text:
                yield ("treatments", "treatments"), f"{action.id} is to be done, and its means are avoided"


def _steps_ask_what_is_open(held: Consultation) -> Told:
    """No investigation is proposed whose every answer the record has."""
    tests = held.knowledge.contents.investigations
    for step in held.next_steps:
        answers = tests[step.id].answers if step.id in tests else ()
        if answers and all(held.findings.status(name) is not Status.UNKNOWN for name in answers):
            yield ("next_steps", "findings"), f"{step.id} asks what the record says"


def _offered(held: Consultation) -> Iterator[TreatmentOption]:
    """What is offered against a deposit; what acts on an exposure needs none."""
    treatments = held.knowledge.contents.treatment.treatments
    for option in held.treatments:
        if option.status in OFFERED and treatments[option.id].serves == "deposit":
            yield option


def _same_day(held: Consultation) -> bool:
    return any(cannot_wait(flag.urgency) for flag in held.urgent)


RULES: tuple[Callable[[Consultation], Told], ...] = (
    _no_lesion_no_answer,
    _unlikely_is_not_treated,
    _one_probability,
    _met_is_not_provisional,
    _leaflet_says_what_is_known,
    _headline_names_what_leads,
    _danger_is_not_watched,
    _flags_are_raised_or_open,
    _no_cut_where_cutting_harms,
    _means_of_what_comes_first,
    _steps_ask_what_is_open,
)
