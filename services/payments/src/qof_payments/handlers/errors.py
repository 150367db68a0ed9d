"""Why national figures cannot be proposed or frozen now; each message says why and what to do."""

from collections.abc import Sequence

from qof_payments.core.gates import Finding


class FreezeError(Exception):
    """Base of everything that keeps figures from being proposed or frozen."""


class UnknownCollectionError(FreezeError):
    """Payments knows no such collection."""


class UnknownProposalError(FreezeError):
    """The collection has no such proposal."""


class UnknownPracticeError(FreezeError):
    """A practice to be excluded does not exist in the nation."""


class NothingToFreezeError(FreezeError):
    """No practice has an achievement yet."""


class NameTakenError(FreezeError):
    """Figures of this name are frozen or proposed; frozen figures never change."""


class GatesOpenError(FreezeError):
    """A gate stops, and nobody gave a reason why the figures are right."""

    def __init__(self, open_findings: Sequence[Finding]) -> None:
        told = "; ".join(f"{one.finding}: {one.says}. {one.mend}" for one in open_findings)
        super().__init__(
            f"{len(open_findings)} findings stop. Mend each, or acknowledge it by its id with a reason. {told}"
        )
        self.findings = tuple(open_findings)


class UnknownFindingError(FreezeError):
    """Something was acknowledged that no gate finds."""


class UnverifiedError(FreezeError):
    """The figures rest on values that no source confirmed, and nobody gave a reason to pay by them."""


class SamePersonError(FreezeError):
    """Who proposed figures does not freeze them."""


class ProposalDecidedError(FreezeError):
    """The proposal was frozen or withdrawn before."""


class FiguresMovedError(FreezeError):
    """What would be frozen is not what was proposed."""

    def __init__(self, moved: Sequence[str]) -> None:
        super().__init__(
            f"the figures moved since they were proposed: {'; '.join(moved)}. Withdraw the proposal, look again and"
            " propose anew"
        )
        self.moved = tuple(moved)
