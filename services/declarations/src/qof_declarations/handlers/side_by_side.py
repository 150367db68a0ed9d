"""A practice's newest report beside last year's, with what both years are called."""

from dataclasses import dataclass

from qof_declarations.core.permissions import scope_of
from qof_declarations.handlers.comparing import ComparisonView, show_comparison
from qof_declarations.handlers.ports import UnitOfWork
from qof_declarations.handlers.query_ports import CollectionInBrief
from qof_shared.people import Person


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two years of a practice."""

    compared: ComparisonView
    this_year: CollectionInBrief
    last_year: CollectionInBrief | None
    """Last year's collection, whether or not the practice has a report in it."""


async def show_side_by_side(collection: str, practice: str, *, person: Person, uow: UnitOfWork) -> SideBySide:
    """This year beside last year. Raises NotFoundError or ReportAwaitedError."""
    compared = await show_comparison(collection, practice, person=person, uow=uow)
    lists = uow.work_lists(scope_of(person))
    this_year = await lists.collection(collection)
    assert this_year is not None, "the practice has a report in it"
    return SideBySide(compared, this_year, await lists.previous(collection))
