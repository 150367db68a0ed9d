"""What is paid for services that are not part of the framework: by the item, or by reaching a target? (rules.md 3.8)"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from qof_payments.core.rounding import pence


class RefusedCountError(ValueError):
    """A count that cannot be paid as it stands; says why."""


@dataclass(frozen=True, slots=True)
class Tier:
    """From this uptake on (a fraction of 1), this share of the whole payment."""

    uptake: Fraction
    share: Fraction


def item_of_service(items: int, unit_price: Fraction, *, register: int | None = None) -> int:
    """Pence for so many items at a price in pounds. `register` is the most there can be: a count above it is refused
    as a whole, never cut down to it. Raises RefusedCountError."""
    if items < 0:
        raise RefusedCountError(f"{items} items: give a count from 0")
    if register is not None and items > register:
        raise RefusedCountError(
            f"input exceeds register maximum: {items} items for {register} patients on the register"
        )
    return pence(*(items * unit_price).as_integer_ratio())


def target_payment(uptake: Fraction, whole: Fraction, tiers: Sequence[Tier]) -> int:
    """Pence for an uptake (a fraction of 1): the share of the highest tier that is reached of `whole` pounds.

    The uptake is not rounded before it is compared.
    """
    reached = [tier.share for tier in tiers if uptake >= tier.uptake]
    return pence(*(whole * max(reached, default=Fraction(0))).as_integer_ratio())
