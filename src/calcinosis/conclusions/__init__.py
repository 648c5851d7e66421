"""Conclusions from findings: one step of the pathway a module. None of them prints, logs or reads files."""
