"""Each step of the plan as SQL: a query, or several in their order, for the relation that the step gives.

Every query is by person, and names no table but the relations, tables and dictionaries of its step, and
`patient`. A status is a boolean; null is unknown. No date is before any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from calcinosis.criteria import CriterionId
from calcinosis.findings.plan import (
    Close,
    Combine,
    Definite,
    Derive,
    FanOut,
    Judge,
    Latest,
    Read,
    Settle,
    Sign,
    Speak,
    Step,
    Window,
)
from calcinosis.knowledge.tables import EVER, FormulaRow, Tables

from . import formulas
from .dictionaries import OWN_UNIT, joined
from .relations import quoted, text
from .to_sql import Columns, to_sql

_INF = "'inf'::DOUBLE"
_DAY = 86_400_000_000  # microseconds
_LONGEST = 365 * 200  # days
# A value beyond our limit by this much is normal in no laboratory.
_FAR = 1.5
_UNDECIDED = "the value is given as a bound that does not decide"


def _begins(moment: str) -> str:
    return f"coalesce({moment}, TIMESTAMP '0001-01-01')"


_TIME = f"{_begins('effective_first')} DESC, {_begins('issued')} DESC"
# The last of readings that tie is shown; what is derived stands behind what is recorded.
_SHOWN = f"{_TIME}, formula <> '' DESC, id DESC, place DESC"
_READING = (
    "person, analyte, value, low, high, unit, word, weak, own_low, own_high, effective_first, issued, formula,"
    " id, place"
)


def _settled(status: str) -> str:
    """The definite status, and null where definite ones differ."""
    return f"CASE WHEN bool_and({status}) = bool_or({status}) THEN bool_or({status}) END"


def _conflict(status: str) -> str:
    return f"coalesce(bool_or({status}) AND NOT bool_and({status}), FALSE)"


# -- statements -----------------------------------------------------------------------------------


def _fan_out(step: FanOut, tables: Tables) -> Iterator[str]:
    yield _TERMS if step.of == "term" else _ANALYTES


_TERMS = f"""
WITH answered AS (
    SELECT observation.*, answer.answer
    FROM observation JOIN answer USING (answer_system, answer_code, words)
), heard AS (
    SELECT answered.*, says.says,
        past OR (kind = 'medication' AND coalesce(until < as_of, FALSE)) AS ended,
        kind = 'medication' AND answered.locally AS given_locally
    FROM answered JOIN patient USING (person) JOIN says ON {joined("says", "answered")}
), meant AS (
    SELECT DISTINCT heard.* EXCLUDE (ended), ended OR meaning.match = 'H' AS over, meaning.name, meaning.match
    FROM heard JOIN observation_code USING (person, n) JOIN meaning ON {joined("meaning", "observation_code")}
    WHERE meaning.kind = 'term'
), told AS (
    SELECT meant.*, term.now, term.queried, term.of_lesion, term.family AS of_family
    FROM meant JOIN term ON term.term = meant.name
    WHERE meant.kind <> 'allergy' AND NOT (over AND term.current) AND (term.locally OR NOT given_locally)
), allowed AS (
    SELECT * FROM told
    WHERE CASE WHEN match IN ('N', 'H') THEN says IS NOT FALSE WHEN match = 'B' THEN says IS FALSE ELSE TRUE END
), said AS (
    SELECT person, n, name AS term, says FROM allowed WHERE of_family = family
    UNION
    SELECT person, n, term.term, says FROM allowed JOIN term ON term.term = allowed.now
    WHERE NOT over AND term.family = allowed.family
    UNION
    SELECT person, n, term.term, CASE WHEN suspected THEN coalesce(says, TRUE) ELSE says END FROM allowed JOIN term ON term.term = allowed.queried
    WHERE NOT over AND term.family = allowed.family
    UNION
    SELECT person, n, allergy.allergy, says
    FROM meant JOIN allergy ON allergy.named = meant.name JOIN term ON term.term = allergy.allergy
    WHERE meant.kind = 'allergy' AND (allergy.denied OR assertion <> 'negated') AND term.family = meant.family
    UNION
    SELECT person, n, site, says FROM told JOIN observation_site USING (person, n)
    WHERE of_lesion AND says AND NOT family
    UNION
    SELECT person, n, kin.finding, says
    FROM meant JOIN kin ON kin.disease = meant.name JOIN term ON term.term = kin.finding
    WHERE meant.kind <> 'allergy' AND meant.family AND term.family
)
SELECT said.*, effective_first, issued FROM said JOIN observation USING (person, n)
"""


def _definite(step: Definite, tables: Tables) -> Iterator[str]:
    yield """
SELECT statement.* FROM statement JOIN patient USING (person)
WHERE effective_first IS NULL OR effective_first <= as_of
QUALIFY says IS NOT NULL OR bool_and(says IS NULL) OVER (PARTITION BY person, term)
"""


# -- readings -------------------------------------------------------------------------------------

_ANALYTES = f"""
SELECT DISTINCT meaning.name AS analyte, answer.answer, observation.* EXCLUDE (
    kind, assertion, family, past, locally, suspected, until, missing, answer_system, answer_code
)
FROM observation JOIN answer USING (answer_system, answer_code, words)
JOIN observation_code USING (person, n) JOIN meaning ON {joined("meaning", "observation_code")}
WHERE meaning.kind = 'analyte' AND NOT family AND observation.kind <> 'allergy' AND assertion <> 'negated'
"""


def _timely(relation: str) -> str:
    """Not after the day, and not before the window of the analyte begins; what has no date counts."""
    oldest = f"as_of - to_days(least(analyte.window_days, {_LONGEST})::INTEGER)"
    return (
        f"({relation}.effective_first IS NULL"
        f" OR ({relation}.effective_first <= as_of AND {relation}.effective_last >= {oldest}))"
    )


def _window(step: Window, tables: Tables) -> Iterator[str]:
    yield f"""
SELECT measurement.* FROM measurement JOIN patient USING (person) JOIN analyte USING (analyte)
WHERE {_timely("measurement")}
"""


def _read(step: Read, tables: Tables) -> Iterator[str]:
    """Two written numbers from here on, which are one but where the value lies between them."""
    spanned = "span_low IS NOT NULL AND span_high IS NOT NULL"
    least, most = _KNOWN
    wide = _against("low", "high", f"({least}) * (1 / {_FAR!r})", f"({most}) * {_FAR!r}")
    yield f"""
WITH written AS (
    SELECT "current".*, analyte.unit AS canonical, believed_low, believed_high, judges.flag, {OWN_UNIT} AS of_own,
        trim(coalesce("current".unit, span_unit, '')) <> '' AS has_unit, {spanned} AS spanned,
        CASE WHEN spanned THEN span_low ELSE coalesce("current".value, titre.number) END AS first_number,
        CASE WHEN spanned THEN span_high ELSE coalesce("current".value, titre.number) END AS second_number,
        CASE WHEN spanned THEN span_unit ELSE coalesce("current".unit, titre.unit) END AS in_unit,
        coalesce(titre.comparator, "current".comparator) AS sign
    FROM "current" JOIN analyte USING (analyte) JOIN judges ON {joined("judges", "current")}
    LEFT JOIN titre ON titre.words = "current".words AND titre.unit = analyte.unit
), converted AS (
    SELECT written.* EXCLUDE (own_low, own_high),
        first_number * factor.factor AS least, second_number * factor.factor AS most,
        CASE WHEN canonical = '' THEN 1.0 ELSE of_range.factor END AS by_own,
        own_low * by_own AS own_least, own_high * by_own AS own_most,
        coalesce(own_least > own_most, FALSE) AS upside_down,
        CASE WHEN NOT upside_down THEN own_least END AS own_low,
        CASE WHEN NOT upside_down THEN own_most END AS own_high,
        first_number IS NOT NULL AS numbered,
        coalesce({_usable("least")} AND {_usable("most")} AND least <= most, FALSE) AS usable
    FROM written
    LEFT JOIN factor ON factor.analyte = written.analyte AND factor.unit = in_unit
    LEFT JOIN factor AS of_range ON of_range.analyte = written.analyte AND of_range.unit = of_own
), known AS (
    SELECT *, CASE WHEN usable AND NOT spanned THEN least END AS number,
        CASE WHEN NOT usable THEN NULL WHEN starts_with(sign, '<') THEN -{_INF} ELSE least END AS low,
        CASE WHEN NOT usable THEN NULL WHEN starts_with(sign, '>') THEN {_INF} ELSE most END AS high
    FROM converted WHERE usable OR NOT (numbered AND has_unit)
), fitting AS ({_FITTING}
), held AS (
    SELECT known.*,
        CASE WHEN own_low IS NULL AND own_high IS NULL THEN {_flagged("flag")}
             WHEN {_against("low", "high", "own_low", "own_high")} = 'normal' THEN 'normal' ELSE '' END AS flagged,
        CASE WHEN low IS NULL OR NOT (fitting.person IS NOT NULL OR ranged) THEN FALSE
             WHEN flagged = 'normal' THEN {wide} IN ('low', 'high')
             ELSE [flagged, {_against("low", "high", least, most)}]
                IN (['low', 'high'], ['high', 'low']) END AS contradicted
    FROM known JOIN analyte USING (analyte) LEFT JOIN fitting USING (person, analyte)
), made AS (
    SELECT person, analyte, CASE WHEN NOT contradicted THEN number END AS value,
        CASE WHEN NOT contradicted THEN low END AS low, CASE WHEN NOT contradicted THEN high END AS high,
        canonical AS unit, CASE WHEN contradicted THEN '' ELSE flag END AS word, FALSE AS weak, own_low, own_high,
        effective_first, issued, '' AS formula, id, place
    FROM held WHERE low IS NOT NULL OR flag <> ''
)
SELECT {_READING} FROM made
"""


def _usable(number: str) -> str:
    """Finite, and not beyond what occurs; a bound is held against the far end only."""
    return (
        f"(isfinite({number}) AND (believed_low IS NULL OR starts_with(sign, '<')"
        f" OR ({number} <= believed_high AND ({number} >= believed_low OR sign <> ''))))"
    )


def _speak(step: Speak, tables: Tables) -> Iterator[str]:
    """A panel is never said to be more than normal; its word counts for as long as the member's own would."""
    yield f"""
WITH normal AS (
    SELECT measurement.*, judges.flag FROM measurement JOIN judges ON {joined("judges", "measurement")}
    WHERE value IS NULL AND span_unit IS NULL AND flag IN ('normal', 'negative')
), spoken AS (
    SELECT DISTINCT normal.* EXCLUDE (analyte), panel.member
    FROM normal JOIN panel ON panel.panel = normal.analyte
), timely AS (
    SELECT spoken.*, analyte.analyte, analyte.unit AS canonical
    FROM spoken JOIN patient USING (person) JOIN analyte ON analyte.analyte = spoken.member
    WHERE {_timely("spoken")}
)
SELECT {_READING} FROM reading
UNION ALL
SELECT person, analyte, NULL, NULL, NULL, canonical, flag, TRUE, NULL, NULL, effective_first, issued, '', id, place
FROM timely
WHERE NOT EXISTS (
    SELECT 1 FROM reading WHERE reading.person = timely.person AND reading.analyte = timely.analyte
)
"""


def _derive(step: Derive, tables: Tables) -> Iterator[str]:
    for formula in sorted(tables.formula, key=lambda row: row.place):
        yield _derived(formula)


def _refused(asked: str | CriterionId) -> Any:
    raise LookupError(f"a formula applies to patients, not where {asked} is met")


# What a formula may ask of a patient.
_OF_PATIENT = Columns(
    finding=_refused,
    criterion=_refused,
    quantity=lambda name: ("age", "age") if name == "age" else _refused(name),
    word=lambda name: "sex" if name == "sex" else _refused(name),
)


def _derived(formula: FormulaRow) -> str:
    """The newest value of each part, taken from zero on; the result, where no recorded value stands against it."""
    names = formula.needs
    parts = [quoted(f"of {name}") for name in names]
    taken = " ".join(
        f"JOIN shown AS {part} ON {part}.person = patient.person AND {part}.analyte = {text(name)}"
        f" AND {part}.low IS NOT NULL"
        for name, part in zip(names, parts, strict=True)
    )
    values = [
        f"{_from_zero(part)} AS {quoted(f'{name} low')}, {part}.high AS {quoted(f'{name} high')}"
        for name, part in zip(names, parts, strict=True)
    ]
    parameters = [f"{_by_sex(by)} AS {quoted(f'{name} low')}" for name, by in formula.parameters.items()]
    dates = ", ".join(f"{part}.effective_first" for part in parts)
    applies = "TRUE" if formula.applies is None else to_sql(formula.applies, _OF_PATIENT)
    source = f"""
        SELECT patient.person, {", ".join([*values, *parameters])}, age AS "age low",
            greatest({dates}) AS newest, least({dates}) AS oldest
        FROM patient {taken} WHERE {applies}
    """
    one_finite = " ".join(
        f"WHEN isfinite({end}) AND {end} <> 0 AND NOT (isfinite({other}) AND {other} <> 0) THEN {end}"
        for end, other in (('"result low"', '"result high"'), ('"result high"', '"result low"'))
    )
    return f"""
WITH shown AS (
    SELECT * FROM reading QUALIFY row_number() OVER (PARTITION BY person, analyte ORDER BY {_SHOWN}) = 1
), computed AS ({formulas.compiled(formula.expression, source, exact=("age", *formula.parameters))}
), made AS (
    SELECT person, formula.gives AS analyte,
        CASE WHEN "result low" = "result high" THEN "result low" {one_finite} END AS value,
        "result low" AS low, "result high" AS high, formula.unit, '' AS word, FALSE AS weak,
        NULL AS own_low, NULL AS own_high, newest AS effective_first,
        NULL::TIMESTAMP AS issued, formula.formula, '' AS id, formula.place, stands_days
    FROM computed JOIN formula ON formula.formula = {text(formula.formula)}
    WHERE "result low" IS NOT NULL AND NOT ("result low" <= 0 AND "result high" = {_INF})
        AND coalesce((epoch_us(newest) - epoch_us(oldest)) // {_DAY} <= max_days_apart, TRUE)
), added AS (
    SELECT {_READING} FROM made WHERE NOT EXISTS (
        SELECT 1 FROM reading
        WHERE reading.person = made.person AND reading.analyte = made.analyte AND NOT reading.weak
            AND coalesce(
                epoch_us(made.effective_first) - epoch_us(reading.effective_first) <= stands_days * {_DAY}, TRUE
            )
    )
)
SELECT {_READING} FROM reading WHERE NOT (weak AND EXISTS (
    SELECT 1 FROM added WHERE added.person = reading.person AND added.analyte = reading.analyte
))
UNION ALL SELECT {_READING} FROM added
"""


def _from_zero(part: str) -> str:
    """What is measured is not negative, also where it is known as `<1.5` only."""
    return f"CASE WHEN {part}.high >= 0 THEN greatest({part}.low, 0) ELSE {part}.low END"


def _by_sex(by: dict[str, float]) -> str:
    """A parameter: one for everybody, or by the recorded sex."""
    if "" in by:
        return f"{by['']!r}::DOUBLE"
    cases = " ".join(f"WHEN {text(sex)} THEN {number!r}::DOUBLE" for sex, number in by.items())
    return f"CASE sex {cases} END"


def _latest(step: Latest, tables: Tables) -> Iterator[str]:
    (relation,) = step.reads
    time = ", ".join(f"{_begins({'effective': 'effective_first'}.get(by, by))} DESC" for by in step.by)
    shown = (
        f", row_number() OVER (PARTITION BY person, analyte ORDER BY {_SHOWN}) = 1 AS shown"
        if step.per == "analyte"
        else ""
    )
    yield f"""
SELECT *{shown} FROM {quoted(relation)}
QUALIFY rank() OVER (PARTITION BY person, {step.per} ORDER BY {time}) = 1
"""


# -- judgement ------------------------------------------------------------------------------------


def _against(low: str, high: str, least: str, most: str) -> str:
    """low, normal or high where the whole interval agrees with the limits `least` and `most`, else empty."""
    return (
        f"CASE WHEN {low} IS NULL THEN '' WHEN {low} > {most} THEN 'high' WHEN {high} < {least} THEN 'low'"
        f" WHEN ({least} IS NULL OR {least} <= 0 OR {low} >= {least}) AND ({most} IS NULL OR {high} <= {most})"
        " THEN 'normal' ELSE '' END"
    )


def _flagged(word: str) -> str:
    return f"CASE {word} WHEN 'negative' THEN 'normal' WHEN 'positive' THEN 'high' ELSE {word} END"


# The first range that fits age and sex; none without a known age.
_FITTING = """
    SELECT person, "range".analyte, "range".low AS normal_low, "range".high AS normal_high
    FROM patient JOIN "range" ON age >= age_from AND age < age_to AND "range".sex IN ('', patient.sex)
    QUALIFY row_number() OVER (PARTITION BY person, "range".analyte ORDER BY "range".place) = 1
"""


# The range that fits, else the union of all.
_KNOWN = [
    f"CASE WHEN fitting.person IS NULL THEN widest_{end} ELSE normal_{end} END" for end in ("low", "high")
]


def _judge(step: Judge, tables: Tables) -> Iterator[str]:
    conflict = "by_own <> '' AND flagged <> '' AND by_own <> flagged"
    cases = (
        (conflict, "''", "conflicting: the record's flag and its own range disagree"),
        ("flagged <> ''", "flagged", "flag of the record"),
        ("by_own <> ''", "by_own", "reference range of the record"),
        ("low IS NULL", "''", "no value"),
        ("own_low IS NOT NULL OR own_high IS NOT NULL", "''", _UNDECIDED),
        ("NOT fits", "''", "no reference range for this age and sex"),
        ("by_fallback <> ''", "by_fallback", "fallback range of the knowledge base"),
        ("TRUE", "''", _UNDECIDED),
    )
    flag = " ".join(f"WHEN {condition} THEN {found}" for condition, found, _ in cases)
    why = " ".join(f"WHEN {condition} THEN {text(reason)}" for condition, _, reason in cases)
    yield f"""
WITH fitting AS ({_FITTING}
), compared AS (
    SELECT newest.*, fitting.person IS NOT NULL AS fits, {_flagged("word")} AS flagged,
        CASE WHEN own_low IS NULL AND own_high IS NULL THEN ''
             ELSE {_against("newest.low", "newest.high", "own_low", "own_high")} END AS by_own,
        {_against("newest.low", "newest.high", "normal_low", "normal_high")} AS by_fallback
    FROM newest LEFT JOIN fitting USING (person, analyte)
)
SELECT person, analyte, value, low, high, unit, word, weak, effective_first, shown, CASE {flag} END AS flag,
    CASE {why} END AS why
FROM compared
"""


def _sign(step: Sign, tables: Tables) -> Iterator[str]:
    """A limit without a number is decided by a judgement only where it lies outside the normal range."""
    normal_low, normal_high = _KNOWN
    yield f"""
WITH fitting AS ({_FITTING}
), held AS (
    SELECT judged.*, gives.finding, gives.flag AS wanted, above, at_least, below, at_most,
        CASE WHEN age_from <= 0 AND age_to >= {EVER} THEN TRUE
             ELSE coalesce(age >= age_from AND age < age_to, FALSE) END AS of_this_age,
        fitting.person IS NOT NULL OR ranged AS has_normal,
        {normal_low} AS least, {normal_high} AS most,
        coalesce(above, at_least) AS upper_limit, coalesce(below, at_most) AS lower_limit
    FROM judged JOIN gives USING (analyte) JOIN analyte USING (analyte) JOIN patient USING (person)
    LEFT JOIN fitting USING (person, analyte)
)
SELECT person, analyte, finding, value, low, high, unit, weak, effective_first, shown, why,
    wanted <> '' AS ranged,
    CASE
        WHEN wanted <> '' THEN CASE WHEN flag <> '' THEN flag = wanted END
        WHEN NOT of_this_age THEN NULL
        WHEN low IS NOT NULL THEN CASE
            WHEN coalesce(high <= above, FALSE) OR coalesce(high < at_least, FALSE)
                OR coalesce(low >= below, FALSE) OR coalesce(low > at_most, FALSE) THEN FALSE
            WHEN coalesce(low > above, TRUE) AND coalesce(low >= at_least, TRUE)
                AND coalesce(high < below, TRUE) AND coalesce(high <= at_most, TRUE) THEN TRUE END
        WHEN upper_limit IS NOT NULL AND lower_limit IS NOT NULL THEN NULL
        WHEN flag NOT IN ('normal', CASE WHEN upper_limit IS NOT NULL THEN 'low' ELSE 'high' END) THEN NULL
        WHEN NOT has_normal THEN FALSE
        WHEN upper_limit IS NOT NULL THEN CASE WHEN upper_limit >= most THEN FALSE END
        WHEN lower_limit <= least THEN FALSE
    END AS status
FROM held
"""


# -- findings -------------------------------------------------------------------------------------


def _settle(step: Settle, tables: Tables) -> Iterator[str]:
    yield _FOUND if step.gives == "found" else _GIVEN


_GIVEN = f"""
WITH grouped AS (
    SELECT person, analyte, finding, {_settled("status")} AS status, {_conflict("status")} AS conflict,
        bool_and(weak) AS weak, max(effective_first) AS effective_first,
        coalesce(bool_or(ranged) FILTER (WHERE status IS NOT NULL), FALSE) AS ranged,
        max(value) FILTER (WHERE shown) AS value, max(low) FILTER (WHERE shown) AS low,
        max(high) FILTER (WHERE shown) AS high, max(unit) FILTER (WHERE shown) AS unit,
        max(why) FILTER (WHERE shown) AS why
    FROM sign GROUP BY ALL
)
SELECT * EXCLUDE (why, ranged, conflict), conflict,
    CASE WHEN conflict THEN 'conflicting' WHEN status IS NULL OR ranged THEN why ELSE '' END AS reason
FROM grouped
"""


def _combine(step: Combine, tables: Tables) -> Iterator[str]:
    yield f"""
WITH several AS (
    SELECT given.*, combine, prefer_days, prefer.place,
        bool_or(status IS NOT NULL) OVER said AS decided,
        bool_or(status IS NOT NULL AND NOT weak) OVER said AS measured
    FROM given JOIN term ON term.term = given.finding
    LEFT JOIN prefer ON prefer.finding = given.finding AND prefer.analyte = given.analyte
    WINDOW said AS (PARTITION BY given.person, given.finding)
), pool AS (
    SELECT *, max(effective_first) OVER (PARTITION BY person, finding) AS newest FROM several
    WHERE NOT decided OR (status IS NOT NULL AND NOT (measured AND weak))
), timely AS (
    SELECT * FROM pool
    WHERE NOT coalesce(decided AND combine = 'prefer'
        AND epoch_us(newest) - epoch_us(effective_first) > prefer_days * {_DAY}, FALSE)
)
SELECT person, finding, status, value, low, high, unit, reason, weak FROM timely
QUALIFY row_number() OVER (PARTITION BY person, finding ORDER BY
    CASE WHEN NOT decided THEN (NOT conflict)::INT
         WHEN combine = 'prefer' THEN coalesce(place, 1_000_000)
         ELSE (status <> (combine <> 'all'))::INT END,
    CASE WHEN NOT decided THEN coalesce(place, 0) END,
    analyte) = 1
"""


_FOUND = f"""
WITH spoken AS (
    SELECT person, term AS finding, {_settled("says")} AS said, {_conflict("says")} AS contradicted
    FROM stated GROUP BY ALL
), beside AS (
    SELECT *, valued.status AS told,
        CASE WHEN spoken.finding IS NULL THEN TRUE WHEN valued.finding IS NULL THEN FALSE
             WHEN said IS NULL THEN TRUE ELSE coalesce(told <> said AND NOT weak, FALSE) END AS by_value,
        coalesce(said <> told AND NOT weak, FALSE) AS differ
    FROM spoken FULL JOIN valued USING (person, finding)
)
SELECT person, finding,
    CASE WHEN differ THEN NULL WHEN by_value THEN told ELSE said END AS status,
    CASE WHEN by_value THEN value END AS value, CASE WHEN by_value THEN low END AS low,
    CASE WHEN by_value THEN high END AS high, CASE WHEN by_value THEN unit END AS unit,
    CASE WHEN differ THEN 'conflicting' WHEN by_value THEN reason WHEN contradicted THEN 'conflicting'
         WHEN said IS NULL THEN 'uncertain in the record' ELSE '' END AS reason,
    NULL::VARCHAR AS derived
FROM beside
"""


def _close(step: Close, tables: Tables) -> Iterator[str]:
    yield """
WITH upward AS (
    SELECT person, parent AS finding, TRUE AS status, min(finding) AS derived
    FROM found JOIN descends ON child = finding
    WHERE status AND NOT EXISTS (
        SELECT 1 FROM found AS told
        WHERE told.person = found.person AND told.finding = parent AND told.status
    )
    GROUP BY ALL
), risen AS (
    SELECT * FROM found ANTI JOIN upward USING (person, finding)
    UNION ALL BY NAME
    SELECT * FROM upward
), denied AS (
    SELECT person, child AS finding, risen.finding AS derived
    FROM risen JOIN descends ON parent = risen.finding AND NOT vague WHERE NOT status
    UNION ALL
    SELECT person, rival, risen.finding FROM risen JOIN rival ON rival.finding = risen.finding WHERE status
), fallen AS (
    SELECT person, finding, FALSE AS status, min(derived) AS derived
    FROM denied ANTI JOIN risen USING (person, finding) GROUP BY ALL
)
SELECT * FROM risen UNION ALL BY NAME SELECT * FROM fallen
"""


# What prints each kind of step; a test holds that none is missing.
STEPS: dict[type[Step], Callable[[Any, Tables], Iterator[str]]] = {
    FanOut: _fan_out,
    Window: _window,
    Read: _read,
    Speak: _speak,
    Derive: _derive,
    Latest: _latest,
    Judge: _judge,
    Sign: _sign,
    Settle: _settle,
    Combine: _combine,
    Definite: _definite,
    Close: _close,
}


def printed(step: Step, tables: Tables) -> Sequence[str]:
    """The queries of a step; each gives the relation anew."""
    return list(STEPS[type(step)](step, tables))
