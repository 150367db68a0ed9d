"""Never more in hand than the limit, the worthiest and oldest first, and nobody is forgotten."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_shared.http.admission import Admission, Asked, Limits, State, Worth


@dataclass
class Played:
    """A door and everybody who came to it."""

    admission: Admission
    everybody: list[Asked] = field(default_factory=list)
    now: float = 0.0
    left: int = 0

    def ask(self, worth: Worth, arrived: float) -> Asked:
        asked, pushed = self.admission.ask(worth, arrived, self.now)
        self.everybody.append(asked)
        assert pushed is None or pushed.state is State.SHED
        return asked

    def of(self, state: State) -> list[Asked]:
        return [asked for asked in self.everybody if asked.state is state]

    def end_one(self, number: int) -> None:
        """One in hand is answered; whoever is taken instead is the first in the room, and could be taken."""
        in_hand = self.of(State.IN_HAND)
        if in_hand:
            room = sorted(self.of(State.WAITING))
            taken = self.admission.end(in_hand[number % len(in_hand)], self.now)
            assert taken == room[: len(taken)]

    def run_out(self) -> None:
        for asked in self.of(State.WAITING):
            self.admission.run_out(asked, self.now)

    def leave_one(self, number: int) -> None:
        waiting = self.of(State.WAITING)
        if waiting:
            self.admission.end(waiting[number % len(waiting)], self.now)
            self.left += 1

    def check(self) -> None:
        limits = self.admission.limits
        assert len(self.of(State.IN_HAND)) == self.admission.in_hand <= limits.in_hand
        assert len(self.of(State.WAITING)) == self.admission.waiting <= limits.waiting
        if waiting := self.of(State.WAITING):
            assert self.admission.in_hand >= limits.most(min(waiting).worth)  # else it need not wait


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.sampled_from(Worth), st.floats(0, 100)),
        st.tuples(st.just("end"), st.integers(0, 50)),
        st.tuples(st.just("leave"), st.integers(0, 50)),
        st.tuples(st.just("pass"), st.floats(0, 2)),
    ),
    max_size=200,
)


@given(STEPS, st.integers(1, 8), st.integers(0, 12))
def test_whatever_happens_limits_hold_and_nobody_is_forgotten(
    steps: list[tuple[object, ...]], in_hand: int, waiting: int
) -> None:
    played = Played(Admission(Limits(in_hand=in_hand, waiting=waiting)))
    for step in steps:
        match step:
            case ("ask", Worth() as worth, float(arrived)):
                played.ask(worth, arrived)
            case ("end", int(number)):
                played.end_one(number)
            case ("leave", int(number)):
                played.leave_one(number)
            case ("pass", float(seconds)):
                played.now += seconds
                played.run_out()
        played.check()
    while played.of(State.IN_HAND):
        played.end_one(0)
        played.check()
    assert played.admission.in_hand == played.admission.waiting == 0
    assert played.admission.admitted.total() + len(played.of(State.SHED)) + played.left == len(played.everybody)
    assert played.admission.shed.total() == len(played.of(State.SHED))


@given(st.lists(st.tuples(st.sampled_from(Worth), st.floats(0, 100)), min_size=1, max_size=60))
def test_a_signature_is_never_shed_while_something_of_less_worth_waits(came: list[tuple[Worth, float]]) -> None:
    played = Played(Admission(Limits(in_hand=2, waiting=8)))
    for worth, arrived in came:
        played.ask(worth, arrived)
        shed = [one.worth for one in played.of(State.SHED) if one.worth is Worth.SIGN]
        if shed:
            assert {one.worth for one in played.of(State.WAITING)} == {Worth.SIGN}


def test_of_the_same_worth_who_came_first_gets_in_first() -> None:
    played = Played(Admission(Limits(in_hand=1)))
    first = played.ask(Worth.ARRIVE, 5.0)
    late, early, middle = (played.ask(Worth.ARRIVE, arrived) for arrived in (9.0, 1.0, 4.0))
    got_in = [first]
    for _ in range(3):
        got_in += played.admission.end(got_in[-1], 0.0)
    assert got_in == [first, early, middle, late]


def test_the_last_places_are_kept_for_what_is_worth_more() -> None:
    played = Played(Admission(Limits(in_hand=16)))
    for _ in range(16):
        played.ask(Worth.PREVIEW, 0.0)
    assert played.admission.in_hand == 8
    assert played.ask(Worth.SIGN, 1.0).state is State.IN_HAND
    assert played.ask(Worth.REPORT, 1.0).state is State.IN_HAND


def test_whoever_would_wait_longer_than_their_patience_is_told_at_once() -> None:
    played = Played(Admission(Limits(in_hand=1)))
    played.admission.answer_seconds = 0.3
    states = [played.ask(Worth.REPORT, float(number)).state for number in range(6)]
    assert states == [State.IN_HAND, *[State.WAITING] * 3, *[State.SHED] * 2]
    assert played.ask(Worth.SIGN, 9.0).state is State.WAITING


def test_the_youngest_of_the_least_worth_leaves_a_full_room() -> None:
    admission = Admission(Limits(in_hand=1, waiting=1))
    admission.ask(Worth.SIGN, 0.0, 0.0)
    waiting, _ = admission.ask(Worth.REPORT, 0.0, 0.0)
    worthier, pushed = admission.ask(Worth.SIGN, 1.0, 0.0)
    assert pushed is waiting
    assert (waiting.state, worthier.state) == (State.SHED, State.WAITING)


def test_patience_that_is_over_sheds_and_an_answer_that_came_before_does_not() -> None:
    played = Played(Admission(Limits(in_hand=1)))
    first, second = played.ask(Worth.SIGN, 0.0), played.ask(Worth.STATUS, 0.0)
    assert not played.admission.run_out(second, second.until - 0.01)
    assert played.admission.run_out(second, second.until)
    assert not played.admission.run_out(first, first.until)
    assert played.admission.end(first, 1.0) == []
    assert played.admission.in_hand == 0


def test_ending_twice_changes_nothing() -> None:
    played = Played(Admission(Limits(in_hand=2)))
    one, _ = played.ask(Worth.SIGN, 0.0), played.ask(Worth.SIGN, 0.0)
    played.admission.end(one, 0.0)
    played.admission.end(one, 0.0)
    assert played.admission.in_hand == 1


def test_how_long_an_answer_takes_is_learnt() -> None:
    played = Played(Admission(Limits()))
    for _ in range(300):
        one = played.ask(Worth.REPORT, 0.0)
        played.now += 0.2
        played.admission.end(one, played.now)
    assert played.admission.answer_seconds == pytest.approx(0.2, rel=0.05)
