"""The database of declarations in memory, fresh for each test."""

import pytest

from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork


@pytest.fixture
def database() -> FakeDeclarationsUnitOfWork:
    return FakeDeclarationsUnitOfWork()
