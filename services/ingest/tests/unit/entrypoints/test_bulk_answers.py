import asyncio
from uuid import UUID

import msgspec
import pytest

from qof_ingest.core.faults import Fault
from qof_ingest.entrypoints import bulk_answers
from qof_ingest.entrypoints.bulk_answers import Answers
from qof_ingest.entrypoints.http_problems import busy, problem_of
from qof_ingest.handlers.ports import Receipt
from qof_ingest.handlers.receive_extract import ExtractRefusedError
from qof_shared.http.problems import Problem
from qof_shared.testing.fakes import NOON

RECEIPT = Receipt(UUID(int=1), 7, "QOF-2012-13-SCOTLAND", "10002", "0" * 64, NOON)


@pytest.fixture
def answers() -> Answers:
    return Answers(instance="/v1/extracts/bulk", correlation_id="c-1")


def refused(faults: int) -> Problem:
    problem = problem_of(ExtractRefusedError([Fault("/list_size", "list-size", "Send the list.")] * faults))
    assert problem is not None
    return problem


async def read(answers: Answers) -> list[dict[str, object]]:
    told, _ = await answers.next()
    return [msgspec.json.decode(line) for line in told.splitlines()]


async def test_every_answer_is_a_line_and_the_sum_is_the_last(answers: Answers) -> None:
    answers.accept(1, RECEIPT)
    answers.refuse(3, refused(2))
    assert (await answers.next())[1], "more will follow"
    answers.end()
    told, more = await answers.next()
    assert not more
    assert told == b'{"summary":{"accepted":1,"replayed":0,"refused":1,"complete":true}}\n'


async def test_a_refusal_is_the_problem_of_a_single_post(answers: Answers) -> None:
    answers.refuse(3, refused(2))
    (told,) = await read(answers)
    assert (told["line"], told["status"]) == (3, 422)
    problem = told["problem"]
    assert isinstance(problem, dict)
    assert problem["type"] == "https://openqof.org/problems/extract-refused"
    assert (problem["instance"], problem["correlation_id"], len(problem["errors"])) == ("/v1/extracts/bulk", "c-1", 2)


async def test_where_it_stops_it_says_when_to_come_back(answers: Answers) -> None:
    answers.end(stopped_at=9, stopped=busy("Full"))
    stopped, last = await read(answers)
    assert (stopped["line"], stopped["status"]) == (9, 503)
    assert 1 <= stopped["problem"]["retry_after"] <= 10  # type: ignore[index]
    assert last == {"summary": {"accepted": 0, "replayed": 0, "refused": 0, "complete": False}}


async def test_when_much_waits_faults_are_no_longer_listed(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_answers, "WAITING_LIMIT", 1000)
    for line in range(1, 6):
        answers.refuse(line, refused(8))
    told = [one["problem"] for one in await read(answers)]
    assert [len(problem["errors"]) for problem in told] == [8, 0, 0, 0, 0]  # type: ignore[index]
    assert "send this line alone" in told[1]["detail"]  # type: ignore[index]
    answers.refuse(6, refused(8))
    assert len((await read(answers))[0]["problem"]["errors"]) == 8, "what was read waits no more"  # type: ignore[index]


async def test_who_reads_first_waits(answers: Answers) -> None:
    reading = asyncio.create_task(answers.next())
    await asyncio.sleep(0)
    assert not reading.done()
    answers.end()
    assert (await reading)[1] is False
