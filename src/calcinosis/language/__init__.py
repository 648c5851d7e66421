"""Words to vocabulary: the same reader serves notes, narratives and the text of coded elements."""

from calcinosis.language.dimensions import patient
from calcinosis.language.persons import several
from calcinosis.language.reader import codes_of, read_text

__all__ = ["codes_of", "patient", "read_text", "several"]
