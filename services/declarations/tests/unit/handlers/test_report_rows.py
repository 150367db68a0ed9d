"""However a report is written, its bytes are those of core.report: a practice has signed their digest."""

from datetime import UTC

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_declarations.core.report import Json, build_report, canonical_json
from qof_declarations.handlers.report_rows import QUICKLY, IndicatorRow, LineRow
from qof_declarations.testing.builders import make_achievement, make_entitlement
from qof_shared.contracts import (
    AchievementCalculated,
    AppliedDetermination,
    EntitlementCalculated,
    EntitlementDeduction,
    EntitlementLine,
    IndicatorAchievement,
)

ACHIEVEMENT = make_achievement().content(AchievementCalculated)
ENTITLEMENT = make_entitlement().content(EntitlementCalculated)

texts = st.text(st.characters(exclude_categories=["Cs"]))
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)
letters = st.text(st.sampled_from('AZaz09 -/"\\\n\x00\x7fé£ß\u2028\ue000\U0001f600'), max_size=4)
"""Those that are written in a way of their own, and those that other orders than that of code points would move."""
maybe = st.none() | letters
patients = st.integers(0, 2**53)
reasons = st.dictionaries(letters, patients, max_size=3)

indicators = st.builds(
    IndicatorAchievement,
    indicator=letters,
    group=letters,
    domain=letters,
    kind=letters,
    status=letters,
    points=letters,
    points_available=letters,
    lower_threshold=maybe,
    upper_threshold=maybe,
    prevalence_register=maybe,
    numerator=st.none() | patients,
    denominator=st.none() | patients,
    register_count=st.none() | patients,
    exclusions=patients,
    pcas=patients,
    exclusion_reasons=reasons,
    pca_reasons=reasons,
    parameters=st.dictionaries(letters, letters, max_size=3),
    is_unverified=st.booleans(),
)
lines = st.builds(
    EntitlementLine,
    line=letters,
    description=letters,
    prevalence_register=maybe,
    points=letters,
    value_of_a_point=letters,
    contractor_population_index=letters,
    practice_prevalence=maybe,
    national_prevalence=maybe,
    adjusted_practice_disease_factor=maybe,
    target_population_factor=maybe,
    formula=letters,
    pounds=letters,
)
deductions = st.builds(EntitlementDeduction, deduction=letters, description=letters, formula=letters, pounds=letters)
determinations = st.builds(
    AppliedDetermination,
    determination_id=st.uuids(),
    indicator=letters,
    determines=letters,
    was=maybe,
    value=letters,
    reason=letters,
    person=letters,
    determined_at=st.datetimes(timezones=st.just(UTC)),
)
achievements = st.builds(
    lambda **parts: msgspec.structs.replace(ACHIEVEMENT, **parts),
    list_size=patients,
    registers=reasons,
    points=letters,
    indicators=st.lists(indicators, max_size=4, unique_by=lambda one: one.indicator),
    determinations=st.lists(determinations, max_size=3),
)
entitlements = st.builds(
    lambda **parts: msgspec.structs.replace(ENTITLEMENT, **parts),
    lines=st.lists(lines, max_size=3, unique_by=lambda one: one.line),
    pounds=letters,
    achievement_pounds=letters,
    deductions=st.lists(deductions, max_size=2, unique_by=lambda one: one.deduction),
    unverified=st.dictionaries(letters, letters, max_size=3),
    unverified_indicators=st.lists(letters, max_size=3),
)


@given(achievements, entitlements)
def test_every_report_is_written_the_same(
    achievement: AchievementCalculated, entitlement: EntitlementCalculated
) -> None:
    assert build_report(achievement, entitlement, writing=QUICKLY) == build_report(achievement, entitlement)


def test_an_ordinary_report_is_written_the_same() -> None:
    assert build_report(ACHIEVEMENT, ENTITLEMENT, writing=QUICKLY) == build_report(ACHIEVEMENT, ENTITLEMENT)


@given(documents)
def test_the_quick_way_writes_canonical_json(document: Json) -> None:
    assert QUICKLY.document(document) == canonical_json(document)


def test_the_quick_way_writes_and_orders_every_letter_as_canonical_json_does() -> None:
    every = {chr(code): chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000}
    assert QUICKLY.document(every) == canonical_json(every)


@pytest.mark.parametrize("row", [IndicatorRow, LineRow])
def test_a_row_has_its_fields_in_the_order_in_which_they_are_written(row: type[msgspec.Struct]) -> None:
    assert list(row.__struct_fields__) == sorted(row.__struct_fields__)
