"""Typst with its own fonts and nothing of the machine: the same input gives the same bytes anywhere.

Text reaches a template as data, never as markup, so that nothing a record says is executed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any, cast

from calcinosis.errors import MissingExtra

# Accessible PDF: tagged, titled, every picture with a text.
STANDARD = "ua-1"
_PICTURE = b"""#let d = json(bytes(sys.inputs.data))
#set page(width: auto, height: auto, margin: 0pt)
#image(bytes(d.svg), format: "svg")
"""


def pdf(template: str, held: Mapping[str, Any], as_of: datetime) -> bytes:
    """The PDF that `template` of this folder makes of `held`; `as_of` is its date of creation.

    Raises:
        MissingExtra: the typesetting library is not installed.
    """
    source = (files("calcinosis.presentation.report") / template).read_bytes()
    return _compiled(source, {**held, "font": "Libertinus Serif"}, as_of, pdf_standards=[STANDARD])


def png(svg: str, ppi: float = 192.0) -> bytes:
    """An SVG as PNG, its text set in the library's own fonts."""
    return _compiled(_PICTURE, {"svg": svg}, datetime(1970, 1, 1), format="png", ppi=ppi)


def _compiled(source: bytes, held: Mapping[str, Any], as_of: datetime, **options: Any) -> bytes:
    try:
        import typst
    except ImportError as error:
        raise MissingExtra("Documents and pictures", "report") from error
    return cast(
        "bytes",
        typst.compile(
            source,
            sys_inputs={"data": json.dumps(held, ensure_ascii=False, sort_keys=True)},
            font_paths=_fonts(),
            ignore_system_fonts=True,
            timestamp=int(as_of.replace(tzinfo=UTC).timestamp()),
            **options,
        ),
    )


@lru_cache(maxsize=1)
def _fonts() -> Any:
    import typst

    return typst.Fonts(include_system_fonts=False)
