"""How fast can a route be that reads JSON and does nothing? `python -m loadtests.benches.ingest.bare PORT`."""

import sys

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from qof_shared.process import settle_memory


async def post_extract(request: Request) -> Response:
    msgspec.json.decode(await request.body())
    return Response(b"{}", 202, media_type="application/json")


def main(port: int) -> None:
    app = Starlette(routes=[Route("/v1/extracts", post_extract, methods=["POST"])])
    settle_memory()
    uvicorn.run(app, port=port, loop="uvloop", http="httptools", ws="none", log_config=None, access_log=False)


if __name__ == "__main__":
    main(int(sys.argv[1]))
