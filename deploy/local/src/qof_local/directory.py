"""Who takes part in the demonstration: suppliers, commissioners, practices and people, and their files.

Who exists never depends on the seed: a later run with other counts finds everybody recorded already. Tokens do,
and whoever knows the seed knows them: they are for a stack on one machine.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product
from random import Random
from typing import Any

from qof_shared.people import Role

SUPPLIERS = {"northstar": "Northstar", "meridian": "Meridian", "fellside": "Fellside", "harbour": "Harbour"}
"""Invented, with shares of the market as unequal as the real ones."""

SUPPLIER_OF_TWENTY = ("northstar",) * 11 + ("meridian",) * 6 + ("fellside",) * 2 + ("harbour",)
PRACTICES_PER_COMMISSIONER = 50
DAYS_TO_SIGN = timedelta(days=30)
NATIONAL_TEAM = "national-team"
SECOND_OF_NATIONAL_TEAM = "national-team-second"
"""Freezes what the first proposes."""
OPERATOR = "operator"

_DOES = {
    Role.PRACTICE_USER: "reads a practice's reports",
    Role.PRACTICE_DECLARER: "reads and signs for a practice",
    Role.COMMISSIONER_APPROVER: "approves or returns figures for a commissioner",
    Role.FINANCE_APPROVER: "approves payments for a commissioner",
    Role.NATIONAL_TEAM: "looks after the collection for the nation",
    Role.OPERATOR: "keeps the system running",
}
_LETTERS = "ABCDEFGHJKLMNPWY"
_FIRST = (
    *("Alder", "Ash", "Barn", "Beech", "Black", "Bridge", "Brook", "Castle", "Cherry", "Church", "Clare", "Crow"),
    *("Dale", "East", "Elm", "Fair", "Fern", "Glen", "Green", "Hazel", "High", "Holly", "Kings", "Lang", "Lime"),
    *("Long", "Maple", "Marsh", "Mill", "Moor", "New", "North", "Oak", "Orchard", "Park", "Quarry", "Red", "River"),
    *("Rose", "Rowan", "Sand", "Silver", "South", "Spring", "Stone", "Thorn", "West", "Willow"),
)
_SECOND = (
    *("bank", "bourne", "bridge", "brook", "bury", "croft", "dale", "field", "ford", "gate", "ham", "hill"),
    *("hurst", "leigh", "mead", "side", "stead", "ton", "water", "wood", "worth"),
)
_KINDS = ("Surgery", "Medical Centre", "Health Centre", "Medical Practice", "Family Practice", "Group Practice")
_PLACES = tuple(first + second for first, second in product(_FIRST, _SECOND) if first.lower() != second)
_GIVEN = ("Amina", "Bridget", "Chidi", "Dilys", "Euan", "Farah", "Gareth", "Helen", "Imran", "Joan", "Kofi", "Lena")
_FAMILY = ("Ahmed", "Bell", "Clarke", "Douglas", "Evans", "Fraser", "Gupta", "Hughes", "Khan", "Murray", "Okoro")


@dataclass(frozen=True, slots=True)
class Practice:
    """A practice as the directory file has it."""

    practice: str
    name: str
    commissioner: str
    supplier: str


@dataclass(frozen=True, slots=True)
class Nation:
    """Everybody who takes part, and what is asked of them. `commissioners` are names by code."""

    nation: str
    qof_year: str
    achievement_date: date
    commissioners: dict[str, str]
    practices: Sequence[Practice]

    def practices_of(self, supplier: str) -> list[Practice]:
        return [practice for practice in self.practices if practice.supplier == supplier]


def invented_practice(index: int, nation: str) -> Practice:
    """The practice of this number, the same for every seed. Codes look real, and no real practice has them."""
    # Stepping by a number that shares no factor with the table keeps neighbours' names apart.
    place = index * 389 % len(_PLACES)
    kind = _KINDS[(index // len(_PLACES) + place) % len(_KINDS)]
    return Practice(
        practice=_practice_code(index, nation),
        name=f"{_PLACES[place]} {kind}",
        commissioner=_commissioner_code(index // PRACTICES_PER_COMMISSIONER, nation),
        supplier=dealt_supplier(index),
    )


def dealt_supplier(index: int) -> str:
    """The supplier of the practice of this number: unequal shares, evenly spread."""
    return SUPPLIER_OF_TWENTY[index * 7 % len(SUPPLIER_OF_TWENTY)]


def invented_commissioners(practices: int, nation: str) -> dict[str, str]:
    """Names by code of the commissioners that so many invented practices have."""
    count = -(-practices // PRACTICES_PER_COMMISSIONER)
    return {
        _commissioner_code(number, nation): f"NHS {_PLACES[(number * 101 + 50) % len(_PLACES)]}"
        for number in range(count)
    }


def _practice_code(index: int, nation: str) -> str:
    if nation == "scotland":
        return str(90_501 + index)  # five digits as in Scotland, above all that were published
    block, rest = divmod(index, 999 * len(_LETTERS))
    return f"{_LETTERS[rest // 999]}{81 + block}{1 + rest % 999:03d}"


def _commissioner_code(number: int, nation: str) -> str:
    return f"{nation[0].upper()}C{number + 1:03d}"


def token(seed: int, who: str) -> str:
    """The bearer token of a supplier or person."""
    return "demo-" + hashlib.blake2b(f"{seed}/{who}".encode(), digest_size=24).hexdigest()


def declarer(practice: str) -> str:
    return f"declarer-{practice}"


def approver(commissioner: str) -> str:
    return f"approver-{commissioner}"


def finance(commissioner: str) -> str:
    return f"finance-{commissioner}"


def user(practice: str) -> str:
    return f"user-{practice}"


def password(seed: int, who: str) -> str:
    """What a person types to sign in: three words and a number."""
    drawn = Random(f"{seed}/{who}/password")  # noqa: S311 - as the tokens: for a stack on one machine
    return "-".join((*drawn.sample(_FIRST, 3), str(drawn.randint(10, 99)))).lower()


def directory_document(nation: Nation, collection: str, seed: int) -> dict[str, Any]:
    """The file for `python -m qof_ingest load`."""
    return {
        "suppliers": [{"supplier": code, "name": name, "token": token(seed, code)} for code, name in SUPPLIERS.items()],
        "commissioners": [{"commissioner": code, "name": name} for code, name in nation.commissioners.items()],
        "practices": [
            {
                "practice": one.practice,
                "name": one.name,
                "nation": nation.nation,
                "commissioner": one.commissioner,
                "supplier": one.supplier,
            }
            for one in nation.practices
        ],
        "collections": [
            {
                "collection": collection,
                "nation": nation.nation,
                "qof_year": nation.qof_year,
                "achievement_date": nation.achievement_date.isoformat(),
                # From today, whatever year is played: a day that is over would make everybody late.
                "sign_by": (datetime.now(UTC).date() + DAYS_TO_SIGN).isoformat(),
            }
        ],
    }


def people_document(nation: Nation, seed: int) -> dict[str, Any]:
    """The file for `load` of payments and declarations, and of ingest, which keeps those who see its running."""
    return {"people": list(_people(nation, seed))}


def accounts_document(nation: Nation, seed: int) -> dict[str, Any]:
    """The file for the development provider: everybody signs in by code and password; some are ready-made."""
    first = nation.practices[0]
    names = {one.practice: one.name for one in nation.practices} | nation.commissioners
    ready_made = {
        declarer(first.practice),
        user(first.practice),
        approver(first.commissioner),
        finance(first.commissioner),
        NATIONAL_TEAM,
        SECOND_OF_NATIONAL_TEAM,
        OPERATOR,
    }
    return {
        "accounts": [
            {
                "account": one["person"],
                "name": one["name"],
                "does": ", ".join(filter(None, (_DOES[Role(one["role"])], names.get(one["organisation"])))),
                "password": password(seed, one["person"]),
                "is_ready_made": one["person"] in ready_made,
            }
            for one in _people(nation, seed)
        ]
    }


def _people(nation: Nation, seed: int) -> Iterator[dict[str, str]]:
    for member in (NATIONAL_TEAM, SECOND_OF_NATIONAL_TEAM):
        yield _person(member, Role.NATIONAL_TEAM, "", seed)
    yield _person(OPERATOR, Role.OPERATOR, "", seed)
    for commissioner in nation.commissioners:
        yield _person(approver(commissioner), Role.COMMISSIONER_APPROVER, commissioner, seed)
        yield _person(finance(commissioner), Role.FINANCE_APPROVER, commissioner, seed)
    for practice in nation.practices:
        yield _person(declarer(practice.practice), Role.PRACTICE_DECLARER, practice.practice, seed)
        yield _person(user(practice.practice), Role.PRACTICE_USER, practice.practice, seed)


def _person(person: str, role: Role, organisation: str, seed: int) -> dict[str, str]:
    number = int.from_bytes(hashlib.blake2b(person.encode(), digest_size=4).digest())
    return {
        "person": person,
        "name": f"{_GIVEN[number % len(_GIVEN)]} {_FAMILY[number // len(_GIVEN) % len(_FAMILY)]}",
        "role": role.value,
        "organisation": organisation,
        "token": token(seed, person),
    }
