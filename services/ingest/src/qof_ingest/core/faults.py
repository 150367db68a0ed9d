"""What is wrong with a document, so that whoever sent it can mend it without asking."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: where (JSON Pointer, RFC 6901), which rule, and how to mend it."""

    pointer: str
    rule: str
    message: str


def pointer(*location: str | int) -> str:
    """RFC 6901: ``pointer("indicators", 3, "a/b")`` -> ``/indicators/3/a~1b``."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def as_lines(faults: Sequence[Fault]) -> str:
    """Faults as a person reads them in a terminal, one a line."""
    return "\n".join(f"  {fault.pointer or '/'}: {fault.message} [{fault.rule}]" for fault in faults)
