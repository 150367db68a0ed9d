"""Figures that pages show, made by the calculator's and payments' own code: a year, and what arrives later."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache, cached_property
from uuid import UUID, uuid5

import msgspec

from qof_calculator.adapters.rulesets import load_rulesets
from qof_calculator.handlers.calculate_achievements import calculate_extract
from qof_local import directory
from qof_local.nation import SyntheticNation
from qof_payments.adapters.parameters import load_parameters
from qof_payments.core.national import NationalFigures, national_figures
from qof_payments.handlers.calculate_entitlements import Accounts, calculator_on
from qof_payments.handlers.money_ports import NationalTargets
from qof_payments.handlers.payable import payable
from qof_payments.handlers.ports import Snapshot
from qof_shared.contracts import (
    AchievementCalculated,
    AchievementsSummed,
    CollectionOpened,
    CollectionRecord,
    CommissionerRecord,
    Contract,
    DirectoryRecorded,
    Event,
    Extract,
    ExtractAccepted,
    NationalFiguresFrozen,
    PracticeRecord,
    RulesetDescribed,
    SummedAchievement,
    new_event,
)

NATION = "england"
RULESETS = load_rulesets()
parameters_of = cache(load_parameters)
NAMESPACE = UUID("8a4b6c1e-5a52-4a1e-9b7c-0f6f0d4f2c11")


@dataclass(frozen=True)
class Year:
    """One collection of a nation of `practices`: who exists, what they sent, and what it comes to."""

    qof_year: str = "2012-13"
    practices: int = 60
    seed: int = 2013
    sign_by: date | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def collection(self) -> str:
        return f"{NATION}-{self.qof_year}"

    @cached_property
    def rules(self):  # type: ignore[no-untyped-def]  # the calculator's compiled rule set
        return RULESETS.for_year(NATION, self.qof_year)

    @cached_property
    def _generator(self) -> SyntheticNation:
        average = float(parameters_of(NATION, self.qof_year).average_list_size)
        return SyntheticNation(self.rules, seed=self.seed, average_list=average)

    @cached_property
    def members(self) -> Sequence[directory.Practice]:
        return [directory.invented_practice(index, NATION) for index in range(self.practices)]

    def extract(self, index: int) -> Extract:
        """What the practice of this number sent first."""
        return self._generator.extract(index, self.members[index].practice, self.collection)

    @cached_property
    def snapshot(self) -> Snapshot:
        """The national figures of everybody's first extracts, frozen."""
        parameters = parameters_of(NATION, self.qof_year)
        return Snapshot(
            snapshot_id=uuid5(NAMESPACE, self.collection),
            collection=self.collection,
            number=1,
            name=f"{self.qof_year} final",
            digest=uuid5(NAMESPACE, f"figures of {self.collection}").hex * 2,
            figures=self._figures(),
            parameters_id=parameters.parameters_id,
            parameters_digest=parameters.digest,
            frozen_at=self.at,
            frozen_by="national-team-second",
            reason="all practices in",
        )

    def _figures(self) -> NationalFigures:
        extracts = [self.extract(index) for index in range(self.practices)]
        return national_figures(
            ((one.practice, one.list_size, one.registers) for one in extracts),
            parameters_of(NATION, self.qof_year),
        )

    def opening(self) -> Iterator[Event]:
        """Who exists, what is asked, and the words of the rules."""
        commissioners = directory.invented_commissioners(self.practices, NATION)
        record = CollectionRecord(
            collection=self.collection,
            nation=NATION,
            qof_year=self.qof_year,
            achievement_date=self.rules.ruleset.achievement_date,
            sign_by=self.sign_by,
        )
        yield self._told(
            DirectoryRecorded(
                revision=1,
                commissioners=[
                    CommissionerRecord(commissioner=code, name=name) for code, name in commissioners.items()
                ],
                practices=[
                    PracticeRecord(
                        practice=one.practice,
                        name=one.name,
                        nation=NATION,
                        commissioner=one.commissioner,
                        supplier=one.supplier,
                    )
                    for one in self.members
                ],
            )
        )
        yield self._told(CollectionOpened(collection=record))
        rules = self.rules.ruleset
        yield self._told(
            RulesetDescribed(
                ruleset=rules.ruleset_id,
                ruleset_digest=rules.digest,
                nation=NATION,
                qof_year=self.qof_year,
                registers=dict(rules.registers),
                groups={group.code: group.name for group in rules.groups},
                indicators={one.code: one.description for one in rules.indicators},
                successions=dict(rules.successions),
            )
        )

    def freeze(self) -> Event:
        """The national figures are frozen."""
        snapshot = self.snapshot
        return self._told(
            NationalFiguresFrozen(
                snapshot_id=snapshot.snapshot_id,
                collection=self.collection,
                name=snapshot.name,
                digest=snapshot.digest,
                practices=self.practices,
                mean_prevalence={
                    name: str(figure.mean_prevalence) for name, figure in snapshot.figures.registers.items()
                },
                frozen_by=snapshot.frozen_by,
                frozen_at=snapshot.frozen_at,
                reason=snapshot.reason,
            )
        )

    def points(self, index: int, number: int = 1, change: Callable[[Extract], Extract] = lambda one: one) -> Event:
        """The points of an extract of this practice; `change` makes another extract of the first one."""
        return self._told(self._calculated(index, number, change)[0])

    def sums(self, index: int) -> Event:
        """The same as payments hears of it: in sums."""
        return self._told(AchievementsSummed(calculated_at=self.at, achievements=[self._calculated(index)[1]]))

    def _calculated(
        self, index: int, number: int = 1, change: Callable[[Extract], Extract] = lambda one: one
    ) -> tuple[AchievementCalculated, SummedAchievement]:
        extract = change(self.extract(index))
        accepted = ExtractAccepted(
            extract_id=uuid5(NAMESPACE, f"{self.collection}/{extract.practice}/{number}"),
            extract_number=1000 * number + index,
            supplier=self.members[index].supplier,
            collection=self.collection,
            practice=extract.practice,
            nation=NATION,
            qof_year=self.qof_year,
            received_at=self.at,
            digest=f"{number:064x}",
            extract=extract,
        )
        result = calculate_extract(accepted, RULESETS, self.at)
        assert isinstance(result, tuple), result
        return result

    def pounds(self, points: Event) -> Event:
        """The pounds of these points, on the frozen figures."""
        calculate = calculator_on(self.snapshot, parameters_of, self.at, Accounts({}, NationalTargets(0, {})))
        return self._told(calculate(payable(points, parameters_of)))

    def everything(self) -> Iterator[Event]:
        """All of it, until every practice has its report."""
        yield from self.opening()
        yield self.freeze()
        for index in range(self.practices):
            points = self.points(index)
            yield points
            yield self.pounds(points)

    def _told(self, content: Contract) -> Event:
        return new_event(content, occurred_at=self.at, correlation_id=self.collection)


def met_more(indicator: str, patients: int) -> Callable[[Extract], Extract]:
    """An extract in which more patients (or fewer, below 0) meet the indicator."""

    def change(extract: Extract) -> Extract:
        indicators = [
            msgspec.structs.replace(
                count, numerator=max(0, min(count.denominator or 0, (count.numerator or 0) + patients))
            )
            if count.indicator == indicator
            else count
            for count in extract.indicators
        ]
        return msgspec.structs.replace(extract, indicators=indicators)

    return change
