"""How is a verification told: one table, every difference, and the same as JSON?"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from rich.console import Console
from rich.table import Table

from qof_local.verify.measures import Difference, Measure, decimal_text
from qof_local.verify.prevalence import Mean
from qof_local.verify.run import Verification

MOST_DIFFERENCES = 60
"""So many of one measure are printed; JSON has them all."""


def show(found: Verification, console: Console) -> None:
    """Print the table, then what differs and why, then what could not be verified."""
    console.print(_table(found.measures))
    for measure in found.measures:
        _show_differences(measure, console)
    for name, means in found.means.items():
        _show_means(name, means, console)
    notes = [f"{measure.year}, {measure.name}: {note}" for measure in found.measures for note in measure.notes]
    _show_list("Notes", notes, console)
    _show_list("Not verified", found.skipped, console)
    failed = [f"{measure.year} {measure.name}" for measure in found.measures if not measure.passes]
    verdict = f"NOT reproduced as required: {'; '.join(failed)}" if failed else "everything is reproduced as required"
    console.print(f"\n{verdict}", soft_wrap=True)


def document(found: Verification) -> dict[str, Any]:
    """The same as plain data, numbers as text where they are exact."""
    return {
        "passes": found.passes,
        "measures": [
            {
                "year": measure.year,
                "measure": measure.name,
                "checked": measure.checked,
                "equal": measure.equal,
                "different": measure.different,
                "documented": measure.documented,
                "share": float(measure.share),
                "median_error": None if measure.figure is None else float(measure.figure),
                "threshold": None if measure.threshold is None else float(measure.threshold),
                "passes": measure.passes,
                "notes": list(measure.notes),
                "differences": [_difference(one) for one in measure.differences],
            }
            for measure in found.measures
        ],
        "national_means": {
            name: {
                mean.register: {
                    "practices": mean.practices,
                    "official": float(mean.official),
                    "published_practices": float(mean.published_practices),
                }
                for mean in means
            }
            for name, means in found.means.items()
        },
        "not_verified": found.skipped,
    }


def _difference(one: Difference) -> dict[str, str]:
    return {
        "practice": one.practice,
        "item": one.item,
        "published": one.published,
        "calculated": one.calculated,
        "counts": one.counts,
        "cause": one.cause,
    }


def _table(measures: Iterable[Measure]) -> Table:
    table = Table(box=None, header_style="")
    for heading in ("year", "measure"):
        table.add_column(heading, no_wrap=True)
    for heading in ("checked", "equal", "different", "share", "required", ""):
        table.add_column(heading, justify="right", no_wrap=True)
    last = ""
    for measure in measures:
        table.add_row(
            measure.year if measure.year != last else "",
            measure.name,
            f"{measure.checked:,}",
            f"{measure.equal:,}",
            f"{measure.different:,}",
            percent(measure.share) if measure.figure is None else f"median {percent(measure.figure)}",
            _required(measure),
            "ok" if measure.passes else "NO",
        )
        last = measure.year
    return table


def _required(measure: Measure) -> str:
    if measure.threshold is None:
        return "told"
    if measure.figure is not None:
        return f"at most {percent(measure.threshold)}"
    if measure.is_award_excused:
        return f"{percent(measure.threshold)} or award"
    return percent(measure.threshold)


def percent(share: Fraction) -> str:
    """Four decimals at most, cut off and not rounded: 99.99999 % is not 100 %."""
    whole, rest = divmod(int(share * 10**6), 10**4)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".") + " %"


def _show_differences(measure: Measure, console: Console) -> None:
    if not measure.differences:
        return
    console.print(f"\n{measure.year}, {measure.name}: {measure.different:,} different", soft_wrap=True)
    for one in measure.differences[:MOST_DIFFERENCES]:
        counts = f" ({one.counts})" if one.counts else ""
        said = f"{one.practice} {one.item}: published {one.published}, calculated {one.calculated}{counts}"
        console.print(f"  {said}; cause: {one.cause}", soft_wrap=True)
    if measure.different > MOST_DIFFERENCES:
        console.print(f"  and {measure.different - MOST_DIFFERENCES:,} more; --json FILE lists them all")


def _show_means(name: str, means: Sequence[Mean], console: Console) -> None:
    """How far the mean of the practices that were published is from the official one."""
    if not means:
        return
    console.print(f"\n{name}, national means: official, and how far that of the published practices is from it")
    for mean in means:
        away = float(mean.published_practices / mean.official - 1) * 100 if mean.official else 0.0
        official = decimal_text(mean.official * 100)
        console.print(f"  {mean.register}: {official} %, {away:+.3f} % ({mean.practices:,} practices)", soft_wrap=True)


def _show_list(title: str, lines: Sequence[str], console: Console) -> None:
    if lines:
        console.print(f"\n{title}")
    for line in lines:
        console.print(f"  {line}", soft_wrap=True)
