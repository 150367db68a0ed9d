"""How is it told what is wrong with a practice's extract?"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CountFault:
    """One fault: a JSON Pointer (RFC 6901) into the extract, the rule that is broken, and how to mend it."""

    pointer: str
    rule: str
    message: str
