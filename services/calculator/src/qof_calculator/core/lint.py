"""What is wrong with a rule set? Every fault at once, as a sentence; a rule set with faults is never loaded."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Final

from qof_calculator.core.kinds import KINDS
from qof_calculator.core.parameters import PRACTICE_ONLY, possible_faults
from qof_calculator.core.ruleset import Indicator, Ruleset
from qof_shared.vocabulary import NATIONS, InvalidQofYearError, QofYear, rational_text

STATUSES = ("draft", "published")
LIST_TYPE: Final = re.compile(r"TOTAL|\d\dOV|\d\d_\d\d_[FM]")
"""The whole list, everybody from an age, or an age band of one sex."""


def lint(ruleset: Ruleset, others: Mapping[str, Ruleset] | None = None) -> list[str]:
    """The faults of a rule set, in reading order; an empty list for a sound one.

    `others` are the rule sets by id, against which references to other years are checked where these are there.
    """
    others = others or {}
    return [
        *_header_faults(ruleset),
        *_list_type_faults(ruleset),
        *_group_faults(ruleset),
        *(fault for indicator in ruleset.indicators for fault in _indicator_faults(ruleset, indicator)),
        *_total_faults(ruleset),
        *_succession_faults(ruleset, others),
        *_reference_faults(ruleset, others),
        *_table_faults(ruleset, others),
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


def _list_type_faults(ruleset: Ruleset) -> Iterator[str]:
    for register in ruleset.registers:
        if register not in ruleset.list_types:
            yield f"the register {register} has no list type; write TOTAL for a prevalence of the whole list"
    for register, list_type in ruleset.list_types.items():
        if register not in ruleset.registers:
            yield f"list_types names the register {register}, which is not in registers"
        if not LIST_TYPE.fullmatch(list_type):
            yield f"the list type {list_type!r} of {register} is none; write TOTAL, 17OV or 25_64_F"


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
    if indicator.unverified is not None and not str(indicator.unverified).strip():
        yield f"{code} is unverified and must say why"
    if indicator.points < 0:
        yield f"{code} has negative points"
    yield from _kind_faults(ruleset, indicator)


def _kind_faults(ruleset: Ruleset, indicator: Indicator) -> Iterator[str]:
    code, kind = indicator.code, KINDS.get(indicator.kind)
    if kind is None:
        yield f"{code} is of the kind {indicator.kind!r}, which is none of {', '.join(KINDS)}"
        return
    yield from possible_faults(indicator)
    if kind.register and indicator.register is None:
        yield f"{code} is a {indicator.kind} and must name its register"
    for name in sorted(PRACTICE_ONLY & indicator.parameters.keys()):
        yield f"{code} has the {name}, which is determined for a practice and never stands in a rule set"
    domain = indicator.parameters.get("domain")
    if domain is not None and domain not in ruleset.domain_totals:
        yield f"{code} ranks the domain {domain}, which is not in domain_totals"


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


def _succession_faults(ruleset: Ruleset, others: Mapping[str, Ruleset]) -> Iterator[str]:
    codes = {indicator.code for indicator in ruleset.indicators}
    before = others.get(f"{ruleset.nation}-{QofYear(ruleset.qof_year.first_year - 1)}")
    for old, new in ruleset.successions.items():
        if new not in codes:
            yield f"the succession {old} -> {new} leads to an indicator that is not there"
        if before is not None and old not in {indicator.code for indicator in before.indicators}:
            yield f"the succession {old} -> {new} begins at an indicator that is not in {before.ruleset_id}"


def _reference_faults(ruleset: Ruleset, others: Mapping[str, Ruleset]) -> Iterator[str]:
    """Points are protected at those that the indicator, or its predecessor, had in an earlier year."""
    for indicator in ruleset.indicators:
        year = indicator.parameters.get("reference_year")
        try:
            reference = None if year is None else QofYear.parse(year)
        except InvalidQofYearError:
            continue  # told with the indicator's other faults
        if reference is None:
            continue
        if reference >= ruleset.qof_year:
            yield f"{indicator.code} has the reference year {year}, which is not before {ruleset.qof_year}"
        if (other := others.get(f"{ruleset.nation}-{reference}")) is None:
            continue
        code = indicator.parameters.get("reference_indicator", indicator.code)
        if code not in {one.code for one in other.indicators}:
            yield f"{indicator.code} refers to {code}, which is not in {other.ruleset_id}"


def _table_faults(ruleset: Ruleset, others: Mapping[str, Ruleset]) -> Iterator[str]:
    for other in ruleset.shares_table_with:
        if other in others and ruleset.ruleset_id not in others[other].shares_table_with:
            yield f"it shares its table with {other}, which does not share it back"


def _repeated(codes: Iterator[str]) -> list[str]:
    return [code for code, times in Counter(codes).items() if times > 1]
