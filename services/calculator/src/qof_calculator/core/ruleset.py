"""What is a year's rule set, and how is one read from its document?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from qof_shared.vocabulary import QofYear, rational_text


class RulesetError(ValueError):
    """A rule set cannot be read or is faulty; the message names every fault."""


class UnknownRulesetError(LookupError):
    """No rule set for this id, or for this nation and year; the message lists the known ones."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator of a year: what is counted, what it is worth and how it pays.

    `points` are the points available; thresholds are percentages (0 to 100), None unless the kind has them.
    """

    code: str
    group: str
    domain: str
    description: str
    kind: str
    """A name of `core.kinds.KINDS`: register, yes-no, fraction, tiered, stepped, protected, improvement, holistic."""
    points: Fraction
    lower_threshold: Fraction | None
    upper_threshold: Fraction | None
    register: str | None
    """The register that bounds the denominator; at zero patients the points are not available."""
    prevalence_register: str | None
    """The register whose prevalence adjusts the pay; None: paid by list size alone."""
    source: str
    """A key of `Ruleset.sources`."""
    unverified: str | None = None
    """Why no source confirms the points, the thresholds or the kind; None where one does."""
    denominator_within_register: bool = True
    """False where real extracts hold a denominator above the register: then it is no reason to reject one."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What only this kind needs, e.g. holistic: the domain ranked and the rank that counts; see `core.parameters`."""
    lower_text: str | None = field(init=False)
    """The lower threshold as rational text, made once: it travels with every result."""
    upper_text: str | None = field(init=False)

    def __post_init__(self) -> None:
        for threshold in ("lower", "upper"):
            percent = getattr(self, f"{threshold}_threshold")
            text = None if percent is None else rational_text(percent)
            object.__setattr__(self, f"{threshold}_text", text)


@dataclass(frozen=True, slots=True)
class Group:
    """A clinical area or another group of indicators."""

    code: str
    name: str
    domain: str
    register: str | None
    """The area's own register; None where the indicators have several or none."""
    zero_register_reduces: bool
    """True: no patients on the register takes the points out of what is available (rules.md 2.4)."""


@dataclass(frozen=True, slots=True)
class Ruleset:
    """A complete snapshot of one nation's QOF year; nothing is inherited from another year."""

    ruleset_id: str
    nation: str
    qof_year: QofYear
    achievement_date: date
    status: str
    """draft or published; a published snapshot never changes (rulesets/digests.json)."""
    points_total: Fraction
    domain_totals: Mapping[str, Fraction]
    sources: Mapping[str, str]
    shares_table_with: Sequence[str]
    """The other rule sets made from the same indicator table."""
    caveats: Sequence[str]
    registers: Mapping[str, str]
    """Register code -> its name: every register this year's indicators may use."""
    groups: Sequence[Group]
    indicators: Sequence[Indicator]
    successions: Mapping[str, str]
    """Last year's code -> this year's code, where an indicator lives on under another name."""
    list_types: Mapping[str, str]
    """Register -> the list that its published prevalence is a share of: TOTAL, or an age band as 17OV. Pay always
    uses the whole list (rules.md 3.3)."""
    digest: str
    """SHA-256, hexadecimal, of the document's canonical form; kept with every achievement."""


def ruleset_from_document(document: Mapping[str, Any], digest: str) -> Ruleset:
    """Build a rule set from its document, where numbers and dates are text.

    Raises RulesetError naming the field that is missing or cannot be read. Says nothing about whether the
    rule set is *right*: that is `core.lint`.
    """
    name = document.get("ruleset_id", "a rule set without ruleset_id")
    try:
        return Ruleset(
            ruleset_id=document["ruleset_id"],
            nation=document["nation"],
            qof_year=QofYear.parse(document["qof_year"]),
            achievement_date=date.fromisoformat(document["achievement_date"]),
            status=document["status"],
            points_total=Fraction(document["points_total"]),
            domain_totals={domain: Fraction(points) for domain, points in document["domain_totals"].items()},
            sources=dict(document["sources"]),
            shares_table_with=tuple(document["shares_table_with"]),
            caveats=tuple(document["caveats"]),
            registers=dict(document["registers"]),
            groups=tuple(Group(**row) for row in document["groups"]),
            indicators=tuple(_indicator(row) for row in document["indicators"]),
            successions=dict(document["successions"]),
            list_types=dict(document["list_types"]),
            digest=digest,
        )
    except KeyError as missing:
        raise RulesetError(f"{name}: the field {missing} is missing") from missing
    except (TypeError, ValueError, AttributeError) as error:
        raise RulesetError(f"{name}: {error}") from error


def _indicator(row: Mapping[str, Any]) -> Indicator:
    numbers = {key: _number(row[key]) for key in ("lower_threshold", "upper_threshold")}
    return Indicator(**{**row, **numbers, "points": Fraction(row["points"])})


def _number(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)
