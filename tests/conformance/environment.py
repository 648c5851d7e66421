"""What criteria ask of a patient beside findings: age, weight and renal function as intervals, and the sex."""

from __future__ import annotations

from math import nextafter

import duckdb
from msgspec import Struct

from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.treatment_schema import Dosing

from .relations import create, insert, text

_INF = "'inf'::DOUBLE"


class StageRow(Struct, frozen=True):
    """A finding that bounds renal function: present from above by `most`, absent from below by `least`."""

    finding: str
    most: float
    least: float | None


class BandRow(Struct, frozen=True):
    """The weights believed at an age; of all bands the last where none fits."""

    place: int
    age_from: float
    age_to: float
    low: float
    high: float


def load(database: duckdb.DuckDBPyConnection, knowledge: Knowledge) -> None:
    """The two tables that this asks."""
    dosing = knowledge.contents.treatment.dosing
    stages = (
        StageRow(stage.finding, nextafter(stage.below, 0.0), stage.below if stage.absence_counts else None)
        for stage in dosing.renal.stages
    )
    bands = (
        BandRow(place, band.age_from, band.age_to, band.low, band.high)
        for place, band in enumerate(dosing.body.bands)
    )
    create(database, "stage", StageRow)
    insert(database, "stage", StageRow, stages)
    create(database, "band", BandRow)
    insert(database, "band", BandRow, bands)


def query(dosing: Dosing) -> str:
    """A query that gives each person's numbers as `age low`, `age high` and so on, and the sex."""
    return f"""
WITH measured AS (
    SELECT person, analyte, value, low, high FROM judged WHERE shown AND low IS NOT NULL
), aged AS (
    SELECT patient.person, CASE WHEN sex IN ('female', 'male') THEN sex END AS sex,
        coalesce(CASE WHEN measured.low = measured.high THEN value END, age) AS age
    FROM patient LEFT JOIN measured ON measured.person = patient.person AND analyte = 'age_years'
), believed AS (
    SELECT person, CASE WHEN age IS NULL THEN min(low) OVER () ELSE low END AS least,
        CASE WHEN age IS NULL THEN max(high) OVER () ELSE high END AS most,
        coalesce(age >= age_from AND age < age_to, FALSE) AS fits
    FROM aged CROSS JOIN band
    QUALIFY row_number() OVER (
        PARTITION BY person ORDER BY fits DESC, CASE WHEN fits THEN place ELSE -place END
    ) = 1
), weighed AS (
    SELECT person, value AS weight FROM measured JOIN believed USING (person)
    WHERE analyte = {text(dosing.body.weight)} AND low = high AND value BETWEEN least AND most
), worded AS (
    SELECT person, coalesce(min(most) FILTER (WHERE status), {_INF}) AS most,
        max(least) FILTER (WHERE NOT status) AS not_below,
        bool_or(status) OR not_below IS NOT NULL AS said
    FROM finding JOIN stage USING (finding) WHERE status IS NOT NULL GROUP BY person
), renal AS (
    SELECT aged.person, coalesce(worded.most, {_INF}) AS most, measured.value IS NOT NULL AS numbered,
        CASE WHEN numbered THEN least(measured.low, most) WHEN said THEN least(coalesce(not_below, 0), most) END
            AS low,
        CASE WHEN numbered THEN least(measured.high, most) WHEN said THEN worded.most END AS high
    FROM aged LEFT JOIN worded USING (person)
    LEFT JOIN measured ON measured.person = aged.person AND analyte = {text(dosing.renal.analyte)}
)
SELECT person, sex, age AS "age low", age AS "age high", weight AS "weight low", weight AS "weight high",
    renal.low AS "renal low", renal.high AS "renal high"
FROM aged LEFT JOIN weighed USING (person) JOIN renal USING (person)
"""
