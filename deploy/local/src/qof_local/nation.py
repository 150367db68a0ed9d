"""What would the practices of a whole nation count? Invented extracts for any rule set, the same for the same seed.

A practice depends on the seed and its own number alone: the first thousand of nine thousand practices are the
thousand of a smaller run. Every extract is free of faults.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import exp, log, sqrt
from random import Random

from qof_calculator.core.compiled import CompiledRuleset, Term
from qof_shared.contracts import Extract, IndicatorCounts

LIST_SPREAD = 0.62
SMALLEST_LIST, LARGEST_LIST = 1_500, 30_000


@dataclass(frozen=True, slots=True)
class Prevalence:
    """How many of a practice's patients are on a register, and what moves it.

    `mean` is the share of the list; the others are standard deviations of its logarithm: for age and deprivation,
    which all registers of a practice share, and for the register alone.
    """

    mean: float
    age: float
    deprivation: float
    own: float


PREVALENCES: Mapping[str, Prevalence] = {
    "AF": Prevalence(0.016, 0.30, -0.05, 0.15),
    "ASTHMA": Prevalence(0.062, 0.0, 0.05, 0.18),
    "BP": Prevalence(0.143, 0.20, 0.05, 0.15),
    "CANCER": Prevalence(0.021, 0.25, -0.08, 0.15),
    "CHD": Prevalence(0.044, 0.22, 0.15, 0.12),
    "CKD": Prevalence(0.033, 0.25, 0.05, 0.35),
    "COPD": Prevalence(0.022, 0.15, 0.32, 0.20),
    "CVD": Prevalence(0.021, 0.10, 0.05, 0.35),
    "DEM": Prevalence(0.008, 0.35, 0.0, 0.25),
    "DEP1": Prevalence(0.082, 0.15, 0.10, 0.15),
    "DEP2": Prevalence(0.053, 0.0, 0.20, 0.50),
    "DM": Prevalence(0.047, 0.10, 0.12, 0.15),
    "EPILEPSY": Prevalence(0.0077, 0.0, 0.14, 0.18),
    "HF": Prevalence(0.0088, 0.28, 0.12, 0.20),
    "LD": Prevalence(0.0051, 0.0, 0.12, 0.35),
    "LVD": Prevalence(0.0062, 0.28, 0.12, 0.30),
    "MH": Prevalence(0.0090, -0.05, 0.22, 0.20),
    "OBESITY": Prevalence(0.091, 0.05, 0.20, 0.25),
    "OST": Prevalence(0.0012, 0.30, 0.0, 0.30),
    "PAD": Prevalence(0.0091, 0.18, 0.22, 0.25),
    "PC": Prevalence(0.0018, 0.20, 0.0, 0.40),
    "SMOKING": Prevalence(0.253, 0.12, 0.08, 0.08),
    "STROKE": Prevalence(0.022, 0.24, 0.10, 0.15),
    "THYROID": Prevalence(0.038, 0.10, -0.03, 0.25),
    # Registers under the names that England uses from 2013-14, and those that came later.
    "AST": Prevalence(0.062, 0.0, 0.05, 0.18),
    "CAN": Prevalence(0.038, 0.25, -0.08, 0.15),
    "CD": Prevalence(0.045, 0.22, 0.12, 0.12),
    "CHOL": Prevalence(0.060, 0.22, 0.12, 0.12),
    "CVDPP": Prevalence(0.021, 0.10, 0.05, 0.35),
    "DEP": Prevalence(0.115, 0.0, 0.15, 0.25),
    "EP": Prevalence(0.0064, 0.0, 0.14, 0.18),
    "HYP": Prevalence(0.152, 0.20, 0.05, 0.15),
    "NDH": Prevalence(0.074, 0.15, 0.05, 0.35),
    "OB": Prevalence(0.112, 0.05, 0.20, 0.25),
    "RA": Prevalence(0.0065, 0.20, 0.0, 0.25),
    "SMOK": Prevalence(0.253, 0.12, 0.08, 0.08),
    "STIA": Prevalence(0.019, 0.24, 0.10, 0.15),
    "THY": Prevalence(0.038, 0.10, -0.03, 0.25),
}
"""Means of Scotland 2012-13 and, of the later names, of England 2024-25; spreads that come near the published ones (ISD
Scotland and NHS England, OGL v3)."""

OTHER_PREVALENCE = Prevalence(0.02, 0.10, 0.10, 0.30)
WITHIN = {"LVD": "HF"}
"""A register whose patients are all on another one."""

SHARES_OF_LIST = {
    "BP001": 0.48,
    "BP002": 0.43,
    "CON002": 0.05,
    "CON003": 0.004,
    "CS002": 0.26,
    "CS005": 0.17,
    "CS006": 0.09,
    "CS01": 0.26,
    "RECORD22": 0.80,
    "SH02": 0.05,
    "SH03": 0.004,
    "SMOK001": 0.82,
    "SMOK004": 0.14,
    "SMOKE07": 0.82,
    "SMOKE08": 0.18,
    "VI001": 0.010,
    "VI002": 0.010,
    "VI003": 0.011,
    "VI004": 0.008,
}
"""Who is counted, as a share of the list, where an indicator counts outside the registers."""

OTHER_SHARE_OF_LIST = 0.10
ELIGIBLE = (0.98, 0.97, 0.96, 0.95, 0.94, 0.92, 0.90, 0.60, 0.25, 0.18, 0.12)
"""Which share of a register an indicator concerns by definition; indicators draw one of these."""

OUTSIDE, DECLINED, UNSUITABLE = "outside-definition", "declined", "unsuitable"
"""Reason codes: of exclusions the first, of PCAs the others."""

DECLINED_SHARE = 0.4
MIDDLE = 0.5
VARIATION = 0.35
"""Standard deviation of an indicator's log-odds between practices of the same quality."""


@dataclass(frozen=True, slots=True)
class Trait:
    """What an indicator is like in every practice: drawn from its code, so that years and seeds agree."""

    code: str
    register: str | None
    share_of_list: float
    eligible: float
    ease: float
    """Log-odds of a patient meeting it in a practice of average quality."""
    pca: float
    """Average share of eligible patients left out by a PCA."""
    answers: tuple[IndicatorCounts, ...]
    """All that can be said where nothing is counted: (no, yes) of a yes/no, the name of a register indicator."""


@dataclass(frozen=True, slots=True)
class Character:
    """What a practice is like; shared by all that it counts."""

    list_size: int
    age: float
    deprivation: float
    quality: float
    """Log-odds added to every indicator: about 0 in most practices, far below in a few."""
    organised: float
    """Probability of a yes to a yes/no indicator."""
    pca: float
    """Factor on every indicator's share of PCAs."""


class SyntheticNation:
    """Extracts of invented practices under one rule set."""

    def __init__(self, rules: CompiledRuleset, *, seed: int, average_list: float) -> None:
        self.rules = rules
        self._seed = seed
        self._average_list = average_list
        self._traits = [_trait(term) for term in rules.by_code.values() if term.counted is not None]
        # The wider register first: the narrower one is bounded by it.
        self._registers = sorted(rules.ruleset.registers, key=lambda register: register in WITHIN)

    def extract(self, index: int, practice: str, collection: str) -> Extract:
        """What the practice of this number counted."""
        ruleset = self.rules.ruleset
        random = Random(f"{ruleset.ruleset_id}/{self._seed}/{index}")  # noqa: S311 - invented figures, no secrets
        character = _character(random, self._average_list)
        registers = self._count_registers(random, character)
        return Extract(
            practice=practice,
            collection=collection,
            achievement_date=ruleset.achievement_date,
            list_size=character.list_size,
            list_size_date=date(ruleset.achievement_date.year, 1, 1),
            registers={register: registers[register] for register in ruleset.registers},
            indicators=[_counts(random, trait, character, registers) for trait in self._traits],
        )

    def _count_registers(self, random: Random, character: Character) -> dict[str, int]:
        registers: dict[str, int] = {}
        for register in self._registers:
            usual = PREVALENCES.get(register, OTHER_PREVALENCE)
            moved = usual.age * character.age + usual.deprivation * character.deprivation + random.gauss(0, usual.own)
            # Half the variance is taken off, so that the mean over practices stays the mean.
            moved -= (usual.age**2 + usual.deprivation**2 + usual.own**2) / 2
            expected = character.list_size * usual.mean * exp(moved)
            limit = registers.get(WITHIN.get(register, ""), character.list_size)
            registers[register] = _whole(random, expected, sqrt(expected), limit)
        return registers


def _character(random: Random, average_list: float) -> Character:
    list_size = random.lognormvariate(log(average_list) - LIST_SPREAD**2 / 2, LIST_SPREAD)
    kind = random.random()
    # Most do well, some are mediocre, a few poor.
    quality = random.gauss(0.15, 0.3) if kind < 0.85 else random.gauss(*((-0.8, 0.3) if kind < 0.96 else (-1.9, 0.4)))
    return Character(
        list_size=round(min(max(list_size, SMALLEST_LIST), LARGEST_LIST)),
        age=random.gauss(0, 1),
        deprivation=random.gauss(0, 1),
        quality=quality,
        organised=0.98 if quality > -0.5 else 0.88,
        pca=min(random.lognormvariate(-0.08, 0.4), 4.0),
    )


def _trait(term: Term) -> Trait:
    # Not Python's own hash, which differs from process to process.
    random = Random(hashlib.blake2b(term.code.encode(), digest_size=8).digest())  # noqa: S311 - no secret
    # Tiers are set locally, and end somewhere in the middle.
    upper = term.upper / term.hundred or MIDDLE
    usual = min(upper + (1 - upper) * random.uniform(0.3, 0.75), 0.985)
    answers: tuple[IndicatorCounts, ...] = ()
    if "achieved" in term.kind.counts:
        answers = tuple(IndicatorCounts(indicator=term.code, achieved=answer) for answer in (False, True))
    elif "numerator" not in term.kind.counts:
        answers = (IndicatorCounts(indicator=term.code),)
    return Trait(
        code=term.code,
        register=term.register,
        share_of_list=SHARES_OF_LIST.get(term.code, OTHER_SHARE_OF_LIST),
        eligible=random.choice(ELIGIBLE) if term.register else 1.0,
        ease=log(usual / (1 - usual)),
        pca=random.uniform(0.01, 0.10),
        answers=answers,
    )


def _counts(random: Random, trait: Trait, character: Character, registers: Mapping[str, int]) -> IndicatorCounts:
    if trait.answers:
        return trait.answers[len(trait.answers) > 1 and random.random() < character.organised]
    # Everybody counted is in the denominator or left out for exactly one reason.
    cohort = registers[trait.register] if trait.register else int(character.list_size * trait.share_of_list)
    excluded = _part(random, cohort * (1 - trait.eligible), cohort)
    left_out = _part(random, (cohort - excluded) * trait.pca * character.pca, cohort - excluded)
    denominator = cohort - excluded - left_out
    met = 1 / (1 + exp(-trait.ease - character.quality))
    # Practices vary, and so do the patients of one practice: the variances add up.
    variance = denominator * met * (1 - met)
    spread = sqrt(variance * (1 + VARIATION**2 * variance))
    return IndicatorCounts(
        indicator=trait.code,
        numerator=_whole(random, denominator * met, spread, denominator),
        denominator=denominator,
        exclusions={OUTSIDE: excluded} if excluded else {},
        pcas=_by_reason(left_out) if left_out else {},
    )


def _part(random: Random, expected: float, whole: int) -> int:
    """A whole number of patients near what is expected, at most all of them."""
    return min(int(expected + random.random()), whole)


def _whole(random: Random, expected: float, spread: float, limit: int) -> int:
    return min(max(int(random.gauss(expected, spread) + 0.5), 0), limit)


def _by_reason(patients: int) -> dict[str, int]:
    declined = int(patients * DECLINED_SHARE)
    return {UNSUITABLE: patients - declined, DECLINED: declined} if declined else {UNSUITABLE: patients}
