"""A flood of one supplier keeps nobody else waiting, and nothing is lost or overtaken."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from qof_ingest.core.turns import Turns

SUPPLIERS = st.sampled_from(["emis", "tpp", "vision"])


def turns_of(suppliers: list[str]) -> Turns[tuple[str, int]]:
    turns: Turns[tuple[str, int]] = Turns()
    for number, supplier in enumerate(suppliers):
        turns.add(supplier, (supplier, number))
    return turns


def taken(turns: Turns[tuple[str, int]]) -> list[tuple[str, int]]:
    found = []
    while (one := turns.next()) is not None:
        found.append(one)
    return found


def test_whoever_comes_after_a_flood_is_served_next_but_one() -> None:
    turns = turns_of(["emis"] * 100 + ["tpp"])
    assert taken(turns)[:3] == [("emis", 0), ("tpp", 100), ("emis", 1)]


@given(st.lists(SUPPLIERS))
def test_everybody_is_served_once_and_each_supplier_in_its_order(suppliers: list[str]) -> None:
    turns = turns_of(suppliers)
    assert len(turns) == len(suppliers)
    found = taken(turns)
    assert len(turns) == 0
    assert sorted(number for _, number in found) == list(range(len(suppliers)))
    for supplier in set(suppliers):
        own = [number for name, number in found if name == supplier]
        assert own == sorted(own)


@given(st.lists(SUPPLIERS, min_size=1))
def test_nobody_waits_for_more_than_one_of_each_other_supplier(suppliers: list[str]) -> None:
    found = [supplier for supplier, _ in taken(turns_of(suppliers))]
    for supplier, count in Counter(found).items():
        places = [place for place, name in enumerate(found) if name == supplier]
        gaps = [after - before for before, after in zip([-1, *places], places, strict=False)]
        assert max(gaps) <= len(set(suppliers))
        assert len(places) == count


def test_in_a_full_room_the_youngest_of_the_loudest_gives_way() -> None:
    turns = turns_of(["emis", "emis", "emis", "tpp"])
    assert turns.give_way("vision") == ("emis", 2)
    assert (len(turns), taken(turns)) == (3, [("emis", 0), ("tpp", 3), ("emis", 1)])


@given(st.lists(SUPPLIERS), SUPPLIERS)
def test_nobody_gives_way_to_a_supplier_that_is_as_loud(suppliers: list[str], newcomer: str) -> None:
    turns = turns_of(suppliers)
    counts = Counter(suppliers)
    left = turns.give_way(newcomer)
    others = max((count for name, count in counts.items() if name != newcomer), default=0)
    assert (left is not None) == (others > counts[newcomer] + 1)
    if left is not None:
        assert left[0] != newcomer
        assert left[1] == max(number for number, name in enumerate(suppliers) if name == left[0])
    assert len(turns) == len(suppliers) - (left is not None)
