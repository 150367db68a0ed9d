"""Small plots as SVG text: a value among others, and last year beside this year.

Readable without colour: position, shape and words say it. Presentation attributes and classes only, no style attribute,
so that a strict content security policy lets them through; the page's CSS may set `.plot` classes. Each plot tells in
`<title>` and `<desc>` what it shows, so that nobody needs to see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import NamedTuple

from qof_declarations.core.distribution import Band, Distribution, band_of

INK, GREY, PALE, BLUE = "#212b32", "#4c6272", "#d8dde0", "#005eb8"
"""NHS.UK's text, secondary text, border and blue."""

STRIP = (320, 76)
"""Width and height of a strip, in the units of its view box."""

ROW_HEIGHT, BARS_WIDTH, NAMES_WIDTH = 40, 320, 84

BANDS = {
    Band.LOWEST_QUARTER: "in the lowest quarter",
    Band.BELOW_MIDDLE: "below the middle",
    Band.MIDDLE: "in the middle",
    Band.ABOVE_MIDDLE: "above the middle",
    Band.HIGHEST_QUARTER: "in the highest quarter",
}


class Scale(NamedTuple):
    """From values to places across."""

    low: int
    high: int
    left: float
    right: float

    def at(self, value: int) -> str:
        if self.high == self.low:
            return f"{(self.left + self.right) / 2:.1f}"
        share = Fraction(min(max(value, self.low), self.high) - self.low, self.high - self.low)
        return f"{self.left + float(share) * (self.right - self.left):.1f}"


def strip(
    name: str,
    value: int | None,
    among: Distribution,
    *,
    others: str,
    shown: "Shown",
    last_year: int | None = None,
    bounds: tuple[int, int] | None = None,
) -> str:
    """A practice's value within a distribution: whiskers from the lowest to the highest, a box around the middle half,
    a line at the median, a filled diamond for the practice, a hollow one for its last year.

    `name` is of this plot alone on its page; `others` names them ("practices in England"); `shown` writes a value for
    people; `bounds` are the ends of the scale where they are not those of the values, as 0 and 100 percent.
    """
    width, height = STRIP
    values = [one for one in (value, last_year, among.lowest, among.highest) if one is not None]
    low, high = bounds or (min(values), max(values))
    scale = Scale(low, high, 14, width - 14)
    middle = 36
    parts = [
        _line(scale.at(among.lowest), middle, scale.at(among.highest), middle, GREY, 1.5),
        *(_line(scale.at(one), middle - 6, scale.at(one), middle + 6, GREY, 1.5) for one in (among[1], among[-1])),
        _box(scale, among, middle),
        _line(scale.at(among.median), middle - 10, scale.at(among.median), middle + 10, INK, 3),
    ]
    if last_year is not None:
        parts.append(_diamond(scale.at(last_year), middle, "#ffffff", "last-year"))
    if value is not None:
        parts.append(_diamond(scale.at(value), middle, BLUE, "own"))
    parts += [
        _text(14, height - 8, "start", shown(low)),
        _text(width - 14, height - 8, "end", shown(high)),
        # Above its line, as far as the edge lets it.
        _text(min(max(float(scale.at(among.median)), 64), width - 64), 16, "middle", f"middle {shown(among.median)}"),
    ]
    return _svg(
        f"strip-{_slug(name)}", width, height, name, _strip_words(value, among, others, shown, last_year), parts
    )


class Shown:
    """Writes millionths of a unit for people: `Shown("", "%")`, `Shown("£", "")`."""

    def __init__(self, before: str, after: str, places: int = 1) -> None:
        self._before, self._after, self._places = before, after, places

    def __call__(self, millionths: int) -> str:
        rounded = (abs(millionths) * 10**self._places + 500_000) // 1_000_000
        whole, rest = divmod(rounded, 10**self._places)
        decimals = f".{rest:0{self._places}d}" if self._places and rest else ""
        return f"{'−' if millionths < 0 and rounded else ''}{self._before}{whole:,}{decimals}{self._after}"


@dataclass(frozen=True, slots=True)
class Bars:
    """Last year beside this year, of one group: shares of what was available, from 0 to 1; None: there was none."""

    group: str
    this_year: Fraction | None
    last_year: Fraction | None


def years(name: str, rows: Sequence[Bars], *, this_year: str, last_year: str) -> str:
    """Two bars a group: this year's filled, last year's hollow and thinner, each with its percentage."""
    height = 26 + ROW_HEIGHT * len(rows)
    left, right = NAMES_WIDTH, BARS_WIDTH - 40
    parts = [
        _bar(left, 4, 14, 10, is_filled=True),
        _text(left + 20, 13, "start", this_year),
        _bar(left + 90, 5, 14, 7, is_filled=False),
        _text(left + 110, 13, "start", last_year),
        _line(str(left), 22, str(left), height - 4, GREY, 1),
    ]
    for number, row in enumerate(rows):
        top = 26 + ROW_HEIGHT * number
        parts.append(_text(left - 6, top + 16, "end", row.group))
        for share, offset, thickness, is_filled in ((row.this_year, 2, 12, True), (row.last_year, 19, 9, False)):
            if share is None:
                parts.append(_text(left + 4, top + offset + thickness - 1, "start", "none"))
                continue
            length = float(min(max(share, Fraction(0)), Fraction(1))) * (right - left)
            parts.append(_bar(left, top + offset, length, thickness, is_filled=is_filled))
            parts.append(_text(left + length + 5, top + offset + thickness - 1, "start", _percent(share)))
    said = "; ".join(
        f"{row.group}: {_percent_or_none(row.this_year)}, {last_year} {_percent_or_none(row.last_year)}" for row in rows
    )
    return _svg(f"years-{_slug(name)}", BARS_WIDTH, height, name, f"Share of the available points. {said}.", parts)


def _strip_words(value: int | None, among: Distribution, others: str, shown: Shown, last_year: int | None) -> str:
    said = []
    if value is not None:
        said.append(f"Your practice: {shown(value)}, {BANDS[band_of(value, among)]} of {among.practices:,} {others}.")
    if last_year is not None:
        said.append(f"Your last year: {shown(last_year)}.")
    said.append(
        f"The middle practice has {shown(among.median)}; half of them lie between {shown(among.lower_quartile)} and"
        f" {shown(among.upper_quartile)}, all between {shown(among.lowest)} and {shown(among.highest)}."
    )
    return " ".join(said)


def _svg(identity: str, width: int, height: int, title: str, description: str, parts: Sequence[str]) -> str:
    return (
        f'<svg class="plot" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" aria-labelledby="{identity}-title {identity}-desc" font-family="inherit"'
        f' font-size="12"><title id="{identity}-title">{escape(title)}</title>'
        f'<desc id="{identity}-desc">{escape(description)}</desc>{"".join(parts)}</svg>'
    )


def _line(x1: str, y1: float, x2: str, y2: float, colour: str, thickness: float) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" stroke-width="{thickness}"/>'


def _box(scale: Scale, among: Distribution, middle: int) -> str:
    left, right = scale.at(among.lower_quartile), scale.at(among.upper_quartile)
    width = max(float(right) - float(left), 1.0)
    return (
        f'<rect class="plot__half" x="{left}" y="{middle - 8}" width="{width:.1f}" height="16" fill="{PALE}"'
        f' stroke="{GREY}" stroke-width="1.5"/>'
    )


def _diamond(at: str, middle: int, fill: str, what: str) -> str:
    x = float(at)
    points = f"{x:.1f},{middle - 9} {x + 8:.1f},{middle} {x:.1f},{middle + 9} {x - 8:.1f},{middle}"
    return f'<polygon class="plot__{what}" points="{points}" fill="{fill}" stroke="{INK}" stroke-width="1.5"/>'


def _bar(left: float, top: float, length: float, thickness: float, *, is_filled: bool) -> str:
    fill, kind = (BLUE, "this-year") if is_filled else ("#ffffff", "last-year")
    return (
        f'<rect class="plot__{kind}" x="{left}" y="{top}" width="{max(length, 1):.1f}" height="{thickness}"'
        f' fill="{fill}" stroke="{INK}" stroke-width="1"/>'
    )


def _text(x: float, y: float, anchor: str, said: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}">{escape(said)}</text>'


def _percent(share: Fraction) -> str:
    return f"{(share * 200 + 1) // 2}%"


def _percent_or_none(share: Fraction | None) -> str:
    return "none" if share is None else _percent(share)


def _slug(name: str) -> str:
    return "-".join("".join(letter if letter.isalnum() else " " for letter in name.lower()).split())
