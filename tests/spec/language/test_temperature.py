"""A body temperature is read with and without its name; the temperature of anything else is not."""

from __future__ import annotations

import pytest

from calcinosis import consult
from calcinosis.model import Status

P, A, U = Status.PRESENT, Status.ABSENT, Status.UNKNOWN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("38.9 °C.", P),
        ("T 38.9", P),
        ("temp 102 F", P),
        ("Obs: HR 112, BP 100/60, 38.9C", P),
        ("HR 112, RR 20, 39 °C", P),
        ("She was 38.9 °C on arrival.", P),
        ("Spiking to 39.2 °C overnight.", P),
        ("O/E 101.8 °F, tender.", P),
        ("38,7 °C", P),
        ("BP 120/80, 36.8 °C, sats 98%", A),
        ("Stored at 25 °C.", U),
        ("Samples kept at 38 °C.", U),
        ("Soaked in water at 38 °C.", U),
        ("Warm compress, 40 °C, for 10 minutes.", U),
        ("Cultured at 37 °C for 48 h.", U),
        ("Room 36 °C.", U),
        ("Return from Dubai, 41 °C outside.", U),
        ("A device cooled to 35 °C was used.", U),
        ("54 F, seen at C5.", U),
        ("102 F.", U),
        ("Holiday in 38 °C.", U),
        ("150 °C", U),
    ],
)
def test_a_bare_temperature_is_the_body_s_only_where_nothing_else_explains_it(text, expected):
    done = consult(f"Nodule of the elbow. {text}", "2026-01-01")
    assert done.findings.status("fever") is expected


def test_a_temperature_that_is_named_is_read_once():
    done = consult("Nodule. Temp 38.9 °C, HR 100.", "2026-01-01")
    (evidence,) = done.findings.get("fever").evidence
    assert evidence.text.startswith("Temp 38.9")
