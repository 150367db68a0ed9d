"""Fixtures for every test below: real servers, published data, and the guard that keeps unit tests pure."""

pytest_plugins = ["qof_shared.testing.plugin"]
