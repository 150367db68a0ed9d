"""The checked-in contracts are the ones the code has."""

import pytest

from qof_local.documents import DOCS, documents


@pytest.mark.parametrize("path", sorted(documents()))
def test_a_checked_in_document_equals_the_generated_one(path: str) -> None:
    file = DOCS / path
    assert file.exists(), f"docs/{path} is missing; run `make docs` and commit it"
    assert file.read_text(encoding="utf-8") == documents()[path], (
        f"docs/{path} no longer says what the code does; run `make docs`, look at the difference (additions only: "
        "a changed meaning is a new version of the event) and commit it"
    )


def test_no_checked_in_contract_is_without_code() -> None:
    checked_in = {f"contracts/{file.relative_to(DOCS / 'contracts')}" for file in (DOCS / "contracts").rglob("*.json")}
    assert checked_in <= set(documents()), "a contract was removed; old messages may still be in a queue"
