"""What is worth a look, what is not, and what no points mean."""

from typing import Any

import pytest

from qof_declarations.adapters.hint_thresholds import HintsFileError, hint_thresholds, read_thresholds
from qof_declarations.core.availability import Availability, availability_of
from qof_declarations.core.comparison import compare
from qof_declarations.core.distribution import MILLION, Distribution, Distributions
from qof_declarations.core.hints import Hint, Rule, hints
from qof_declarations.core.summary import IndicatorSummary, Summary, last_years_code

AF = IndicatorSummary("7", "10", 45, 60, "partly", "AF", "fraction", 62, 0, 2)
OTHERS = Distributions(6, pca_shares={"AF 4": Distribution(6, 0, MILLION, 5 * MILLION, 6 * MILLION, 9 * MILLION)})


def summary(indicator: IndicatorSummary = AF, code: str = "AF 4", **fields: Any) -> Summary:
    plain: dict[str, Any] = {"list_size": 6000, "points": "7", "points_available": "10", "pounds": "900.00"}
    return Summary(**(plain | {"registers": {"AF": 62}, "indicators": {code: indicator}} | fields))


def told(now: Summary, before: Summary | None = None, **successions: str) -> list[Hint]:
    comparison = compare(now, last_year=before, successions=successions, commissioner=OTHERS, nation=None)
    return list(hints(now, before, comparison, hint_thresholds()))


def changed(**fields: Any) -> IndicatorSummary:
    return AF._replace(**fields)


NOTHING = changed(numerator=0, points="0", status="not-achieved")


@pytest.mark.parametrize(
    ("now", "before", "rule", "said"),
    [
        (summary(NOTHING), summary(), Rule.NOTHING_ACHIEVED, "No patient meets AF 4; last year 75% did."),
        (
            summary(changed(numerator=60, pcas=30)),
            None,
            Rule.ALL_WITH_MANY_PCAS,
            "All 60 patients who count meet AF 4, and 30 (33.3%) do not count",
        ),
        (summary(changed(pcas=12)), None, Rule.PCAS_ABOVE_OTHERS, "16.7% of the patients of AF 4"),
        (
            summary(changed(numerator=0, denominator=0, points="0")),
            None,
            Rule.NOBODY_COUNTED,
            "although 62 patients are on its register",
        ),
        (
            summary(changed(status="not-reported", numerator=None, denominator=None)),
            summary(),
            Rule.NOT_REPORTED,
            "says nothing about AF 4, and it did last year",
        ),
        (
            summary(registers={"AF": 40}),
            summary(),
            Rule.REGISTER_DOWN,
            "The register AF has 40 patients, 35.5% fewer than last year (62).",
        ),
        (summary(list_size=6700), summary(), Rule.LIST_SIZE_MOVED, "6,700 patients, 11.7% more than last year (6,000)"),
    ],
)
def test_what_stands_out_is_said_with_what_to_check(
    now: Summary, before: Summary | None, rule: Rule, said: str
) -> None:
    found = [hint for hint in told(now, before) if hint.rule is rule]
    assert len(found) == 1
    assert said in found[0].sentence
    assert found[0].sentence.rstrip(".").rpartition(". ")[2].startswith(("Check", "Ask"))


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (summary(), summary()),
        (summary(), None),
        (summary(NOTHING), summary(changed(numerator=30))),
        (summary(NOTHING), None),
        (summary(changed(numerator=60, pcas=9)), None),
        (summary(changed(status="not-available", denominator=0, numerator=0)), summary()),
        (summary(changed(status="not-reported", numerator=None, denominator=None)), None),
        (summary(registers={"AF": 3}, list_size=6600), summary(registers={"AF": 19})),
    ],
)
def test_what_is_usual_is_no_hint(now: Summary, before: Summary | None) -> None:
    assert told(now, before) == []


def test_last_year_is_found_under_the_code_it_had() -> None:
    assert [hint.rule for hint in told(summary(NOTHING), summary(code="AF 3"), **{"AF 3": "AF 4"})] == [
        Rule.NOTHING_ACHIEVED
    ]
    assert told(summary(NOTHING), summary(), **{"AF 4": "AF 7"}) == []
    assert last_years_code("AF 4", {"AF 4": "AF 7"}) is None
    assert last_years_code("AF 4", {}) == "AF 4"


@pytest.mark.parametrize(
    ("indicator", "availability", "word"),
    [
        (changed(points="10"), Availability.ALL, "all points"),
        (AF, Availability.PART, "some"),
        (NOTHING, Availability.NOT_ACHIEVED, "could have had"),
        (changed(points="0", numerator=0, denominator=0), Availability.NOBODY_COUNTED, "nobody is left"),
        (changed(points="0", status="not-reported"), Availability.NOT_REPORTED, "says nothing"),
        (changed(points="0", points_available="0", status="not-available"), Availability.NOT_AVAILABLE, "register is"),
        (changed(points="3", status="not-reported"), Availability.PART, "some"),
    ],
)
def test_no_points_is_not_always_the_same(indicator: IndicatorSummary, availability: Availability, word: str) -> None:
    found = availability_of(indicator)
    assert found.availability is availability
    assert word in found.sentence


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("many-pcas: {value: 25}", "many-pcas: give it a whole number as value, and a reason"),
        ("many-pcas: {value: 0.5, reason: half}", "whole number"),
        ("many-pcas: {value: 25, reason: so}", "missing"),
        ("others: {value: 25, reason: so}", "others"),
    ],
)
def test_a_threshold_without_reason_or_home_is_refused(text: str, said: str) -> None:
    with pytest.raises(HintsFileError, match=said):
        read_thresholds(text)
