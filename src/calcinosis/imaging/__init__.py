"""Calcium on CT: read, find, measure, write, follow."""
