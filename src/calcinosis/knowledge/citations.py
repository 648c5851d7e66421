"""References rendered from CSL-JSON by citeproc-py, once, when the knowledge is compiled."""

from __future__ import annotations

import warnings
from typing import Any


def render(sources: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Source id -> reference in the Harvard style that comes with citeproc-py, as plain text."""
    from citeproc import (
        Citation,
        CitationItem,
        CitationStylesBibliography,
        CitationStylesStyle,
        formatter,
    )
    from citeproc.source.json import CiteProcJSON

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        items = [_without_custom(entry) for entry in sources.values()]
        library = CiteProcJSON(items)
        style = CitationStylesStyle("harvard1", validate=False)
        bibliography = CitationStylesBibliography(style, library, formatter.plain)
        for key in sources:
            bibliography.register(Citation([CitationItem(key)]))
        rendered = [str(entry) for entry in bibliography.bibliography()]
        keys = [str(key) for key in bibliography.keys]
    return {key: _tidied(text, sources[key]) for key, text in zip(keys, rendered, strict=True)}


def _without_custom(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in ("custom", "PMID", "PMCID")}


def _tidied(text: str, entry: dict[str, Any]) -> str:
    """The reference with its identifiers, so that a reader can find it."""
    marks = [
        f"doi:{entry['DOI']}" if entry.get("DOI") else "",
        f"PMID {entry['PMID']}" if entry.get("PMID") else "",
        str(entry["PMCID"]) if entry.get("PMCID") else "",
    ]
    missing = [mark for mark in marks if mark and mark.split(":")[-1] not in text]
    return " ".join([" ".join(text.split()).rstrip("."), *missing]).strip() + "."
