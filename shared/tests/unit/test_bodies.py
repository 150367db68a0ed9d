from hypothesis import given
from hypothesis import strategies as st

from qof_shared.db.bodies import MAGIC, pack, unpack


@given(st.binary(max_size=4096))
def test_a_packed_body_comes_back_byte_for_byte(body: bytes) -> None:
    kept = pack(body)
    assert kept.startswith(MAGIC)
    assert unpack(kept) == body


def test_a_body_kept_before_bodies_were_packed_is_read_as_it_is() -> None:
    assert unpack(b'{"practice":"A81001"}') == b'{"practice":"A81001"}'


def test_a_body_of_repeated_names_shrinks() -> None:
    body = b'{"indicator":"AF001","numerator":12,"denominator":15},' * 100
    assert len(pack(body)) < len(body) / 10
