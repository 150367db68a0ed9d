"""The API of receipts, for those who may see the practice, and of the log, for everybody."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from qof_declarations.core.receipt import Receipt, head_json, receipt_file
from qof_declarations.core.report import Json, canonical_json
from qof_declarations.entrypoints.receipt_pdf import receipt_pdf
from qof_declarations.handlers.ports import NewUnitOfWork
from qof_declarations.handlers.receipts import (
    list_heads,
    newest_head,
    prove_consistency,
    prove_inclusion,
    show_receipt,
)
from qof_shared.http.auth import person_with_role
from qof_shared.http.problems import ProblemModel
from qof_shared.people import People, Person, Role

MINUTES = "public, max-age=300"
"""Published keys are asked for by many and change rarely."""

HASH = "SHA-256, hexadecimal."


class HeadModel(BaseModel):
    """What the log promises: so many entries, this root, sealed."""

    size: int
    root: str = Field(description=HASH)
    at: datetime
    jws: str = Field(description="The seal over `at`, `root` and `size`; its key is among the receipt keys.")


class HeadsModel(BaseModel):
    heads: list[HeadModel]
    next: int | None = Field(description="Ask with `after` for the next page; null on the last.")


class EntryModel(BaseModel):
    leaf: int = Field(description="The receipt's number in the log, from 0.")
    inclusion: list[str] = Field(description="Hashes from the leaf to the head's root (RFC 9162, 2.1.3).")
    head: HeadModel


class ReceiptModel(BaseModel):
    document: dict[str, Any] = Field(description="Who signed which figures for whom; what `jws` seals.")
    jws: str = Field(description="JSON Web Signature with Ed25519; SHA-256 of a zero byte and it is the log's leaf.")
    log: EntryModel | None = Field(description="Null in the moments before the log has it.")


class InclusionModel(BaseModel):
    leaf: int
    size: int
    hashes: list[str]


class ConsistencyModel(BaseModel):
    first: int
    second: int
    hashes: list[str]


class KeysModel(BaseModel):
    keys: list[dict[str, Any]] = Field(description="JSON Web Keys; the first seals, all may have sealed.")


Hash = Annotated[str, Query(pattern="^[0-9a-f]{64}$", description="The leaf's hash. " + HASH)]
Size = Annotated[int | None, Query(ge=1, le=2**62, description="The newest unless told.")]


def receipts_router(
    *, new_unit_of_work: NewUnitOfWork, people: People, public_keys: Mapping[str, Any] | None
) -> APIRouter:
    """Receipts and their log. Without keys the set that is published is empty."""
    router = APIRouter(prefix="/v1", tags=["receipts"], responses={404: {"model": ProblemModel}})
    asking = Depends(person_with_role(people, *Role))
    practice_path = "/collections/{collection}/practices/{practice}/receipts"
    refusals: dict[int | str, dict[str, Any]] = {status: {"model": ProblemModel} for status in (401, 403, 422)}

    async def find(collection: str, practice: str, declaration_id: UUID, person: Person) -> Receipt:
        async with new_unit_of_work() as uow:
            return await show_receipt(collection, practice, declaration_id, person=person, uow=uow)

    @router.get(
        practice_path + "/{declaration_id}.pdf",
        response_class=Response,
        responses={200: {"content": {"application/pdf": {}}}, **refusals},
    )
    async def show_receipt_to_print(
        collection: str, practice: str, declaration_id: UUID, person: Annotated[Person, asking]
    ) -> Response:
        """The receipt to print and file."""
        receipt = await find(collection, practice, declaration_id, person)
        return pdf_response(receipt)

    @router.get(practice_path + "/{declaration_id}", responses={200: {"model": ReceiptModel}, **refusals})
    async def show_receipt_of_declaration(
        collection: str, practice: str, declaration_id: UUID, person: Annotated[Person, asking]
    ) -> Response:
        """The receipt of a declaration's newest signature. Keep these very bytes: `verify-receipt` reads them."""
        return json_response(await find(collection, practice, declaration_id, person))

    @router.get("/receipt-keys")
    async def show_receipt_keys(response: Response) -> KeysModel:
        """The public keys of all receipts and heads (JSON Web Key Set). Anybody may ask."""
        response.headers["Cache-Control"] = MINUTES
        return KeysModel(keys=(public_keys or {"keys": []})["keys"])

    @router.get("/log/head", responses={200: {"model": HeadModel}})
    async def show_log_head() -> Response:
        """The log's newest head. Keep one, and no earlier entry can be changed without you proving it."""
        async with new_unit_of_work() as uow:
            head = await newest_head(uow=uow)
        return _canonical(head_json(head), "no-cache")

    @router.get("/log/heads", responses={200: {"model": HeadsModel}, 422: {"model": ProblemModel}})
    async def list_log_heads(
        after: Annotated[int, Query(ge=0, le=2**62, description="Heads of more entries than this.")] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        """Every head that was ever sealed, smallest first."""
        async with new_unit_of_work() as uow:
            heads, after_this = await list_heads(after=after, limit=limit, uow=uow)
        return _canonical({"heads": [head_json(head) for head in heads], "next": after_this}, "no-cache")

    @router.get("/log/inclusion", responses={200: {"model": InclusionModel}, 422: {"model": ProblemModel}})
    async def show_inclusion(leaf: Hash, size: Size = None) -> Response:
        """The proof that a leaf is in the log of `size` entries."""
        async with new_unit_of_work() as uow:
            found = await prove_inclusion(bytes.fromhex(leaf), size=size, uow=uow)
        hashes = [one.hex() for one in found.hashes]
        return _canonical({"hashes": hashes, "leaf": found.leaf, "size": found.size}, "no-cache")

    @router.get("/log/consistency", responses={200: {"model": ConsistencyModel}, 422: {"model": ProblemModel}})
    async def show_consistency(first: Annotated[int, Query(ge=1, le=2**62)], second: Size = None) -> Response:
        """The proof that the log only grew from `first` entries to `second`."""
        async with new_unit_of_work() as uow:
            found = await prove_consistency(first, second=second, uow=uow)
        hashes = [one.hex() for one in found.hashes]
        return _canonical({"first": found.first, "hashes": hashes, "second": found.second}, "no-cache")

    return router


def json_response(receipt: Receipt) -> Response:
    """A receipt as a file to keep."""
    return _attached(receipt_file(receipt), receipt, "application/json", "json")


def pdf_response(receipt: Receipt) -> Response:
    """A receipt as a page to print."""
    return _attached(receipt_pdf(receipt), receipt, "application/pdf", "pdf")


def _attached(content: bytes, receipt: Receipt, media_type: str, ending: str) -> Response:
    document = receipt.document
    name = f"receipt-{document['practice']}-{document['collection']}-v{document['report_version']}.{ending}"
    safe = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-.") else "_" for letter in name)
    headers = {"Cache-Control": "private, no-cache", "Content-Disposition": f'attachment; filename="{safe}"'}
    return Response(content, media_type=media_type, headers=headers)


def _canonical(content: Mapping[str, Json], caching: str) -> Response:
    """As canonical JSON, because `verify-receipt` wants every byte as it was served."""
    return Response(canonical_json(content), media_type="application/json", headers={"Cache-Control": caching})
