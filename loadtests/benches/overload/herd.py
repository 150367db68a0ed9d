"""Do 9,000 people who all sign in at eight get in? `make bench-herd`.

A light stand-in for browsers: each person opens the site, is led to the local provider, gives their password, comes
back, and has got in when they see a page as somebody signed in. Where they meet a page that waits, they wait as it
says. Prints how many got in, and how long every page took. Runs on the private servers, with declarations and provider
of its own.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import msgspec
import uvloop

from loadtests.benches.ingest.figures import percentile
from loadtests.benches.overload.wire import Answer, Pool
from loadtests.benches.pages.subjects import Place
from loadtests.benches.pages.year import Prepared, prepare
from loadtests.benches.processor_time import Sampler
from loadtests.benches.servers import await_port, drop_database, free_port, private_servers
from qof_local import pids, ports
from qof_local.paths import folder

PASSWORD = "a bench's password"  # noqa: S105 - of people who do not exist
PATIENCE_S, GIVE_UP_S = 30.0, 900.0
SEED = 2026
STOP_SECONDS = 10


class Person(msgspec.Struct):
    """One browser: its cookies by host, and what it has met."""

    account: str
    came_at: float
    cookies: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    got_in_after: float | None = None
    waited: int = 0
    """Times they met the page that waits."""
    pages_ms: list[float] = msgspec.field(default_factory=list)
    waiting_pages_ms: list[float] = msgspec.field(default_factory=list)
    provider_ms: list[float] = msgspec.field(default_factory=list)
    wrong: list[str] = msgspec.field(default_factory=list)
    """Answers that should not have been."""


class Browsers:
    """Everybody, with connections to both servers."""

    def __init__(self, site: str, provider: str) -> None:
        self.site = site
        self._hosts = {urlsplit(url).netloc: Pool(url) for url in (site, provider)}

    async def visit(self, person: Person) -> None:
        """From the first page to the first as somebody signed in."""
        began = time.perf_counter()
        url, form = f"{self.site}/", None
        while time.perf_counter() - began < GIVE_UP_S:
            answer = await self._ask(person, url, form)
            if answer is None:
                person.wrong.append(f"no answer: {urlsplit(url).path}")
                await asyncio.sleep(5)  # somebody who sees nothing loads the page again
                continue
            refresh, where = answer.value(b"refresh"), answer.value(b"location")
            if answer.status == 503 and refresh is not None:
                person.waited += 1
                await asyncio.sleep(float(refresh.partition(";")[0]))
            elif answer.status == 303 and where is not None:
                url, form = where if "://" in where else f"{self.site}{where}", None
            elif answer.status == 200 and urlsplit(url).netloc != urlsplit(self.site).netloc:
                form = {"account": person.account, "password": PASSWORD}
            elif answer.status == 200:
                person.got_in_after = time.perf_counter() - began
                return
            else:
                person.wrong.append(f"{answer.status}: {urlsplit(url).path}")
                return

    async def _ask(self, person: Person, url: str, form: dict[str, str] | None) -> Answer | None:
        parts = urlsplit(url)
        jar = person.cookies.setdefault(parts.netloc, {})
        body = urlencode(form).encode() if form else b""
        head = [
            f"{'POST' if form else 'GET'} {parts.path or '/'}{'?' + parts.query if parts.query else ''} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Accept: text/html",
            "Sec-Fetch-Mode: navigate",
            *([f"Cookie: {'; '.join(f'{name}={value}' for name, value in jar.items())}"] if jar else []),
            *(["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"] if form else []),
        ]
        sent = time.perf_counter()
        answer = await self._hosts[parts.netloc].ask("\r\n".join([*head, "", ""]).encode() + body, PATIENCE_S)
        took = (time.perf_counter() - sent) * 1000
        if parts.netloc != urlsplit(self.site).netloc:
            person.provider_ms.append(took)
        elif answer is not None and answer.status == 503:
            person.waiting_pages_ms.append(took)
        else:
            person.pages_ms.append(took)
        for cookie in answer.values(b"set-cookie") if answer else []:
            name, _, value = cookie.partition(";")[0].partition("=")
            jar.pop(name, None)
            if value and "max-age=0" not in cookie.lower():
                jar[name] = value
        return answer


async def herd(site: str, provider: str, accounts: Sequence[str], people: int, seconds: float) -> list[Person]:
    """Everybody, at moments of their own within so many seconds; returns when each is in or has given up."""
    chance = random.Random(SEED)
    browsers = Browsers(site, provider)
    came = [
        Person(accounts[number % len(accounts)], at)
        for number, at in enumerate(sorted(chance.uniform(0, seconds) for _ in range(people)))
    ]
    began = time.perf_counter()
    visits = []
    for person in came:
        ahead = person.came_at - (time.perf_counter() - began)
        if ahead > 0:
            await asyncio.sleep(ahead)
        visits.append(asyncio.create_task(browsers.visit(person)))
    await asyncio.gather(*visits)
    return came


@contextmanager
def running(prepared: Prepared, database_url: str, place: Path) -> Iterator[tuple[str, str, list[int]]]:
    """Declarations and the provider, answering: their URLs and processes."""
    here, provider_port = Place(database_url, free_port(), 0, place), free_port()
    provider = f"http://{ports.LOOPBACK}:{provider_port}"
    # The provider keeps its key, its client and its accounts in a folder of its own.
    home = place / "provider"
    home.mkdir(exist_ok=True)
    accounts = [
        {"account": one.person, "name": one.person, "does": "signs", "password": PASSWORD} for one in prepared.readers
    ]
    (home / "accounts.json").write_text(json.dumps({"accounts": accounts}))
    environment = {
        **here.environment,
        "QOF_LOCAL_DIR": str(place),
        "QOF_PROVIDER_HTTP_PORT": str(provider_port),
        "QOF_OIDC_ISSUER": provider,
        "QOF_DECLARATIONS_OIDC_CLIENT_ID": "openqof-declarations",
    }
    processes = []
    try:
        processes.append(_start("qof_local.provider", [], environment, place))
        await_port(processes[0], provider_port, "the provider", place / "qof_local.provider.log")
        secret = json.loads((home / "client.json").read_text())["client_secret"]
        environment["QOF_DECLARATIONS_OIDC_CLIENT_SECRET"] = secret
        processes.append(_start("qof_declarations", ["api"], environment, place))
        await_port(processes[1], here.port, "declarations", place / "qof_declarations.log")
        yield f"http://{ports.LOOPBACK}:{here.port}", provider, [process.pid for process in processes]
    finally:
        for process in processes:
            if identified := pids.identify(process.pid):
                pids.end(identified, STOP_SECONDS)
            process.wait()


def _start(
    module: str, arguments: Sequence[str], environment: dict[str, str], place: Path
) -> "subprocess.Popen[bytes]":
    with (place / f"{module}.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", module, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def told(people: Sequence[Person], cores: dict[str, float]) -> str:
    """What became of everybody, in a few lines."""
    got_in = sorted(person.got_in_after for person in people if person.got_in_after is not None)
    last = max((person.came_at + (person.got_in_after or 0) for person in people), default=0.0)
    lines = [
        f"signed in: {len(got_in):,} of {len(people):,} ({len(got_in) / len(people):.2%}); the last at {last:,.0f} s",
        f"until they were in: p50 {percentile(got_in, 50):,.1f} s, p99 {percentile(got_in, 99):,.1f} s",
        f"met the page that waits: {sum(person.waited > 0 for person in people):,}, at most"
        f" {max(person.waited for person in people)} times, {sum(person.waited for person in people):,} in all",
    ]
    for name, field in (("pages", "pages_ms"), ("pages that wait", "waiting_pages_ms"), ("provider", "provider_ms")):
        taken = sorted(value for person in people for value in getattr(person, field))
        if taken:
            lines.append(
                f"{name}: {len(taken):,}, p50 {percentile(taken, 50):,.0f} ms, p99 {percentile(taken, 99):,.0f} ms"
            )
    lines.append("cores: " + ", ".join(f"{name} {value:.2f}" for name, value in cores.items()))
    wrong = Counter(one for person in people for one in person.wrong)
    lines.append(f"wrong: {dict(wrong.most_common(5)) or 'nothing'}")
    return "\n".join(lines)


async def _bench(options: argparse.Namespace) -> list[Person]:
    found = private_servers()
    place = folder("bench", "herd")
    prepared = await prepare(found.postgres_url, options.accounts)
    url = found.postgres_url.rpartition("/")[0] + f"/{prepared.name}"
    try:
        with running(prepared, url, place) as (site, provider, (provider_pid, site_pid)):
            families = {"declarations": [site_pid], "provider": [provider_pid], "PostgreSQL": [found.postgres_pid]}
            accounts = [reader.person for reader in prepared.readers]
            before = time.process_time()
            with Sampler(families) as sampler:
                people = await herd(site, provider, accounts, options.people, options.seconds)
            first, last = sampler.samples[0], sampler.samples[-1]
            seconds = last.at - first.at
            cores = {name: (last.seconds[name] - first.seconds[name]) / seconds for name in families}
            cores["load"] = (time.process_time() - before) / seconds
    finally:
        await drop_database(found.postgres_url, prepared.name)
    print(told(people, cores))
    return people


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m loadtests.benches.overload.herd", description=__doc__)
    parser.add_argument("--people", type=int, default=9000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--accounts", type=int, default=600, help="practices with reports; people share them")
    people = uvloop.run(_bench(parser.parse_args()))
    return 0 if sum(person.got_in_after is not None for person in people) >= 0.999 * len(people) else 1


if __name__ == "__main__":
    sys.exit(main())
