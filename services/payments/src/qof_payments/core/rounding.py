"""Where are pounds rounded, and what is rounded before them? The rounding profiles, by the name a year gives them."""

from collections.abc import Mapping
from dataclasses import dataclass

from qof_payments.core.exact import Ratio, half_up


@dataclass(frozen=True, slots=True)
class RoundingProfile:
    """Decimals to which a factor is rounded, half up, before it is multiplied; None: it stays exact.

    The pounds of a line are rounded to the penny, half up, by every profile, and the total is the sum of the lines.
    """

    index_places: int | None = None
    """Contractor population index."""
    factor_places: int | None = None
    """Adjusted practice disease factor."""
    point_places: int | None = None
    """Pounds of one point for this practice's list: value of a point × index."""

    def index(self, exact: Ratio) -> Ratio:
        return _rounded(exact, self.index_places)

    def factor(self, exact: Ratio) -> Ratio:
        return _rounded(exact, self.factor_places)

    def point(self, exact: Ratio) -> Ratio:
        return _rounded(exact, self.point_places)


def pence(numerator: int, denominator: int) -> int:
    """Exact pounds (a ratio, not negative) as whole pence, half up: the one rounding of every sum of money."""
    return half_up(100 * numerator, denominator)


ROUNDING_PROFILES: Mapping[str, RoundingProfile] = {
    "once-per-line-half-up-to-the-penny": RoundingProfile(),
    "cpi2_apdf2": RoundingProfile(index_places=2, factor_places=2),
    "point2": RoundingProfile(point_places=2),
}
"""The first is exact to the penny. The others are those of published illustrations, kept to reproduce them: one rounds
both factors to two places, one the value of a point for the practice's list."""


def _rounded(exact: Ratio, places: int | None) -> Ratio:
    if places is None:
        return exact
    scale = 10**places
    return half_up(exact[0] * scale, exact[1]), scale
