"""Celery on RabbitMQ, as its guides advise for tasks that must not be lost. Each worker has one prefork child."""

import os
from collections.abc import Iterable

import psycopg
from celery import Celery

from loadtests.benches.pipeline.place import Job, Place
from loadtests.benches.pipeline.variants import PREFETCH, QUEUE
from loadtests.benches.pipeline.variants.storing import store_in_turn

TASK = "calculate"

_connections: list[psycopg.Connection[tuple[object, ...]]] = []
"""One for the process, opened by its first job: after the fork."""


def _app(place: Place) -> Celery:
    app = Celery("bench", broker=place.broker_url)
    app.conf.update(
        task_default_queue=QUEUE,
        task_default_queue_type="quorum",
        task_default_exchange_type="topic",
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        broker_transport_options={"confirm_publish": True},
        broker_connection_retry_on_startup=True,
        worker_prefetch_multiplier=PREFETCH,
    )

    @app.task(name=TASK)
    def calculate_points(event: str) -> None:
        if not _connections:
            _connections.append(psycopg.connect(place.database_url, autocommit=True))
        store_in_turn(_connections[0], event)

    return app


def prepare(place: Place) -> None:
    app = _app(place)
    with app.connection_for_write() as connection:
        app.amqp.queues[QUEUE].bind(connection.channel()).declare()


def produce(place: Place, jobs: Iterable[Job]) -> None:
    app = _app(place)
    task = app.tasks[TASK]
    for job in jobs:
        task.delay(job.body.decode())


def work(place: Place) -> None:
    quiet = ["--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    _app(place).worker_main(["worker", "--concurrency", "1", "--hostname", f"bench-{os.getpid()}@localhost", *quiet])
