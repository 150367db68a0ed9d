"""The year's money parameters are asked once more before anybody is paid by them."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from qof_payments.adapters.parameters import known_parameters, load_parameters
from qof_payments.core.parameter_gates import average_list
from qof_payments.core.parameters import UnknownParametersError
from qof_shared.vocabulary import QofYear


@pytest.mark.parametrize("parameters_id", known_parameters())
def test_parameters_of_this_release_stop_nothing(parameters_id: str) -> None:
    year = load_parameters(*parameters_id.rsplit("-", 2)[:1], parameters_id[-7:])
    try:
        before = load_parameters(year.nation, str(QofYear(QofYear.parse(year.qof_year).first_year - 1)))
    except UnknownParametersError:
        before = None
    found = list(average_list(year, before))
    assert [one for one in found if one.severity == "stop"] == []
    assert [one.finding for one in found] == ([] if before else [f"average-list/{parameters_id}/alone"])


def test_list_of_the_wrong_day_and_a_sum_that_jumps_are_two_findings() -> None:
    year = load_parameters("england", "2013-14")
    wrong = replace(year, average_list_size=Fraction(7052), average_list_date=date(2014, 1, 1))
    found = list(average_list(wrong, load_parameters("england", "2012-13")))
    assert {one.severity for one in found} == {"stop"}
    assert found[0].says.startswith("the average list is of 2014-01-01")
    assert any("2.00 % less per patient" in one.says for one in found)
    assert len({one.finding for one in found}) == len(found)


def test_faults_of_the_year_before_are_not_this_years() -> None:
    year, before = load_parameters("england", "2013-14"), load_parameters("england", "2012-13")
    assert list(average_list(year, replace(before, list_date=None))) == []
