"""Who is paid otherwise on other figures: what counts as a change, and how changes are added up."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_payments.core.blast_radius import Change, LineChange, Progress, Stated, blast_radius, change_of, in_pence
from qof_payments.core.national import NationalFigures, RegisterFigure

STATED = st.dictionaries(st.sampled_from(["AF", "DM", "Organisational"]), st.integers(0, 10**6)).map(
    lambda lines: Stated(sum(lines.values()), lines)
)


def figures(**means: str) -> NationalFigures:
    registers = {
        name: RegisterFigure(name, 1, 1, 1, Decimal(mean), None, Decimal(mean)) for name, mean in means.items()
    }
    return NationalFigures(registers, 1, {})


@pytest.mark.parametrize(("pounds", "pence"), [("12.34", 1234), ("0.05", 5), ("-0.05", -5), ("-12.30", -1230)])
def test_pounds_are_read_as_whole_pence(pounds: str, pence: int) -> None:
    assert in_pence(pounds) == pence


@given(before=STATED, after=STATED)
def test_change_is_told_exactly_where_something_differs(before: Stated, after: Stated) -> None:
    change = change_of("A", before, after)
    assert (change is None) == (before == after)
    if change is not None:
        assert change.difference == after.pence - before.pence
        assert sum((line.after or 0) - (line.before or 0) for line in change.lines) == change.difference
        assert all(line.before != line.after for line in change.lines)


def test_lines_that_cancel_are_a_change_all_the_same() -> None:
    change = change_of("A", Stated(300, {"AF": 100, "DM": 200}), Stated(300, {"AF": 200, "DM": 100}))
    assert change == Change("A", 300, 300, (LineChange("AF", 100, 200), LineChange("DM", 200, 100)))


def test_line_that_comes_or_goes_is_a_change() -> None:
    change = change_of("A", Stated(100, {"AF": 100}), Stated(100, {"AF": 100, "deduction: pms": 0}))
    assert change is not None
    assert change.lines == (LineChange("deduction: pms", None, 0),)


def test_radius_adds_up_and_names_the_largest() -> None:
    changes = [
        Change("A", 1000, 1500, (LineChange("AF", 1000, 1500),)),
        Change("B", 1000, 400, (LineChange("AF", 500, 0), LineChange("DM", 500, 400))),
        Change("C", 1000, None, (), "no register"),
    ]
    radius = blast_radius(
        changes,
        practices=10,
        first_paid=2,
        progress=Progress(signed=2, paid=1),
        before=figures(AF="0.01", DM="0.05", MH="1"),
        after=figures(AF="0.02", DM="0.05", MH="2"),
    )
    assert (radius.changed, radius.unpayable, radius.unchanged, radius.first_paid) == (2, 1, 5, 2)
    assert (radius.signed, radius.approved, radius.paid) == (2, 0, 1)
    assert radius.difference == -100
    assert (radius.largest_up, radius.largest_down) == (changes[0], changes[1])
    assert [(line.line, line.practices, line.difference) for line in radius.lines] == [
        ("AF", 2, 0),
        ("DM", 1, -100),
        ("MH", 0, 0),
    ]
    assert (radius.lines[0].mean_before, radius.lines[0].mean_after) == (Decimal("0.01"), Decimal("0.02"))


def test_first_figures_change_nobody() -> None:
    radius = blast_radius([], practices=3, first_paid=3, progress=Progress(), before=None, after=figures(AF="0.01"))
    assert (radius.changed, radius.unchanged, radius.lines, radius.largest_up) == (0, 0, (), None)
