"""What does a newcomer see who asks why points were lost?"""

from typing import Any

import httpx
import pytest
from rich.console import Console

from qof_local.explain import Question, run
from qof_local.paths import LocalStackError

ASKED = Question("A81001", "AF06", collection="Q", url="http://declarations", token="t")


def what_if(numerator: int, points: str, pounds: str, change: str) -> dict[str, Any]:
    return {
        "numerator": numerator,
        "denominator": 60,
        "points": points,
        "pounds": pounds,
        "pounds_change": change,
    }


EXPLAINED: dict[str, Any] = {
    "indicator": "AF06",
    "why": "45 of 60 patients are 75.00 %, between the thresholds of 40 and 90 %: 7 of 10 points.",
    "numerator": 45,
    "denominator": 60,
    "percentage": "75.00",
    "lower_threshold": "40",
    "upper_threshold": "90",
    "register_count": 62,
    "exclusions": {},
    "exclusions_total": 0,
    "pcas": {"declined": 2},
    "pcas_total": 2,
    "points": "7",
    "points_available": "10",
    "line": "AF",
    "pounds": "936.32",
    "pounds_lost": "401.28",
    "patients_to_next_point": 3,
    "patients_to_maximum": 9,
    "is_unverified": True,
    "patients_around": [what_if(45, "7", "936.32", "0.00"), what_if(46, "22/3", "980.91", "44.59")],
}


def declarations(request: httpx.Request) -> httpx.Response:
    assert request.headers["Authorization"] == "Bearer t"
    answers: dict[str, Any] = {
        "/v1/collections/Q/practices/A81001/report/indicators": [EXPLAINED],
        "/v1/collections/Q/practices/A81001/report/indicators/AF06": EXPLAINED,
        "/v1/collections/Q/practices/A81001/report/indicators/AF06/what-if": what_if(60, "10", "1337.60", "401.28"),
    }
    if request.url.path not in answers:
        return httpx.Response(404, json={"title": "Not here", "detail": "The report has no indicator AF99."})
    return httpx.Response(200, json=answers[request.url.path])


def said(question: Question) -> str:
    console = Console(width=160, highlight=False)
    with console.capture() as captured:
        run(question, console, httpx.MockTransport(declarations))
    return captured.get()


def test_an_indicator_is_told_with_its_reasons_and_the_patients_around() -> None:
    told = said(ASKED)
    assert EXPLAINED["why"] in told
    assert "2 (declined 2)" in told
    assert "marked unverified" in told
    assert "7.33" in told
    assert "44.59" in told


def test_other_counts_are_answered_with_points_and_pounds() -> None:
    told = said(Question("A81001", "AF06", "Q", numerator=60, url="http://declarations", token="t"))
    assert "With 60 of 60: 10.00 points, practice £1337.60 (change 401.28)." in told


def test_without_an_indicator_the_losses_are_listed() -> None:
    told = said(Question("A81001", None, "Q", url="http://declarations", token="t"))
    assert "401.28" in told
    assert "AF06" in told


def test_what_the_service_refuses_is_said() -> None:
    with pytest.raises(LocalStackError, match="has no indicator AF99"):
        said(Question("A81001", "AF99", "Q", url="http://declarations", token="t"))
