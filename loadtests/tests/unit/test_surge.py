from pathlib import Path

from loadtests.ledger import Ledger
from loadtests.nation import Extract, Nation
from loadtests.surge import Surge, arrivals, new_surge


def make_surge(folder: Path, *, extracts: int = 21, users: int = 12) -> Surge:
    nation = Nation(
        collection="LOADTEST-1",
        urls={},
        supplier_tokens={},
        declarer_tokens={},
        national_team_token="",
        second_token="",
        extracts=tuple(Extract(f"A{at}", "north" if at % 3 else "south", b"%d" % at) for at in range(extracts)),
    )
    return new_surge(nation, Ledger(folder / "ledger.ndjson"), rate=10, users=users)


def test_every_extract_is_due_once_and_every_tenth_twice_at_the_given_rate(tmp_path: Path) -> None:
    surge = make_surge(tmp_path)
    due = sorted((arrival.due, arrival.extract.practice) for one in surge.consignments for arrival in one.arrivals)
    assert [seconds for seconds, _ in due] == [at / 10 for at in range(arrivals(21))]
    practices = [practice for _, practice in due]
    assert {practice for practice in practices if practices.count(practice) == 2} == {"A0", "A10", "A20"}
    assert len(set(practices)) == 21


def test_each_supplier_has_a_poster_and_posts_its_own_practices_only(tmp_path: Path) -> None:
    surge = make_surge(tmp_path, users=1)
    assert {surge.consignment_for(poster).supplier for poster in range(surge.posters)} == {"north", "south"}
    for consignment in surge.consignments:
        assert {arrival.extract.supplier for arrival in consignment.arrivals} == {consignment.supplier}
        assert consignment.awaited == len(consignment.arrivals)


def test_posters_are_dealt_out_by_how_much_there_is_to_post(tmp_path: Path) -> None:
    surge = make_surge(tmp_path, users=24)
    assert [surge.consignment_for(poster).supplier for poster in range(surge.posters)].count("north") == 4
    assert surge.posters == 6


def test_users_are_as_many_as_asked_for_where_there_is_work(tmp_path: Path) -> None:
    assert make_surge(tmp_path, users=12).users == 12
    assert make_surge(tmp_path, extracts=2, users=100).practice_users == 2


def test_calculated_is_unknown_until_every_supplier_knows(tmp_path: Path) -> None:
    surge = make_surge(tmp_path)
    surge.consignments[0].calculated = 14
    assert surge.calculated is None
    surge.consignments[1].calculated = 0
    assert surge.calculated == 14
