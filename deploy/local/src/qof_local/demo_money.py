"""What does the national team tell of practices' contracts in a demonstration, and what does it all come to in pounds?

Everything here is invented, and the same for the same cast: last year's payments follow this year's points, every tenth
practice has a PMS contract where the year takes a deduction from it, one of twenty-five did not accept the offer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
from rich.console import Console

from qof_calculator.adapters.rulesets import load_rulesets
from qof_local.demo_api import Api
from qof_local.demo_cast import Cast
from qof_local.directory import NATIONAL_TEAM
from qof_payments.adapters.parameters import load_parameters
from qof_payments.core.parameters import Parameters, round_pounds
from qof_shared.vocabulary import round_half_up

MONTHS = (1, 2, 3)
"""April to June: enough to see the year end take off what was paid."""
PMS_EVERY, REFUSED_EVERY = 10, 25
SHARES = (Fraction(19, 20), Fraction(1), Fraction(21, 20))
"""Last year's payment, as a share of what this year's points are worth by list size."""
TARGET_PERCENT = (22, 25, 28, 31)
"""Of a list, by practice: for whom an additional service is."""


class Counted(msgspec.Struct):
    """What is read of an extract here."""

    list_size: int


@dataclass(frozen=True, slots=True)
class Money:
    """What payments says a collection comes to, in pounds."""

    practices: int
    achievement: Decimal
    deducted: Decimal
    due: Decimal
    aspiration: Decimal
    instructed: Decimal


def terms_document(cast: Cast, year: Parameters) -> dict[str, Any]:
    """The body that records every practice's contract terms."""
    reader = msgspec.json.Decoder(Counted)
    practices = [
        _terms(number, practice, reader.decode(body).list_size, cast.points[practice], year)
        for number, (practice, body) in enumerate(cast.extracts.items())
    ]
    return {"reason": "invented for the demonstration", "practices": practices}


def _terms(number: int, practice: str, list_size: int, points: Fraction, year: Parameters) -> dict[str, Any]:
    is_pms = year.pms_deduction is not None and number % PMS_EVERY == PMS_EVERY - 1
    aspiration: dict[str, Any] = {"accepted_offer": number % REFUSED_EVERY != REFUSED_EVERY - 1}
    if year.aspiration_method == "points":
        aspiration |= {"method": "points", "agreed_points": str(int(points)), "list_size": list_size}
    else:
        last_year = points * year.pounds_per_patient_point * list_size * SHARES[number % len(SHARES)]
        aspiration |= {"method": "share-of-last-year", "last_year": str(round_pounds(last_year))}
    return {
        "practice": practice,
        "contract": "PMS" if is_pms else "GMS",
        "target_populations": dict.fromkeys(year.target_population_groups, _target(number, list_size)),
        "aspiration": aspiration,
    }


def _target(number: int, list_size: int) -> int:
    return list_size * TARGET_PERCENT[number % len(TARGET_PERCENT)] // 100


def targets_document(cast: Cast, year: Parameters) -> dict[str, Any] | None:
    """The body that records the nation's target populations; None: the year pays nothing by them."""
    if not year.target_population_groups:
        return None
    reader = msgspec.json.Decoder(Counted)
    lists = [reader.decode(body).list_size for body in cast.extracts.values()]
    nation = {"target": sum(_target(*one) for one in enumerate(lists)), "registered": sum(lists)}
    return {
        "reason": "added up of the demonstration's practices",
        "groups": dict.fromkeys(year.target_population_groups, nation),
    }


async def tell_terms(cast: Cast, payments: Api) -> None:
    """The national team records the terms of every practice and has some months of aspiration paid."""
    year = load_parameters(cast.nation.nation, cast.nation.qof_year)
    token, path = cast.token(NATIONAL_TEAM), f"/v1/collections/{cast.collection}"
    targets = targets_document(cast, year)
    if targets is not None:
        await payments.send("PUT", f"{path}/target-populations", token, json=targets)
    await payments.send("PUT", f"{path}/contract-terms", token, json=terms_document(cast, year))
    for month in MONTHS:
        await payments.send("POST", f"{path}/aspiration/{month}", token, json={"reason": "payment run"})


async def read_money(cast: Cast, payments: Api) -> Money:
    """What payments says the collection comes to."""
    path = f"/v1/collections/{cast.collection}/sums"
    told: Mapping[str, Any] = (await payments.send("GET", path, cast.token(NATIONAL_TEAM))).json()
    return Money(
        practices=told["practices"],
        achievement=Decimal(told["achievement_pounds"]),
        deducted=Decimal(told["deducted_pounds"]),
        due=Decimal(told["due_pounds"]),
        aspiration=Decimal(told["aspiration_pounds"]),
        instructed=Decimal(told["instructed_pounds"]),
    )


def rules_sentence(cast: Cast) -> str:
    """Under which rules a run was: `rule set england-2006-07: 1,000 points, prevalence regime A (square root) …`."""
    ruleset = load_rulesets().for_year(cast.nation.nation, cast.nation.qof_year).ruleset
    year = load_parameters(cast.nation.nation, cast.nation.qof_year)
    aspiration = f"{round_half_up(year.aspiration_rate * 100, 0)} % of last year's payment"
    if year.aspiration_method == "points":
        aspiration = f"{year.aspiration_points_share} of agreed points"
    return (
        f"rule set {ruleset.ruleset_id}: {round_half_up(ruleset.points_total, 0):,} points available, "
        f"prevalence regime {REGIMES[year.prevalence_regime]}, aspiration {aspiration}, "
        f"£{round_pounds(year.value_of_a_point)} a point for a list of {round_half_up(year.average_list_size, 0):,}"
    )


REGIMES = {
    "square-root": "A (square root above a cut-off)",
    "cut-off": "B (cut-off)",
    "true-prevalence": "C (true prevalence)",
}


def show_money(console: Console, cast: Cast, money: Money) -> None:
    """Rules, and the sum that every statement is a part of."""
    console.print(rules_sentence(cast), soft_wrap=True)
    console.print(
        f"{money.practices:,} statements: achievement £{money.achievement:,} − deductions £{money.deducted:,} "
        f"(aspiration paid £{money.aspiration:,}, PMS £{money.deducted - money.aspiration:,}) = £{money.due:,} due; "
        f"of it £{money.instructed:,} instructed",
        soft_wrap=True,
    )
