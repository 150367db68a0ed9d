"""What findings have in common: which of them are listed, and which are still open."""

from fractions import Fraction

import pytest

from qof_payments.core.gates import Finding, Severity, most_telling, percent, severity_of, times, unacknowledged


def finding(number: int, severity: Severity = "look") -> Finding:
    return Finding(f"far/{number}", "far", severity, f"P{number}", f"it is {number}", {}, "mend it")


def test_few_findings_are_listed_and_many_are_counted() -> None:
    findings = [finding(number) for number in range(5)]
    assert most_telling(findings, 5) == findings
    *listed, rest = most_telling(findings, 3)
    assert listed == findings[:3]
    assert (rest.finding, rest.severity, rest.where) == ("far/others", "look", "2 others")
    assert rest.says == "2 more, each less grave than those listed, such as P3: it is 3"


def test_counted_findings_stop_where_one_of_them_does() -> None:
    assert most_telling([finding(1, "stop"), finding(2, "look"), finding(3, "stop")], 2)[-1].severity == "stop"


def test_finding_is_open_until_it_has_a_reason() -> None:
    stops = [finding(1, "stop"), finding(2, "stop"), finding(3)]
    assert unacknowledged(stops, {}) == stops[:2]
    assert unacknowledged(stops, {"far/1": "known", "far/2": " "}) == [stops[1]]


@pytest.mark.parametrize(
    ("share", "severity"), [("1/10", "stop"), ("-1/10", "stop"), ("1/20", "look"), ("-1/50", "look"), ("1/51", None)]
)
def test_severity_is_that_of_the_size_whatever_the_sign(share: str, severity: Severity | None) -> None:
    assert severity_of(Fraction(share), stop=Fraction(1, 10), look=Fraction(1, 50)) == severity


def test_shares_and_ratios_are_said() -> None:
    assert percent(Fraction(-402, 10_000)) == "4.02 %"
    assert times(Fraction(632, 10)) == "63.2 times"
