"""Fixtures for every test below: real servers, published data, and the guard that keeps unit tests pure."""

from hypothesis import settings

pytest_plugins = ["qof_shared.testing.plugin"]

# A property is about what is true, never about how long a busy machine takes to find out.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
