from itertools import permutations

import pytest

from qof_ingest.core.journey import Progress, Stage, furthest


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ((), Stage.ACCEPTED),
        ((Stage.ACCEPTED,), Stage.ACCEPTED),
        ((Stage.ACCEPTED, Stage.REJECTED), Stage.REJECTED),
        ((Stage.ACCEPTED, Stage.CALCULATED, Stage.REPORTED), Stage.REPORTED),
        ((Stage.ACCEPTED, Stage.REJECTED, Stage.CALCULATED), Stage.CALCULATED),
    ],
)
def test_the_furthest_stage_is_the_status_in_whatever_order_they_came(
    stages: tuple[Stage, ...], expected: Stage
) -> None:
    assert {furthest(order) for order in permutations(stages)} == {expected}


def test_progress_balances() -> None:
    progress = Progress(practices=9, accepted=10, calculated=6, reported=4, rejected=1)
    assert progress.accepted == progress.calculated + progress.rejected + progress.in_flight
