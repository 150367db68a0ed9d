"""The verification of everything that was published, done once: its tests look at different sides of it."""

from pathlib import Path

import pytest

from qof_local.verify.run import Verification, verify_folder


class Unheard:
    def begin(self, name: str, total: int) -> None: ...
    def at(self, done: int) -> None: ...


@pytest.fixture(scope="session")
def verification(published_data: Path) -> Verification:
    return verify_folder(published_data, Unheard())
