"""Is guessing slowed, and nobody ever kept out?"""

from hypothesis import given
from hypothesis import strategies as st

from qof_local.provider.throttle import (
    ATTACKED_DELAY,
    ATTACKED_FROM,
    FORGIVEN_AFTER,
    FREE_GUESSES,
    IN_WORK_AT_ONCE,
    LONGEST_DELAY,
    Source,
    Throttle,
    delay_after,
)

HOME = Source("diana", "10.0.0.1")
KNOWN = Source("diana", "her own browser", is_known=True)


def guess(throttle: Throttle, source: Source, now: float, *, is_right: bool = False) -> float | None:
    """A guess that is checked after its wait; returns the wait."""
    delay = throttle.begin(source, now)
    if delay is not None:
        throttle.end(source, now + delay, is_right=is_right)
    return delay


def test_wait_grows_and_ends_growing() -> None:
    assert [delay_after(wrong) for wrong in range(10)] == [0, 0, 0, 1, 2, 4, 8, 16, 30, 30]


@given(st.integers(0, 10**9))
def test_wait_never_shrinks_and_is_never_long(wrong: int) -> None:
    assert 0 <= delay_after(wrong) <= delay_after(wrong + 1) <= LONGEST_DELAY


sources = st.builds(Source, st.sampled_from(["diana", "anna"]), st.sampled_from(["a", "b", "c"]), st.booleans())
guesses = st.lists(st.tuples(sources, st.floats(0, 100), st.booleans()), max_size=60)


@given(guesses)
def test_nobody_is_refused_who_waits_for_the_guess_before(script: list[tuple[Source, float, bool]]) -> None:
    throttle, now = Throttle(), 0.0
    for source, later, is_right in script:
        now += later
        delay = guess(throttle, source, now, is_right=is_right)
        assert delay is not None
        assert 0 <= delay <= LONGEST_DELAY
        now += delay


@given(guesses)
def test_wrong_guesses_of_others_never_slow_a_known_browser(script: list[tuple[Source, float, bool]]) -> None:
    throttle, now = Throttle(), 0.0
    for source, later, is_right in script:
        now += later
        if source != KNOWN:
            throttle.begin(source, now)
            if is_right:
                throttle.end(source, now, is_right=False)
    assert throttle.begin(KNOWN, now) == 0


@given(st.integers(0, 40))
def test_known_browser_that_guesses_itself_waits_as_everybody(wrong: int) -> None:
    throttle, now = Throttle(), 0.0
    for _ in range(wrong):
        guess(throttle, KNOWN, now)
    assert guess(throttle, KNOWN, now) == delay_after(wrong)


def test_right_guess_clears_its_own_source() -> None:
    throttle = Throttle()
    for _ in range(FREE_GUESSES + 2):
        guess(throttle, HOME, 0)
    assert guess(throttle, HOME, 0, is_right=True) == 4
    assert guess(throttle, HOME, 0) == 0


def test_wrong_guesses_are_forgiven_after_a_while() -> None:
    throttle = Throttle()
    for _ in range(30):
        guess(throttle, HOME, 0)
    assert guess(throttle, HOME, FORGIVEN_AFTER + LONGEST_DELAY) == 0


def test_one_source_guesses_once_at_a_time() -> None:
    throttle = Throttle()
    assert throttle.begin(HOME, 0) == 0
    assert throttle.begin(HOME, 0) is None
    throttle.end(HOME, 0, is_right=False)
    assert throttle.begin(HOME, 0) == 0


def test_account_under_attack_takes_few_guesses_at_a_time_from_unknown_browsers() -> None:
    throttle = Throttle()
    strangers = [Source("diana", f"10.1.0.{number}") for number in range(100)]
    for stranger in strangers[:ATTACKED_FROM]:
        assert guess(throttle, stranger, 0) == 0
    began = [throttle.begin(stranger, 1) for stranger in strangers[ATTACKED_FROM:]]
    assert began == [ATTACKED_DELAY] * IN_WORK_AT_ONCE + [None] * (80 - IN_WORK_AT_ONCE)
    assert throttle.begin(KNOWN, 1) == 0
    assert throttle.begin(Source("anna", "10.1.0.1"), 1) == 0, "another account is not under attack"
