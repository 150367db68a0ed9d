"""Plots say in words what they show, and hold nothing that a strict policy or a hostile name could use."""

from fractions import Fraction
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_declarations.core.distribution import MILLION, Distribution, distribution_of
from qof_declarations.entrypoints.web.plots import STRIP, Bars, Shown, strip, years

PERCENT = Shown("", "%")
AMONG = Distribution(212, 20 * MILLION, 60 * MILLION, 78 * MILLION, 88 * MILLION, 100 * MILLION)
SVG = "{http://www.w3.org/2000/svg}"


def test_a_strip_says_what_it_shows() -> None:
    svg = ElementTree.fromstring(
        strip("AF <4>", 75 * MILLION, AMONG, others="practices", shown=PERCENT, last_year=61_500_000)
    )
    assert svg.get("role") == "img"
    title, description = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert svg.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text == "AF <4>"
    assert description.text == (
        "Your practice: 75%, below the middle of 212 practices. Your last year: 61.5%. The middle practice has 78%;"
        " half of them lie between 60% and 88%, all between 20% and 100%."
    )


@given(st.lists(st.integers(-(10**12), 10**12), min_size=5, max_size=9), st.integers(-(10**12), 10**12))
def test_nothing_is_drawn_outside_and_nothing_needs_a_style(values: list[int], value: int) -> None:
    among = distribution_of(values)
    assert among is not None
    svg = ElementTree.fromstring(strip("x", value, among, others="practices", shown=Shown("£", "", 2)))
    for element in svg.iter():
        assert not {"style", "onload"} & set(element.attrib)
        places = [float(element.get(name, "0")) for name in ("x", "x1", "x2")]
        places += [float(pair.split(",")[0]) for pair in element.get("points", "").split()]
        assert all(0 <= place <= STRIP[0] for place in places)


def test_years_side_by_side_say_both() -> None:
    rows = [Bars("AF", Fraction(3, 4), Fraction(1, 2)), Bars("MED", Fraction(1, 3), None)]
    svg = ElementTree.fromstring(years("Points", rows, this_year="2012-13", last_year="2011-12"))
    description = svg.find(f"{SVG}desc")
    assert description is not None
    assert description.text == "Share of the available points. AF: 75%, 2011-12 50%; MED: 33%, 2011-12 none."
    this, last = (
        [float(one.get("width", "")) for one in svg.iter(f"{SVG}rect") if one.get("class") == f"plot__{which}"][1:]
        for which in ("this-year", "last-year")
    )
    assert this[0] == pytest.approx(1.5 * last[0])


@pytest.mark.parametrize(
    ("shown", "millionths", "text"),
    [
        (PERCENT, 78_340_000, "78.3%"),
        (PERCENT, 100_000_000, "100%"),
        (PERCENT, 49_999, "0%"),
        (Shown("£", "", 2), 112_345_670_000, "£112,345.67"),
        (Shown("£", "", 2), -20_500_000, "−£20.50"),
    ],
)
def test_values_are_written_for_people(shown: Shown, millionths: int, text: str) -> None:
    assert shown(millionths) == text
