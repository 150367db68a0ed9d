"""How many rows travel to PostgreSQL in one statement: as one array per column, for `unnest`."""

from collections.abc import Sequence


def columns(rows: Sequence[tuple[object, ...]], width: int) -> tuple[list[object], ...]:
    """Rows of `width` values as `width` columns; no rows are `width` empty columns."""
    return tuple([row[column] for row in rows] for column in range(width))
