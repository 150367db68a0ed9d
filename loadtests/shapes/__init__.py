"""Which rehearsals are there? Each module has one, with what it rehearses, its size and what has to hold."""

from loadtests.shapes.deadline import DEADLINE
from loadtests.shapes.herd import HERD
from loadtests.shapes.noisy_supplier import NOISY_SUPPLIER
from loadtests.shapes.replay_2007 import REPLAY_2007
from loadtests.shapes.retry_storm import RETRY_STORM
from loadtests.shapes.shape import Shape
from loadtests.shapes.soak import SOAK
from loadtests.shapes.surge import SURGE

SHAPES: dict[str, Shape] = {
    one.name: one for one in (SURGE, HERD, REPLAY_2007, DEADLINE, RETRY_STORM, NOISY_SUPPLIER, SOAK)
}
