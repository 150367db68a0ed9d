"""Two people freeze national figures, as every test that needs frozen ones has it."""

from collections.abc import Mapping
from datetime import datetime

from qof_payments.adapters.gates import load_thresholds
from qof_payments.handlers.freeze_national_figures import freeze_national_figures
from qof_payments.handlers.ports import ParametersOf, Snapshot, UnitOfWork
from qof_payments.handlers.propose_national_figures import Terms, propose_national_figures

PROPOSER, FREEZER = "n1", "n2"
REASON = "all in"


async def freeze_by_two(
    uow: UnitOfWork,
    collection: str,
    *,
    parameters_of: ParametersOf,
    now: datetime,
    name: str = "final",
    exclusions: Mapping[str, str] | None = None,
    acknowledgements: Mapping[str, str] | None = None,
) -> Snapshot:
    """n1 proposes, n2 freezes, in one transaction; nothing is committed."""
    terms = Terms(name, REASON, exclusions or {}, acknowledgements or {}, unverified_reason="a test")
    thresholds = load_thresholds()
    proposal = await propose_national_figures(
        collection,
        terms=terms,
        person=PROPOSER,
        uow=uow,
        parameters_of=parameters_of,
        thresholds=thresholds,
        now=now,
    )
    return await freeze_national_figures(
        collection,
        proposal.proposal_id,
        person=FREEZER,
        uow=uow,
        parameters_of=parameters_of,
        thresholds=thresholds,
        now=now,
    )
