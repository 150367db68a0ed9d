"""What the calculator's tests have in common: the real rule sets, and extracts as ingest tells of them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from uuid import UUID, uuid4

import pytest

from qof_calculator.adapters.rulesets import RulesetCatalogue, load_rulesets
from qof_shared.contracts import Determination, Event, Extract, ExtractAccepted, IndicatorCounts, new_event
from qof_shared.testing.fakes import NOON

MakeEvent = Callable[..., Event]

REGISTERS = {"AF": 100, "PAD": 0}
INDICATORS = (
    IndicatorCounts(indicator="AF01"),
    IndicatorCounts(indicator="AF05", numerator=65, denominator=100, exclusions={"a": 2, "b": 3}, pcas={"declined": 4}),
    IndicatorCounts(indicator="AF06", numerator=35, denominator=50),
    IndicatorCounts(indicator="AF07", numerator=50, denominator=90),
)
"""On Scotland's rule set of 2012-13: 5 for the register, 10 × 25/50, 6 × 20/40, 6 × (500/9 - 40)/30 points."""


@pytest.fixture(scope="session")
def rulesets() -> RulesetCatalogue:
    return load_rulesets()


def extract_accepted(
    *,
    extract_id: UUID | None = None,
    extract_number: int = 1,
    practice: str = "10002",
    nation: str = "scotland",
    qof_year: str = "2012-13",
    list_size: int = 8000,
    registers: Mapping[str, int] = REGISTERS,
    indicators: Sequence[IndicatorCounts] = INDICATORS,
    determinations: Sequence[Determination] = (),
) -> Event:
    collection = f"QOF-{nation}-{qof_year}"
    accepted = ExtractAccepted(
        extract_id=extract_id or uuid4(),
        extract_number=extract_number,
        supplier="supplier",
        collection=collection,
        practice=practice,
        nation=nation,
        qof_year=qof_year,
        received_at=NOON,
        digest="e" * 64,
        extract=Extract(
            practice=practice,
            collection=collection,
            achievement_date=date(2013, 3, 31),
            list_size=list_size,
            registers=dict(registers),
            indicators=list(indicators),
        ),
        determinations=list(determinations),
    )
    return new_event(accepted, occurred_at=NOON, correlation_id=str(accepted.extract_id))


def determination(indicator: str, determines: str, value: str) -> Determination:
    return Determination(
        determination_id=uuid4(),
        indicator=indicator,
        determines=determines,
        value=value,
        reason="local award",
        person="A. Commissioner",
        determined_at=NOON,
    )


@pytest.fixture(scope="session")
def determined() -> Callable[[str, str, str], Determination]:
    """Makes a determination: indicator, what it determines, value."""
    return determination


@pytest.fixture(scope="session")
def an_extract() -> MakeEvent:
    """Makes an ExtractAccepted event; the named arguments change what is in it."""
    return extract_accepted
