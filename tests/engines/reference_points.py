"""How many points do the rules give? The slow calculator, written from docs/rules.md section by section.

It imports nothing of the services and calculates with Fraction at every step. A practice is what an extract is in
JSON: `list_size`, `registers`, `indicators`, and `determinations` beside them (indicator, determines, value).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

Practice = Mapping[str, Any]
ZERO = Fraction(0)


@dataclass(frozen=True)
class Indicator:
    """One row of the rule set, its numbers read."""

    code: str
    group: str
    domain: str
    kind: str
    points: Fraction
    lower: Fraction | None
    upper: Fraction | None
    gates: tuple[str, ...]
    """Registers whose zero makes the points not available (2.4)."""
    register: str | None
    prevalence_register: str | None
    parameters: Mapping[str, str]


class Judged(NamedTuple):
    """What an indicator brings a practice."""

    status: str
    points: Fraction
    available: Fraction


def indicators_of(document: Mapping[str, Any]) -> tuple[Indicator, ...]:
    """The year's indicators, read once."""
    groups = {group["code"]: group for group in document["groups"]}
    return tuple(_indicator(row, groups[row["group"]]) for row in document["indicators"])


def _indicator(row: Mapping[str, Any], group: Mapping[str, Any]) -> Indicator:
    registers = (group["register"], row["register"]) if group["zero_register_reduces"] else ()
    return Indicator(
        code=row["code"],
        group=row["group"],
        domain=row["domain"],
        kind=row["kind"],
        points=Fraction(row["points"]),
        lower=_number(row.get("lower_threshold")),
        upper=_number(row.get("upper_threshold")),
        gates=tuple(register for register in registers if register is not None),
        register=row["register"],
        prevalence_register=row["prevalence_register"],
        parameters=row.get("parameters", {}),
    )


def _number(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def judge(indicators: Sequence[Indicator], practice: Practice) -> dict[str, Judged]:
    """Every indicator's points for one practice, by code."""
    counts = {count["indicator"]: count for count in practice["indicators"]}
    determined: dict[str, dict[str, str]] = {}
    for one in practice.get("determinations", ()):
        determined.setdefault(one["indicator"], {})[one["determines"]] = one["value"]
    judged: dict[str, Judged] = {}
    # Holistic care looks at what the others brought, so it comes last.
    for indicator in sorted(indicators, key=lambda one: one.kind == "holistic"):
        said = determined.get(indicator.code, {})
        points: Fraction | None
        if "adjusted-points" in said:
            points = Fraction(said["adjusted-points"])  # whatever the counts and the registers say
        elif any(practice["registers"].get(gate) == 0 for gate in indicator.gates):
            judged[indicator.code] = Judged("not-available", ZERO, ZERO)  # 2.4
            continue
        else:
            points = _points(indicator, counts.get(indicator.code), practice["registers"], said, indicators, judged)
        judged[indicator.code] = Judged(_status(points, indicator), points or ZERO, indicator.points)
    return judged


def _status(points: Fraction | None, indicator: Indicator) -> str:
    if points is None:
        return "not-reported"
    if points == indicator.points:
        return "achieved"
    return "partly" if points else "not-achieved"


def _points(
    indicator: Indicator,
    count: Mapping[str, Any] | None,
    registers: Mapping[str, int],
    said: Mapping[str, str],
    indicators: Iterable[Indicator],
    judged: Mapping[str, Judged],
) -> Fraction | None:
    """Points by the indicator's kind (2.1); None: not reported."""
    if indicator.kind == "register":
        return _register(indicator, registers)
    if indicator.kind == "holistic":
        return _holistic(indicator, indicators, judged)
    if indicator.kind == "protected":
        return _number(said.get("reference-points"))
    if count is None:
        return None
    if indicator.kind == "yes-no":
        return indicator.points if count["achieved"] else ZERO
    if indicator.kind == "tiered":
        return _tiered(indicator, count, said)
    if count["denominator"] == 0:
        return ZERO  # 2.4: nobody left to count
    percentage = _percentage(count)
    lower = Fraction(said["lower-threshold"]) if "lower-threshold" in said else indicator.lower
    upper = Fraction(said["upper-threshold"]) if "upper-threshold" in said else indicator.upper
    if lower is None or upper is None:
        return None
    if indicator.kind == "stepped":
        return _stepped(indicator, percentage, lower, upper)
    points = _linear(indicator.points, percentage, lower, upper)
    if indicator.kind == "improvement":
        points = max(points, _improved(indicator, percentage, said))
    return points


def _percentage(count: Mapping[str, Any]) -> Fraction:
    """Exact, never rounded before it is compared (2.2)."""
    return 100 * Fraction(count["numerator"], count["denominator"])


def _register(indicator: Indicator, registers: Mapping[str, int]) -> Fraction | None:
    patients = registers.get(indicator.register or "")
    if patients is None:
        return None
    return indicator.points if patients >= 1 else ZERO


def _linear(points: Fraction, percentage: Fraction, lower: Fraction, upper: Fraction) -> Fraction:
    """Linear between the thresholds; the percentage is never rounded (2.2)."""
    if percentage >= upper:
        return points
    if percentage <= lower:
        return ZERO
    return (percentage - lower) / (upper - lower) * points


def _stepped(indicator: Indicator, percentage: Fraction, lower: Fraction, upper: Fraction) -> Fraction:
    """Some points on reaching the lower threshold, the rest linear from there to the upper one."""
    if percentage < lower:
        return ZERO
    step = Fraction(indicator.parameters["points_at_lower"])
    return step + _linear(indicator.points - step, percentage, lower, upper)


def _tiered(indicator: Indicator, count: Mapping[str, Any], said: Mapping[str, str]) -> Fraction | None:
    """The points of the highest tier whose percentage is reached; not reported where nobody has set percentages."""
    begins = said.get("tier-percentages", indicator.parameters.get("tier_percentages"))
    if begins is None:
        return None
    if count["denominator"] == 0:
        return ZERO
    tiers = zip(begins.split(), indicator.parameters["tiers"].split(), strict=True)
    reached = [Fraction(points) for begin, points in tiers if _percentage(count) >= Fraction(begin)]
    return max(reached, default=ZERO)


def _improved(indicator: Indicator, percentage: Fraction, said: Mapping[str, str]) -> Fraction:
    """Linear in the percentage points gained on the practice's own baseline; nothing without a baseline."""
    if "baseline-percentage" not in said:
        return ZERO
    gained = percentage - Fraction(said["baseline-percentage"])
    lower, upper = (Fraction(indicator.parameters[f"improvement_{end}"]) for end in ("lower", "upper"))
    return _linear(indicator.points, gained, lower, upper)


def _holistic(holistic: Indicator, indicators: Iterable[Indicator], judged: Mapping[str, Judged]) -> Fraction:
    """The share of points achieved in the third-lowest clinical area (1.1); rank and domain are data."""
    earned: dict[str, Fraction] = {}
    available: dict[str, Fraction] = {}
    for one in indicators:
        if one.domain == holistic.parameters["domain"] and one is not holistic:
            brought = judged[one.code]
            earned[one.group] = earned.get(one.group, ZERO) + brought.points
            available[one.group] = available.get(one.group, ZERO) + brought.available
    shares = sorted(earned[group] / available[group] for group in earned if available[group])
    counting = shares[: int(holistic.parameters["rank"])]
    return holistic.points * max(counting, default=ZERO)
