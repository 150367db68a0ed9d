"""What has a practice agreed that its pay depends on beside its points? Its contract, populations and aspiration."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, get_args

from qof_payments.core.parameters import AspirationMethod

ContractKind = Literal["GMS", "PMS", "APMS"]
"""General, personal and alternative provider medical services; from PMS practices a deduction is taken."""


class InvalidTermsError(ValueError):
    """A practice's terms lack something or contradict the year; says what to give."""


@dataclass(frozen=True, slots=True)
class AspirationTerms:
    """By what a practice's aspiration payments are worked out."""

    method: AspirationMethod
    accepted_offer: bool
    """Has the practice accepted the year's offer? Without that nothing is paid in advance."""
    is_final: bool = False
    """Is last year's payment final, or provisional as it is in April?"""
    last_year: Decimal | None = None
    """Pounds of last year's unadjusted achievement payment."""
    agreed_points: Decimal | None = None
    """Of the points method, and so is the list it is worked out on."""
    list_size: int | None = None


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """The terms of one practice and collection. The default is that of a practice of which nothing is known."""

    contract: ContractKind = "GMS"
    target_populations: Mapping[str, int] = field(default_factory=dict)
    """Patients for whom an additional service is, by group."""
    aspiration: AspirationTerms | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """All that a practice's pay depends on beside its points, as it stands."""

    number: int = 0
    """Grows with everything that changes here; 0: nothing is known."""
    terms: ContractTerms = field(default_factory=ContractTerms)
    paid: Mapping[int, int] = field(default_factory=dict)
    """Aspiration instructed, in pence by month."""


def faults(terms: ContractTerms) -> Iterable[str]:
    """What is wrong with the terms whatever the year is, as sentences."""
    if terms.contract not in get_args(ContractKind):
        yield f"contract is one of {', '.join(get_args(ContractKind))}"
    for group, patients in terms.target_populations.items():
        if patients < 0:
            yield f"the target population of {group} is {patients}; give patients from 0"
    if terms.aspiration is not None and terms.aspiration.method not in get_args(AspirationMethod):
        yield f"the aspiration method is one of {', '.join(get_args(AspirationMethod))}"
