"""Words to vocabulary: the same reader serves notes, narratives and the text of coded elements."""

from calcinosis.language.dimensions import patient
from calcinosis.language.document import Cleaned, cleaned
from calcinosis.language.persons import several
from calcinosis.language.reader import Told, codes_of, read_text, told

__all__ = ["Cleaned", "Told", "cleaned", "codes_of", "patient", "read_text", "several", "told"]
