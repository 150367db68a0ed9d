"""From a practice's signature to its payment: what happened, what is still to come, and what the pounds are made of."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qof_declarations.core.permissions import scope_of
from qof_declarations.core.standing import UNSIGNED_STATES
from qof_declarations.handlers.ports import UnitOfWork
from qof_declarations.handlers.reading import DeclarationView, show_declaration
from qof_shared.people import Person


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A practice's declaration, and the report that is paid by it."""

    view: DeclarationView
    version: int | None
    """The version that was signed, or, where no signature stands, the newest; None before the first report."""
    document: Mapping[str, Any] | None


async def show_payment(collection: str, practice: str, *, person: Person, uow: UnitOfWork) -> PaymentView:
    """How far a practice's payment is. Raises NotFoundError."""
    view = await show_declaration(collection, practice, person=person, uow=uow)
    standing = view.standing
    shown = standing.report if standing.state in UNSIGNED_STATES else standing.declaration
    if shown is None:
        return PaymentView(view, None, None)
    document = await uow.standings(scope_of(person)).document(collection, practice, shown.version)
    assert document is not None, "reports are never removed"
    return PaymentView(view, shown.version, json.loads(document))
