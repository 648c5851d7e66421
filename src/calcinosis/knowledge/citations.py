"""References rendered from CSL-JSON by citeproc-py, once, when the knowledge is compiled."""

from __future__ import annotations

import re
import warnings
from typing import Any

_STYLE = "harvard-cite-them-right"  # the style that comes with citeproc-py
_NO_DATE = re.compile(r"^\(no date\)\s*")


def render(sources: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Source id -> reference as plain text, with its identifiers and how much of it was read."""
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
        library = CiteProcJSON([_for_style(entry) for entry in sources.values()])
        style = CitationStylesStyle(_STYLE, validate=False)
        bibliography = CitationStylesBibliography(style, library, formatter.plain)
        for key in sources:
            bibliography.register(Citation([CitationItem(key)]))
        rendered = [str(entry) for entry in bibliography.bibliography()]
        keys = [str(key) for key in bibliography.keys]
    return {key: _tidied(text, sources[key]) for key, text in zip(keys, rendered, strict=True)}


def _for_style(entry: dict[str, Any]) -> dict[str, Any]:
    """The entry without what the style does not know; a shortened author list says so."""
    plain = {key: value for key, value in entry.items() if key not in ("custom", "PMID", "PMCID")}
    if entry.get("custom", {}).get("more_authors") and entry.get("author"):
        plain["author"] = [*entry["author"][:1], {"literal": "others"}]
    return plain


def _tidied(text: str, entry: dict[str, Any]) -> str:
    """The reference without a doubled title, with its identifiers, so that a reader can find it."""
    plain = _NO_DATE.sub("", " ".join(text.split())).replace(" and others", " et al.")
    title = str(entry.get("title", ""))
    if title and plain.count(title) > 1:
        first = plain.index(title) + len(title)
        plain = plain[:first] + plain[first:].replace(title, "", 1)
    marks = [
        f"doi:{entry['DOI']}" if entry.get("DOI") else "",
        f"PMID {entry['PMID']}" if entry.get("PMID") else "",
        str(entry["PMCID"]) if entry.get("PMCID") else "",
    ]
    missing = [mark for mark in marks if mark and mark.split(":")[-1] not in plain]
    plain = re.sub(r"\s+([.,])", r"\1", plain).strip(" .")
    read = entry.get("custom", {}).get("read", "")
    note = " [not read here]" if read == "no" else ""
    return ". ".join([plain, *missing]) + "." + note
