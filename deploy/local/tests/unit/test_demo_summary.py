"""Is a run that does not balance always noticed?"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from qof_local.demo_cast import Cast
from qof_local.demo_money import Money
from qof_local.demo_outcome import Moment, Outcome
from qof_local.demo_summary import balances
from qof_local.directory import Nation, invented_commissioners, invented_practice


def entry(points: str, state: str, pounds: str | None) -> dict[str, object]:
    payment = None if pounds is None else {"pounds": pounds}
    return {"points": points, "pounds": "10.00", "state": state, "report_version": 1, "payment": payment}


@dataclass
class Run:
    cast: Cast
    outcome: Outcome
    waiting: int = 0
    dead: int = 0

    def broken(self) -> list[str]:
        found = balances(self.cast, self.outcome, waiting=self.waiting, dead=self.dead)
        return [balance.what for balance in found if not balance.holds]


@pytest.fixture
def run() -> Run:
    practices = [invented_practice(index, "england") for index in range(3)]
    codes = [one.practice for one in practices]
    nation = Nation("england", "2012-13", date(2013, 3, 31), invented_commissioners(3, "england"), practices)
    points = dict(zip(codes, (Fraction(38, 3), Fraction(5), Fraction(0)), strict=True))
    cast = Cast(nation, "QOF-2012-13-DEMO-1", 1, "england-2012-13", dict.fromkeys(codes, b"{}"), points, None)
    entries = (
        entry("38/3", "finance-approved", "10.00"),
        entry("5", "returned", None),
        entry("0", "awaiting-signature", None),
    )
    outcome = Outcome(
        posted=3,
        accepted=3,
        signed=2,
        approved={codes[0]: Decimal("10.00")},
        finance_approved=1,
        returned=1,
        figures={"accepted": 3, "calculated": 3, "rejected": 0, "reported": 3},
        achievements=3,
        work_list=dict(zip(codes, entries, strict=True)),
        instructions=1,
        instructed=Decimal("10.00"),
        moments={"signed": Moment(0.0, {})},
        money=Money(3, Decimal("45.00"), Decimal("15.00"), Decimal("30.00"), Decimal("15.00"), Decimal("10.00")),
    )
    return Run(cast, outcome)


def test_everything_in_order_everything_balances(run: Run) -> None:
    assert run.broken() == []


def lose_a_receipt(run: Run) -> None:
    run.outcome.accepted -= 1


def lose_an_extract(run: Run) -> None:
    run.outcome.figures = {**run.outcome.figures, "calculated": 2}


def change_a_point(run: Run) -> None:
    first = run.cast.practices[0]
    run.outcome.work_list = {**run.outcome.work_list, first: entry("12.66", "finance-approved", "10.00")}


def lose_a_practice(run: Run) -> None:
    run.outcome.work_list = dict(list(run.outcome.work_list.items())[:2])


def pay_a_penny_more(run: Run) -> None:
    run.outcome.instructed += Decimal("0.01")


def pay_twice(run: Run) -> None:
    run.outcome.instructions += 1


def leave_out_finance(run: Run) -> None:
    run.outcome.finance_approved -= 1


def leave_a_dead_letter(run: Run) -> None:
    run.dead = 1


def leave_work(run: Run) -> None:
    run.waiting = 1


def owe_a_penny_more(run: Run) -> None:
    assert run.outcome.money is not None
    run.outcome.money = replace(run.outcome.money, due=Decimal("30.01"))


@pytest.mark.parametrize(
    ("spoil", "noticed"),
    [
        (lose_a_receipt, "posted = receipts"),
        (lose_an_extract, "accepted = calculated + rejected"),
        (change_a_point, "practices whose points are not the same"),
        (lose_a_practice, "practices whose points are not the same"),
        (pay_a_penny_more, "pounds approved = pounds instructed"),
        (pay_twice, "approved by finance = instructed"),
        (leave_out_finance, "approved = approved by finance"),
        (leave_out_finance, "approved by finance = in that state"),
        (leave_a_dead_letter, "dead letters of this run"),
        (leave_work, "messages left in work queues"),
        (owe_a_penny_more, "pounds due = pounds in reports"),
    ],
)
def test_anything_lost_or_changed_is_noticed(run: Run, spoil: Callable[[Run], None], noticed: str) -> None:
    spoil(run)
    assert noticed in run.broken()
