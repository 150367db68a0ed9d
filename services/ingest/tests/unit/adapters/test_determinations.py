"""Everybody takes the same locks, in the same order."""

from qof_ingest.adapters.determinations import lock_key, lock_keys


def test_a_lock_is_a_collections_own_and_fits_postgresql() -> None:
    keys = {lock_key(f"QOF-{year}") for year in range(1000)}
    assert len(keys) == 1000
    assert all(-(2**63) <= key < 2**63 for key in keys)
    assert lock_key("QOF-2012-13-SCOTLAND") == lock_key("QOF-2012-13-SCOTLAND")


def test_locks_are_taken_once_and_in_one_order() -> None:
    assert lock_keys(["b", "a", "b"]) == lock_keys(["a", "b"]) == sorted([lock_key("a"), lock_key("b")])
