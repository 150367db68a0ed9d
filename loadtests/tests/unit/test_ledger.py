from pathlib import Path

from loadtests.ledger import Dropped, Entry, Fault, Freeze, Ledger, NotDone, Post, Signature, Wanted, read_ledger


def test_entries_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    entries: list[Entry] = [
        Post("northstar", "A1", "digest", 0),
        Post("northstar", "A1", "digest", 202, "id-1", "text"),
        Freeze("snapshot", 1),
        Wanted("A1"),
        Signature("A1", "report", 201, "declaration"),
        Dropped("ann", "/report"),
        Fault("page home", 0, "ann"),
        NotDone("ann", "no form"),
    ]
    file = tmp_path / "run" / "ledger.ndjson"
    ledger = Ledger(file)
    for entry in entries:
        ledger.add(entry)
    # Not closed: a run that was cut short never closes it.
    assert read_ledger(file) == entries
