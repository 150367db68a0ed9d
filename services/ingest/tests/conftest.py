"""Extracts and directories as tests want them: right ones, with one thing changed."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from qof_ingest.core.directory import Collection, Commissioner, Directory, Practice, Supplier
from qof_shared.contracts import Determination, DeterminationMade, DeterminationWithdrawn, Event, new_event
from qof_shared.testing.fakes import NOON
from qof_shared.vocabulary import Determines

MakeExtract = Callable[..., dict[str, Any]]

EMIS_TOKEN = "token-of-emis-0123456789"
INPS_TOKEN = "token-of-inps-0123456789"


@pytest.fixture(scope="session")
def make_extract() -> MakeExtract:
    """An acceptable extract as a document; `make_extract(list_size=0)` has one thing wrong."""

    def make(**changed: Any) -> dict[str, Any]:
        document: dict[str, Any] = {
            "practice": "10002",
            "collection": "QOF-2012-13-SCOTLAND",
            "achievement_date": "2013-03-31",
            "list_size": 5891,
            "list_size_date": "2013-01-01",
            "registers": {"AF": 98, "CHD": 241},
            "indicators": [
                {"indicator": "AF01"},
                {
                    "indicator": "AF03",
                    "numerator": 88,
                    "denominator": 93,
                    "exclusions": {"newly-diagnosed": 2},
                    "pcas": {"unsuitable": 3},
                },
                {"indicator": "RECORDS03", "achieved": True},
            ],
        }
        return document | changed

    return make


@pytest.fixture(scope="session")
def directory() -> Directory:
    """Two suppliers with a practice each, one open collection and one that closed."""
    return Directory(
        suppliers=(Supplier("emis", "EMIS", EMIS_TOKEN), Supplier("inps", "INPS Vision", INPS_TOKEN)),
        commissioners=(Commissioner("S08000015", "NHS Ayrshire and Arran"),),
        practices=(
            Practice("10002", "The example surgery", "S08000015", "emis", "scotland"),
            Practice("10003", "The other surgery", "S08000015", "emis", "scotland"),
            Practice("10017", "The second surgery", "S08000015", "inps", "scotland"),
        ),
        collections=(Collection("QOF-2012-13-SCOTLAND", "scotland", "2012-13", date(2013, 3, 31)),),
    )


@pytest.fixture(scope="session")
def emis_token() -> str:
    return EMIS_TOKEN


@pytest.fixture(scope="session")
def inps_token() -> str:
    return INPS_TOKEN


@pytest.fixture(scope="session")
def make_determined() -> Callable[..., Event]:
    """That somebody determined the points of AF03, an hour later for every `hour`."""

    def make(
        practice: str = "10002",
        *,
        indicator: str = "AF03",
        hour: int = 0,
        value: str = "5",
        collection: str = "QOF-2012-13-SCOTLAND",
    ) -> Event:
        determination = Determination(
            determination_id=uuid4(),
            indicator=indicator,
            determines=Determines.ADJUSTED_POINTS,
            value=value,
            reason="The register was lost in a migration.",
            person="Anna Approver (anna)",
            determined_at=NOON + timedelta(hours=hour),
        )
        content = DeterminationMade(collection=collection, practice=practice, determination=determination)
        return new_event(content, occurred_at=NOON, correlation_id=str(determination.determination_id))

    return make


@pytest.fixture(scope="session")
def make_withdrawn() -> Callable[[Event], Event]:
    """That a determination no longer stands."""

    def make(made: Event) -> Event:
        told = made.content(DeterminationMade)
        content = DeterminationWithdrawn(
            collection=told.collection,
            practice=told.practice,
            determination_id=told.determination.determination_id,
            reason="The register was found.",
            person="Anna Approver (anna)",
            withdrawn_at=NOON,
        )
        return new_event(content, occurred_at=NOON, correlation_id=made.correlation_id)

    return make
