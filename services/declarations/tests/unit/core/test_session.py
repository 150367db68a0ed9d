"""When does a session sleep, what of a form is kept, and is anybody ever led elsewhere?"""

from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_declarations.core.session import (
    DRAFT_BYTES,
    IDLE,
    LONGEST,
    TOKEN_MARGIN,
    Session,
    draft_of,
    fields_of,
    own_path,
)
from qof_shared.people import Person, Role

START = datetime(2013, 4, 2, 12, tzinfo=UTC)
DIANA = Person("diana", "Diana Declarer", Role.PRACTICE_DECLARER, "A81001")
SITE = "https://qof.example.nhs.uk"
moments = st.timedeltas(timedelta(0), timedelta(hours=14))


def session(seen: timedelta = timedelta(0), access: timedelta | None = None) -> Session:
    ends = START + access if access is not None else None
    return Session(DIANA, "csrf", START, START + seen, "token" if access is not None else None, ends)


@given(moments, moments)
def test_awake_is_seen_lately_and_signed_in_today(seen: timedelta, later: timedelta) -> None:
    now = START + seen + later
    assert session(seen).is_awake(now) == (later < IDLE and seen + later < LONGEST)


@given(moments)
def test_nobody_falls_asleep_at_the_longest_without_a_warning(at: timedelta) -> None:
    said = session(at).warning(START + at)
    assert (said is not None) == (at >= LONGEST - timedelta(minutes=30))


@pytest.mark.parametrize(
    ("left", "words"), [(30, "30 minutes"), (1.5, "2 minutes"), (0.5, "1 minute "), (-5, "1 minute ")]
)
def test_warning_says_how_long_is_left(left: float, words: str) -> None:
    now = START + LONGEST - timedelta(minutes=left)
    assert words in (session().warning(now) or "")


def test_clock_of_another_machine_that_is_behind_puts_nobody_to_sleep() -> None:
    assert session(timedelta(seconds=5)).is_awake(START)


@given(moments, moments)
def test_token_is_given_while_it_is_good_for_a_request(ends: timedelta, at: timedelta) -> None:
    found = session(access=ends).token(START + at)
    assert found == ("token" if ends - at > TOKEN_MARGIN else None)
    assert session().token(START + at) is None


paths = st.text(st.sampled_from("/\\\t\n :?#@.%ahtpsx"), max_size=12) | st.text(max_size=8)


@given(paths)
def test_nobody_is_led_elsewhere(asked: str) -> None:
    found = own_path(asked)
    led_to = urlsplit(urljoin(f"{SITE}/sign-in/callback", found))
    assert (led_to.scheme, led_to.netloc) == ("https", "qof.example.nhs.uk")
    assert found.startswith("/")
    assert not found.startswith(("//", "/\\"))


@pytest.mark.parametrize("path", ["/", "/collections/x/practices/A81001/report?year=2012-13", "/a%20b"])
def test_own_pages_stay(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path", [None, "", "report", "/sign-in?return_to=/sign-in", "/sign-out", "/signed-out", "/" + "x" * 2_000]
)
def test_what_leads_nowhere_or_round_in_circles_is_home(path: str | None) -> None:
    assert own_path(path) == "/"


texts = st.text(st.characters(codec="utf-8"), max_size=50)


@given(st.dictionaries(texts.filter(lambda name: name != "csrf"), texts | st.lists(texts, min_size=2, max_size=4)))
def test_what_was_typed_comes_back_as_it_was(fields: dict[str, str | list[str]]) -> None:
    draft = draft_of({**fields, "csrf": "secret"})
    assert (fields_of(draft) if draft else {}) == fields
    assert "secret" not in (draft or "") or any("secret" in str(one) for one in fields.items())


def test_draft_that_is_too_long_is_not_kept() -> None:
    assert draft_of({"statement": "x" * (DRAFT_BYTES - 20)}) is not None
    assert draft_of({"statement": "ü" * (DRAFT_BYTES // 2)}) is None
