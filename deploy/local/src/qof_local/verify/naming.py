"""Which indicator or register of a rule set does a published name mean?

Publications spell codes as they like: `AF003(S)`, `CS 01`, `PE7` for PE07, `DM0010(S)`, `CONSULT01/PE01`. Registers
have their code, or a long text as `Coronary Heart Disease (CHD)`.
"""

import re
from collections.abc import Iterable

from qof_calculator.core.compiled import CompiledRuleset, Term

SCOTTISH = re.compile(r"\(S\)$")
"""Marks an indicator that differs from the United Kingdom's of the same code."""
NUMBERED = re.compile(r"^(.*?)0*(\d+)$")
BRACKETED = re.compile(r"\(([^)]*)\)")


def code_keys(code: str) -> list[str]:
    """What of a code counts for comparing, the likeliest name first: `CONSULT01/PE01` -> PE1, CONSULT1."""
    parts = code.upper().replace(" ", "").split("/")
    return [_without_zeros(SCOTTISH.sub("", part)) for part in reversed(parts)]


def _without_zeros(code: str) -> str:
    found = NUMBERED.match(code)
    return "".join(found.groups()) if found else code


class IndicatorNames:
    """Finds a rule set's indicators by published codes."""

    def __init__(self, rules: CompiledRuleset) -> None:
        self._by_key: dict[str, Term] = {}
        for term in rules.terms:
            for key in code_keys(term.code):
                self._by_key.setdefault(key, term)
        self._seen: dict[str, Term | None] = {}

    def find(self, code: str) -> Term | None:
        """The indicator of that code; None where the rule set has none."""
        if code not in self._seen:
            self._seen[code] = next((self._by_key[key] for key in code_keys(code) if key in self._by_key), None)
        return self._seen[code]


class RegisterNames:
    """Finds a rule set's registers by published names: code, name, or the code or name of the group it is of."""

    def __init__(self, rules: CompiledRuleset) -> None:
        ruleset = rules.ruleset
        self._by_key: dict[str, str] = {}
        self._seen: dict[str, str | None] = {}
        self._add((code, code) for code in ruleset.registers)
        self._add((name, code) for code, name in ruleset.registers.items())
        own = [group for group in ruleset.groups if group.register is not None]
        self._add((name, group.register or "") for group in own for name in (group.code, group.name))

    def _add(self, names: Iterable[tuple[str, str]]) -> None:
        for name, code in names:
            self._by_key.setdefault(name_key(name), code)

    def find(self, name: str) -> str | None:
        """The register of that name; None where the rule set has none."""
        if name not in self._seen:
            keys = map(name_key, (name, *BRACKETED.findall(name)))
            self._seen[name] = next((self._by_key[key] for key in keys if key in self._by_key), None)
        return self._seen[name]


def name_key(name: str) -> str:
    """What of a register's name counts: no brackets, quotes or `and`, and `Learning Disabilities` as its singular."""
    words = re.sub(r"[^a-z0-9]+", " ", BRACKETED.sub("", name).lower()).split()
    return " ".join(_singular(word) for word in words if word != "and")


def _singular(word: str) -> str:
    return f"{word[:-3]}y" if word.endswith("ies") else word
