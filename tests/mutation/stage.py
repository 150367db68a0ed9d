"""Where are mutants tried? In a copy of a service, so that a mutant never stands in the tree that people work in."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]

MODULES: Mapping[str, Sequence[str]] = {
    "calculator": ("kinds", "points", "compiled", "validation", "determinations", "recalculation"),
    "payments": (
        "exact",
        "prevalence",
        "national",
        "factor",
        "target_population",
        "rounding",
        "entitlement",
        "statement",
        "deductions",
        "aspiration",
        "recalculation",
    ),
}
"""Service -> modules of its core in which a changed character could move a point or a pound."""

SETTINGS = """[mutmut]
source_paths=src
only_mutate=
{modules}
pytest_add_cli_args=
    -p
    no:cacheprovider
    --import-mode=importlib
pytest_add_cli_args_test_selection=
    tests/unit/core
    tests/spec
also_copy=
    conftest.py
use_git_change_detection=false
"""

CONFTEST = '''"""The same examples for every mutant, however slowly it runs; the tests run many times in one process."""

import sys

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "mutation", deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
settings.load_profile("mutation")


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    # What the unchanged code left in a cache would answer for the mutant.
    for name, module in list(sys.modules.items()):
        if name.startswith("qof_") and ".core." in name:
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()
'''


def chosen(words: Sequence[str]) -> dict[str, list[str]]:
    """`calculator.kinds` and `payments` -> the modules of each service; all, where nothing is said.

    Raises ValueError for a name that is not among them.
    """
    found: dict[str, list[str]] = {}
    for word in words or MODULES:
        service, _, module = word.partition(".")
        if service not in MODULES or (module and module not in MODULES[service]):
            known = ", ".join(f"{service}.{module}" for service, modules in MODULES.items() for module in modules)
            raise ValueError(f"{word} is no module that is mutated; these are: {known}")
        found.setdefault(service, []).extend([module] if module else MODULES[service])
    return found


def stage(service: str, modules: Sequence[str], folder: Path) -> Path:
    """A fresh copy of the service with the settings of a run in these modules."""
    place = folder / service
    shutil.rmtree(place, ignore_errors=True)
    # Without its pyproject.toml: what it says is for the installed package, and mutmut would look for settings there.
    shutil.copytree(ROOT / "services" / service, place, ignore=shutil.ignore_patterns("__pycache__", "pyproject.toml"))
    paths = "\n".join(f"    src/qof_{service}/core/{module}.py" for module in modules)
    (place / "setup.cfg").write_text(SETTINGS.format(modules=paths), encoding="utf-8")
    (place / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    return place
