"""Figures as SVG text: geometry is made in this package, a template draws it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

# What the typesetting library carries inside; elsewhere the next name that the machine has.
FONT = "Libertinus Serif, Georgia, serif"


def drawn(template: str, *, font: str = FONT, **geometry: Any) -> str:
    """What a template of `templates/` makes of `geometry`; every text is escaped."""
    return _environment().get_template(template).render(font=font, **geometry)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("calcinosis.presentation", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
