"""Parameter sets as tests want them: an average year with one thing changed."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from qof_payments.core.parameters import Parameters

MakeParameters = Callable[..., Parameters]


@pytest.fixture(scope="session")
def make_parameters() -> MakeParameters:
    def make(**changed: Any) -> Parameters:
        values: dict[str, Any] = {
            "parameters_id": "england-2012-13",
            "nation": "england",
            "qof_year": "2012-13",
            "value_of_a_point": Fraction("133.76"),
            "average_list_size": Fraction(5891),
            "prevalence_regime": "true-prevalence",
            "cut_off_share": None,
            "aspiration_rate": Fraction("0.7"),
            "aspiration_method": "share-of-last-year",
            "rounding_profile": "once-per-line-half-up-to-the-penny",
            "sources": {},
            "unverified": {},
            "digest": "0" * 64,
        }
        return Parameters(**(values | changed))

    return make
