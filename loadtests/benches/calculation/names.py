"""Which engines are compared, and what is one measurement of one?"""

from collections.abc import Mapping
from dataclasses import dataclass

POINTS, FIGURES, STATEMENTS = "points", "national figures", "statements"
LEAN, EXPLAINED = "OpenQOF, recalculation", "OpenQOF, explained"
BARE, RATIONAL = "bare loop of integers, points only", "rational arithmetic"
READY, GATHERED = "columns (NumPy), ready", "columns (NumPy), from extracts"
COLUMN_POINTS = "columns (NumPy), ready, points only"


@dataclass(frozen=True, slots=True)
class Run:
    """One engine, measured once."""

    engine: str
    practices: int
    microseconds: float
    """Of processor time for a practice."""
    parts: Mapping[str, float]
    """The same by part, where the engine has parts."""
