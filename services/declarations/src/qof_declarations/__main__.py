"""Starts one process of declarations: api, worker, relay, migrate, load, dead or states.

Two commands need no database and no settings, and import nothing that does: `receipt-key FILE` and `verify-receipt`.
"""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path


def receipt_key(arguments: Sequence[str]) -> int:
    """`receipt-key FILE`: make the key that seals receipts from now on."""
    from qof_declarations.adapters.seal import SealKeyError, add_key

    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: python -m qof_declarations receipt-key FILE", file=sys.stderr)
        return 2
    try:
        key = add_key(Path(arguments[0]))
    except (SealKeyError, OSError) as error:
        print(f"no key was made: {error}", file=sys.stderr)
        return 1
    print(f"{arguments[0]}: receipts are sealed with key {key} from the next start on; earlier keys stay published")
    return 0


def verify(arguments: Sequence[str]) -> int:
    """`verify-receipt RECEIPT.json --keys KEYS.json`: what a receipt proves."""
    from qof_declarations.adapters.seal import open_seal, read_public_keys
    from qof_declarations.entrypoints.verify_receipt import verify_receipt

    return verify_receipt(arguments, lambda text: partial(open_seal, keys=read_public_keys(text)), print)


ALONE = {"receipt-key": receipt_key, "verify-receipt": verify}

if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in ALONE:
        sys.exit(ALONE[sys.argv[1]](sys.argv[2:]))

    from qof_declarations.bootstrap import create_service
    from qof_shared.process import main

    main(create_service)
