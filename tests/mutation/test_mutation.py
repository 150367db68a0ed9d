"""Is the mutation run staged in a copy, and are its results counted right?"""

import json
from pathlib import Path

import pytest

from tests.mutation.report import Score, scores, survivors, table
from tests.mutation.stage import MODULES, ROOT, chosen, stage


def test_all_modules_unless_some_are_named() -> None:
    assert chosen([]) == {service: list(modules) for service, modules in MODULES.items()}
    assert chosen(["payments.exact", "payments.factor"]) == {"payments": ["exact", "factor"]}
    assert chosen(["calculator"]) == {"calculator": list(MODULES["calculator"])}


@pytest.mark.parametrize("word", ["calculator.exact", "ingest", "kinds"])
def test_an_unknown_module_is_refused_with_the_known_ones(word: str) -> None:
    with pytest.raises(ValueError, match=rf"{word} is no module that is mutated; these are: calculator\.kinds, "):
        chosen([word])


def test_every_module_is_there() -> None:
    for service, modules in MODULES.items():
        for module in modules:
            assert (ROOT / "services" / service / f"src/qof_{service}/core/{module}.py").is_file()


def test_a_service_is_staged_as_a_fresh_copy(tmp_path: Path) -> None:
    (tmp_path / "payments").mkdir()
    (tmp_path / "payments/left-over").touch()
    place = stage("payments", ["exact", "factor"], tmp_path)
    assert (place / "src/qof_payments/core/exact.py").is_file()
    assert (place / "tests/spec/test_spec.py").is_file()
    assert not (place / "left-over").exists()
    assert not (place / "pyproject.toml").exists()
    assert "    src/qof_payments/core/exact.py\n    src/qof_payments/core/factor.py\n" in (
        place / "setup.cfg"
    ).read_text(encoding="utf-8")


def test_mutants_are_counted_by_what_became_of_them(tmp_path: Path) -> None:
    codes = {"a": 1, "b": 1, "c": 0, "d": 33, "e": 36, "not tried": None}
    file = tmp_path / "payments/mutants/src/qof_payments/core/exact.py.meta"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"exit_code_by_key": codes}), encoding="utf-8")
    assert scores(tmp_path / "payments") == [Score("payments.exact", 5, 2, 1, 1, 1)]
    assert survivors(tmp_path / "payments") == ["c", "d"]
    assert table(scores(tmp_path / "payments")).splitlines()[-1] == "| all | 5 | 2 | 1 | 1 | 1 | 60.0% |"
