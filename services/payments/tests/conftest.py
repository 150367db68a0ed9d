"""What payments' tests have in common: a year with easy numbers, achievements as the calculator tells of them."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from fractions import Fraction
from uuid import UUID, uuid4

import pytest

from qof_payments.core.parameters import Parameters, UnknownParametersError
from qof_payments.handlers.ports import ParametersOf
from qof_shared.contracts import AchievementCalculatedBefore, Event, IndicatorAchievement, new_event

COLLECTION = "QOF-ENG-2012-13"
APRIL = datetime(2013, 4, 2, 12, 0, tzinfo=UTC)

YEAR = Parameters(
    parameters_id="england-2012-13",
    nation="england",
    qof_year="2012-13",
    value_of_a_point=Fraction(100),
    average_list_size=Fraction(5000),
    prevalence_regime="true-prevalence",
    cut_off_share=None,
    aspiration_rate=Fraction("0.7"),
    aspiration_method="share-of-last-year",
    rounding_profile="once-per-line-half-up-to-the-penny",
    sources={},
    unverified={},
    digest="d" * 64,
    list_date=date(2013, 1, 1),
    prevalence_date=date(2013, 3, 31),
)
"""£100 a point for a list of 5,000."""


@pytest.fixture(scope="session")
def parameters_of() -> ParametersOf:
    """Parameters of England's 2012-13 and of no other year."""

    def of(nation: str, qof_year: str) -> Parameters:
        if (nation, qof_year) != (YEAR.nation, YEAR.qof_year):
            raise UnknownParametersError(f"no money parameters for {nation} in {qof_year}")
        return YEAR

    return of


MakeEvent = Callable[..., Event]


@pytest.fixture(scope="session")
def an_achievement() -> MakeEvent:
    """Makes an event of one achievement: 20 points by prevalence of AF and 10 by list size."""

    def make(
        practice: str = "A81001",
        *,
        extract_id: UUID | None = None,
        extract_number: int = 1,
        collection: str = COLLECTION,
        list_size: int = 5000,
        registers: Mapping[str, int] | None = None,
        achievement_date: date | None = date(2013, 3, 31),
    ) -> Event:
        achievement = AchievementCalculatedBefore(
            extract_id=extract_id or uuid4(),
            extract_number=extract_number,
            extract_digest="e" * 64,
            collection=collection,
            practice=practice,
            nation="england",
            qof_year="2012-13",
            ruleset="england-2012-13",
            ruleset_digest="r" * 64,
            calculated_at=APRIL,
            list_size=list_size,
            registers={"AF": 100} if registers is None else dict(registers),
            achievement_date=achievement_date,
            points="30",
            points_available="40",
            indicators=[
                _indicator("AF01", "AF", "Clinical", "5", "AF"),
                _indicator("AF05", "AF", "Clinical", "15", "AF"),
                _indicator("RECORD11", "RECORD", "Organisational", "10", None),
            ],
        )
        return new_event(achievement, occurred_at=APRIL, correlation_id=str(achievement.extract_id))

    return make


def _indicator(code: str, group: str, domain: str, points: str, register: str | None) -> IndicatorAchievement:
    return IndicatorAchievement(
        indicator=code,
        group=group,
        domain=domain,
        kind="fraction",
        status="achieved",
        points=points,
        points_available=points,
        lower_threshold=None,
        upper_threshold=None,
        prevalence_register=register,
    )
