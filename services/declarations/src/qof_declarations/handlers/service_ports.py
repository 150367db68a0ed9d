"""What pages ask of other services, in the person's own name."""

from collections.abc import Mapping
from typing import Any, Protocol


class NotAnsweringError(Exception):
    """The other service does not answer, or not in time; the text is its name. What is ours goes on."""


class RefusedByServiceError(Exception):
    """The other service says no; `title` and `detail` are its own words, for the person who asked."""

    def __init__(self, status: int, title: str, detail: str, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status = status
        self.title = title
        self.detail = detail
        self.problem = problem
        """The whole problem document: what a program needs to go on."""


class OtherService(Protocol):
    """One other service's API. `token` is the person's access token (`Asking.token`); both raise the errors above."""

    async def get(self, path: str, token: str) -> Any:
        """The JSON that `path` answers: `/v1/collections/.../completeness`."""

    async def post(self, path: str, token: str, body: Mapping[str, Any] | None = None, *, seconds: float = 2.0) -> Any:
        """The JSON of the answer, waited for so long; None where it has no body."""
