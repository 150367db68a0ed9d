"""An explanation as a practice manager would say it: one or two plain sentences."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from qof_declarations.core.explanation import Explanation
from qof_shared.vocabulary import parse_rational, round_ratio, two_places


def why(found: Explanation, adjustment: Mapping[str, Any] | None = None) -> str:
    """Why the indicator has these points. Numbers are rounded for reading; `adjustment` is the manual one, if any."""
    if adjustment is not None:
        was = "no points" if adjustment["was"] is None else f"{_said(adjustment['was'])} points"
        return f"Adjusted by hand from {was} to {_points(found)}: {adjustment['reason']}"
    match found.row["status"]:
        case "not-available":
            return (
                "The register is empty, so these points are not available, and the practice's maximum is lower by them."
            )
        case "not-reported":
            return (
                f"The extract says nothing about this indicator: no points of {_said(found.row['points_available'])}."
            )
    return _by_kind(found)


def _by_kind(found: Explanation) -> str:
    match found.row["kind"]:
        case "register":
            return f"The register has {found.row['register_count'] or 0:,} patients: {_points(found)}."
        case "yes-no":
            return f"The practice answered {'yes' if found.points else 'no'}: {_points(found)}."
        case "protected":
            year = found.row.get("parameters", {}).get("reference_year", "the reference year")
            return f"Income protection pays the points of {year}, whatever is counted this year: {_points(found)}."
        case "holistic":
            rank = found.row.get("parameters", {}).get("rank", "")
            return (
                f"Paid by the share of points achieved in the area that ranks {rank} from the lowest: {_points(found)}."
            )
    if found.row["numerator"] is None or not found.row["denominator"]:
        return "After exclusions and PCAs nobody is left to count, so there are no points to earn."
    return f"{_counted(found.row)}: {_points(found)}.{_short(found)}"


def _counted(row: Mapping[str, Any]) -> str:
    numerator, denominator = row["numerator"], row["denominator"]
    lower, upper = row["lower_threshold"], row["upper_threshold"]
    said = f"{numerator:,} of {denominator:,} patients are {round_ratio(100 * numerator, denominator, 2)} %"
    if lower is None or upper is None:
        return said
    if _reaches(numerator, denominator, upper):
        return f"{said}, at or above the upper threshold of {_said(upper)} %"
    if not _exceeds(numerator, denominator, lower):
        return f"{said}, not above the lower threshold of {_said(lower)} %"
    return f"{said}, between the thresholds of {_said(lower)} and {_said(upper)} %"


def _reaches(numerator: int, denominator: int, percentage: str) -> bool:
    bound = parse_rational(percentage)
    return 100 * numerator * bound.denominator >= bound.numerator * denominator


def _exceeds(numerator: int, denominator: int, percentage: str) -> bool:
    bound = parse_rational(percentage)
    return 100 * numerator * bound.denominator > bound.numerator * denominator


def _short(found: Explanation) -> str:
    if found.patients_to_maximum is None:
        return ""
    patients = "1 patient" if found.patients_to_maximum == 1 else f"{found.patients_to_maximum:,} patients"
    return f" {patients} more would give all of them."


def _points(found: Explanation) -> str:
    earned, available = found.row["points"], found.row["points_available"]
    if earned == available:
        return f"all {_said(earned)} points"
    return f"{_said(earned)} of {_said(available)} points"


@lru_cache(maxsize=4096)
def _said(rational: str) -> str:
    """Every report has the same thresholds, and most of its points are ones that others have, too."""
    text = two_places(parse_rational(rational))
    return text.rstrip("0").rstrip(".") if "." in text else text
