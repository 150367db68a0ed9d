"""What moved between a proposal and a freeze, in sentences."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from qof_payments.core.blast_radius import Progress, blast_radius
from qof_payments.core.gates import Finding
from qof_payments.core.national import national_figures
from qof_payments.core.parameters import Parameters
from qof_payments.core.review import Inputs, Review, moved

MakeParameters = Callable[..., Parameters]

NATION: Inputs = {"A": (1000, {"AF": 10}), "B": (1000, {"AF": 30})}


def review(inputs: Inputs, parameters: Parameters, findings: Mapping[str, str] | None = None) -> Review:
    figures = national_figures(((code, *counts) for code, counts in inputs.items()), parameters)
    return Review(
        figures=figures,
        findings=tuple(
            Finding(one, "gate", "look", "where", says, {}, "mend") for one, says in (findings or {}).items()
        ),
        blast_radius=blast_radius(
            [], practices=len(inputs), first_paid=len(inputs), progress=Progress(), before=None, after=figures
        ),
        unverified={},
        unverified_indicators=(),
        parameters_id="england-2012-13",
        parameters_digest="p",
        gates_digest="g",
        digest="d",
    )


def test_same_review_moved_nowhere(make_parameters: MakeParameters) -> None:
    one = review(NATION, make_parameters())
    assert moved(one, one, NATION, NATION) == []


def test_practices_and_figures_that_moved_are_named(make_parameters: MakeParameters) -> None:
    now = {"B": (1000, {"AF": 50}), "C": (2000, {"DM": 5})}
    before, after = review(NATION, make_parameters()), review(now, make_parameters())
    assert moved(before, after, NATION, now) == [
        "1 practices have an achievement since: C",
        "1 practices have none any more: A",
        "1 practices have another list or other registers: B",
        "2 national figures moved: AF 2.000000 % -> 5.000000 %, DM none -> 0.250000 %",
    ]


def test_findings_that_came_went_or_changed_are_named(make_parameters: MakeParameters) -> None:
    before = review(NATION, make_parameters(), {"a": "1", "b": "1"})
    after = review(NATION, make_parameters(), {"b": "2", "c": "1"})
    assert moved(before, after, NATION, NATION) == [
        "1 new findings: c",
        "1 findings that are no longer made: a",
        "1 findings with other numbers: b",
    ]


def test_another_release_is_named(make_parameters: MakeParameters) -> None:
    before = review(NATION, make_parameters())
    after = replace(before, parameters_digest="other", gates_digest="other")
    assert moved(before, after, NATION, NATION) == [
        "the money parameters england-2012-13 are not those that were proposed with",
        "the gates have other thresholds",
    ]


def test_many_are_counted(make_parameters: MakeParameters) -> None:
    now = {f"P{number:02}": (1000, {"AF": 20}) for number in range(12)}
    before, after = review({}, make_parameters()), review(now, make_parameters())
    assert moved(before, after, {}, now)[0].endswith("P09 and 2 more")


def test_unverified_values_ask_for_a_reason(make_parameters: MakeParameters) -> None:
    one = review(NATION, make_parameters())
    assert not one.is_unverified
    assert replace(one, unverified={"value_of_a_point": "fitted"}).is_unverified
    assert replace(one, unverified_indicators=("AF01",)).is_unverified
