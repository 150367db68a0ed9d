from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from loadtests.benches.client import Answered, content_length
from loadtests.benches.pages.bare import PRACTICES, create_page
from loadtests.benches.pages.figures import (
    AGAIN,
    BARE_INSERT,
    BARE_PAGE,
    OWN,
    SIGN_API,
    SIGN_PAGE,
    Run,
    medians,
    run_of,
    targets,
)
from loadtests.benches.pages.report import table, verdicts, write_json
from loadtests.benches.pages.requests import read_report, read_requests, sign_by_api, sign_on_page, write_requests
from loadtests.benches.pages.subjects import READ_AGAIN, SUBJECTS, WARM_UP, Subject
from loadtests.benches.pages.year import Prepared, Reader

RATES: dict[str, float] = {BARE_PAGE: 200, OWN: 100, AGAIN: 300, BARE_INSERT: 1000, SIGN_PAGE: 400, SIGN_API: 400}


def run(subject: str, per_second: float, *, p99_ms: float = 50.0) -> Run:
    return Run(subject, 1000, per_second, 20.0, p99_ms, 400.0, 100.0, 40.0, 184.0, 100.0)


def runs(**changed: float) -> list[Run]:
    return [run(subject, rate) for subject, rate in (RATES | changed).items()]


def reader(number: int) -> Reader:
    return Reader(f"A{number:05}", f"declarer-{number}", f"cookie{number}", "csrf", "token", "a" * 64)


def test_figures_are_for_one_request() -> None:
    answered = Answered(2.0, 0.1, {200: 1000}, [0.001 * number for number in range(1, 1001)], 184_000_000)
    found = run_of(OWN, answered, {"server": 0.4, "postgres": 0.1}, 90_000_000)
    assert (found.requests, found.per_second, found.peak_mb, found.kilobytes) == (1000, 500.0, 90.0, 184.0)
    assert [found.p50_ms, found.p99_ms] == pytest.approx([500, 990])
    assert [found.server_us, found.postgres_us, found.load_us] == pytest.approx([400, 100, 100])


def test_the_median_is_taken_of_each_figure() -> None:
    of = medians([run(OWN, 90, p99_ms=3), run(BARE_PAGE, 1), run(OWN, 100, p99_ms=1), run(OWN, 300, p99_ms=2)])
    assert (of[OWN].per_second, of[OWN].p99_ms, of[OWN].subject) == (100, 2, OWN)
    assert list(of) == [OWN, BARE_PAGE]


@pytest.mark.parametrize(
    ("changed", "failing"),
    [({}, []), ({OWN: 99}, [0]), ({AGAIN: 99}, [1]), ({SIGN_PAGE: 399}, [2]), ({BARE_INSERT: 1001}, [2, 3])],
)
def test_a_target_holds_or_fails_by_its_ratio(changed: dict[str, float], failing: list[int]) -> None:
    found = targets(medians(runs(**changed)))
    assert [number for number, target in enumerate(found) if not target.holds] == failing


def test_the_report_has_a_row_for_each_subject(tmp_path: Path) -> None:
    rows = table(runs()).splitlines()
    assert [row.split("|")[1].strip() for row in rows[2:]] == list(RATES)
    assert verdicts(runs())[1].startswith("holds: 0.5 of a bare page's requests/s, the same reports read again")
    write_json(tmp_path / "new" / "pages.json", {"cores": 2}, {"connections": 64}, runs())
    document: Any = msgspec.json.decode((tmp_path / "new" / "pages.json").read_bytes())
    assert document["medians"][OWN]["per_second"] == 100
    assert len(document["runs"]) == len(RATES)


def test_requests_travel_as_browsers_and_programs_send_them(tmp_path: Path) -> None:
    sent = [make(reader(1), "england-2012-13") for make in (read_report, sign_on_page, sign_by_api)]
    page, form, program = read_requests(write_requests(tmp_path / "requests", sent))
    assert page.startswith(b"GET /collections/england-2012-13/practices/A00001/report HTTP/1.1\r\nHost: ")
    assert page.endswith(b"\r\nSec-Fetch-Site: same-origin\r\n\r\n")
    head, _, body = form.partition(b"\r\n\r\n")
    assert b"\r\nCookie: qof=cookie1\r\n" in head
    assert content_length(head) == len(body)
    assert body.startswith(b"csrf=csrf&digest=" + b"a" * 64 + b"&statement=Checked+against")
    assert b'\r\nIf-Match: "' + b"a" * 64 + b'"\r\n' in program


def test_nobody_signs_twice_and_nobody_reads_before_they_are_measured() -> None:
    prepared = Prepared("bench", "england-2012-13", [reader(number) for number in range(WARM_UP + 300)])
    for subject in SUBJECTS:
        warm, measured = subject.warm_up(prepared), subject.measured(prepared)
        assert len(measured) == 300
        if subject.is_again:
            assert set(measured) == set(warm)
            assert len(warm) == READ_AGAIN
        else:
            assert len(set(warm + measured)) == WARM_UP + 300


def named(name: str) -> Subject:
    return next(subject for subject in SUBJECTS if subject.name == name)


def test_each_is_measured_against_what_does_the_same() -> None:
    one = reader(1)
    assert named(OWN).request(one, "c") == named(BARE_PAGE).request(one, "c") == named(AGAIN).request(one, "c")
    assert named(SIGN_PAGE).request(one, "c") == named(BARE_INSERT).request(one, "c")


@pytest.mark.parametrize("size", [20_000, 184_000])
async def test_a_bare_page_is_as_large_as_ours(size: int) -> None:
    transport = httpx.ASGITransport(create_page(size))
    async with httpx.AsyncClient(transport=transport, base_url="http://bare") as client:
        first, second = [await client.get("/collections/c/practices/A00001/report") for _ in range(2)]
    assert abs(len(first.content) - size) < 0.03 * size
    assert first.text != second.text, f"{PRACTICES} practices' values take turns"
