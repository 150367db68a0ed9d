"""This year beside last year: totals, groups and indicators, each with what changed and how the others lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from markupsafe import Markup

from qof_declarations.core.comparison import Compared, ComparedIndicator, shown
from qof_declarations.core.summary import Summary
from qof_declarations.entrypoints.web.plots import BANDS, Bars, Shown, strip, years
from qof_declarations.entrypoints.web.views.report import NOTHING, IndicatorRow, ReportPart
from qof_declarations.entrypoints.web.words import count, percent, points, pounds
from qof_declarations.handlers.side_by_side import SideBySide
from qof_shared.vocabulary import parse_rational, round_half_up


@dataclass(frozen=True, slots=True)
class SideRow:
    """One figure of both years, told."""

    name: str
    described: str
    now: str
    before: str
    change: str
    others: str
    """Where it lies among the commissioner's practices; empty where they are too few, or not measured."""


@dataclass(frozen=True, slots=True)
class SideGroup:
    """A group of indicators: its points, then the percentage of each of its indicators."""

    row: SideRow
    indicators: Sequence[SideRow]


@dataclass(frozen=True, slots=True)
class SidePart:
    """Two years, told."""

    totals: Sequence[SideRow]
    groups: Sequence[SideGroup]
    gone: Sequence[str]
    """Last year's indicators that have no successor."""
    strips: Sequence[tuple[str, Markup]]
    """Points and pounds among the others: what it is, and the plot."""
    years: Markup | None
    """Both years of each group; None without last year."""
    this_year: str
    last_year: str | None
    has_last_year: bool


def side_part(found: SideBySide, report: ReportPart) -> SidePart:
    """Tell two years; `report` is the newest one, for the names and the order."""
    compared = found.compared
    now, before = compared.summary, compared.last_year
    groups = [_group(found, group.group, group.name, group.rows) for one in report.domains for group in one.groups]
    return SidePart(
        totals=_totals(found, now, before),
        groups=groups,
        gone=_gone(found),
        strips=_strips(found),
        years=_years(found, report),
        this_year=found.this_year.qof_year,
        last_year=found.last_year.qof_year if found.last_year else None,
        has_last_year=before is not None,
    )


def _totals(found: SideBySide, now: Summary, before: Summary | None) -> Sequence[SideRow]:
    comparison = found.compared.comparison
    return [
        SideRow(
            "Points",
            "",
            points(now.points),
            points(before.points) if before else NOTHING,
            _points_change(parse_rational(now.points), parse_rational(before.points) if before else None),
            _among(comparison.points, Shown("", "", 2)),
        ),
        SideRow(
            "Pounds due",
            "",
            pounds(now.pounds),
            pounds(before.pounds) if before else NOTHING,
            _change(Fraction(now.pounds) - Fraction(before.pounds), "£") if before else NOTHING,
            _among(comparison.pounds, Shown("£", "", 0)),
        ),
        SideRow(
            "List size",
            "",
            count(now.list_size),
            count(before.list_size) if before else NOTHING,
            f"{now.list_size - before.list_size:+,}".replace("-", "−") if before else NOTHING,
            "",
        ),
    ]


def _group(found: SideBySide, code: str, name: str, rows: Sequence[IndicatorRow]) -> SideGroup:
    group = found.compared.comparison.groups.get(code)
    if group is None:
        row = SideRow(name, "", NOTHING, NOTHING, NOTHING, "")
    else:
        row = SideRow(
            name,
            "",
            f"{points(group.points)} of {points(group.available)} points",
            _group_before(group.last_points, group.last_available),
            _points_change(group.points, group.last_points),
            "",
        )
    indicators = found.compared.comparison.indicators
    return SideGroup(row, [_indicator(indicators[one.code], one) for one in rows if one.code in indicators])


def _group_before(last: Fraction | None, available: Fraction | None) -> str:
    if last is None or available is None:
        return NOTHING
    return f"{points(last)} of {points(available)} points"


def _indicator(one: ComparedIndicator, row: IndicatorRow) -> SideRow:
    value, last = one.percentage.value, one.percentage.last_year
    renamed = one.last_years_code is not None and one.last_years_code != one.indicator
    was = f"{percent(shown(last))}{f' as {one.last_years_code}' if renamed else ''}" if last is not None else NOTHING
    return SideRow(
        name=one.indicator,
        described=row.description,
        now=row.status if value is None else percent(shown(value)),
        before=was,
        change=_percentage_change(one.percentage),
        others=_among(one.percentage, Shown("", "%")),
    )


def _among(one: Compared, shows: Shown) -> str:
    band = one.commissioner_band
    if band is None or one.commissioner is None:
        return ""
    among = one.commissioner
    return f"{BANDS[band].capitalize()} of {among.practices:,}; the middle one has {shows(among.median)}"


def _percentage_change(one: Compared) -> str:
    return NOTHING if one.change is None else _change(shown(one.change), "", " points of %")


def _points_change(now: Fraction, before: Fraction | None) -> str:
    return NOTHING if before is None else _change(now - before, "")


def _change(change: Fraction, unit: str, after: str = "") -> str:
    """With its sign in front, so that nobody has to see a colour."""
    rounded = round_half_up(abs(change), 2)
    if not rounded:
        return "no change"
    return f"{'−' if change < 0 else '+'}{unit}{rounded:,}{after}"


def _gone(found: SideBySide) -> Sequence[str]:
    before = found.compared.last_year
    if before is None:
        return ()
    went_on = {one.last_years_code for one in found.compared.comparison.indicators.values()}
    return sorted(before.indicators.keys() - went_on)


def _strips(found: SideBySide) -> Sequence[tuple[str, Markup]]:
    comparison = found.compared.comparison
    figures = (("Points", comparison.points, Shown("", "", 2)), ("Pounds", comparison.pounds, Shown("£", "", 0)))
    drawn = []
    for figure, one, shows in figures:
        for whose, among in (("commissioner", one.commissioner), ("nation", one.nation)):
            if among is not None:
                name = f"{figure} among the practices of the {whose}"
                plot = strip(name, one.value, among, others="practices", shown=shows, last_year=one.last_year)
                drawn.append((name, Markup(plot)))  # noqa: S704 - a plot escapes what it is given
    return drawn


def _years(found: SideBySide, report: ReportPart) -> Markup | None:
    if found.compared.last_year is None or found.last_year is None:
        return None
    groups = found.compared.comparison.groups
    bars = [
        Bars(code, _share(one.points, one.available), _share(one.last_points, one.last_available))
        for code in (group.group for domain in report.domains for group in domain.groups)
        if (one := groups.get(code)) is not None
    ]
    drawn = years("Points of each group", bars, this_year=found.this_year.qof_year, last_year=found.last_year.qof_year)
    return Markup(drawn)  # noqa: S704 - a plot escapes what it is given


def _share(of: Fraction | None, available: Fraction | None) -> Fraction | None:
    return of / available if of is not None and available else None
