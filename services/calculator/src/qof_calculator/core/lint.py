"""What is wrong with a rule set? Every fault at once, as a sentence; a rule set with faults is never loaded."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from qof_calculator.core.kinds import KINDS
from qof_calculator.core.ruleset import Indicator, Ruleset
from qof_shared.vocabulary import NATIONS, rational_text

STATUSES = ("draft", "published")


def lint(ruleset: Ruleset) -> list[str]:
    """The faults of a rule set, in reading order; an empty list for a sound one."""
    return [
        *_header_faults(ruleset),
        *_group_faults(ruleset),
        *(fault for indicator in ruleset.indicators for fault in _indicator_faults(ruleset, indicator)),
        *_total_faults(ruleset),
        *_succession_faults(ruleset),
    ]


def _header_faults(ruleset: Ruleset) -> Iterator[str]:
    if ruleset.nation not in NATIONS:
        yield f"the nation {ruleset.nation!r} is none of {', '.join(NATIONS)}"
    if ruleset.ruleset_id != f"{ruleset.nation}-{ruleset.qof_year}":
        yield f"the id {ruleset.ruleset_id!r} is not {ruleset.nation}-{ruleset.qof_year}"
    if not ruleset.qof_year.first_day <= ruleset.achievement_date <= ruleset.qof_year.last_day:
        yield f"the achievement date {ruleset.achievement_date} is not in {ruleset.qof_year}"
    if ruleset.status not in STATUSES:
        yield f"the status {ruleset.status!r} is none of {', '.join(STATUSES)}"


def _group_faults(ruleset: Ruleset) -> Iterator[str]:
    used = {indicator.group for indicator in ruleset.indicators}
    for code in _repeated(group.code for group in ruleset.groups):
        yield f"the group {code} is there twice"
    for group in ruleset.groups:
        if group.register is not None and group.register not in ruleset.registers:
            yield f"the group {group.code} names the register {group.register}, which is not in registers"
        if group.code not in used:
            yield f"the group {group.code} has no indicator"
    named = {group.register for group in ruleset.groups}
    for indicator in ruleset.indicators:
        named |= {indicator.register, indicator.prevalence_register}
    for register in ruleset.registers:
        if register not in named:
            yield f"the register {register} is used by no group and no indicator"


def _indicator_faults(ruleset: Ruleset, indicator: Indicator) -> Iterator[str]:
    code = indicator.code
    groups = {group.code: group for group in ruleset.groups}
    if indicator.group not in groups:
        yield f"{code} is in the group {indicator.group}, which is not in groups"
    elif indicator.domain != groups[indicator.group].domain:
        yield f"{code} is in the domain {indicator.domain}, its group in {groups[indicator.group].domain}"
    for register in (indicator.register, indicator.prevalence_register):
        if register is not None and register not in ruleset.registers:
            yield f"{code} names the register {register}, which is not in registers"
    if indicator.source not in ruleset.sources:
        yield f"{code} names the source {indicator.source}, which is not in sources"
    if indicator.points < 0:
        yield f"{code} has negative points"
    yield from _kind_faults(ruleset, indicator)


def _kind_faults(ruleset: Ruleset, indicator: Indicator) -> Iterator[str]:
    code, kind = indicator.code, KINDS.get(indicator.kind)
    if kind is None:
        yield f"{code} is of the kind {indicator.kind!r}, which is none of {', '.join(KINDS)}"
        return
    thresholds = (indicator.lower_threshold, indicator.upper_threshold)
    lower, upper = thresholds
    if kind.thresholds:
        if lower is None or upper is None:
            yield f"{code} is a {indicator.kind} and needs both thresholds"
        elif not 0 <= lower < upper <= 100:
            limits = f"{rational_text(lower)} and {rational_text(upper)}"
            yield f"{code} has the thresholds {limits}; they must rise and lie between 0 and 100"
    elif thresholds != (None, None):
        yield f"{code} is a {indicator.kind} and must have no thresholds"
    if kind.register and indicator.register is None:
        yield f"{code} is a {indicator.kind} and must name its register"
    if set(indicator.parameters) != kind.parameters:
        wanted = ", ".join(sorted(kind.parameters)) or "no parameters"
        yield f"{code} is a {indicator.kind} and must have {wanted}"
    elif "domain" in indicator.parameters and indicator.parameters["domain"] not in ruleset.domain_totals:
        yield f"{code} ranks the domain {indicator.parameters['domain']}, which is not in domain_totals"
    elif "rank" in indicator.parameters and not indicator.parameters["rank"].isdecimal():
        yield f"{code} has the rank {indicator.parameters['rank']!r}, which is not a whole number"


def _total_faults(ruleset: Ruleset) -> Iterator[str]:
    for code in _repeated(indicator.code for indicator in ruleset.indicators):
        yield f"the indicator {code} is there twice"
    totals: dict[str, Fraction] = {}
    for indicator in ruleset.indicators:
        totals[indicator.domain] = totals.get(indicator.domain, Fraction(0)) + indicator.points
    for domain in sorted({*totals, *ruleset.domain_totals}):
        found, published = totals.get(domain, Fraction(0)), ruleset.domain_totals.get(domain)
        if published is None:
            yield f"the domain {domain} has indicators but no total"
        elif found != published:
            yield (
                f"the domain {domain} adds up to {rational_text(found)} points, "
                f"its published total is {rational_text(published)}"
            )
    total = sum(totals.values(), Fraction(0))
    if total != ruleset.points_total:
        yield (
            f"the indicators add up to {rational_text(total)} points, "
            f"the published total is {rational_text(ruleset.points_total)}"
        )


def _succession_faults(ruleset: Ruleset) -> Iterator[str]:
    codes = {indicator.code for indicator in ruleset.indicators}
    for old, new in ruleset.successions.items():
        if new not in codes:
            yield f"the succession {old} -> {new} leads to an indicator that is not there"


def _repeated(codes: Iterator[str]) -> list[str]:
    return [code for code, times in Counter(codes).items() if times > 1]
