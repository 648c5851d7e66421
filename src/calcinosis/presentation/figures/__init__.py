"""The geometry of figures, as data: templates draw it, nothing here knows a disease."""
