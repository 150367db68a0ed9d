"""What exactly moved between two versions of a report, for a practice manager and for a program."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from qof_declarations.core.report import Json
from qof_shared.vocabulary import parse_rational, two_places

_FIRST = (
    "pounds",
    "achievement_pounds",
    "deductions",
    "points",
    "points_available",
    "determinations",
    "list_size",
    "registers",
    "indicators",
    "lines",
)
"""What a practice manager asks first comes first."""

_POUNDS = frozenset({"pounds", "achievement_pounds"})

_POINTS = frozenset({"points", "points_available"})


class Kind(StrEnum):
    """How something moved; `added` and `removed` tell "was not there" from "was null"."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that moved: where (JSON Pointer, RFC 6901), from what, to what, and a sentence for people."""

    pointer: str
    kind: Kind
    before: Json
    after: Json
    sentence: str


def differences(old: bytes, new: bytes) -> tuple[Difference, ...]:
    """Everything that differs between two documents; empty exactly when they are the same."""
    found = _walk((), json.loads(old), json.loads(new))
    return tuple(_difference(*move) for move in sorted(found, key=lambda move: (_rank(move[0]), move[0])))


def cells(one: Difference) -> tuple[str, str, str]:
    """What moved, what it was and what it is now: a row of a table."""
    path = tuple(part.replace("~1", "/").replace("~0", "~") for part in one.pointer.split("/")[1:])
    if path == ("determinations",):
        return "Decided by people", "–", one.sentence
    name, field = _name(path), path[-1] if path else ""
    if one.kind is Kind.ADDED:
        return name, "not there", _cell(field, one.after)
    if one.kind is Kind.REMOVED:
        return name, _cell(field, one.before), "no longer there"
    was, now = _cell(field, one.before), _cell(field, one.after)
    return (name, was, now) if was != now else (name, str(one.before), str(one.after))


def _cell(field: str, value: Json) -> str:
    if isinstance(value, Mapping):
        return "there"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, str) and field in _POUNDS:
        amount = Decimal(value)
        return f"{'-' if amount < 0 else ''}£{abs(amount):,.2f}"
    return _readable(field, value)


_Move = tuple[tuple[str, ...], Kind, Json, Json]


def _walk(path: tuple[str, ...], old: Json, new: Json) -> Iterator[_Move]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted(old.keys() | new.keys()):
            if name not in new:
                yield (*path, name), Kind.REMOVED, old[name], None
            elif name not in old:
                yield (*path, name), Kind.ADDED, None, new[name]
            else:
                yield from _walk((*path, name), old[name], new[name])
    elif json.dumps(old, sort_keys=True) != json.dumps(new, sort_keys=True):  # True == 1 in Python, not in JSON
        yield path, Kind.CHANGED, old, new


def _rank(path: tuple[str, ...]) -> int:
    head = path[0] if path else ""
    return _FIRST.index(head) if head in _FIRST else len(_FIRST)


def _difference(path: tuple[str, ...], kind: Kind, before: Json, after: Json) -> Difference:
    pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)
    return Difference(pointer, kind, before, after, _sentence(path, kind, before, after))


def _sentence(path: tuple[str, ...], kind: Kind, before: Json, after: Json) -> str:
    if path == ("determinations",):
        return " ".join(_determined(before, after))
    name = _name(path)
    if kind is Kind.ADDED:
        return f"{name} was not there before."
    if kind is Kind.REMOVED:
        return f"{name} is no longer there."
    field = path[-1] if path else ""
    was, now = _readable(field, before), _readable(field, after)
    if was == now:  # they differ beyond what people read
        was, now = str(before), str(after)
    return f"{name}: {was} before, {now} now."


def _determined(before: Json, after: Json) -> Iterator[str]:
    """What somebody determined, or no longer does: a sentence for each."""
    was, now = _by_subject(before), _by_subject(after)
    for subject, one in now.items():
        if was.get(subject) != one:
            what = f"{_amount(one, 'value')} instead of {_amount(one, 'was')}"
            yield f"{subject}: {what}, determined by {one['person']}: {one['reason']}"
    for subject, one in was.items():
        if subject not in now:
            yield f"{subject}: {_amount(one, 'value')} no longer, as {one['person']} had determined."


def _by_subject(determinations: Json) -> dict[str, Mapping[str, Any]]:
    found = determinations if isinstance(determinations, list) else []
    return {f"Indicator {one['indicator']}, {one['determines'].replace('-', ' ')}": one for one in found}


def _amount(determination: Mapping[str, Any], field: str) -> str:
    amount = determination[field]
    is_points = amount is None or determination["determines"].endswith("points")
    return _readable("points", amount) if is_points else f"{amount} %"


def _name(path: tuple[str, ...]) -> str:
    match path:
        case ("pounds",):
            return "Pounds in all"
        case ("achievement_pounds",):
            return "Pounds before deductions"
        case ("deductions", deduction):
            return f"Deduction {deduction}"
        case ("deductions", deduction, field):
            return f"Deduction {deduction}, {_words(field)}"
        case ("points",):
            return "Points in all"
        case ("registers", register):
            return f"Register {register}"
        case ("indicators", indicator):
            return f"Indicator {indicator}"
        case ("indicators", indicator, field):
            return f"Indicator {indicator}, {_words(field)}"
        case ("lines", line):
            return f"Line {line}"
        case ("lines", line, field):
            return f"Line {line}, {_words(field)}"
    return ", ".join(_words(part) for part in path).capitalize() or "The report"


def _words(field: str) -> str:
    return field.replace("_", " ").replace("pcas", "PCAs")


def _readable(field: str, value: Json) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, str) and field in _POUNDS:
        return f"-£{value[1:]}" if value.startswith("-") else f"£{value}"
    if isinstance(value, str) and field in _POINTS:
        try:
            return two_places(parse_rational(value))
        except (ValueError, ZeroDivisionError):
            return value
    return str(value)
