"""Where the words of rule sets are kept: a few dozen rows, one for each digest."""

from dataclasses import asdict

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from qof_declarations.core.ruleset_words import NO_WORDS, RulesetWords
from qof_shared.db.bodies import pack, unpack


class PostgresRulesets:
    """Words by the digest of their rule set."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def record(self, ruleset: str, digest: str, words: RulesetWords) -> None:
        await self._connection.exec_driver_sql(
            "INSERT INTO rulesets (ruleset_digest, ruleset, words) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            (digest, ruleset, pack(msgspec.json.encode(asdict(words)))),
        )

    async def words(self, digest: str) -> RulesetWords:
        rows = await self._connection.exec_driver_sql("SELECT words FROM rulesets WHERE ruleset_digest = $1", (digest,))
        row = rows.first()
        return msgspec.json.decode(unpack(row.words), type=RulesetWords) if row else NO_WORDS
