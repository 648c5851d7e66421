"""The forms of a word that mean it: singular, plural, and what `knowledge/language/forms.yaml` adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def forms_of(word: str, table: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Every form in which a term of one word is read; `word` and forms in American spelling."""
    bases = {word, *table.get(word, ())}
    return frozenset(form for base in bases for form in (base, *_plurals(base), *_singulars(base)))


def _plurals(word: str) -> tuple[str, ...]:
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return (f"{word[:-1]}ies",)
    if word.endswith("sis"):
        return (f"{word[:-2]}es",)
    return f"{word}s", f"{word}es"


def _singulars(word: str) -> tuple[str, ...]:
    if word.endswith("ies"):
        return word[:-3] + "y", word[:-1]
    if word.endswith("es"):
        return word[:-2], word[:-1]
    return (word[:-1],) if word.endswith("s") and not word.endswith(("ss", "us", "is")) else ()
