"""What did NHS Digital publish? Practices in the long layout: PRACTICE_CODE, INDICATOR_CODE, MEASURE, VALUE.

One row is one number of a practice and indicator; the measures read are NUMERATOR, DENOMINATOR, REGISTER and
ACHIEVED_POINTS. A year may be one file or one for each region.
"""

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from qof_calculator.core.compiled import CompiledRuleset
from qof_local.verify import files
from qof_local.verify.measures import NEAR
from qof_local.verify.naming import IndicatorNames
from qof_local.verify.rows import Results, Row, by_practice, count, points, row_of

NUMERATOR, DENOMINATOR, REGISTER, ACHIEVED_POINTS = "NUMERATOR", "DENOMINATOR", "REGISTER", "ACHIEVED_POINTS"
MEASURES = frozenset({NUMERATOR, DENOMINATOR, REGISTER, ACHIEVED_POINTS})
FEWEST_PLACES, UNROUNDED = 2, 6
"""No publication rounds points to fewer decimals than 2; with 6 and more they are taken as they are."""


def read_results(paths: Iterable[Path], name: str, rules: CompiledRuleset) -> Results:
    """Read a year's files by its rule set; codes that this does not have are counted."""
    names, unknown = IndicatorNames(rules), Counter[str]()
    values: dict[tuple[str, str], dict[str, str]] = {}
    for path in paths:
        for practice, code, measure, value in files.rows(path, files.LONG_COLUMNS):
            measure = measure.strip().upper()
            if measure not in MEASURES:
                continue
            term = names.find(code)
            if term is None:
                unknown[code] += 1
            else:
                values.setdefault((practice.strip(), term.code), {})[measure] = value.strip()
    found = (_row(practice, code, measures, rules) for (practice, code), measures in values.items())
    nearness = _nearness(measures.get(ACHIEVED_POINTS, "") for measures in values.values())
    return Results(name, rules, by_practice(found), unknown, nearness)


def _row(practice: str, code: str, measures: dict[str, str], rules: CompiledRuleset) -> Row:
    term = rules.by_code[code]
    register = count(measures.get(REGISTER, ""))
    return row_of(
        practice=practice,
        term=term,
        numerator=count(measures.get(NUMERATOR, "")),
        denominator=count(measures.get(DENOMINATOR, "")),
        # The layout prints a register of 0 beside fractions, for which none was counted.
        register=None if register == 0 and term.indicator.kind != "register" else register,
        points=points(measures.get(ACHIEVED_POINTS, "")),
    )


def _nearness(texts: Iterable[str]) -> Fraction:
    """Half a unit of the last decimal that a file prints anywhere, if it rounds."""
    places = max((len(text.partition(".")[2]) for text in texts), default=0)
    return NEAR if places >= UNROUNDED else Fraction(1, 2 * 10 ** max(places, FEWEST_PLACES))
