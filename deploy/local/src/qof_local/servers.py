"""Which PostgreSQL and RabbitMQ does OpenQOF use here: given ones, or private ones started now?"""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass

from qof_local import paths, postgres, rabbitmq
from qof_local.databases import answers, create_database
from qof_local.paths import LocalStackError


@dataclass(frozen=True)
class Servers:
    """Where the servers are. `postgres_url` belongs to a superuser and names any existing database."""

    postgres_url: str
    broker_url: str
    management_url: str | None


def given_postgres() -> str | None:
    return os.environ.get("QOF_POSTGRES_URL") or None


def given_broker() -> str | None:
    return os.environ.get("QOF_BROKER_URL") or None


def ensure_servers() -> Servers:
    """The servers, answering: those the environment names, else the private ones, started or reused.

    Raises LocalStackError that says what is wrong and how to mend it.
    """
    everything_given = given_postgres() and given_broker()
    with nullcontext() if everything_given else paths.only_one("servers"), ThreadPoolExecutor(2) as pool:
        database, broker = pool.submit(_postgres), pool.submit(_broker)
        postgres_url = database.result()
        return Servers(postgres_url, *broker.result())


def running_servers() -> Servers | None:
    """The servers if nothing has to be started for them."""
    database, broker = postgres.running(), rabbitmq.running()
    postgres_url = given_postgres() or (database.url if database else None)
    broker_url, management_url = _given_broker_urls() or (
        (broker.url, broker.management_url) if broker else (None, None)
    )
    return Servers(postgres_url, broker_url, management_url) if postgres_url and broker_url else None


def stop_servers() -> tuple[str, ...]:
    """Stop the private servers and leave no process and no port; returns the names of those that ran."""
    with paths.only_one("servers"), ThreadPoolExecutor(2) as pool:
        names = ("PostgreSQL", "RabbitMQ")
        stopped = [pool.submit(stop) for stop in (postgres.stop, rabbitmq.stop)]
        return tuple(name for name, was_running in zip(names, stopped, strict=True) if was_running.result())


def _postgres() -> str:
    url = given_postgres()
    if url is None:
        return postgres.start().url
    if not asyncio.run(answers(url, 15)):
        raise LocalStackError(f"QOF_POSTGRES_URL={url} does not answer; start that server or unset the variable.")
    for name in postgres.SERVICE_DATABASES:
        asyncio.run(create_database(url, name))
    return url


def _broker() -> tuple[str, str | None]:
    given = _given_broker_urls()
    if given is None:
        found = rabbitmq.start()
        return found.url, found.management_url
    if not asyncio.run(rabbitmq.opens(given[0], 15)):
        raise LocalStackError(f"QOF_BROKER_URL={given[0]} does not answer; start that server or unset the variable.")
    return given


def _given_broker_urls() -> tuple[str, str | None] | None:
    url = given_broker()
    return (url, os.environ.get("QOF_BROKER_MANAGEMENT_URL") or None) if url else None
