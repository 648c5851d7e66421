"""A computable care pathway for calcinosis cutis.

>>> import calcinosis
>>> calcinosis.consult("examples/systemic-sclerosis-overlap.json").subtypes[0].id
'dystrophic'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calcinosis.consultation import Consultation
    from calcinosis.knowledge import Knowledge, load
    from calcinosis.pathway import consult

__all__ = ["Consultation", "Knowledge", "consult", "load"]

_HOMES = {
    "Consultation": "calcinosis.consultation",
    "consult": "calcinosis.pathway",
    "Knowledge": "calcinosis.knowledge",
    "load": "calcinosis.knowledge",
}


def __getattr__(name: str) -> Any:
    """The public names, imported when they are first used so that importing the package costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'calcinosis' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
