"""Refusals that need more than one fact to explain: what is awaited, which digest, what moved."""

from collections.abc import Sequence

from qof_declarations.core.differences import Difference
from qof_declarations.core.errors import DeclarationsError, NotFoundError
from qof_declarations.core.lifecycle import State


class ReportAwaitedError(NotFoundError):
    """There is no report yet; says what it waits for, and the points where they are there already."""

    def __init__(self, sentence: str, *, state: State, points: str | None) -> None:
        super().__init__(sentence)
        self.state = state
        self.points = points


class DigestMissingError(DeclarationsError):
    """A signature that does not say what it signs."""

    def __init__(self) -> None:
        super().__init__(
            "Say which report you sign: send the ETag of the report you read in the header If-Match. "
            "A star is not enough."
        )


class FiguresMovedError(DeclarationsError):
    """The digest to be signed is not that of the newest report."""

    def __init__(self, *, digest: str, version: int, moved: Sequence[Difference]) -> None:
        super().__init__(
            f"The figures moved since you read them: version {version} is the newest. "
            "Review what moved, then sign that version."
        )
        self.digest = digest
        self.version = version
        self.moved = moved


class ReturnedUnreadError(Exception):
    """The declaration was returned meanwhile, and the page that was signed on did not show why; nothing is signed."""


class NewerFiguresError(DeclarationsError):
    """Finance is about to pay what was signed, and did not say that it has seen the newer figures."""

    def __init__(self, *, approved: int, newer: int) -> None:
        super().__init__(
            f"The figures moved after the approval: version {approved} is approved, version {newer} is the newest. "
            "Read what moved. Then return the declaration, so that the practice signs the newer figures, or say that "
            f"you have seen version {newer} and pay what was signed."
        )
        self.approved = approved
        self.newer = newer


class ReasonMissingError(DeclarationsError):
    """A return, a determination or a withdrawal without a reason."""

    def __init__(
        self, message: str = "Say why you return the declaration: the practice has to know what to do."
    ) -> None:
        super().__init__(message)


class ImpossibleSizesError(DeclarationsError):
    """A consistency proof asked for from a longer log to a shorter one."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(
            f"A log of {second} entries cannot have grown from one of {first}. Ask with `first` at least 1 and not "
            "above `second`."
        )
