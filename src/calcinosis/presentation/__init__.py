"""A consultation for a reader: terminal, page, Markdown. No medicine is decided here."""
