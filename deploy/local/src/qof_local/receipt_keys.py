"""Where are the keys that seal receipts here? In the private folder, made once and kept."""

from pathlib import Path

from qof_declarations.adapters.seal import add_key
from qof_local import paths

RECEIPT_KEY_VARIABLE = "QOF_DECLARATIONS_RECEIPT_KEY_FILE"


def receipt_key_file() -> Path:
    """The file, with a key in it."""
    path = paths.folder("keys") / "receipt-keys.json"
    with paths.only_one("receipt-keys"):
        if not path.exists():
            add_key(path)
    return path
