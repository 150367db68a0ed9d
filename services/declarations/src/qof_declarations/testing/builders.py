"""Events and people for tests: a small practice with one indicator and one line, whose figures are easy to move."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from uuid import UUID, uuid5

from qof_declarations.core.determination import Determination, Subject, Wanted, label
from qof_shared.contracts import (
    AchievementCalculated,
    AppliedDetermination,
    CollectionOpened,
    CollectionRecord,
    CommissionerRecord,
    Contract,
    DirectoryRecorded,
    EntitlementCalculated,
    EntitlementLine,
    Event,
    ExtractRejected,
    ExtractsReceived,
    Fault,
    IndicatorAchievement,
    NationalFiguresFrozen,
    PaymentInstructed,
    PracticeRecord,
    ReceivedExtract,
    new_event,
)
from qof_shared.people import Person, Role
from qof_shared.testing.fakes import NOON
from qof_shared.vocabulary import Determines

COLLECTION = "england-2012-13"
OURS, THEIRS = "A81001", "B82002"
OUR_COMMISSIONER, THEIR_COMMISSIONER = "00K", "03Q"

USER = Person("ursula", "Ursula User", Role.PRACTICE_USER, OURS)
DECLARER = Person("diana", "Diana Declarer", Role.PRACTICE_DECLARER, OURS)
OTHER_DECLARER = Person("derek", "Derek Declarer", Role.PRACTICE_DECLARER, THEIRS)
APPROVER = Person("anna", "Anna Approver", Role.COMMISSIONER_APPROVER, OUR_COMMISSIONER)
OTHER_APPROVER = Person("arthur", "Arthur Approver", Role.COMMISSIONER_APPROVER, THEIR_COMMISSIONER)
FINANCE = Person("fiona", "Fiona Finance", Role.FINANCE_APPROVER, OUR_COMMISSIONER)
OTHER_FINANCE = Person("frank", "Frank Finance", Role.FINANCE_APPROVER, THEIR_COMMISSIONER)
NATIONAL = Person("nora", "Nora National", Role.NATIONAL_TEAM, "")
OPERATOR = Person("olga", "Olga Operator", Role.OPERATOR, "")
EVERYBODY = (USER, DECLARER, OTHER_DECLARER, APPROVER, OTHER_APPROVER, FINANCE, OTHER_FINANCE, NATIONAL, OPERATOR)


def tell(content: Contract, *, at: datetime = NOON) -> Event:
    """An event with an identity of its own."""
    return new_event(content, occurred_at=at, correlation_id="a journey")


def extract_id(practice: str, number: int) -> UUID:
    """The extract of a practice with this number."""
    return uuid5(UUID(int=0), f"{practice}/{number}")


def make_directory(
    *, practices: Iterable[tuple[str, str]] | None = None, revision: int = 1, nation: str = "england"
) -> Event:
    """Practices with their commissioners; ours and theirs unless told."""
    return tell(
        DirectoryRecorded(
            revision=revision,
            commissioners=[
                CommissionerRecord(commissioner=OUR_COMMISSIONER, name="North"),
                CommissionerRecord(commissioner=THEIR_COMMISSIONER, name="South"),
            ],
            practices=[
                PracticeRecord(
                    practice=code, name=f"Surgery {code}", nation=nation, commissioner=commissioner, supplier="S1"
                )
                for code, commissioner in practices or [(OURS, OUR_COMMISSIONER), (THEIRS, THEIR_COMMISSIONER)]
            ],
        )
    )


def make_collection(collection: str = COLLECTION, *, first_year: int = 2012, sign_by: date | None = None) -> Event:
    """A collection of England's year that begins in `first_year`."""
    return tell(
        CollectionOpened(
            collection=CollectionRecord(
                collection=collection,
                nation="england",
                qof_year=f"{first_year}-{(first_year + 1) % 100:02d}",
                achievement_date=date(first_year + 1, 3, 31),
                sign_by=sign_by,
            )
        )
    )


def make_achievement(
    practice: str = OURS,
    number: int = 1,
    *,
    numerator: int = 45,
    collection: str = COLLECTION,
    determined: Iterable[Determination] = (),
) -> Event:
    """The points of an extract: `numerator` of 60, so that points move with it; with what was `determined`."""
    points = f"{numerator}/6"
    indicator = IndicatorAchievement(
        indicator="AF 4",
        group="AF",
        domain="Clinical",
        kind="fraction",
        status="partly",
        points=points,
        points_available="10",
        numerator=numerator,
        denominator=60,
        register_count=62,
        pcas=2,
        lower_threshold="40",
        upper_threshold="90",
        prevalence_register="AF",
    )
    return tell(
        AchievementCalculated(
            extract_id=extract_id(practice, number),
            extract_number=number,
            extract_digest=f"{number:064x}",
            collection=collection,
            practice=practice,
            nation="england",
            qof_year="2012-13",
            ruleset="england-2012-13",
            ruleset_digest="1" * 64,
            calculated_at=datetime(2013, 4, 2, tzinfo=UTC),
            list_size=5891,
            registers={"AF": 62},
            points=points,
            points_available="10",
            indicators=[indicator],
            determinations=[apply(one, was=points) for one in determined],
        )
    )


def make_rejection(practice: str = OURS, number: int = 2, *, message: str = "Withdraw it.") -> Event:
    """An extract that could not be calculated with what was determined."""
    fault = Fault(pointer="/determinations/0/indicator", rule="determination-indicator-known", message=message)
    return tell(
        ExtractRejected(
            extract_id=extract_id(practice, number),
            extract_number=number,
            collection=COLLECTION,
            practice=practice,
            ruleset="england-2012-13",
            rejected_at=NOON,
            reasons=[fault],
        )
    )


def apply(determination: Determination, *, was: str) -> AppliedDetermination:
    """A determination as the calculator tells it."""
    return AppliedDetermination(
        determination_id=determination.determination_id,
        indicator=determination.subject.indicator,
        determines=determination.subject.determines,
        was=was,
        value=determination.value,
        reason=determination.reason,
        person=label(determination.actor),
        determined_at=determination.at,
    )


def want(value: str = "5", *, practice: str = OURS, indicator: str = "AF 4", what: str = "adjusted-points") -> Wanted:
    """Something to be determined."""
    return Wanted(Subject(practice, indicator, Determines(what)), value)


def make_entitlement(
    practice: str = OURS,
    number: int = 1,
    *,
    snapshot: int = 1,
    account: int = 0,
    pounds: str = "1003.20",
    collection: str = COLLECTION,
) -> Event:
    """The pounds of an extract on a snapshot and an account."""
    line = EntitlementLine(
        line="AF",
        description="Atrial fibrillation",
        prevalence_register="AF",
        points="7.5",
        value_of_a_point="133.76",
        contractor_population_index="1",
        practice_prevalence="62/5891",
        national_prevalence="0.0105",
        adjusted_practice_disease_factor="1",
        formula=f"7.5 points x £133.76 = £{pounds}",
        pounds=pounds,
    )
    return tell(
        EntitlementCalculated(
            entitlement_id=uuid5(extract_id(practice, number), f"{snapshot}/{account}"),
            collection=collection,
            practice=practice,
            extract_id=extract_id(practice, number),
            extract_number=number,
            snapshot_id=UUID(int=snapshot),
            snapshot=f"freeze {snapshot}",
            snapshot_number=snapshot,
            snapshot_digest=f"{snapshot:064x}",
            parameters="england-2012-13",
            parameters_digest="2" * 64,
            calculated_at=datetime(2013, 4, 2, tzinfo=UTC),
            list_size=5891,
            lines=[line],
            pounds=pounds,
            account_number=account,
        )
    )


def make_national_figures(snapshot: int = 1, *, collection: str = COLLECTION) -> Event:
    return tell(
        NationalFiguresFrozen(
            snapshot_id=UUID(int=snapshot),
            collection=collection,
            name=f"freeze {snapshot}",
            digest=f"{snapshot:064x}",
            frozen_at=datetime(2013, 4, 2, snapshot, tzinfo=UTC),
            frozen_by="nora",
            reason="year end",
            practices=8000,
            mean_prevalence={"AF": "0.0105"},
        )
    )


def make_payment(declaration_id: UUID, practice: str = OURS, *, pounds: str = "1003.20") -> Event:
    return tell(
        PaymentInstructed(
            instruction_id=uuid5(declaration_id, "paid"),
            declaration_id=declaration_id,
            entitlement_id=UUID(int=1),
            collection=COLLECTION,
            practice=practice,
            pounds=pounds,
            instructed_at=NOON,
        )
    )


def make_received(*extracts: tuple[str, int], collection: str = COLLECTION) -> Event:
    """Extracts that ingest accepted: practices with their numbers."""
    accepted = [ReceivedExtract(collection, practice, number, NOON) for practice, number in extracts]
    return tell(ExtractsReceived(extracts=accepted))
