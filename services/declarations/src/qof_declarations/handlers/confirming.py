"""What a person looks at before they sign or decide: the declaration, what is queried, and what moved meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass

from qof_declarations.core.differences import Difference
from qof_declarations.core.hints import Hint, Thresholds
from qof_declarations.core.lifecycle import SETTLED_STATES
from qof_declarations.core.permissions import scope_of
from qof_declarations.core.query import Query, QueryState
from qof_declarations.core.standing import Standing
from qof_declarations.handlers.comparing import hints_of, show_comparison
from qof_declarations.handlers.ports import UnitOfWork
from qof_declarations.handlers.reading import DeclarationView, moved_between, view
from qof_shared.people import Person


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Everything beside the figures themselves."""

    view: DeclarationView
    open_queries: Sequence[Query]
    protested: Sequence[Query]
    """Those that the newest declaration was signed against."""
    moved_since_read: Sequence[Difference]
    """What moved since the person read the figures that they wanted to sign; empty where nothing did."""
    hints: Sequence[Hint]
    """What to look at in the figures before somebody signs or approves them."""


async def show_confirmation(
    standing: Standing, *, read: str | None = None, person: Person, uow: UnitOfWork, thresholds: Thresholds
) -> Confirmation:
    """What stands beside the figures of `standing`, found in the same transaction; `read` is the digest of what the
    person had read."""
    scope = scope_of(person)
    standings = uow.standings(scope)
    declaration = standing.declaration
    has_queries = standing.open_queries or (declaration and declaration.protested)
    queries = await uow.queries(scope).of_practice(standing.collection, standing.practice) if has_queries else ()
    moved: Sequence[Difference] = ()
    if read is not None and standing.report is not None and read != standing.report.digest:
        versions = await standings.versions(standing.collection, standing.practice)
        old = next((about.version for about in versions if about.digest == read), None)
        if old is not None:
            moved = await moved_between(standings, standing, old, standing.report.version)
    return Confirmation(
        view=await view(standings, standing, person=person),
        open_queries=[one for one in queries if one.state is QueryState.OPEN],
        protested=[one for one in queries if declaration and one.query_id in declaration.protested],
        moved_since_read=moved,
        hints=await _hints(standing, person=person, uow=uow, thresholds=thresholds),
    )


async def _hints(standing: Standing, *, person: Person, uow: UnitOfWork, thresholds: Thresholds) -> Sequence[Hint]:
    if standing.report is None or standing.state in SETTLED_STATES:
        return ()
    compared = await show_comparison(standing.collection, standing.practice, person=person, uow=uow)
    # A version that came this moment is another's page.
    return hints_of(compared, thresholds) if compared.digest == standing.report.digest else ()
