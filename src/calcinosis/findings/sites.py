"""Where the lesion is, by the body site that a statement about it is recorded with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from calcinosis.findings.clinical import says
from calcinosis.knowledge import Knowledge
from calcinosis.model import Code, Observation, Status


def sites_of(seen: Observation, told: Iterable[str], knowledge: Knowledge) -> Iterator[Observation]:
    """The site findings that `seen` makes, given the findings `told` by it.

    Only what is there and is said of a lesion places it: a fracture of the elbow is no lesion there, and a
    nodule that was looked for and not found is none.
    """
    terms = knowledge.contents.findings
    if not seen.sites or seen.family or says(seen) is not Status.PRESENT:
        return
    if any(terms[name].of_lesion for name in told):
        for site in seen.sites:
            label = knowledge.label(site)
            yield replace(
                seen,
                text=f"{seen.text}, body site: {label}" if seen.text else label,
                codes=(Code("calcinosis", site),),
                value=None,
                interpretation="",
            )
