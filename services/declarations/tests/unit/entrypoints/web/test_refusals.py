"""A page that cannot be shown waits at the address that was asked for, the whole of it."""

import httpx
import pytest
from fastapi import APIRouter

from qof_declarations.entrypoints.web.app import create_pages
from qof_declarations.entrypoints.web.pages import Pages


@pytest.mark.parametrize("address", ["/sign-in/callback?state=s1&code=c1", "/list?filter=signed&after=A81001", "/list"])
async def test_page_without_its_database_looks_again_at_the_same_address(address: str) -> None:
    router = APIRouter()

    @router.get("/list")
    @router.get("/sign-in/callback")
    async def show() -> None:
        raise ConnectionRefusedError

    app = create_pages([router], Pages())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://qof.test") as client:
        answer = await client.get(address)
    assert answer.status_code == 503
    seconds, _, where = answer.headers["refresh"].partition("; url=")
    assert where == address
    assert answer.headers["retry-after"] == seconds
