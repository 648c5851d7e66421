"""Text that is written for machines: told from prose, read as what it is, or refused by its name.

Read as prose, what such a text excludes or refutes would be affirmed.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

_LONGEST_HEAD = 20_000
_KEY = re.compile(r"(?P<indent> *)(?:- )?[\"']?(?P<key>[A-Za-z_$@][\w$@.-]*)[\"']?:(?: .*)?$")
_ITEM = re.compile(r" *- ?\S?.*$|^ *-$")
# A heading of a note has spaces or stands alone; keys of messages are one word in camel or snake case.
_MARKS = re.compile(r"^(?:resourceType|phenotypicFeatures|phenotypic_features|metaData|meta_data)\s*:", re.M)
_TURTLE = re.compile(r"^\s*(?:@prefix|@base|PREFIX\s+[\w-]*:|BASE\s+<)", re.M | re.I)
_SHORTHAND = re.compile(
    r"^(?:Instance|Profile|Alias|ValueSet|CodeSystem|Invariant|RuleSet|Extension):\s*\S", re.M
)
_SHORTHAND_RULE = re.compile(r"^\s*(?:InstanceOf:|\* \S+ (?:=|only|from)\s)", re.M)
_MESSAGE = re.compile(r"^\s*[a-z_][a-z0-9_]*\s*(?:\{\s*$|:\s*(?:\"|true|false|[A-Z_]+\s*$|-?\d))", re.M)
_MESSAGE_OPENS = re.compile(r"^\s*[a-z_][a-z0-9_]*\s*\{\s*$", re.M)
_SETTINGS = re.compile(r"^\s*(?:\[[\w.\" -]+\]|[\w.-]+\s*=\s*\S.*)\s*$")
_SQL = re.compile(
    r"^\s*(?:INSERT\s+INTO|CREATE\s+TABLE|SELECT\s.+\sFROM|UPDATE\s+\w+\s+SET|COPY\s+\w+)\b", re.M | re.I
)
_CODE = re.compile(
    r"^\s*(?:import\s+\w+|from\s+\w+\s+import|def\s+\w+\(|#include|const\s+\w+\s*=|var\s+\w+\s*=|<\?php)",
    re.M,
)
_LATEX = re.compile(r"\\(?:documentclass|begin\{document\}|section\{)")
_COMMENT = re.compile(r"^\s*(?://[^\n]*|/\*.*?\*/)", re.S)
_OPENS_JSON = re.compile(
    r"\s*(?:\{\s*(?:\}|[\"']|//|/\*|[A-Za-z_$][\w$]*\s*:)|\[\s*(?:[\[{\"']|\]\s*$|-?\d[\d.eE+-]*\s*[,\]]\s*[\d\[{\"-]|//|/\*))"
)
_PAGE = re.compile(
    r"\s*<(?:!doctype|html|head|body|table|section|article|main|form|ul|ol|dl|style|script|svg)\b", re.I
)
_STRUCK = re.compile(r"<(?:del|s|strike|tr|td|input|select|details|script|style)\b[^<>]*>", re.I)
_EMPHASIS = re.compile(
    r"(?<![\w*_\\])(?P<mark>\*{1,3}|_{1,3})(?=[^\s*_])(?P<held>[^\n]*?[^\s*_])(?P=mark)(?![\w*_])"
)
_SEPARATORS = ("\t", ";", "|", ",")
_CELL = 60
_DEEPEST = 200
_NEARLY_ALL = 0.9  # share of lines that are written so


def name_of(text: str, person_columns: Collection[str]) -> str:
    """What structured text that is not read a text is; empty for prose and for what is read."""
    head = text[:_LONGEST_HEAD]
    if _TURTLE.match(head):
        return "RDF in Turtle"
    if _SHORTHAND.search(head) and _SHORTHAND_RULE.search(head):
        return "FHIR Shorthand"
    if _PAGE.match(head) or _STRUCK.search(head):
        return "an HTML page"
    if _SQL.match(head):
        return "SQL"
    if _LATEX.search(head):
        return "LaTeX"
    if _CODE.match(head):
        return "a program"
    lines = [line for line in head.splitlines() if line.strip()]
    if _share(lines, _SETTINGS) > _NEARLY_ALL and any("=" in line for line in lines):
        return "a file of settings"
    if len(_MESSAGE_OPENS.findall(head)) > 1 and _share(lines, _MESSAGE, also="}") > _NEARLY_ALL:
        return "a protobuf message as text"
    return _table(lines, person_columns)


def _share(lines: list[str], pattern: re.Pattern[str], also: str = "") -> float:
    held = sum(bool(pattern.match(line)) or (bool(also) and line.strip() == also) for line in lines)
    return held / len(lines) if len(lines) > 1 else 0.0


def _table(lines: list[str], person_columns: Collection[str]) -> str:
    """A table as a text of its own: a row of names above rows of as many cells."""
    for mark in _SEPARATORS:
        rows = [
            [cell.strip(" \"'") for cell in line.strip("|" if mark == "|" else "").split(mark)]
            for line in lines
        ]
        width = len(rows[0]) if rows else 0
        if len(rows) < 2 or width < 2 or any(len(row) != width for row in rows):
            continue
        rows = [row for row in rows if not all(set(cell) <= set("-: ") for cell in row)]
        header, body = rows[0], rows[1:]
        if (
            not body
            or not all(_is_name(cell) for cell in header)
            or (mark == "," and not _tidy(header, body))
        ):
            continue
        whose = next((place for place, cell in enumerate(header) if cell.casefold() in person_columns), None)
        if whose is not None and len(persons := Counter(row[whose] for row in body)) > 1:
            return f"a table of {len(persons)} patients"
        return "a table"
    return ""


def _is_name(cell: str) -> bool:
    return (
        0 < len(cell) <= _CELL
        and cell[:1].isalpha() | (cell[:1] in "#_")
        and not cell.endswith((".", "?", "!", ":"))
    )


def _tidy(header: list[str], body: list[list[str]]) -> bool:
    """Whether commas part cells and not clauses: none is a sentence, and none of the names has many words."""
    cells = [cell for row in body for cell in row]
    return all(len(name.split()) <= 3 for name in header) and not any(cell.endswith(".") for cell in cells)


def is_json(text: str) -> bool:
    """Whether a text is written as JSON, well formed or not; a note may begin with a bracket too."""
    return _OPENS_JSON.match(text) is not None


def commented(text: str) -> bool:
    """Whether what looks like JSON has comments, which JSON has not."""
    plain = text
    while (found := _COMMENT.match(plain)) is not None and found.end():
        plain = plain[found.end() :]
    return plain is not text and is_json(plain)


def is_message(text: str) -> bool:
    """Whether a text is a message of a schema that is read, in YAML: keys of one word, and its marks."""
    return _MARKS.search(text[:_LONGEST_HEAD]) is not None and _written_as_keys(text)


def is_nested(text: str) -> bool:
    """Whether a text is YAML made by a program: every line a key of one word or an item, on three levels."""
    depths = {len(found["indent"]) for line in text.splitlines() if (found := _KEY.match(line)) is not None}
    return len(depths) > 2 and _written_as_keys(text)


def _written_as_keys(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip() and line.strip() not in ("---", "...")]
    lines = [line for line in lines if not line.lstrip().startswith("#")]
    keyed = [line for line in lines if _KEY.match(line) or _ITEM.match(line)]
    return len(lines) > 2 and len(keyed) >= _NEARLY_ALL * len(lines)


def unmarked(text: str) -> str:
    """The text with spaces for the marks of emphasis of Markdown, so that every place in it stays."""
    return _EMPHASIS.sub(_blanked, text) if "*" in text or "_" in text else text


def _blanked(found: re.Match[str]) -> str:
    blank = " " * len(found["mark"])
    return f"{blank}{unmarked(found['held'])}{blank}"


def plain(held: Any, depth: int = 0) -> Any:
    """Python objects as JSON has them: decimals as numbers, dates as text, tuples as lists."""
    if depth > _DEEPEST or isinstance(held, str | bool | int | float) or held is None:
        return held
    if isinstance(held, dict):
        return {str(key): plain(value, depth + 1) for key, value in held.items()}
    if isinstance(held, list | tuple):
        return [plain(item, depth + 1) for item in held]
    if isinstance(held, Decimal):
        return float(held) if held.is_finite() else None
    if isinstance(held, date):
        return held.isoformat()
    return json.dumps(held, default=str).strip('"')
