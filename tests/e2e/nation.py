"""A small nation for the end-to-end tests, and the clients that act for it. Black box: HTTP and JSON only."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec

from qof_calculator.adapters.rulesets import load_rulesets
from qof_local import directory
from qof_local.nation import SyntheticNation

SEED = 11
COLLECTION = "QOF-2012-13-E2E"


@dataclass(slots=True)
class SmallNation:
    """Practices of England 2012-13 with one extract each, and everybody's tokens."""

    practices: int
    collection: str = COLLECTION
    people: directory.Nation = field(init=False)
    bodies: dict[str, bytes] = field(init=False)
    """Practice -> its extract, as the supplier posts it."""

    def __post_init__(self) -> None:
        rules = load_rulesets().for_year("england", "2012-13")
        generator = SyntheticNation(rules, seed=SEED, average_list=5891)
        practices = [directory.invented_practice(index, "england") for index in range(self.practices)]
        self.people = directory.Nation(
            nation="england",
            qof_year="2012-13",
            achievement_date=rules.ruleset.achievement_date,
            commissioners=directory.invented_commissioners(self.practices, "england"),
            practices=practices,
        )
        self.bodies = {
            practice.practice: msgspec.json.encode(generator.extract(index, practice.practice, self.collection))
            for index, practice in enumerate(practices)
        }

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write the directory and the people file; returns both paths."""
        documents = (
            ("directory.json", directory.directory_document(self.people, self.collection, SEED)),
            ("people.json", directory.people_document(self.people, SEED)),
        )
        paths = []
        for name, document in documents:
            path = folder / name
            path.write_text(json.dumps(document), encoding="utf-8")
            paths.append(path)
        return paths[0], paths[1]

    def token(self, who: str) -> str:
        return directory.token(SEED, who)

    def bearer(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(who)}"}


async def post_all(url: str, nation: SmallNation, practices: Sequence[directory.Practice]) -> dict[str, dict[str, Any]]:
    """Post each practice's extract twice, as a supplier with a nervous client would; returns the receipts."""
    receipts: dict[str, dict[str, Any]] = {}
    limit = asyncio.Semaphore(16)

    async def post(client: httpx.AsyncClient, practice: directory.Practice) -> None:
        headers = nation.bearer(practice.supplier) | {"Content-Type": "application/json"}
        body = nation.bodies[practice.practice]
        async with limit:
            first, second = await asyncio.gather(
                *(client.post("/v1/extracts", content=body, headers=headers) for _ in range(2))
            )
        assert first.status_code == second.status_code == 202, (first.text, second.text)
        assert first.json() == second.json(), "the same extract has one receipt"
        receipts[practice.practice] = first.json()

    async with httpx.AsyncClient(base_url=url, timeout=60) as client, asyncio.TaskGroup() as group:
        for practice in practices:
            group.create_task(post(client, practice))
    return receipts
