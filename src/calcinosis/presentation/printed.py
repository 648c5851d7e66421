"""A consultation as text in each of its forms, as whoever reads it gets it."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from calcinosis.consultation import Consultation
from calcinosis.errors import NothingToTell
from calcinosis.presentation import leaflet
from calcinosis.presentation.markdown import markdown
from calcinosis.presentation.page import page
from calcinosis.presentation.terminal import print_consultation

# Wide enough that no line is folded.
_WIDTH = 400


def printed(consultation: Consultation, form: str) -> str:
    """The consultation as `terminal`, `markdown`, `html` or `leaflet`."""
    if form == "html":
        return page(consultation, "record")
    if form == "markdown":
        return markdown(consultation, "record")
    if form == "leaflet":
        try:
            return leaflet.markdown(leaflet.leaflet(consultation))
        except NothingToTell as refusal:  # what whoever asks for one is told instead
            return str(refusal)
    out = StringIO()
    print_consultation(consultation, console=Console(file=out, width=_WIDTH, highlight=False))
    return out.getvalue()
