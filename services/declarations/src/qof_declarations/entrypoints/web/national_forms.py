"""What the national team types into forms about national figures, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from qof_declarations.core.session import Fields
from qof_declarations.entrypoints.web.views.national_figures import FINDING_FIELD
from qof_declarations.handlers.national_figures import Terms

LONGEST_REASON = 1000
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Exclusions:
    """Practices that figures are not made from: the text as it was typed, what it says, and what is wrong with it."""

    text: str
    practices: Mapping[str, str]
    """Practice -> reason."""
    faults: tuple[str, ...]


def read_exclusions(text: str) -> Exclusions:
    """One practice a line: its code, then the reason."""
    found: dict[str, str] = {}
    faults = []
    for number, line in enumerate(text.splitlines(), 1):
        practice, _, reason = line.strip().partition(" ")
        practice, reason = practice.upper().rstrip(",:;"), reason.strip(" -–:")
        if not practice:
            continue
        if not reason:
            faults.append(f"Line {number}: say why {practice} is left out, after its code")
        elif practice in found:
            faults.append(f"Line {number}: {practice} is there twice. Keep one of the lines")
        elif len(reason) > LONGEST_REASON:
            faults.append(f"Line {number}: the reason has more than {LONGEST_REASON} characters. Make it shorter")
        found.setdefault(practice, reason)
    return Exclusions(text, found, tuple(faults))


def exclusions_text(exclusions: Mapping[str, str]) -> str:
    """The same as it would be typed."""
    return "\n".join(f"{practice} {reason}" for practice, reason in exclusions.items())


@dataclass(frozen=True, slots=True)
class Proposing:
    """A proposal as it was typed, with a sentence for every input that needs something else."""

    terms: Terms
    exclusions: Exclusions
    faults: Mapping[str, str] = field(default_factory=dict)
    """Input -> what to do."""


def read_proposal(form: Fields) -> Proposing:
    """What was typed into the form below a preview."""

    def typed(name: str) -> str:
        value = form.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    exclusions = read_exclusions(typed("exclusions"))
    reasons = {name.removeprefix(FINDING_FIELD): typed(name) for name in form if name.startswith(FINDING_FIELD)}
    terms = Terms(
        name=typed("name"),
        reason=typed("reason"),
        exclusions=exclusions.practices,
        acknowledgements={finding: reason for finding, reason in reasons.items() if reason},
        unverified_reason=typed("unverified_reason"),
    )
    faults = {}
    if not terms.name:
        faults["name"] = "Give the figures a name, for example 2012-13 final"
    elif len(terms.name) > LONGEST_NAME:
        faults["name"] = f"The name has more than {LONGEST_NAME} characters. Make it shorter"
    if not terms.reason:
        faults["reason"] = "Say why these figures can be frozen now"
    faults |= {
        name: f"This has more than {LONGEST_REASON} characters. Make it shorter"
        for name in form
        if name not in ("name", "exclusions") and len(typed(name)) > LONGEST_REASON
    }
    if form.get("needs_unverified") == "yes" and not terms.unverified_reason:
        faults["unverified_reason"] = "Say why practices may be paid by values that no source confirms"
    for finding, reason in reasons.items():
        if not reason and form.get(f"stop:{finding}") == "yes":
            faults[f"{FINDING_FIELD}{finding}"] = "Say why the figures are right all the same, or mend it first"
    return Proposing(terms, exclusions, faults)
