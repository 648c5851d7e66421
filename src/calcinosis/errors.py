"""What can go wrong for a user, as one tree; every message says what, where, expected, and what to do.

CalcinosisError
├── UnreadableRecord (ValueError)   a record, series or file that cannot be read
├── UnknownUnit (ValueError)        a unit that no library converts, or none where one is needed
├── KnowledgeFault (ValueError)     the knowledge base is malformed
├── UnknownName (LookupError)       an id, a setting or an option value nobody defined
├── NothingToTell (ValueError)      a record of which a document would say what is not so
├── UnwritableOutput (OSError)      a file or folder that cannot be written
└── MissingExtra (ImportError)      an optional part is not installed
"""

from __future__ import annotations


class CalcinosisError(Exception):
    """Base of every error that is the user's to mend; shown without a traceback.

    Attributes:
        what: what was wrong with what.
        where: the place it stands (a file, a path inside it), or an empty string.
        expected: what would have been right, or an empty string.
        remedy: what to do about it, or an empty string.
    """

    def __init__(self, what: str, *, where: str = "", expected: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.expected = expected
        self.remedy = remedy
        super().__init__(self._compose())

    def _compose(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        tail = [f"Expected {self.expected}." if self.expected else "", self.remedy]
        said = " ".join(part for part in tail if part)
        if head.endswith("\n"):  # a list stands on lines of its own
            return head + said if said else head.rstrip("\n")
        return f"{head.rstrip('.')}. {said}".rstrip()


class UnreadableRecord(CalcinosisError, ValueError):
    """A record, series or file that cannot be read at all."""


class UnknownUnit(CalcinosisError, ValueError):
    """A unit that cannot be converted, or a number that has none."""


class KnowledgeFault(CalcinosisError, ValueError):
    """A knowledge file that the schema or the checks reject; `every` holds all that it stands for."""

    every: tuple[KnowledgeFault, ...] = ()


class UnknownName(CalcinosisError, LookupError):
    """An id, a setting or an option value that nobody defined."""


class NothingToTell(CalcinosisError, ValueError):
    """A record of which a document would say what is not so: no leaflet on calcinosis where there is none."""


class UnwritableOutput(CalcinosisError, OSError):
    """A file or folder that cannot be written."""


class MissingExtra(CalcinosisError, ImportError):
    """An optional part that is not installed."""

    def __init__(self, purpose: str, extra: str) -> None:
        super().__init__(
            f"{purpose} needs the extra {extra!r}, which is not installed",
            remedy=f"Run: pip install 'calcinosis[{extra}]'",
        )
        self.extra = extra
