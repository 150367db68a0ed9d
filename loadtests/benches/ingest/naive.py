"""How is an ingest usually written? Model as parameter, a transaction and a confirmed message for each request.

`python -m loadtests.benches.ingest.naive PORT DATABASE_URL BROKER_URL`. It checks no token, no rule and no repetition,
and a crash between commit and publish loses the event: in all that it has less to do than ours.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import aio_pika
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, Field
from sqlalchemy import Column, DateTime, MetaData, Table, Text, Uuid, insert
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import create_async_engine

from qof_shared.process import settle_memory

QUEUE = "naive.extracts"

metadata = MetaData()
extracts = Table(
    "naive_extracts",
    metadata,
    Column("extract_id", Uuid, primary_key=True),
    Column("practice", Text, nullable=False),
    Column("collection", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("document", JSONB, nullable=False),
)


class Indicator(BaseModel):
    indicator: str
    numerator: int | None = None
    denominator: int | None = None
    achieved: bool | None = None
    exclusions: dict[str, int] = Field(default_factory=dict)
    pcas: dict[str, int] = Field(default_factory=dict)


class Extract(BaseModel):
    practice: str
    collection: str
    achievement_date: date
    list_size: int
    list_size_date: date | None = None
    registers: dict[str, int]
    indicators: list[Indicator]


def create_app(database_url: str, broker_url: str) -> FastAPI:
    # No overflow, which under load opens and closes a connection for each request: a tenth of the rate.
    url = database_url.replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url, pool_size=16, max_overflow=0)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        async with await aio_pika.connect_robust(broker_url) as connection:
            channel = await connection.channel(publisher_confirms=True)
            await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
            app.state.exchange = channel.default_exchange
            yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)

    @app.post("/v1/extracts", status_code=202)
    async def post_extract(extract: Extract) -> dict[str, UUID]:
        extract_id = uuid4()
        async with engine.begin() as connection:
            await connection.execute(
                insert(extracts).values(
                    extract_id=extract_id,
                    practice=extract.practice,
                    collection=extract.collection,
                    received_at=datetime.now(UTC),
                    document=extract.model_dump(mode="json"),
                )
            )
        message = aio_pika.Message(
            extract.model_dump_json().encode(),
            message_id=str(extract_id),
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        await app.state.exchange.publish(message, routing_key=QUEUE)
        return {"extract_id": extract_id}

    return app


def main(port: int, database_url: str, broker_url: str) -> None:
    app = create_app(database_url, broker_url)
    settle_memory()  # ours does, and it is worth a fifth
    uvicorn.run(app, port=port, loop="uvloop", http="httptools", ws="none", log_config=None, access_log=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
