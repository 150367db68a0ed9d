"""Does the simulation know what will be? It is fitted to one nation and asked about others, which are then run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from loadtests.capacity.costs import CLIENT, Costs
from loadtests.capacity.simulation import Course, Machines, Station, fitted_pause, reports, simulate, surge
from loadtests.capacity.trial import Size, Trial

RECEIVING = "ingest-api"
LAST_OF_SURGE, LAST_OF_REPORTS = "payments-worker", "declarations-worker"

ROUNDS = 4

CLOSE = 0.2
"""How far a prediction may lie from what was measured: a rented core's speed wavers by more."""


@dataclass(frozen=True, slots=True)
class Fit:
    """The costs of one nation, and what its batches waited for beside the processor."""

    costs: Costs
    machines: Machines
    surge_pauses: Mapping[str, float]
    """Seconds, by station."""
    reports_pauses: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the simulation says of a size, and what was measured afterwards. Seconds."""

    size: Size
    surge: float
    reports: float
    measured_surge: float
    measured_reports: float
    surge_course: Course
    slower: float
    """How much slower the machine was then than when the costs were measured; 1: the same."""

    @property
    def error(self) -> float:
        """Of the whole, as a share of what was measured."""
        return (self.surge + self.reports) / (self.measured_surge + self.measured_reports) - 1

    @property
    def is_close(self) -> bool:
        return abs(self.error) <= CLOSE


def fit(trial: Trial, cores: int) -> Fit:
    """Take the costs from a run, and find the pauses with which the simulation repeats it.

    Three times were measured (accepted, calculated, reported), and three pauses are fitted; all else is measured.
    """
    machines, costs, practices = Machines(cores), trial.costs, trial.size.practices
    coming, going = surge(costs, calculators=trial.size.calculators), reports(costs)
    receiving = later = 0.0

    def ends(last: str, receiving: float, later: float) -> float:
        pauses = _surge_pauses(coming, receiving, later)
        return simulate(coming, practices, machines, pauses=pauses).finished_by(last)

    for _ in range(ROUNDS):  # each moves the other, as they share the cores
        receiving = fitted_pause(partial(_of_receiving, ends, later), costs.accepted_seconds)
        later = fitted_pause(partial(ends, LAST_OF_SURGE, receiving), costs.surge_seconds)

    def reported(pause: float) -> float:
        pauses = {station.name: pause for station in going}
        return simulate(going, practices, machines, pauses=pauses).finished_by(LAST_OF_REPORTS)

    pause = fitted_pause(reported, costs.reports_seconds)
    return Fit(costs, machines, _surge_pauses(coming, receiving, later), {one.name: pause for one in going})


def _of_receiving(ends: Callable[[str, float, float], float], later: float, receiving: float) -> float:
    return ends(RECEIVING, receiving, later)


def _surge_pauses(stations: Sequence[Station], receiving: float, later: float) -> dict[str, float]:
    return {one.name: receiving if one.name == RECEIVING else later for one in stations if one.name != CLIENT}


def predict(found: Fit, size: Size) -> tuple[Course, Course]:
    """Surge and reports of a nation of this size on the same machine."""
    return (
        simulate(
            surge(found.costs, calculators=size.calculators), size.practices, found.machines, pauses=found.surge_pauses
        ),
        simulate(reports(found.costs), size.practices, found.machines, pauses=found.reports_pauses),
    )


def held_against(found: Fit, trials: Sequence[Trial]) -> list[Prediction]:
    """Each trial beside what the fit says of its size, on the machine as it was then: what is asked of the simulation
    is what the work comes to, not what a host's other guests will do."""
    told = []
    for trial in trials:
        there = replace(found, costs=found.costs.at_the_speed_of(trial.costs))
        course, published = predict(there, trial.size)
        told.append(
            Prediction(
                trial.size,
                surge=course.finished_by(LAST_OF_SURGE),
                reports=published.finished_by(LAST_OF_REPORTS),
                measured_surge=trial.costs.surge_seconds,
                measured_reports=trial.costs.reports_seconds,
                surge_course=course,
                slower=_work(there.costs) / _work(found.costs),
            )
        )
    return told


def _work(costs: Costs) -> float:
    return sum(costs.surge.values()) + sum(costs.reports.values())
