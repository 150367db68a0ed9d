"""How fast can a page or a row be with nothing behind it?

`python -m loadtests.benches.pages.bare page PORT BYTES`: a route that renders a template of so many bytes from values
that are ready, a row for each indicator: no session, no database, no framework beyond Starlette.
`python -m loadtests.benches.pages.bare insert PORT DATABASE_URL`: a route that reads a form and inserts one row,
committed: no session, no check, no audit.
"""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs
from uuid import uuid4

import uvicorn
from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from qof_shared.db.engine import create_engine
from qof_shared.process import settle_memory

PRACTICES = 50
"""Of so many practices the values are ready; what every page says alike is no matter for a template."""

ROWS_KEPT = "SELECT count(*) FROM bare_signatures"
POOL = int(os.environ.get("BARE_POOL", "5"))


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator, ready to be shown."""

    code: str
    description: str
    colour: str
    status: str
    why: str
    numerator: str
    denominator: str
    percentage: str
    pcas: str
    points: str
    points_available: str
    pounds: str
    short: str
    next_patient: str


def row_of(practice: int, number: int) -> Row:
    """Values as long as a report's."""
    met, asked = 100 + (practice * 7 + number * 13) % 900, 1000 + number
    return Row(
        code=f"DM {number}",
        description="The percentage of patients with diabetes in whom the last blood pressure is 140/80 mmHg or less",
        colour="yellow",
        status="Partly achieved",
        why=f"{met} of {asked} patients are {met / asked:.2f} %, between the thresholds of 40 and 65 %: 7.36 of 10"
        f" points. {asked - met} more would give all of them.",
        numerator=str(met),
        denominator=f"{asked:,}",
        percentage=f"{met / asked:.2%}",
        pcas=str(number % 40),
        points=f"{met % 10}.36",
        points_available="10",
        pounds=f"£{met},{met}.17",
        short=f"{number % 9} for the next point, {asked - met} for all points",
        next_patient=f"0.04 points, £{number % 9}.44",
    )


def create_page(size: int) -> Starlette:
    """Pages of at least `size` bytes."""
    template = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    ).get_template("bare.html")

    def length(rows: int) -> int:
        return len(template.render(practice="A00000", rows=[row_of(0, number) for number in range(rows)]).encode())

    hundred = (length(200) - length(100)) / 100
    rows = max(1, round((size - length(0)) / hundred))
    ready = [[row_of(practice, number) for number in range(rows)] for practice in range(PRACTICES)]
    shown = iter(range(sys.maxsize))

    async def show(request: Request) -> Response:
        of_practice = ready[next(shown) % PRACTICES]
        return HTMLResponse(template.render(practice=request.path_params["practice"], rows=of_practice))

    return Starlette(routes=[Route("/collections/{collection}/practices/{practice}/report", show)])


def create_insert(database_url: str) -> Starlette:
    """One row for each form."""
    engine = create_engine(database_url, pool_size=POOL)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with engine.begin() as connection:
            await connection.exec_driver_sql(
                "CREATE TABLE bare_signatures (signature_id uuid PRIMARY KEY, practice text NOT NULL,"
                " digest text NOT NULL, statement text NOT NULL, at timestamptz NOT NULL)"
            )
        yield
        await engine.dispose()

    async def sign(request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        row = (
            uuid4(),
            request.path_params["practice"],
            form["digest"][0],
            form["statement"][0],
            datetime.now(UTC),
        )
        async with engine.begin() as connection:
            await connection.exec_driver_sql("INSERT INTO bare_signatures VALUES ($1, $2, $3, $4, $5)", row)
        return Response(status_code=303, headers={"Location": f"/receipts/{row[0]}"})

    path = "/collections/{collection}/practices/{practice}/declaration/sign"
    return Starlette(routes=[Route(path, sign, methods=["POST"])], lifespan=lifespan)


def main(kind: str, port: int, argument: str) -> None:
    app = create_page(int(argument)) if kind == "page" else create_insert(argument)
    settle_memory()  # ours does
    uvicorn.run(app, port=port, loop="uvloop", http="httptools", ws="none", log_config=None, access_log=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
