"""Observations to findings: the one place where units, ranges, ties and implications are settled.

Read `plan` first: the fifteen steps. `of_one` carries them out for one patient.
"""
