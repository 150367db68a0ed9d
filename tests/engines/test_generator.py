"""Does the generator reach what engines get wrong? Edges, zeros, gaps, huge numbers, and everything determined."""

from collections import Counter
from fractions import Fraction

from tests.engines import documents
from tests.engines.compare import indicators_of, practice_of
from tests.engines.reference_points import judge

SEEDS = [str(number) for number in range(150)]


def test_the_same_seed_makes_the_same_practice() -> None:
    assert practice_of("scotland-2012-13", "1") == practice_of("scotland-2012-13", "1")
    assert practice_of("scotland-2012-13", "1") != practice_of("scotland-2012-13", "2")


def test_every_kind_of_indicator_gets_every_kind_of_result() -> None:
    seen: dict[str, Counter[str]] = {}
    for ruleset in documents.rulesets():
        kinds = {one.code: one.kind for one in indicators_of(ruleset)}
        for seed in SEEDS[:30]:
            for code, judged in judge(indicators_of(ruleset), practice_of(ruleset, seed)).items():
                seen.setdefault(kinds[code], Counter())[judged.status] += 1
    kinds_in_use = {row["kind"] for document in documents.rulesets().values() for row in document["indicators"]}
    assert set(seen) == kinds_in_use
    for kind, statuses in seen.items():
        graded = {"partly"} if kind not in ("register", "yes-no") else set()
        assert {"achieved", "not-achieved", "not-reported"} - NEVER.get(kind, set()) | graded <= set(statuses), kind


NEVER = {"holistic": {"not-reported"}}
"""Holistic care is calculated from the others, so nobody can leave it out."""


def test_nasty_counts_lie_on_the_edges_and_beside_them() -> None:
    seen: Counter[str] = Counter()
    by_code = {one.code: one for one in indicators_of("england-2006-07")}
    registers = documents.rulesets()["england-2006-07"]["registers"]
    for seed in SEEDS:
        practice = practice_of("england-2006-07", seed)
        seen["huge"] += practice["list_size"] > 2**63
        seen["empty register"] += 0 in practice["registers"].values()
        seen["register missing"] += len(practice["registers"]) < len(registers)
        seen["indicator missing"] += len(practice["indicators"]) < len(by_code)
        for count in practice["indicators"]:
            if "denominator" not in count:
                continue
            indicator, met, of = by_code[count["indicator"]], count["numerator"], count["denominator"]
            seen["nobody left"] += of == 0
            if of == 0 or indicator.lower is None or indicator.upper is None:
                continue
            percentage = 100 * Fraction(met, of)
            seen["everybody"] += met == of
            seen["at the lower threshold"] += percentage == indicator.lower
            seen["at the upper threshold"] += percentage == indicator.upper
            seen["one short of it"] += percentage < indicator.upper <= 100 * Fraction(met + 1, of)
        for one in practice["determinations"]:
            seen[one["determines"]] += 1
    assert min(seen.values()) >= 1, seen
    assert len(seen) == 12
