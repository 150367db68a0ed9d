"""What is a request worth? A service declares it by the paths of its routes."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.types import Scope

from qof_shared.http.admission import Worth

WorthOf = Callable[[Scope], Worth | None]
"""None: the request is answered in any case."""

ALWAYS = ("/health/", "/metrics", "/docs", "/redoc", "/openapi.json")
"""How paths begin that are answered however much there is to do: whoever looks after the service needs them most."""


@dataclass(frozen=True, slots=True)
class Declared:
    """Paths as routes are written, `/v1/extracts/{extract_id}`: every part in braces is any one segment.

    What is not declared is an act, if it changes something, and else a report.
    """

    paths: Mapping[Worth, Sequence[str]]
    always: Sequence[str] = ()
    """More beginnings of paths that are always answered."""

    def reader(self) -> WorthOf:
        """The function that reads it off a request; a few microseconds."""
        known = "|".join(
            f"(?P<{worth.name}>{'|'.join(_pattern(path) for path in paths)})" for worth, paths in self.paths.items()
        )
        match = re.compile(known).fullmatch if known else None
        always = (*ALWAYS, *self.always)

        def worth_of(scope: Scope) -> Worth | None:
            path = scope["path"]
            if path.startswith(always):
                return None
            found = match(path) if match else None
            if found is not None:
                return Worth[found.lastgroup or ""]
            return Worth.REPORT if scope["method"] in ("GET", "HEAD") else Worth.SIGN

        return worth_of


def _pattern(path: str) -> str:
    return "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^}]*\})", path))
