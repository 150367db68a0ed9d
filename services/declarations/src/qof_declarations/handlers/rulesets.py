"""Recording the words of rule sets, as the calculator tells them."""

from collections.abc import Sequence

from qof_declarations.core.ruleset_words import RulesetWords
from qof_declarations.handlers.ports import UnitOfWork
from qof_shared.contracts import Event, RulesetDescribed


async def record_rulesets(events: Sequence[Event], *, uow: UnitOfWork) -> None:
    """Keep the words of each rule set; the same digest has the same words."""
    for event in events:
        told = event.content(RulesetDescribed)
        words = RulesetWords(told.registers, told.groups, told.indicators, told.successions)
        await uow.rulesets.record(told.ruleset, told.ruleset_digest, words)
