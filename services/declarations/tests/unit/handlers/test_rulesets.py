"""The words of a rule set are kept once, and asked for by its digest."""

import msgspec

from qof_declarations.core.ruleset_words import NO_WORDS
from qof_declarations.handlers.rulesets import record_rulesets
from qof_declarations.testing.builders import tell
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_shared.contracts import RulesetDescribed

TOLD = RulesetDescribed(
    ruleset="england-2012-13",
    ruleset_digest="d" * 64,
    nation="england",
    qof_year="2012-13",
    registers={"AF": "Atrial fibrillation"},
    groups={"AF": "Atrial fibrillation"},
    indicators={"AF06": "Stroke risk is assessed"},
    successions={"AF03": "AF07"},
)


async def test_words_are_found_by_digest_and_others_have_none() -> None:
    uow = FakeDeclarationsUnitOfWork()
    await record_rulesets([tell(TOLD)], uow=uow)
    await record_rulesets([tell(msgspec.structs.replace(TOLD, indicators={}))], uow=uow)
    words = await uow.rulesets.words("d" * 64)
    assert (words.indicator("AF06"), words.indicator("XX01")) == ("Stroke risk is assessed", "")
    assert (words.group("AF"), words.group("QP")) == ("Atrial fibrillation", "QP")
    assert words.successions == {"AF03": "AF07"}
    assert await uow.rulesets.words("e" * 64) == NO_WORDS
