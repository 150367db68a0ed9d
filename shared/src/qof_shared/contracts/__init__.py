"""The events that services tell each other: versioned types with checked-in JSON Schemas (docs/contracts/events).

A contract changes by addition only. A field never changes its meaning; a breaking change is a new version
published beside the old one until the old queues are empty. Consumers ignore fields they do not know.
A contract is also a privacy boundary: counts only, never a patient.
"""

from qof_shared.contracts.achievements import (
    AchievementCalculated,
    AchievementCalculatedBefore,
    AchievementsSummed,
    AppliedDetermination,
    ExtractRejected,
    IndicatorAchievement,
    IndicatorPoints,
    PointsCalculated,
    PointsSum,
    SummedAchievement,
)
from qof_shared.contracts.declarations import (
    DeclarationApproved,
    DeclarationFinanceApproved,
    DeclarationReturned,
    DeclarationSigned,
    DeterminationMade,
    DeterminationWithdrawn,
    ReportPublished,
    ReportsPublished,
)
from qof_shared.contracts.directory import (
    CollectionOpened,
    CollectionRecord,
    CommissionerRecord,
    DirectoryRecorded,
    PracticeRecord,
)
from qof_shared.contracts.envelope import (
    CONTRACTS,
    Contract,
    ContractMismatchError,
    Event,
    UnknownContractError,
    decode_event,
    encode_event,
    event_of_kept,
    new_event,
    routing_key,
)
from qof_shared.contracts.extracts import (
    Determination,
    Extract,
    ExtractAccepted,
    ExtractsReceived,
    Fault,
    IndicatorCounts,
    ReceivedExtract,
)
from qof_shared.contracts.payments import (
    AspirationInstructed,
    EntitlementCalculated,
    EntitlementDeduction,
    EntitlementLine,
    EntitlementsDue,
    NationalFiguresFrozen,
    PaymentInstructed,
)
from qof_shared.contracts.rulesets import RulesetDescribed

__all__ = [
    "CONTRACTS",
    "AchievementCalculated",
    "AchievementCalculatedBefore",
    "AchievementsSummed",
    "AppliedDetermination",
    "AspirationInstructed",
    "CollectionOpened",
    "CollectionRecord",
    "CommissionerRecord",
    "Contract",
    "ContractMismatchError",
    "DeclarationApproved",
    "DeclarationFinanceApproved",
    "DeclarationReturned",
    "DeclarationSigned",
    "Determination",
    "DeterminationMade",
    "DeterminationWithdrawn",
    "DirectoryRecorded",
    "EntitlementCalculated",
    "EntitlementDeduction",
    "EntitlementLine",
    "EntitlementsDue",
    "Event",
    "Extract",
    "ExtractAccepted",
    "ExtractRejected",
    "ExtractsReceived",
    "Fault",
    "IndicatorAchievement",
    "IndicatorCounts",
    "IndicatorPoints",
    "NationalFiguresFrozen",
    "PaymentInstructed",
    "PointsCalculated",
    "PointsSum",
    "PracticeRecord",
    "ReceivedExtract",
    "ReportPublished",
    "ReportsPublished",
    "RulesetDescribed",
    "SummedAchievement",
    "UnknownContractError",
    "decode_event",
    "encode_event",
    "event_of_kept",
    "new_event",
    "routing_key",
]
