"""How does one indicator compare with last year and with others? Plots, each with its sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from qof_declarations.core.comparison import Compared, ComparedIndicator
from qof_declarations.core.distribution import MILLION, Distribution
from qof_declarations.entrypoints.web.plots import BANDS, Shown, strip

PERCENT = Shown("", "%", 2)


@dataclass(frozen=True, slots=True)
class Beside:
    """A practice's value beside others: a heading, a sentence that says it all, and the plot."""

    heading: str
    sentence: str
    plot: Markup


def beside(compared: ComparedIndicator, commissioner: str) -> Sequence[Beside]:
    """The percentage among the commissioner's practices and the nation's; nothing where too few are told."""
    found = []
    for heading, among in (
        (f"Among the practices of {commissioner}", compared.percentage.commissioner),
        ("Among all practices", compared.percentage.nation),
    ):
        if among is not None:
            found.append(_beside(heading, compared.percentage, among, compared.indicator))
    return found


def since_last_year(compared: ComparedIndicator) -> str:
    """A sentence about last year."""
    then = compared.percentage.last_year
    if compared.last_years_code is None:
        return "Last year there was no such indicator, or there is no report of last year here."
    called = (
        "" if compared.last_years_code == compared.indicator else f", when it was called {compared.last_years_code}"
    )
    if then is None:
        return f"Last year{called} nobody was counted."
    change = compared.percentage.change
    if change is None:
        return f"Last year{called} it was {PERCENT(then)}."
    moved = "as now" if change == 0 else f"{PERCENT(abs(change))} {'less' if change > 0 else 'more'} than now"
    return f"Last year{called} it was {PERCENT(then)}: {moved}."


def _beside(heading: str, compared: Compared, among: Distribution, indicator: str) -> Beside:
    band = compared.commissioner_band if among is compared.commissioner else compared.nation_band
    where = f"This practice is {BANDS[band]}" if band else "This practice has no percentage"
    sentence = (
        f"{where} of {among.practices:,} practices: half of them lie between {PERCENT(among.lower_quartile)} and "
        f"{PERCENT(among.upper_quartile)}, the middle is {PERCENT(among.median)}."
    )
    plot = strip(
        f"{indicator} {heading}",
        compared.value,
        among,
        others="practices",
        shown=PERCENT,
        last_year=compared.last_year,
        bounds=(0, 100 * MILLION),
    )
    return Beside(heading, sentence, Markup(plot))  # noqa: S704 - made of escaped parts by our own plot
