"""What are registers, groups and indicators called? Words of a rule set, beside the codes that a report is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RulesetWords:
    """The names in one rule set; where one is missing the code speaks for itself."""

    registers: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    indicators: Mapping[str, str] = field(default_factory=dict)
    successions: Mapping[str, str] = field(default_factory=dict)
    """Last year's code -> this year's code."""

    def indicator(self, code: str) -> str:
        return self.indicators.get(code, "")

    def group(self, code: str) -> str:
        return self.groups.get(code, code)


NO_WORDS = RulesetWords()
"""Of a rule set that was not described to us yet."""
