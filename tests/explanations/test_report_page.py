"""Does the report's page say what the API explains? Every value of every indicator, read back from the page."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from html.parser import HTMLParser
from typing import Any

import pytest

from qof_declarations.core.ruleset_words import RulesetWords
from qof_declarations.entrypoints.http_explain import ExplanationModel
from qof_declarations.entrypoints.web.pages import Pages
from qof_declarations.entrypoints.web.views.report import report_part
from qof_declarations.entrypoints.web.views.report_body import DEAREST, report_body
from qof_declarations.handlers.explaining import explained
from tests.explanations.test_what_if import RULESETS, Year, opened, report

PAGES = Pages()
PRACTICES = 3
SLY = '<script>alert("late")</script> & letters'


class Cells(HTMLParser):
    """The rows of the indicators' tables, by caption: a cell is a list of what its elements say."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, list[list[list[str]]]] = {}
        self.tags: set[str] = set()
        self._rows: list[list[list[str]]] | None = None

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        label = dict(attrs).get("aria-label")
        if tag == "div" and label:
            self._rows = self.tables.setdefault(label, [])
        elif tag == "tr" and self._rows is not None:
            self._rows.append([])
        elif tag in ("th", "td") and self._rows:
            self._rows[-1].append([])

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._rows = None

    def handle_data(self, data: str) -> None:
        if self._rows and self._rows[-1] and data.strip():
            self._rows[-1][-1].append(data.strip())


def rounded(rational: str) -> str:
    """Two places, half up, thousands apart: written here a second time, from the rules."""
    value = Fraction(rational)
    return f"{Decimal(int(abs(value) * 100 + Fraction(1, 2))) / 100:,.2f}"


def page_of(document: Mapping[str, Any]) -> tuple[Cells, str, Sequence[ExplanationModel]]:
    told = explained(1, "d" * 64, document)
    words = RulesetWords(indicators={one.explanation.indicator: SLY for one in told})
    body = PAGES.report_body(
        report_body(report_part(document, told, words), base="/collections/q/practices/p", digest="d", is_opened=False)
    ).decode()
    cells = Cells()
    cells.feed(body)
    return cells, body, [ExplanationModel.of(one) for one in told]


def check(row: Sequence[Sequence[str]], one: ExplanationModel, *, is_lost: bool) -> None:
    indicator, status, patients, pcas, points, pounds, short = row
    assert indicator == [one.indicator, SLY]
    unverified = " No public source confirms the rules of this indicator." if one.is_unverified else ""
    assert status[1:] == [one.why + unverified]
    if one.numerator is not None and one.denominator is not None:
        shown = one.percentage and rounded(one.percentage).rstrip("0").rstrip(".") + "%"
        assert patients == [f"{one.numerator:,} of {one.denominator:,}", *([shown] if shown else [])]
    assert pcas == ["–" if one.denominator is None else f"{one.pcas_total:,}"]
    assert points == [rounded(one.points), f"of {rounded(one.points_available)}"]
    worth = one.pounds_lost if is_lost else one.pounds
    assert pounds == ["–" if worth is None else f"£{Decimal(worth):,.2f}"]
    told = " ".join(short)
    maximum, to_next = one.patients_to_maximum, one.patients_to_next_point
    if maximum is None:
        assert "for" not in told
    else:
        assert f"{maximum:,} for all" in told
        is_nearer = bool(to_next) and to_next is not None and to_next < maximum
        assert (f"{to_next} for the next point" in told.replace(",", "")) == is_nearer
    more = one.next_patient
    if more is None or not Fraction(more.points_change):
        assert "next patient" not in told
    else:
        assert (
            f"next patient: {'-' if more.points_change[0] == '-' else ''}{rounded(more.points_change)} points" in told
        )
        if more.pounds_change is not None:
            assert f"{abs(Decimal(more.pounds_change)):,.2f}" in told


def check_page(document: Mapping[str, Any]) -> None:
    cells, body, told = page_of(document)
    by_code = {one.indicator: one for one in told}
    lost = cells.tables.pop("Indicators that lost the most pounds", [[]])[1:]
    assert [row[0][0] for row in lost] == [one.indicator for one in told if Decimal(one.pounds_lost or 0)][:DEAREST]
    for row in lost:
        check(row, by_code[row[0][0]], is_lost=True)
    statement = cells.tables.pop("Statement, line by line")
    rows = [row for table in cells.tables.values() for row in table[1:]]
    assert sorted(row[0][0] for row in rows) == sorted(document["indicators"])
    for row in rows:
        check(row, by_code[row[0][0]], is_lost=False)
    formulas = [line["formula"] for line in document["lines"].values()]
    assert [row[1][0] for row in statement[1 : 1 + len(formulas)]] == formulas
    assert statement[-1] == [["Due"], [f"£{Decimal(document['pounds']):,.2f}"]]
    assert not cells.tags & {"script", "style", "b"}
    assert re.search(r"\sstyle=|\son\w+=", re.sub(r">[^<]*<", "><", body)) is None


@pytest.mark.parametrize("ruleset", RULESETS.ids)
def test_every_value_on_the_page_is_what_the_api_explains(ruleset: str) -> None:
    year = opened(ruleset)
    for index in range(PRACTICES):
        check_page(report(year, year.nation.extract(index, f"A{index:05}", "Q"), []))


def test_an_adjustment_by_hand_is_told_with_its_reason_escaped() -> None:
    year: Year = opened("england-2012-13")
    document = dict(report(year, year.nation.extract(0, "A00000", "Q"), []))
    code = next(iter(document["indicators"]))
    by_hand = {"indicator": code, "determines": "adjusted-points", "person": "p", "reason": SLY, "value": "1"}
    document["determinations"] = [by_hand | {"was": None}]
    document["indicators"][code]["is_unverified"] = True
    check_page(document)
    assert "<script" not in page_of(document)[1]
    assert "no points to" in page_of(document)[1]
