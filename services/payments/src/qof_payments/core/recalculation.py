"""What are many practices' lines worth in pence, when nobody reads how they came about? As `entitlement`, lean.

A preview of other national figures asks of nine thousand practices what each line would come to, and no sentence of
theirs is ever read. Where nothing but the line is rounded, a line is one product of its points, one count of patients
and a rate that all practices share:

    by list size         points × list × [value ÷ average list]
    by true prevalence   points × register × [value ÷ average list ÷ national mean]: the practice's list cancels

All else (the older regimes, target populations, other rounding profiles) goes through the functions of a statement.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from qof_payments.core.entitlement import NoListSizeError
from qof_payments.core.exact import Ratio, half_up, lowest
from qof_payments.core.factor import disease_factor
from qof_payments.core.prevalence import UNIT
from qof_payments.core.rounding import RoundingProfile, pence
from qof_payments.core.target_population import target_factor
from qof_payments.core.terms import Terms


class LineLike(Protocol):
    """What decides how a line is paid; `core.statement.PointsLine` fits."""

    @property
    def prevalence_register(self) -> str | None: ...
    @property
    def target_group(self) -> str | None: ...


BITS = 48
"""Binary places in which a product is worked out before it is rounded: so fine that it almost always decides."""
HALF: int = 1 << (BITS - 1)


class Rate(NamedTuple):
    """How one line is paid: points × patients × `above` ÷ `below` pence, where there is such a rate."""

    register: str | None
    """Whose patients count; None: the whole list."""
    service: str | None
    above: int
    """0: there is none, as the line's factor is not the same product for everybody."""
    below: int


class Rates(NamedTuple):
    """The rates of a year's lines, worked out once for all practices."""

    lines: Sequence[Rate]
    fine: Sequence[tuple[str | None, int]]
    """Line by line: whose patients count, and the rate in binary places, cut off; 0: there is none."""
    terms: Terms


def rates_of(lines: Iterable[LineLike], terms: Terms) -> Rates:
    """How these lines are paid on these terms."""
    found = [_rate(line.prevalence_register, line.target_group, terms) for line in lines]
    return Rates(found, [(rate.register, (rate.above << BITS) // rate.below) for rate in found], terms)


def pence_by_line(
    rates: Rates,
    points: Iterable[Ratio],
    list_size: int,
    registers: Mapping[str, int],
    targets: Mapping[str, int] | None = None,
) -> list[int]:
    """Each line's pence for one practice; `points` are the lines', in their order and in any terms.

    The other arguments, and the errors raised, are those of `entitlement`.
    """
    if list_size <= 0:
        raise NoListSizeError("the practice has no list size; send an extract with one")
    found: list[int] = []
    for (register, fine), (earned, parts) in zip(rates.fine, points, strict=True):
        patients = list_size if register is None else registers.get(register)
        if fine and patients is not None:
            # What the rate's lost places and the division drop is less than `amount + 1` units. Where both ends round
            # to the same penny so does everything between; where they do not, the exact quotient decides.
            amount = earned * patients
            low = amount * fine // parts + HALF
            pennies = low >> BITS
            if (low + amount + 1) >> BITS != pennies:
                rate = rates.lines[len(found)]
                pennies = half_up(amount * rate.above, parts * rate.below)
            found.append(pennies)
        elif earned:
            rate = rates.lines[len(found)]
            found.append(_through_factors((earned, parts), rate, list_size, registers, rates.terms, targets or {}))
        else:
            found.append(0)
    return found


def _rate(register: str | None, service: str | None, terms: Terms) -> Rate:
    (value, value_parts), (average, average_parts) = terms.value, terms.average_list_size
    above, below = 100 * value * average_parts, value_parts * average
    if service is not None or terms.rounding != RoundingProfile():
        above = 0
    elif register is not None:
        national = terms.registers.get(register)
        if national is None or not national.mean_units or terms.parameters.prevalence_regime != "true-prevalence":
            above = 0
        else:
            above, below = above * UNIT, below * national.mean_units
    return Rate(register, service, *lowest(above, below))


def _through_factors(
    points: Ratio, rate: Rate, list_size: int, registers: Mapping[str, int], terms: Terms, targets: Mapping[str, int]
) -> int:
    """A line's pence by the functions of a statement."""
    average, parts = terms.average_list_size
    index = terms.rounding.index((list_size * parts, average))
    each = terms.rounding.point((terms.value[0] * index[0], terms.value[1] * index[1]))
    factor = (1, 1)
    if rate.service is not None:
        known = target_factor(rate.service, list_size, targets, terms)
        factor = factor if isinstance(known, str) else known.factor
    elif rate.register is not None:
        factor = terms.rounding.factor(disease_factor(rate.register, list_size, registers, terms).apdf)
    return pence(points[0] * each[0] * factor[0], points[1] * each[1] * factor[1])
