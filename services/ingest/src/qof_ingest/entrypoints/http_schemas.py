"""What suppliers send and read: the documents of the API, as Pydantic models and as fast structs."""

import re
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from qof_ingest.core.acceptance import LARGEST_COUNT, LONGEST_CODE
from qof_ingest.core.journey import Stage
from qof_ingest.handlers.follow_extracts import ExtractJourney
from qof_ingest.handlers.ports import Receipt
from qof_shared.contracts import Extract, IndicatorCounts
from qof_shared.http.problems import FaultModel

DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _written_as_date(value: object) -> object:
    """Pydantic also takes seconds since 1970, even in quotes, for a date; an extract writes "2013-03-31"."""
    if not isinstance(value, str) or not DATE.fullmatch(value):
        raise PydanticCustomError("date_parsing", "Input should be a date written as 2013-03-31")
    return value


IsoDate = Annotated[date, Field(strict=False), BeforeValidator(_written_as_date)]
"""Not strict, since behind a validator of ours Pydantic sees text where it asks for a date."""


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class IndicatorDocument(_Document):
    """What the practice's system counted for one indicator. A fraction indicator has `numerator` and `denominator`
    (patients left after exclusions and PCAs), a yes/no indicator has `achieved`, a register indicator has neither."""

    indicator: str
    numerator: int | None = None
    denominator: int | None = None
    achieved: bool | None = None
    exclusions: dict[str, int] = Field(default={}, description="Patients by reason code.")
    pcas: dict[str, int] = Field(default={}, description="Personalised care adjustments: patients by reason code.")


class ExtractDocument(_Document):
    """One practice's counts for one collection. Counts only: a field that is not listed here is refused."""

    practice: str = Field(description="ODS code.", examples=["P81015"])
    collection: str = Field(examples=["QOF-2012-13-SCOTLAND"])
    achievement_date: IsoDate = Field(description="The day counted at, its entries included: the collection's.")
    list_size: int = Field(description="Registered patients.")
    list_size_date: IsoDate | None = Field(default=None, description="The day the list was counted.")
    registers: dict[str, int] = Field(description="Patients by register.", examples=[{"AF": 64, "CHD": 230}])
    indicators: list[IndicatorDocument]


class StrictIndicatorCounts(IndicatorCounts, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """`IndicatorCounts` that refuses fields it does not know."""


class StrictExtract(Extract, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`Extract` as the API takes it: a misspelt `pcas` must not be counted as none, and what is not a count (a
    patient's name, say) must not be stored."""

    indicators: list[StrictIndicatorCounts]  # type: ignore[assignment] # frozen, so nobody adds a plain one


extract_decoder = msgspec.json.Decoder(StrictExtract)

Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_COUNT)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_CODE)]


class BoundedIndicatorCounts(StrictIndicatorCounts, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """`StrictIndicatorCounts` whose counts and codes are within the bounds of `core.acceptance`."""

    indicator: Code
    numerator: Count | None = None
    denominator: Count | None = None
    exclusions: dict[Code, Count] = msgspec.field(default_factory=dict)
    pcas: dict[Code, Count] = msgspec.field(default_factory=dict)


class BoundedExtract(StrictExtract, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`StrictExtract` whose counts and codes are within bounds: to see it while reading costs next to nothing."""

    registers: dict[Code, Count]
    indicators: list[BoundedIndicatorCounts]  # type: ignore[assignment] # as above


bounded_decoder = msgspec.json.Decoder(BoundedExtract)


def extract_schema() -> dict[str, Any]:
    """JSON Schema of `ExtractDocument` in one piece: a hand-registered route has no components to refer to."""
    schema = ExtractDocument.model_json_schema()
    schema["properties"]["indicators"]["items"] = schema.pop("$defs")["IndicatorDocument"]
    return schema


class ReceiptLinks(BaseModel):
    self: str
    progress: str
    waiting: str | None = Field(default=None, description="Where it is in the queue; while it is in one.")


class ReceiptModel(BaseModel):
    """Proof that an extract is safe: committed, with the event that starts its calculation."""

    extract_id: UUID
    extract_number: int = Field(description="Grows with every acceptance: the higher one is the newer.")
    collection: str
    practice: str
    digest: str = Field(description="SHA-256, hexadecimal, of the body as it was received.")
    received_at: datetime
    status: Stage = Field(description="`accepted` in the answer to a POST; later the furthest stage reached.")
    links: ReceiptLinks


class StageModel(BaseModel):
    stage: Stage
    at: datetime
    detail: dict[str, Any]


class ExtractModel(ReceiptModel):
    """An extract's receipt and its journey so far."""

    journey: list[StageModel]
    reasons: list[FaultModel] = Field(description="Why the extract was rejected; empty unless its status says so.")
    superseded_by: UUID | None = Field(description="The newest extract of the same practice and collection.")
    amends: UUID | None = Field(
        description="Your extract that this one repeats, accepted again because of what somebody determined for the"
        " practice; `because` in the journey says what."
    )


class ProgressModel(BaseModel):
    """Your extracts in a collection, each counted once: accepted = calculated + rejected + in_flight."""

    collection: str
    practices: int = Field(description="Practices from which at least one extract was accepted.")
    accepted: int
    calculated: int = Field(description="With points, reported or not.")
    reported: int = Field(description="The practice can see points and pounds.")
    rejected: int
    in_flight: int
    accepted_again: int = Field(
        description="How often an extract of yours was accepted again because of what was determined for its practice;"
        " not among the others."
    )


def receipt_document(receipt: Receipt, status: Stage = Stage.ACCEPTED) -> dict[str, Any]:
    """A receipt as it is answered. It depends on what is stored alone, so a replay is equal to the byte."""
    return {
        "extract_id": receipt.extract_id,
        "extract_number": receipt.extract_number,
        "collection": receipt.collection,
        "practice": receipt.practice,
        "digest": receipt.digest,
        "received_at": receipt.received_at,
        "status": status.value,
        "links": {
            "self": f"/v1/extracts/{receipt.extract_id}",
            "progress": f"/v1/collections/{receipt.collection}/progress",
        },
    }


def journey_document(found: ExtractJourney) -> dict[str, Any]:
    """An extract's receipt with its journey so far."""
    stages: list[dict[str, object]] = []
    reasons: object = []
    for entry in found.stages:
        detail = dict(entry.detail)
        told = detail.pop("reasons", [])
        if entry.stage is found.status:
            reasons = told
        stages.append({"stage": entry.stage.value, "at": entry.at, "detail": detail})
    receipt = receipt_document(found.receipt, found.status)
    if found.status is Stage.ACCEPTED:
        receipt["links"]["waiting"] = f"/v1/extracts/{found.receipt.extract_id}/waiting"
    return receipt | {
        "journey": stages,
        "reasons": reasons,
        "superseded_by": found.superseded_by,
        "amends": found.amends,
    }
