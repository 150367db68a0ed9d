"""How many pounds are so many points of a statement's line? Exact, in integers, rounded once as it would be paid.

A report has a hundred and fifty shares of thirty lines; a Fraction for each costs five times what the integers do.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from qof_shared.vocabulary import parse_rational, round_ratio

NO_POUNDS = Decimal("0.00")


class Worth(NamedTuple):
    """Pounds of one point, in any terms: rounding does not see whether a ratio is reduced."""

    numerator: int
    denominator: int

    def pounds(self, points: Fraction) -> Decimal:
        """Of so many points, to the penny, half up."""
        over = points.numerator
        if not over:
            return NO_POUNDS
        return round_ratio(over * self.numerator, points.denominator * self.denominator, 2)


def worth_of(line: Mapping[str, Any]) -> Worth | None:
    """What one point of a line is worth; None where the line has a register whose factor is not known."""
    if line["prevalence_register"] and line["adjusted_practice_disease_factor"] is None:
        return None
    value, index = _ratio(line["value_of_a_point"]), _ratio(line["contractor_population_index"])
    disease = _ratio(line["adjusted_practice_disease_factor"] or "1")
    target = _ratio(line.get("target_population_factor") or "1")
    return Worth(value[0] * index[0] * disease[0] * target[0], value[1] * index[1] * disease[1] * target[1])


def _ratio(rational: str) -> tuple[int, int]:
    """What `rational_text` wrote. Most factors are a practice's own, so that remembering them would not help."""
    over, slash, under = rational.partition("/")
    if slash:
        return int(over), int(under)
    return parse_rational(rational).as_integer_ratio()
