"""Scoring against published cases; what is fitted is cross-validated."""
