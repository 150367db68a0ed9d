"""Paths are read as routes are written."""

import pytest

from qof_shared.http.admission import Worth
from qof_shared.http.worths import Declared

DECLARED = Declared(
    {Worth.STATUS: ["/v1/extracts/{extract_id}"], Worth.PREVIEW: ["/c/{collection}/report.csv"]}, always=("/static/",)
)


@pytest.mark.parametrize(
    ("method", "path", "worth"),
    [
        ("GET", "/v1/extracts/17", Worth.STATUS),
        ("GET", "/v1/extracts/17/more", Worth.REPORT),
        ("GET", "/v1/extracts/", Worth.REPORT),
        ("GET", "/c/2012/report.csv", Worth.PREVIEW),
        ("GET", "/c/2012/reportXcsv", Worth.REPORT),
        ("POST", "/c/2012/sign", Worth.SIGN),
        ("DELETE", "/c/2012", Worth.SIGN),
        ("GET", "/health/ready", None),
        ("GET", "/metrics", None),
        ("GET", "/static/1/a.css", None),
    ],
)
def test_worth_of_a_path(method: str, path: str, worth: Worth | None) -> None:
    assert DECLARED.reader()({"type": "http", "method": method, "path": path, "headers": []}) is worth
