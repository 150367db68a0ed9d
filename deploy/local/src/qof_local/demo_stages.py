"""What happens in a demonstration, in order: post, calculate, freeze, report, sign, approve twice, instruct."""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from qof_local.demo_api import Api
from qof_local.demo_cast import Cast, suppliers_at_work
from qof_local.demo_figures import gates_line, propose
from qof_local.demo_meter import Meter
from qof_local.demo_outcome import Moment, Outcome
from qof_local.demo_queues import Queues
from qof_local.demo_work import share_out
from qof_local.directory import NATIONAL_TEAM, SECOND_OF_NATIONAL_TEAM, Practice, approver, declarer, finance
from qof_local.paths import LocalStackError
from qof_local.progress import Progress

LINES_PER_REQUEST = 2_500
"""Of 12 kB each: what is sent again after a cut stays within seconds."""
PEOPLE_AT_ONCE = 12
LOOK_SECONDS = 0.25
STALLED_SECONDS = 90
RETURN_EVERY = 20
REASON_FOR_RETURN = "The asthma register is well below last year's. Please check it and sign again."


class Demonstration:
    """One run against a running system; each stage is a method, to be called in the order of this file."""

    def __init__(
        self,
        cast: Cast,
        *,
        ingest: Mapping[str, Api],
        payments: Api,
        declarations: Api,
        queues: Queues,
        progress: Progress,
        meter: Meter,
    ) -> None:
        self.outcome = Outcome()
        self._meter = meter
        self._cast = cast
        self._ingest = ingest
        self._payments = payments
        self._declarations = declarations
        self._queues = queues
        self._progress = progress
        self._collection = f"/v1/collections/{cast.collection}"

    async def wait_until_known(self) -> None:
        """Until every service knows the practices and the collection: messages take a moment."""
        practices = len(self._cast.practices)
        national = self._cast.token(NATIONAL_TEAM)
        for api, path in ((self._payments, "completeness"), (self._declarations, "progress")):
            deadline = time.monotonic() + STALLED_SECONDS
            while True:
                answer = await api.send("GET", f"{self._collection}/{path}", national, expected=(200, 404))
                if answer.status_code == 200 and answer.json()["practices"] >= practices:
                    break
                if time.monotonic() > deadline:
                    raise LocalStackError(
                        f"{path} of {self._cast.collection} does not show {practices} practices after "
                        f"{STALLED_SECONDS} s, but {answer.text}; are ingest's relay and the workers running?"
                    )
                await asyncio.sleep(LOOK_SECONDS)
        if (await self._figures())["accepted"]:
            raise LocalStackError(
                f"{self._cast.collection} has extracts of an earlier run; run the demonstration again."
            )

    async def collect(self) -> None:
        """Every supplier posts its practices' extracts, while the calculators work off the queue; until payments has
        the points of every practice."""
        total = len(self._cast.practices)
        national = self._cast.token(NATIONAL_TEAM)
        self._progress.add("accepted", "calculated", "achievements", total=total)

        async def look() -> Mapping[str, int]:
            figures, completeness = await asyncio.gather(
                self._figures(), self._payments.send("GET", f"{self._collection}/completeness", national)
            )
            return {**figures, "achievements": completeness.json()["achievements"]}

        self._mark("began")
        async with asyncio.TaskGroup() as group:
            group.create_task(self._post_everything())
            shown = await self._watch(
                look,
                lambda now: {name: now[name] for name in ("accepted", "calculated", "achievements")},
                lambda now: now["achievements"] + now["rejected"] >= total,
            )
        self.outcome.achievements = shown["achievements"]
        self._mark("complete")

    async def _post_everything(self) -> None:
        async with asyncio.TaskGroup() as group:
            for supplier, practices in suppliers_at_work(self._cast).items():
                group.create_task(self._post(supplier, practices))
        self._mark("accepted")

    async def _post(self, supplier: str, practices: list[str]) -> None:
        """Send one supplier's extracts, many in a request. Sent again after a cut it has its effect once."""
        for start in range(0, len(practices), LINES_PER_REQUEST):
            sent = practices[start : start + LINES_PER_REQUEST]
            self.outcome.posted += len(sent)
            answer = await self._ingest[supplier].send(
                "POST",
                "/v1/extracts/bulk",
                self._cast.token(supplier),
                content=b"\n".join(self._cast.extracts[practice] for practice in sent),
                headers={"Content-Type": "application/x-ndjson"},
            )
            lines = [json.loads(line) for line in answer.iter_lines()]
            refused = [line for line in lines if "problem" in line]
            if refused:
                raise LocalStackError(f"ingest refused an extract of {supplier}: {refused[0]}")
            self.outcome.accepted += sum("receipt" in line for line in lines)

    async def freeze(self) -> None:
        """One of the national team proposes the national figures, with reasons where gates stop; another freezes."""
        figures = f"{self._collection}/national-figures"
        proposal = await propose(
            self._payments,
            figures,
            self._cast.token(NATIONAL_TEAM),
            reason=f"all {self.outcome.achievements} practices are in",
            as_published=self._cast.published is not None,
        )
        second = self._cast.token(SECOND_OF_NATIONAL_TEAM)
        path = f"{figures}/proposals/{proposal['proposal_id']}/freeze"
        await self._payments.send("POST", path, second, expected=(201,))
        self.outcome.gates = gates_line(proposal)
        self._mark("frozen")

    async def report(self) -> None:
        """Wait until every calculated practice has a report to sign."""
        calculated = self.outcome.achievements
        self._progress.add("reported", total=calculated)
        self.outcome.figures = await self._watch(
            self._figures, lambda now: {"reported": now["reported"]}, lambda now: now["reported"] >= calculated
        )
        self._mark("reported")
        self.outcome.work_list = await self._read_work_list()

    async def sign(self, practices: list[Practice]) -> dict[str, str]:
        """These practices read their reports and sign them; returns practice -> declaration."""
        declarations: dict[str, str] = {}
        self._progress.add("signed", total=len(practices))

        async def sign(practice: Practice) -> None:
            token = self._cast.token(declarer(practice.practice))
            path = f"{self._collection}/practices/{practice.practice}"
            report = await self._declarations.send("GET", f"{path}/report", token)
            etag = report.headers["ETag"]
            if etag != f'"{hashlib.sha256(report.content).hexdigest()}"':
                raise LocalStackError(f"the report of {practice.practice} is not the one that its ETag {etag} names.")
            answer = await self._declarations.send(
                "POST",
                f"{path}/declaration",
                token,
                expected=(200, 201),
                json={"statement": "Checked against our own system."},
                headers={"If-Match": etag},
            )
            declarations[practice.practice] = answer.json()["declaration"]["declaration_id"]
            self._progress.show({"signed": len(declarations)})

        await share_out(practices, sign, PEOPLE_AT_ONCE)
        self._progress.end({"signed": len(declarations)})
        self.outcome.signed = len(declarations)
        self._mark("signed")
        return declarations

    async def approve(self, practices: list[Practice], declarations: Mapping[str, str]) -> None:
        """The commissioners approve most declarations and return every twentieth, with a reason."""
        outcome = self.outcome
        self._progress.add("decided", total=len(practices))

        async def decide(numbered: tuple[int, Practice]) -> None:
            number, practice = numbered
            token = self._cast.token(approver(practice.commissioner))
            path = f"/v1/declarations/{declarations[practice.practice]}"
            if number % RETURN_EVERY == RETURN_EVERY - 1:
                await self._declarations.send("POST", f"{path}/return", token, json={"reason": REASON_FOR_RETURN})
                outcome.returned += 1
            else:
                answer = await self._declarations.send("POST", f"{path}/approve", token)
                outcome.approved[practice.practice] = Decimal(answer.json()["declaration"]["pounds"])
            self._progress.show({"decided": outcome.returned + len(outcome.approved)})

        await share_out(enumerate(practices), decide, PEOPLE_AT_ONCE)
        self._progress.end({"decided": outcome.returned + len(outcome.approved)})
        self._mark("decided")

    async def approve_payments(self, practices: list[Practice], declarations: Mapping[str, str]) -> None:
        """Finance of each commissioner approves the payments of what was approved, many at once."""
        outcome = self.outcome
        to_pay: dict[str, list[str]] = {}
        for practice in practices:
            if practice.practice in outcome.approved:
                to_pay.setdefault(practice.commissioner, []).append(declarations[practice.practice])
        self._progress.add("approved by finance", total=len(outcome.approved))

        async def pay(share: tuple[str, list[str]]) -> None:
            commissioner, approved = share
            answer = await self._declarations.send(
                "POST",
                f"{self._collection}/approvals",
                self._cast.token(finance(commissioner)),
                json={"declaration_ids": approved},
            )
            refused = [one for one in answer.json()["declarations"] if not one["is_approved"]]
            if refused:
                raise LocalStackError(f"finance of {commissioner} could not approve a payment: {refused[0]}")
            outcome.finance_approved += answer.json()["approved"]
            self._progress.show({"approved by finance": outcome.finance_approved})

        await share_out(to_pay.items(), pay, PEOPLE_AT_ONCE)
        self._progress.end({"approved by finance": outcome.finance_approved})
        self._mark("finance-approved")

    async def instruct(self) -> None:
        """Wait until every approval of finance is a payment, in payments and on the practices' pages."""
        approved, outcome = len(self.outcome.approved), self.outcome
        self._progress.add("instructed", "shown", total=approved)

        async def instructions() -> Mapping[str, int]:
            token = self._cast.token(NATIONAL_TEAM)
            answer = (await self._payments.send("GET", f"{self._collection}/instructions?limit=1", token)).json()
            outcome.instructions, outcome.instructed = answer["instructions"], Decimal(answer["pounds"])
            return {"instructed": outcome.instructions}

        async def shown() -> Mapping[str, int]:
            outcome.work_list = await self._read_work_list()
            return {"shown": sum(entry["payment"] is not None for entry in outcome.work_list.values())}

        await self._watch(instructions, lambda now: now, lambda now: now["instructed"] >= approved)
        await self._watch(shown, lambda now: now, lambda now: now["shown"] >= approved)
        self._mark("instructed")

    async def read_points(self) -> dict[str, dict[str, Fraction]]:
        """Practice -> indicator -> points, as every practice's report shows them."""
        token = self._cast.token(NATIONAL_TEAM)
        found: dict[str, dict[str, Fraction]] = {}
        self._progress.add("read back", total=len(self._cast.practices))

        async def read(practice: str) -> None:
            path = f"{self._collection}/practices/{practice}/report"
            report = (await self._declarations.send("GET", path, token)).json()
            found[practice] = {code: Fraction(one["points"]) for code, one in report["indicators"].items()}
            self._progress.show({"read back": len(found)})

        await share_out(self._cast.practices, read, PEOPLE_AT_ONCE)
        self._progress.end({"read back": len(found)})
        return found

    async def _figures(self) -> Mapping[str, int]:
        """What ingest tells the suppliers, added up."""
        path = f"{self._collection}/progress"
        answers = await asyncio.gather(
            *(client.send("GET", path, self._cast.token(supplier)) for supplier, client in self._ingest.items())
        )
        told = [answer.json() for answer in answers]
        return {name: sum(one[name] for one in told) for name in ("accepted", "calculated", "rejected", "reported")}

    async def _read_work_list(self) -> dict[str, dict[str, Any]]:
        mine = set(self._cast.practices)
        token = self._cast.token(NATIONAL_TEAM)
        entries: dict[str, dict[str, Any]] = {}
        after: str | None = ""
        while after is not None:
            path = f"{self._collection}/declarations?limit=1000&after={after}"
            page = (await self._declarations.send("GET", path, token)).json()
            entries |= {entry["practice"]: entry for entry in page["practices"] if entry["practice"] in mine}
            after = page["next"]
        return entries

    async def _watch(
        self,
        look: Callable[[], Awaitable[Mapping[str, int]]],
        rows: Callable[[Mapping[str, int]], Mapping[str, int]],
        is_done: Callable[[Mapping[str, int]], bool],
    ) -> Mapping[str, int]:
        """Look and show until it is done. Raises LocalStackError when nothing has moved for long."""
        last: Mapping[str, int] = {}
        moved = time.monotonic()
        while True:
            now = await look()
            self.outcome.course.append((time.monotonic(), now))
            if is_done(now):
                self._progress.end(rows(now))
                return now
            if now != last:
                last, moved = now, time.monotonic()
            depths = await self._queues.depths()
            if time.monotonic() - moved > STALLED_SECONDS:
                waiting = {name: count for name, count in depths.items() if count}
                raise LocalStackError(f"nothing has moved for {STALLED_SECONDS} s: {dict(now)}; queues: {waiting}")
            note = f"{depths['calculator.extracts']:,} queued" if "calculator.extracts" in depths else ""
            self._progress.show(rows(now), note)
            await asyncio.sleep(LOOK_SECONDS)

    def _mark(self, moment: str) -> None:
        self.outcome.moments[moment] = Moment(time.monotonic(), self._meter.processor_times())
