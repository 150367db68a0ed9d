"""Dramatiq on RabbitMQ with confirmed delivery. Its worker runs in our process, where the gate can hold it."""

import os
import signal
import threading
from collections.abc import Iterable

import psycopg

from loadtests.benches.pipeline.place import Job, Place
from loadtests.benches.pipeline.variants import PREFETCH, QUEUE
from loadtests.benches.pipeline.variants.storing import store_in_turn

os.environ["dramatiq_queue_prefetch"] = str(PREFETCH)  # noqa: SIM112 - its own spelling, read at its import

import dramatiq
from dramatiq.brokers.rabbitmq import RabbitmqBroker

THREADS = 8
"""Dramatiq's own default."""


def _actor(place: Place) -> "dramatiq.Actor[[str], None]":
    broker = RabbitmqBroker(url=place.broker_url, confirm_delivery=True)
    local = threading.local()

    def calculate_points(event: str) -> None:
        if not hasattr(local, "connection"):
            local.connection = psycopg.connect(place.database_url, autocommit=True)
        store_in_turn(local.connection, event)

    return dramatiq.actor(calculate_points, broker=broker, queue_name=QUEUE)


def prepare(place: Place) -> None:
    broker = _actor(place).broker
    broker.declare_queue(QUEUE, ensure=True)
    broker.close()


def produce(place: Place, jobs: Iterable[Job]) -> None:
    actor = _actor(place)
    for job in jobs:
        actor.send(job.body.decode())
    actor.broker.close()


def work(place: Place) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    actor = _actor(place)
    worker = dramatiq.Worker(actor.broker, worker_threads=THREADS)
    worker.start()
    stop.wait()
    worker.stop()
    actor.broker.close()
