"""How is a difference told? As a worked example that can be pasted into the calculator's spec tests."""

from collections.abc import Mapping
from typing import Any

import yaml

from tests.engines import reference_points
from tests.engines.compare import Difference, indicators_of, point_differences, practice_of
from tests.engines.reference_points import Practice


def told(difference: Difference) -> str:
    """What differs, and the least of the practice that shows it, with what the slow engine says."""
    ruleset, seed, what, fast, slow = difference
    practice: Practice = practice_of(ruleset, seed)
    if any(code == what for code, _, _ in point_differences(ruleset, practice)):
        practice = smallest(ruleset, practice, what)
    said = f"# {ruleset}, practice {seed}: {what}\n# fast engine: {_plain(fast)}\n# slow engine: {_plain(slow)}"
    return f"{said}\n{yaml.safe_dump(example(ruleset, practice, what), sort_keys=False, width=110)}"


def smallest(ruleset: str, practice: Practice, what: str) -> Practice:
    """The practice without every count and determination that the difference does not need."""
    kept: Practice = practice
    for field in ("indicators", "determinations"):
        for one in practice[field]:
            fewer = {**kept, field: [other for other in kept[field] if other is not one]}
            if any(code == what for code, _, _ in point_differences(ruleset, fewer)):
                kept = fewer
    return kept


def example(ruleset: str, practice: Practice, what: str) -> Mapping[str, Any]:
    """A file of `services/calculator/tests/spec`."""
    judged = reference_points.judge(indicators_of(ruleset), practice)
    expected: dict[str, Any] = {"total": str(sum(one.points for one in judged.values()))}
    if what in judged:
        expected = {"points": {what: str(judged[what].points)}, "status": {what: judged[what].status}, **expected}
    counts = {
        count["indicator"]: {name: value for name, value in count.items() if name != "indicator"}
        for count in practice["indicators"]
    }
    determined: dict[str, dict[str, str]] = {}
    for one in practice["determinations"]:
        determined.setdefault(one["indicator"], {})[one["determines"]] = one["value"]
    return {
        "ruleset": ruleset,
        "examples": [
            {
                "name": f"the engines differ in {what}",
                "list_size": practice["list_size"],
                "registers": practice["registers"],
                "indicators": counts,
                **({"determined": determined} if determined else {}),
                **expected,
            }
        ],
    }


def _plain(answer: object) -> str:
    if isinstance(answer, tuple) and hasattr(answer, "_asdict"):
        return ", ".join(f"{name} {value}" for name, value in answer._asdict().items())
    return str(answer)
