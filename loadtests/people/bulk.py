"""What does the answer to a bulk say of each line?"""

import json
from typing import Any


def read_bulk(content: bytes) -> dict[int, tuple[int, dict[str, Any]]]:
    """Line -> status and receipt (empty without one); lines that the answer says nothing about are missing."""
    lines = [json.loads(text) for text in content.splitlines()]
    return {line["line"]: (line["status"], line.get("receipt", {})) for line in lines if "line" in line}
