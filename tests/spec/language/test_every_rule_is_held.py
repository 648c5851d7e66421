"""Each list of cues, role of a section and sense of a short form decides a sentence: without it the reading is wrong.

The sentences stand in `rules.yaml`. They are read by a vocabulary of only the findings they name, so that a
knowledge base can be built for every rule that is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace
from said_in import said_in

from calcinosis.knowledge import Knowledge, load
from calcinosis.knowledge.contents import Contents

RULES = yaml.safe_load((Path(__file__).parent / "rules.yaml").read_text(encoding="utf-8"))
LISTS = ("introducing", "preceding", "following", "closing", "pseudo", "headings")


@cache
def contents() -> Contents:
    named = {finding for _, finding, _ in RULES.values()}
    held = load().contents
    return replace(held, findings={name: term for name, term in held.findings.items() if name in named})


@cache
def whole() -> Knowledge:
    return Knowledge(contents())


def rules(held: Contents) -> Iterator[str]:
    language = held.language
    for name, group in language.cues.items():
        if name.startswith("suspicion"):  # a doubt all the same: test_what_is_suspected.py holds these
            continue
        yield from (f"cues.{name}.{kind}" for kind in LISTS if getattr(group, kind))
    for role in language.document.roles:
        if role.qualifies or role.silent or role.examination or role.makes_no:
            yield f"roles.{role.id}"
    for form, short in language.short_forms.items():
        yield from (f"short_forms.{form}.{one.means or one.other}" for one in short.readings)


def without(rule: str) -> Knowledge:
    what, name, *rest = rule.split(".", 2)
    language = contents().language
    if what == "cues":
        group = replace(language.cues[name], **{rest[0]: ()})
        language = replace(language, cues={**language.cues, name: group})
    elif what == "roles":
        roles = tuple(role for role in language.document.roles if role.id != name)
        language = replace(language, document=replace(language.document, roles=roles))
    else:
        form = language.short_forms[name]
        readings = tuple(one for one in form.readings if (one.means or one.other) != rest[0])
        language = replace(
            language, short_forms={**language.short_forms, name: replace(form, readings=readings)}
        )
    return Knowledge(replace(contents(), language=language))


def test_every_rule_has_its_sentence():
    assert sorted(rules(load().contents)) == sorted(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_without_a_rule_its_sentence_is_read_wrongly(rule):
    text, finding, right = RULES[rule]
    assert said_in(text, whole()).get(finding, {"nothing"}) == {right}
    assert said_in(text, without(rule)).get(finding, {"nothing"}) != {right}


def test_a_class_of_words_that_is_named_exists_and_is_named():
    language = load().contents.language
    phrases = "".join(
        phrase for group in language.cues.values() for kind in LISTS for phrase in getattr(group, kind)
    )
    named = {part.partition("}")[0] for part in phrases.split("{")[1:]}
    assert named == set(language.cue_classes)


def test_what_a_cue_is_said_of_exists():
    held = load().contents
    said_of = {name for group in held.language.cues.values() for name in group.of}
    assert said_of - set(held.findings) <= set(held.kinds)
