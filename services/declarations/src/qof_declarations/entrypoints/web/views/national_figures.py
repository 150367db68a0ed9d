"""What would national figures do, told in pounds and people: registers, findings, and who would be paid otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from qof_declarations.entrypoints.web.words import count, moment, pounds
from qof_shared.vocabulary import parse_rational, round_half_up

GATE_WORDS: Mapping[str, str] = {
    "as-at-date": "Counted at another day",
    "completeness": "Practices missing",
    "average-list": "Average list of another year",
    "register-above-list": "More patients on a register than on the list",
    "one-decides": "One practice decides",
    "far-from-nation": "Far from the nation",
    "far-from-last-year": "Far from last year",
    "supplier-shift": "A supplier moved otherwise than the others",
}

STATE_WORDS: Mapping[str, str] = {
    "open": "Waiting for a second person",
    "frozen": "Frozen",
    "withdrawn": "Withdrawn",
}

ACTION_WORDS: Mapping[str, str] = {"proposed": "Proposed", "froze": "Froze", "withdrew": "Withdrew"}


@dataclass(frozen=True, slots=True)
class Register:
    """A register's national figures; prevalences in per cent."""

    name: str
    practices: str
    patients: str
    listed: str
    prevalence: str
    adjusted: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a gate found. `field` names the input for its reason, `anchor` is its id; `reason` is what was given."""

    finding: str
    title: str
    is_stop: bool
    where: str
    says: str
    mend: str
    field: str
    anchor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the statements over the nation; widths are of 100, to the left where pounds are lost."""

    name: str
    practices: str
    difference: str
    before: str
    after: str
    width: str
    is_loss: bool


@dataclass(frozen=True, slots=True)
class Affected:
    """A practice that would be paid otherwise."""

    practice: str
    before: str
    after: str
    difference: str
    told: str
    """How far it is, in words."""
    lines: Sequence[tuple[str, str, str]]
    """Line, before, after."""


@dataclass(frozen=True, slots=True)
class Radius:
    """Whom the figures would pay otherwise, in numbers and sentences."""

    counts: Sequence[tuple[str, str, str]]
    """What, how many, what that means."""
    difference: str
    changed: int
    lines: Sequence[Line]
    extremes: Sequence[Affected]
    """Who gains and who loses most."""


@dataclass(frozen=True, slots=True)
class Review:
    """Figures as they would be: a preview, or what somebody proposes."""

    practices: str
    digest: str
    parameters: str
    left_out: Mapping[str, str]
    registers: Sequence[Register]
    findings: Sequence[Finding]
    unverified: Sequence[tuple[str, str]]
    """Value, and why nobody confirms it."""
    unverified_indicators: Sequence[str]
    radius: Radius

    @property
    def stops(self) -> Sequence[Finding]:
        return [one for one in self.findings if one.is_stop]

    @property
    def looks(self) -> Sequence[Finding]:
        return [one for one in self.findings if not one.is_stop]

    @property
    def needs_unverified_reason(self) -> bool:
        return bool(self.unverified or self.unverified_indicators)


FINDING_FIELD = "because:"
"""Begins the name of the input for a finding's reason; the finding's id follows."""


def review_of(
    document: Mapping[str, Any], reasons: Mapping[str, str] | None = None, exclusions: Mapping[str, str] | None = None
) -> Review:
    """A preview or a proposal of payments' API, told; a preview does not know the `reasons` given by finding and the
    `exclusions` asked for."""
    given = reasons if reasons is not None else document.get("acknowledgements", {})
    return Review(
        practices=count(document["practices"]),
        digest=document["digest"],
        parameters=document["parameters"],
        left_out=left_out_of(document, exclusions),
        registers=registers_of(document["registers"]),
        findings=[
            Finding(
                finding=one["finding"],
                title=GATE_WORDS.get(one["gate"], one["gate"].replace("-", " ").capitalize()),
                is_stop=one["severity"] == "stop",
                where=one["where"],
                says=sentence(one["says"]),
                mend=sentence(one["mend"]),
                field=f"{FINDING_FIELD}{one['finding']}",
                anchor=f"finding-{place}",
                reason=given.get(one["finding"], ""),
            )
            for place, one in enumerate(document["findings"])
        ],
        unverified=[
            (name.replace("_", " ").capitalize(), sentence(why)) for name, why in document["unverified"].items()
        ],
        unverified_indicators=document["unverified_indicators"],
        radius=radius_of(document["blast_radius"]),
    )


def left_out_of(document: Mapping[str, Any], exclusions: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Practice -> why figures are not made from it: excluded by name, whether or not it has counts, or without any."""
    return {**document["left_out"], **(exclusions if exclusions is not None else document.get("exclusions", {}))}


def registers_of(rows: Sequence[Mapping[str, Any]]) -> Sequence[Register]:
    return [
        Register(
            row["prevalence_register"],
            count(row["practices"]),
            count(row["total_register"]),
            count(row["total_list"]),
            prevalence(row["mean_prevalence"]),
            prevalence(row["mean_adjusted_prevalence"]),
        )
        for row in rows
    ]


def radius_of(found: Mapping[str, Any]) -> Radius:
    """A blast radius, told."""
    counts = (
        ("first_paid", "Paid for the first time", "They have no pounds yet, and get them."),
        ("unchanged", "Unchanged", "They keep every line, and their signatures stand."),
        ("changed", "Paid otherwise", "They get a new report."),
        ("unpayable", "Could not be paid", "A figure that they need is missing. Look at them before you freeze."),
        ("signed", "Of those paid otherwise: signed", "They have to sign again."),
        ("approved", "Of those paid otherwise: approved", "What is approved stays. The difference is settled by hand."),
        (
            "finance_approved",
            "Of those paid otherwise: payment approved",
            "What is approved stays. The difference is settled by hand.",
        ),
        ("paid", "Of those paid otherwise: paid", "Nobody is paid twice. The difference is settled by hand."),
    )
    extremes = [one for one in (found["largest_up"], found["largest_down"]) if one is not None]
    return Radius(
        counts=[(name, count(found[key]), means) for key, name, means in counts],
        difference=signed(found["difference"]),
        changed=found["changed"],
        lines=_lines(found["lines"]),
        extremes=[affected_of(one) for one in extremes],
    )


def affected_of(one: Mapping[str, Any]) -> Affected:
    """A practice of a blast radius, told."""
    return Affected(
        practice=one["practice"],
        before=pounds(one["before"]),
        after="cannot be paid" if one["after"] is None else pounds(one["after"]),
        difference=signed(one["difference"]),
        told=_how_far(one),
        lines=[(line["line"], _pounds(line["before"]), _pounds(line["after"])) for line in one["lines"]],
    )


def _how_far(one: Mapping[str, Any]) -> str:
    if one["trouble"]:
        return sentence(one["trouble"])
    if one.get("paid") is not None:
        return f"Paid {pounds(one['paid'])}"
    heard = one.get("declaration")
    if heard is None:
        return "Not signed"
    return f"{str(heard['state']).replace('-', ' ').capitalize()}, {moment(datetime.fromisoformat(heard['at']))}"


def _lines(rows: Sequence[Mapping[str, Any]]) -> Sequence[Line]:
    most = max((abs(Decimal(row["difference"])) for row in rows), default=Decimal(0))
    return [
        Line(
            row["line"],
            count(row["practices"]),
            signed(row["difference"]),
            "–" if row["mean_before"] is None else prevalence(row["mean_before"]),
            "–" if row["mean_after"] is None else prevalence(row["mean_after"]),
            f"{abs(Decimal(row['difference'])) * 50 / most:.1f}" if most else "0",
            Decimal(row["difference"]) < 0,
        )
        for row in rows
    ]


def prevalence(share: str) -> str:
    """A share of 1 as a percentage with three decimals: 1.659%."""
    return f"{round_half_up(parse_rational(share) * 100, 3)}%"


def signed(amount: str) -> str:
    """Pounds with their sign: +£3.20, −£1.10, £0.00."""
    return f"+{pounds(amount)}" if Decimal(amount) > 0 else pounds(amount)


def _pounds(amount: str | None) -> str:
    return "–" if amount is None else pounds(amount)


def sentence(text: str) -> str:
    """What a program says in half a sentence, as a whole one."""
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}" if text else ""
