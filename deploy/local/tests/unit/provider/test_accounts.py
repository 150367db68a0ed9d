"""Does no password ever run out at year end, or keep anybody out?"""

import json
import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_local.directory import Nation, accounts_document, invented_commissioners, invented_practice, people_document
from qof_local.provider.accounts import Accounts, AccountsFileError, read_accounts, runs_out, warning


@given(st.dates(date(2007, 1, 1), date(2040, 12, 31)))
def test_no_password_runs_out_at_year_end(until: date) -> None:
    found = runs_out(until)
    assert not date(found.year, 3, 1) <= found <= date(found.year, 4, 30)
    assert until <= found <= until + timedelta(days=61)


@given(st.dates(date(2007, 1, 1), date(2040, 12, 31)), st.integers(-400, 400))
def test_nobody_is_warned_at_year_end(today: date, days: int) -> None:
    said = warning(today + timedelta(days=days), today)
    if date(today.year, 3, 1) <= today <= date(today.year, 4, 30):
        assert said is None
    elif days <= 0:
        assert said is not None


@pytest.mark.parametrize(
    ("today", "says"),
    [
        (date(2012, 6, 1), None),
        (date(2012, 6, 16), "within 14 days"),
        (date(2012, 6, 29), "within 1 day"),
        (date(2012, 6, 30), "older than it should be"),
        (date(2019, 6, 30), "older than it should be"),
    ],
)
def test_warning_comes_a_fortnight_before(today: date, says: str | None) -> None:
    said = warning(date(2012, 6, 30), today)
    assert said is None if says is None else says in (said or "")


def test_everybody_of_the_demonstration_signs_in_and_six_are_ready_made() -> None:
    members = Nation(
        nation="england",
        qof_year="2012-13",
        achievement_date=date(2013, 3, 31),
        commissioners=invented_commissioners(120, "england"),
        practices=[invented_practice(index, "england") for index in range(120)],
    )
    accounts = read_accounts(json.dumps(accounts_document(members, seed=1)).encode())
    people = people_document(members, seed=1)["people"]
    assert {one.account for one in accounts.values()} == {one["person"] for one in people}
    assert len({one.password for one in accounts.values()}) == len(accounts)
    ready_made = [one.account for one in accounts.values() if one.is_ready_made]
    assert len(ready_made) == 7
    assert accounts["declarer-a81001"].accepts(f" {accounts['declarer-a81001'].password} ")
    assert not accounts["declarer-a81001"].accepts(accounts["user-a81001"].password)


def test_accounts_written_while_running_are_seen(tmp_path: Path) -> None:
    file = tmp_path / "accounts.json"
    accounts = Accounts(file)
    assert accounts.find("diana") is None
    for password in ("one", "two"):
        draft = tmp_path / "draft"
        entry = {"account": "Diana", "name": "Diana", "does": "signs", "password": password}
        draft.write_text(json.dumps({"accounts": [entry]}))
        os.replace(draft, file)
        found = accounts.find(" DIANA ")
        assert found is not None
        assert found.accepts(password)


def test_broken_file_says_what_is_wrong() -> None:
    with pytest.raises(AccountsFileError, match="pasword"):
        read_accounts(b'{"accounts": [{"account": "a", "name": "A", "does": "b", "pasword": "x"}]}')
