from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from qof_ingest.entrypoints.ndjson import Line, LineCutter


def cut(*parts: bytes, limit: int = 10) -> list[Line]:
    cutter = LineCutter(limit)
    return [line for part in parts for line in cutter.feed(part)] + list(cutter.end())


def test_a_line_may_come_in_parts() -> None:
    assert cut(b"a", b"b\nc", b"d\n") == [Line(1, b"ab"), Line(2, b"cd")]


def test_the_last_line_needs_no_end() -> None:
    assert cut(b"a\nb") == [Line(1, b"a"), Line(2, b"b")]


def test_carriage_returns_belong_to_the_end_of_a_line() -> None:
    assert cut(b"a\r", b"\nb\r\r\n") == [Line(1, b"a"), Line(2, b"b\r")]


def test_blank_lines_are_counted_and_left_out() -> None:
    assert cut(b"\n \r\n\r\na\n\n") == [Line(4, b"a")]
    assert cut() == []


def test_a_line_of_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    full, over = b"x" * 10, b"x" * 11
    assert cut(full + b"\r\n" + over + b"\na") == [Line(1, full), Line(2, None), Line(3, b"a")]
    assert cut(over) == [Line(1, None)]


def test_of_a_line_that_is_too_long_nothing_is_held() -> None:
    cutter = LineCutter(10)
    for _ in range(1000):
        assert list(cutter.feed(b"x" * 9)) == []
    assert cutter._begun == []
    assert list(cutter.feed(b"\na\n")) == [Line(1, None), Line(2, b"a")]


@given(st.lists(st.binary(max_size=12), max_size=8), st.lists(st.integers(0, 60), max_size=6))
def test_where_the_parts_are_cut_makes_no_difference(pieces: list[bytes], cuts: list[int]) -> None:
    whole = b"\n".join(pieces)
    places = sorted({min(place, len(whole)) for place in cuts} | {0, len(whole)})
    parts = [whole[a:b] for a, b in pairwise(places)]
    assert cut(*parts) == cut(whole)
