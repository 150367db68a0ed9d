"""The words of rule sets in memory."""

from qof_declarations.core.ruleset_words import NO_WORDS, RulesetWords


class FakeRulesets:
    def __init__(self, by_digest: dict[str, RulesetWords]) -> None:
        self._by_digest = by_digest

    async def record(self, ruleset: str, digest: str, words: RulesetWords) -> None:
        self._by_digest.setdefault(digest, words)

    async def words(self, digest: str) -> RulesetWords:
        return self._by_digest.get(digest, NO_WORDS)
