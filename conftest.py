"""Fixtures for every test below: real servers, published data, and the guard that keeps unit tests pure."""

import pytest
from hypothesis import settings

pytest_plugins = ["qof_shared.testing.plugin"]

# A property is about what is true, never about how long a busy machine takes to find out.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

PURE = frozenset({"unit", "spec", "engines", "explanations"})
"""Folders of tests that need nothing but a processor."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where tests run side by side (`-n 2 --dist loadgroup`), those that start or share servers run one by one."""
    for item in items:
        if PURE.isdisjoint(item.path.parts):
            item.add_marker(pytest.mark.xdist_group("servers"))
