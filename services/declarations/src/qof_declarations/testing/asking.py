"""How tests ask the API: as somebody whose token is their code."""

from qof_shared.people import Person


def as_person(person: Person) -> dict[str, str]:
    """The header that says who asks, as `FakePeople` by code knows them."""
    return {"Authorization": f"Bearer {person.person}"}
