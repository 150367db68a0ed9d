"""Is this process alive, and is it any use right now? One answer per dependency."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

Check = Callable[[], Awaitable[bool]]


def database_check(engine: AsyncEngine) -> Check:
    """Can this process query its database within two seconds?"""

    async def check() -> bool:
        async with asyncio.timeout(2), engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
        return True

    return check


def event_check(event: asyncio.Event) -> Check:
    """Is a long-running part (a consumer, a relay) connected at this moment?"""

    async def check() -> bool:
        return event.is_set()

    return check


def health_router(checks: Mapping[str, Check]) -> APIRouter:
    """`/health/live` answers while the process runs; `/health/ready` asks every dependency, 503 if one is away."""
    router = APIRouter(prefix="/health", tags=["health"])

    @router.get("/live")
    async def show_liveness() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/ready")
    async def show_readiness(response: Response) -> dict[str, str]:
        results = {}
        for name, check in checks.items():
            try:
                results[name] = "ready" if await check() else "away"
            except Exception as error:
                results[name] = f"away: {type(error).__name__}"
        if any(result != "ready" for result in results.values()):
            response.status_code = 503
        return results

    return router
