"""What does a person see of a receipt: who signed what, when, and how anybody can check it?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from qof_declarations.core.receipt import Receipt
from qof_declarations.entrypoints.web.words import count, moment, points, pounds


@dataclass(frozen=True, slots=True)
class ReceiptPart:
    """A receipt, told. The first three fields name the practice as a standing does."""

    collection: str
    practice: str
    practice_name: str
    declaration_id: str
    rows: Sequence[tuple[str, str]]
    statement: str | None
    digest: str
    entry: str | None
    """Its number in the log, from 1, and how long the log is; None in the moments before the log has it."""
    file: str
    """What the file to keep is called."""


def receipt_part(receipt: Receipt) -> ReceiptPart:
    """Tell a receipt."""
    document = receipt.document
    rows = [
        ("Signed by", document["signed_by_name"]),
        ("When", moment(datetime.fromisoformat(document["signed_at"]))),
        ("For", f"{document['practice_name']} ({document['practice']}), {document['collection']}"),
        ("Points", points(document["points"])),
        ("Due to the practice", pounds(document["pounds"])),
        ("Version of the report", str(document["report_version"])),
    ]
    if document["under_protest"]:
        queried = len(document["protested_queries"])
        rows.append(("Under protest", f"{queried} open {'query' if queried == 1 else 'queries'} stood beside it"))
    entry = None
    if receipt.entry is not None:
        entry = f"Yes, as entry {count(receipt.entry.leaf + 1)} of {count(receipt.entry.head.size)}."
    return ReceiptPart(
        collection=document["collection"],
        practice=document["practice"],
        practice_name=document["practice_name"],
        declaration_id=document["declaration_id"],
        rows=rows,
        statement=document["statement"],
        digest=document["report_digest"],
        entry=entry,
        file=f"receipt-{document['practice']}-{document['collection']}-v{document['report_version']}.json",
    )
