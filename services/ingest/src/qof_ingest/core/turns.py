"""Whose turn is it? Suppliers are served in turn, so that one which sends a flood waits behind its own.

In one line for all, a supplier that posts seven times its share would make everybody wait for its extracts. Here each
has a line, first come first served, and the lines take turns.
"""

from collections import deque
from typing import Generic, TypeVar

One = TypeVar("One")


class Turns(Generic[One]):
    """What waits, by supplier. Nothing is kept of a supplier of whom nothing waits."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[One]] = {}
        """In the order of their turns."""
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    def add(self, supplier: str, one: One) -> None:
        """To the end of its supplier's line."""
        self._lines.setdefault(supplier, deque()).append(one)
        self._waiting += 1

    def next(self) -> One | None:
        """The first of the line whose turn it is; None where nobody waits."""
        for supplier in self._lines:
            line = self._lines.pop(supplier)
            one = line.popleft()
            if line:
                self._lines[supplier] = line
            self._waiting -= 1
            return one
        return None

    def give_way(self, supplier: str) -> One | None:
        """The youngest of the longest line leaves for one of `supplier`'s; None where no line is longer than its own
        would be, so that the newcomer is the one to come again."""
        own = len(self._lines.get(supplier, ()))
        longest = max(self._lines, key=lambda name: len(self._lines[name]), default=supplier)
        if longest == supplier or len(self._lines[longest]) <= own + 1:
            return None
        self._waiting -= 1
        return self._lines[longest].pop()
