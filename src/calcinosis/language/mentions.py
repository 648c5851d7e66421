"""A phrase found in a text, and what it may stand for."""

from __future__ import annotations

from msgspec import Struct

# Words that only say what a clause is about; they hide no phrase and no phrase hides them.
SETTING = ("lesion", "context", "kin")


class Target(Struct, frozen=True, gc=False):
    """What a phrase stands for."""

    id: str
    kind: str  # finding | kin (of relatives) | analyte | lesion (any) | context (examination) | apart | rival
    exact: str = ""  # the abbreviation as it must be written
    within: str = ""
    alone: bool = False  # where it holds, the phrase means nothing else
    denies: bool = False  # the phrase says that it is not there


class Mention(Struct, frozen=True):
    """A phrase found in a text, with everything it may stand for."""

    start: int
    end: int
    text: str
    targets: tuple[Target, ...]

    @property
    def ambiguous(self) -> bool:
        """An abbreviation that several entries share."""
        meant = [target for target in self.targets if target.kind not in SETTING]
        return len(meant) > 1 and all(target.exact for target in meant)
