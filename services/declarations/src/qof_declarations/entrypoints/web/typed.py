"""What did somebody type into a form?"""

from qof_declarations.core.session import Fields


def typed_text(fields: Fields, name: str) -> str:
    """The one text under this name, without blanks around it and with plain line ends; empty where there is none."""
    texts = typed_texts(fields, name)
    return texts[0].replace("\r\n", "\n").strip() if texts else ""


def typed_texts(fields: Fields, name: str) -> list[str]:
    """Every text under this name: of checkboxes, those that are ticked."""
    value = fields.get(name, [])
    return [value] if isinstance(value, str) else list(value)
