from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from qof_payments.core.instruction import (
    OtherCollectionError,
    OtherEntitlementError,
    OtherPoundsError,
    OtherPracticeError,
    Payable,
    RefusedInstructionError,
    check_instruction,
    instruction_id,
)

CALCULATED = Payable(
    entitlement_id=UUID(int=1), collection="scotland-2012-13", practice="10002", pounds=Decimal("131207.55")
)


def test_instruction_id_never_changes() -> None:
    # A release that gave another id would pay every practice a second time.
    assert instruction_id("scotland-2012-13", "10002") == UUID("f1775de8-5034-5c0c-9dd9-9e75414c07d8")


def test_instruction_ids_of_other_practices_and_collections_differ() -> None:
    pairs = [("scotland-2012-13", "10002"), ("scotland-2012-13", "10017"), ("england-2012-13", "10002")]
    assert len({instruction_id(*pair) for pair in pairs}) == 3


def test_what_was_approved_passes() -> None:
    check_instruction(replace(CALCULATED, pounds=Decimal("131207.550")), CALCULATED)


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"entitlement_id": UUID(int=2)}, OtherEntitlementError, "entitlement 00000000-0000-0000-0000-000000000002"),
        ({"collection": "scotland-2011-12"}, OtherCollectionError, "collection scotland-2011-12 was approved"),
        ({"practice": "10017"}, OtherPracticeError, "practice 10017 was approved, but the entitlement has 10002"),
        ({"pounds": Decimal("131207.54")}, OtherPoundsError, "pounds 131207.54 was approved, but .* 131207.55"),
    ],
)
def test_anything_else_is_refused_with_what_differs(
    changed: dict[str, Any], error: type[RefusedInstructionError], said: str
) -> None:
    with pytest.raises(error, match=said):
        check_instruction(replace(CALCULATED, **changed), CALCULATED)
