"""`verify-receipt`: is this receipt genuine? Works on any machine, without a database and without a network."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from qof_declarations.core.receipt_check import OpenSeal, Verdict, check_receipt

GENUINE, FORGED, UNREADABLE, UNFINISHED = 0, 1, 2, 3
"""Exit codes: all that was asked is proved; something is wrong; a file cannot be read; something is still open."""

SIGNS = {Verdict.PROVED: "proved", Verdict.OPEN: "open  ", Verdict.WRONG: "WRONG "}

CONCLUSIONS = {
    GENUINE: "All of this is proved.",
    FORGED: "Do not rely on this receipt.",
    UNFINISHED: "What is proved is proved; what is open is not wrong, but not proved either.",
}


def verify_receipt(arguments: Sequence[str], read_keys: Callable[[bytes], OpenSeal], say: Callable[[str], None]) -> int:
    """Say what a receipt file proves; returns the exit code. `read_keys` makes published keys open seals and raises
    ValueError where they are none."""
    parser = argparse.ArgumentParser(
        prog="python -m qof_declarations verify-receipt",
        description="Check a receipt offline. Exit codes: 0 proved, 1 something is wrong, 2 a file cannot be read, "
        "3 genuine, but something could not be proved yet.",
    )
    parser.add_argument("receipt", type=Path, help="the receipt file, as it was downloaded")
    parser.add_argument("--keys", type=Path, required=True, help="the published keys: GET /v1/receipt-keys")
    parser.add_argument("--report", type=Path, help="the report that was signed, as it was downloaded")
    parser.add_argument("--head", type=Path, help="a head of the log that you kept: GET /v1/log/head")
    parser.add_argument("--consistency", type=Path, help="the proof between that head and the receipt's")
    chosen = parser.parse_args(arguments)
    try:
        open_seal = read_keys(chosen.keys.read_bytes())
        optional = {
            name: path.read_bytes()
            for name in ("report", "head", "consistency")
            if (path := getattr(chosen, name)) is not None
        }
        receipt = chosen.receipt.read_bytes()
    except (OSError, ValueError) as error:
        say(f"cannot read: {error}")
        return UNREADABLE
    findings = check_receipt(receipt, open_seal=open_seal, **optional)
    for finding in findings:
        say(f"{SIGNS[finding.verdict]}  {finding.sentence}")
    verdicts = {finding.verdict for finding in findings}
    code = FORGED if Verdict.WRONG in verdicts else UNFINISHED if Verdict.OPEN in verdicts else GENUINE
    say(CONCLUSIONS[code])
    return code
