"""How is a page of thousands of values written? From pieces: macros that were written once, with marks for values.

A template engine looks up, calls and escapes for every value anew, and a report has 2,700 of them. Here the engine runs
once for each *shape* of a piece (which of its values are blank), all values of a page are escaped in one go, and the
rest is one formatting of text. What comes out is what the macros would have written, one after the other.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import TypeAlias

from jinja2 import Template
from markupsafe import escape

Piece: TypeAlias = tuple[str, Sequence[str]]
"""The name of a macro and its arguments, in order. It may ask whether one is blank, and show it as it is, no more."""

APART = "\x1f"
"""Between values while they are escaped together."""

FIRST_MARK = 0xF0000
"""Marks are private characters that no template of ours has; they stand for values, never among them."""

_MARK = re.compile(f"[{chr(FIRST_MARK)}-{chr(FIRST_MARK + 0xFFFF)}]")

_Pattern: TypeAlias = tuple[str, Callable[[Sequence[str]], Sequence[str]]]
"""The text with %s for each value, and which of the arguments these are."""


class Pieces:
    """The macros of one template. One for the process: what was written once is kept."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._patterns: dict[tuple[str, tuple[bool, ...]], _Pattern] = {}

    def write(self, pieces: Iterable[Piece]) -> str:
        """The pieces, one after the other, with all values escaped."""
        texts: list[str] = []
        values: list[str] = []
        for name, arguments in pieces:
            shape = name, tuple(map(bool, arguments))
            text, pick = self._patterns.get(shape) or self._pattern(*shape)
            texts.append(text)
            values += pick(arguments)
        return "".join(texts) % tuple(escaped(values))

    def _pattern(self, name: str, shape: tuple[bool, ...]) -> _Pattern:
        macro = getattr(self._template.module, name)
        marks = [chr(FIRST_MARK + place) if is_there else "" for place, is_there in enumerate(shape)]
        if len(marks) != len(macro.arguments):
            raise ValueError(
                f"{name} of {self._template.name} takes {', '.join(macro.arguments)}; here are {len(marks)}"
            )
        text = str(macro(*marks))
        places = [ord(mark) - FIRST_MARK for mark in _MARK.findall(text)]
        self._patterns[name, shape] = _MARK.sub("%s", text.replace("%", "%%")), _picker(places)
        return self._patterns[name, shape]


def _picker(places: Sequence[int]) -> Callable[[Sequence[str]], Sequence[str]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda arguments: [arguments[place] for place in places]


def escaped(values: Sequence[str]) -> Sequence[str]:
    """Every value as it may stand in text and in attributes; one way through all of them instead of one for each."""
    together = str.split(escape(APART.join(values)), APART)
    if len(together) == len(values):
        return together
    # Somebody typed what stands between them.
    return [str(escape(value)) for value in values]
