"""How many, where only the noun tells: "hard lumps of the forearm" are more than one.

Only where the text says nothing of the number itself; the nouns are those of `plural` in
`knowledge/language/words.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from calcinosis.knowledge import Knowledge
from calcinosis.model import Assertion, Code, Observation

_WORD = re.compile(r"[a-z]+", re.I)


def plurals(signs: Sequence[Observation], knowledge: Knowledge) -> Iterator[Observation]:
    """That there are several lesions, from the first that is named in the plural and is there now."""
    rules = knowledge.contents.language.plural
    means, counted = rules.get("means", ()), frozenset(rules.get("counted", ()))
    if any(code.code in counted for seen in signs for code in seen.codes):
        return
    of, nouns = frozenset(rules.get("of", ())), frozenset(knowledge.contents.language.lesion_words)
    for seen in signs:
        named = next((code for code in seen.codes if code.code in of and _plural(code.display, nouns)), None)
        there = seen.assertion is Assertion.AFFIRMED and not seen.past and not seen.family
        if named is not None and there:
            yield replace(seen, codes=tuple(Code(named.system, one, named.display) for one in means))
            return


def _plural(words: str, nouns: frozenset[str]) -> bool:
    return any(
        word.endswith(ending) and word.removesuffix(ending) in nouns
        for word in _WORD.findall(words.lower())
        for ending in ("s", "es")
    )
