"""What would many practices' statements come to on other figures? Their sums alone, without a sentence."""

from collections.abc import Callable
from functools import cache

from qof_payments.core.blast_radius import Stated
from qof_payments.core.deductions import due
from qof_payments.core.national import NationalFigures
from qof_payments.core.recalculation import Rates, pence_by_line, rates_of
from qof_payments.core.statement import PointsLine
from qof_payments.core.terms import Terms, terms_of
from qof_payments.handlers.calculate_entitlements import Accounts, deductions_of
from qof_payments.handlers.ports import ParametersOf, PracticeAchievement
from qof_payments.handlers.standing import DEDUCTION

Layout = tuple[tuple[str, str | None, str | None], ...]
"""Line, prevalence register and additional service of every line: the same for the practices of a year."""


def sums_on(
    figures: NationalFigures, parameters_of: ParametersOf, accounts: Accounts
) -> Callable[[PracticeAchievement], Stated]:
    """What `stated` reads of the entitlement that a practice would have on these figures, only sooner.

    What is returned raises an EntitlementError where the practice cannot be paid.
    """

    @cache
    def terms(nation: str, qof_year: str) -> Terms:
        return terms_of(figures, parameters_of(nation, qof_year), accounts.national.targets)

    @cache
    def rates(nation: str, qof_year: str, layout: Layout) -> Rates:
        lines = [PointsLine(line, "", register, (0, 1), service) for line, register, service in layout]
        return rates_of(lines, terms(nation, qof_year))

    def sums(achievement: PracticeAchievement) -> Stated:
        year = achievement.nation, achievement.qof_year
        layout = tuple([(one.line, one.prevalence_register, one.target_group) for one in achievement.points])
        account = accounts.account(achievement.practice)
        pence = pence_by_line(
            rates(*year, layout),
            [one.points for one in achievement.points],
            achievement.list_size,
            achievement.registers,
            account.terms.target_populations,
        )
        taken = deductions_of(achievement, account, terms(*year))
        lines = {one[0]: worth for one, worth in zip(layout, pence, strict=True)}
        lines |= {f"{DEDUCTION}{one.deduction}": -one.pence for one in taken}
        return Stated(due(sum(pence), taken), lines)

    return sums
