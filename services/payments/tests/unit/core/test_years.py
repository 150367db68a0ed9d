"""The check that a year's value and list belong to it: the wrong list of 2014 does not get through."""

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from qof_payments.core.parameters import Parameters
from qof_payments.core.years import faults_between_years

MakeParameters = Callable[..., Parameters]


@pytest.fixture
def years(make_parameters: MakeParameters) -> Callable[..., list[str]]:
    """Faults of the last census year and the first re-based one, with something changed in the latter."""
    last = make_parameters(list_date=date(2013, 1, 1), prevalence_date=date(2013, 3, 31))
    values: dict[str, Any] = {
        "parameters_id": "england-2013-14",
        "qof_year": "2013-14",
        "value_of_a_point": Fraction("156.92"),
        "average_list_size": Fraction(6911),
        "average_list_basis": "national-average",
        "average_list_date": date(2013, 1, 1),
        "list_date": date(2014, 1, 1),
        "prevalence_date": date(2014, 3, 31),
    }
    index = (values["value_of_a_point"] / 6911) / (Fraction("133.76") / 5891)

    def faults(**changed: Any) -> list[str]:
        year = make_parameters(**(values | {"uprating_index": index} | changed))
        return list(faults_between_years([year, last]))

    return faults


def test_re_basing_leaves_the_value_per_patient_as_it_was(years: Callable[..., list[str]]) -> None:
    assert years() == []


def test_list_of_the_next_january_is_found_by_its_date_and_by_what_a_point_is_worth(
    years: Callable[..., list[str]],
) -> None:
    found = years(average_list_size=Fraction(7052), average_list_date=date(2014, 1, 1))
    assert found[0] == (
        "england-2013-14: the average list is of 2014-01-01, but the year pays by the one of 2013-01-01, the last 1 "
        "January before it began"
    )
    assert found[1].startswith(
        "england-2013-14: a point is worth 2.00 % less per patient than in england-2012-13 (£156.92 ÷ 7,052 after "
        "£133.76 ÷ 5,891); mend the value or the list"
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"value_of_a_point": Fraction("157.92")}, "a point is worth 0.64 % more per patient"),
        ({"list_date": date(2013, 1, 1)}, "list_date is 2013-01-01; it is the 1 January inside the year, 2014-01-01"),
        ({"prevalence_date": date(2014, 4, 1)}, "prevalence_date 2014-04-01 is not a day from 2013-04-01 to"),
        ({"prevalence_date": None}, "prevalence_date None is not a day"),
        ({"uprating_index": Fraction(1)}, "uprating_index is 1, but a point's value per patient moved by"),
    ],
)
def test_value_that_does_not_belong_to_the_year_is_found(
    years: Callable[..., list[str]], changed: dict[str, Any], said: str
) -> None:
    assert any(said in fault for fault in years(**changed))


def test_jump_that_is_explained_is_let_pass(years: Callable[..., list[str]]) -> None:
    why = {"value_of_a_point": "an uplift was agreed", "uprating_index": "none was agreed"}
    assert years(value_of_a_point=Fraction("160"), changes=why) == []


def test_census_does_not_come_back(make_parameters: MakeParameters, years: Callable[..., list[str]]) -> None:
    found = years(average_list_basis="census-constant", average_list_date=None)
    assert found == ["england-2013-14: the census's constant differs from that of england-2012-13"]
    before = make_parameters(
        average_list_basis="national-average",
        average_list_date=date(2012, 1, 1),
        list_date=date(2013, 1, 1),
        prevalence_date=date(2013, 3, 31),
    )
    after = make_parameters(
        parameters_id="england-2013-14",
        qof_year="2013-14",
        list_date=date(2014, 1, 1),
        prevalence_date=date(2014, 3, 31),
    )
    assert list(faults_between_years([before, after])) == [
        "england-2013-14: england-2012-13 pays by the nation's average list, so the census is over"
    ]


def test_years_with_a_gap_between_them_are_not_compared(years: Callable[..., list[str]]) -> None:
    found = years(
        parameters_id="england-2014-15",
        qof_year="2014-15",
        value_of_a_point=Fraction(200),
        average_list_date=date(2014, 1, 1),
        list_date=date(2015, 1, 1),
        prevalence_date=date(2015, 3, 31),
    )
    assert found == []
