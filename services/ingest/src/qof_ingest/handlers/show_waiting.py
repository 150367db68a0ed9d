"""When is a supplier's extract through, and when are all of them?"""

from uuid import UUID

from qof_ingest.core.waiting import Place, Share, place_of, share_of
from qof_ingest.handlers.ports import KnownDirectory, Queues


async def show_place(extract_id: UUID, *, supplier: str, queues: Queues) -> Place | None:
    """The place of the supplier's own extract in the queue; None where there is none of this id, or it is another's."""
    found = await queues.find(extract_id, supplier)
    if found is None:
        return None
    return place_of(found.extract_number, await queues.look(found.collection)) if found.is_waiting else Place()


async def show_share(collection: str, *, supplier: str, directory: KnownDirectory, queues: Queues) -> Share | None:
    """The supplier's part of a collection's queue; None where there is no such collection."""
    if await directory.collection(collection) is None:
        return None
    return share_of(supplier, await queues.look(collection))
