"""What the calculator tells about the rules it calculates by: their words, for people to read."""

from typing import ClassVar

from qof_shared.contracts.envelope import Contract


class RulesetDescribed(Contract, frozen=True, kw_only=True):
    """The names in a rule set. Told when the first practice is calculated by it; nothing is calculated from them."""

    event: ClassVar[str] = "ruleset.described.v1"

    ruleset: str
    ruleset_digest: str
    nation: str
    qof_year: str
    registers: dict[str, str]
    """Register -> its name."""
    groups: dict[str, str]
    """Group -> its name."""
    indicators: dict[str, str]
    """Indicator -> what it asks for."""
    successions: dict[str, str]
    """Last year's code -> this year's code, of indicators that live on under another name."""
