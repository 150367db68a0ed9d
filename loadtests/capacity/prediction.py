"""Does the simulation know what will be? It is fitted to one nation and asked about others, which are then run."""

from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.capacity.costs import Costs
from loadtests.capacity.simulation import Course, Machines, fitted_pause, reports, simulate, surge
from loadtests.capacity.trial import Size, Trial

LAST_OF_SURGE, LAST_OF_REPORTS = "payments-worker", "declarations-worker"

CLOSE = 0.2
"""How far a prediction may lie from what was measured: a rented core's speed wavers by more."""


@dataclass(frozen=True, slots=True)
class Fit:
    """The costs of one nation, and what its batches waited for beside the processor."""

    costs: Costs
    machines: Machines
    surge_pause: float
    reports_pause: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the simulation says of a size, and what was measured afterwards. Seconds."""

    size: Size
    surge: float
    reports: float
    measured_surge: float
    measured_reports: float
    surge_course: Course

    @property
    def error(self) -> float:
        """Of the whole, as a share of what was measured."""
        return (self.surge + self.reports) / (self.measured_surge + self.measured_reports) - 1

    @property
    def is_close(self) -> bool:
        return abs(self.error) <= CLOSE


def fit(trial: Trial, cores: int) -> Fit:
    """Take the costs from a run, and find the pause with which the simulation repeats it."""
    machines, costs = Machines(cores), trial.costs
    practices = trial.size.practices
    return Fit(
        costs,
        machines,
        surge_pause=fitted_pause(
            surge(costs, calculators=trial.size.calculators),
            practices,
            machines,
            last=LAST_OF_SURGE,
            seconds=costs.surge_seconds,
        ),
        reports_pause=fitted_pause(
            reports(costs), practices, machines, last=LAST_OF_REPORTS, seconds=costs.reports_seconds
        ),
    )


def predict(found: Fit, size: Size) -> tuple[Course, Course]:
    """Surge and reports of a nation of this size on the same machine."""
    return (
        simulate(
            surge(found.costs, calculators=size.calculators), size.practices, found.machines, pause=found.surge_pause
        ),
        simulate(reports(found.costs), size.practices, found.machines, pause=found.reports_pause),
    )


def held_against(found: Fit, trials: Sequence[Trial]) -> list[Prediction]:
    """Each trial beside what the fit says of its size."""
    told = []
    for trial in trials:
        course, published = predict(found, trial.size)
        told.append(
            Prediction(
                trial.size,
                surge=course.finished_by(LAST_OF_SURGE),
                reports=published.finished_by(LAST_OF_REPORTS),
                measured_surge=trial.costs.surge_seconds,
                measured_reports=trial.costs.reports_seconds,
                surge_course=course,
            )
        )
    return told
