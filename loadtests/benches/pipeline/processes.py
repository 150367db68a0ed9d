"""How does the bench start, hold, release and end the processes of a run?"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import msgspec

from loadtests.benches.pipeline.place import Place
from loadtests.benches.servers import BenchError

READY_SECONDS = 60
STOP_SECONDS = 20


class RoleProcess:
    """A process of `role.py`, in a session of its own, so that everything it starts can be ended with it."""

    def __init__(self, process: asyncio.subprocess.Process, what: str, log: Path) -> None:
        assert process.stdin is not None, "it was asked for as a pipe"
        assert process.stdout is not None, "it was asked for as a pipe"
        self._process, self._what, self._log = process, what, log
        self._stdin, self._stdout = process.stdin, process.stdout

    @classmethod
    async def start(cls, role: str, variant: str, place: Place, log: Path) -> "RoleProcess":
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "loadtests.benches.pipeline.role", role, variant),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=output,
                start_new_session=True,
            )
        started = cls(process, f"{role} {variant}", log)
        started._stdin.write(msgspec.json.encode(place) + b"\n")
        return started

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process.returncode is not None

    async def ready(self) -> None:
        """Wait until it stands at the gate."""
        if await self._answer(READY_SECONDS) != "ready":
            raise BenchError(f"{self._what} ended before it was ready; read {self._log}.")

    def open_gate(self) -> None:
        self._stdin.write(b"go\n")

    async def seconds_taken(self, limit: float) -> float:
        """Wait until it has done, and hear how long that took."""
        answer = await self._answer(limit)
        if not answer:
            raise BenchError(f"{self._what} failed; read {self._log}.")
        return float(answer)

    async def _answer(self, limit: float) -> str:
        try:
            return (await asyncio.wait_for(self._stdout.readline(), limit)).decode().strip()
        except TimeoutError:
            raise BenchError(f"{self._what} has said nothing for {limit:.0f} s; read {self._log}.") from None

    async def stop(self) -> None:
        """Ask it to end, wait, then end whatever is left of its session."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()


@asynccontextmanager
async def at_the_gate(
    role: str, variant: str, places: Sequence[Place], log: Path
) -> AsyncIterator[Sequence[RoleProcess]]:
    """One process for each place, all ready, none begun; ended at the end, whatever happens."""
    async with AsyncExitStack() as stack:
        processes = []
        for place in places:
            process = await RoleProcess.start(role, variant, place, log)
            stack.push_async_callback(process.stop)
            processes.append(process)
        for process in processes:
            await process.ready()
        yield processes
