"""How is verifying asked for, and what does it answer? The table on standard output, and whether everything agrees."""

import json
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from qof_local.paths import LocalStackError
from qof_local.progress import Progress
from qof_local.verify import report
from qof_local.verify.run import verify_folder, verify_long

EVERY = 25
"""Practices between two movements of the bar."""


@dataclass(frozen=True)
class Options:
    """What is verified: a folder of published files, or one year in NHS Digital's long layout."""

    data: Path | None = None
    file: Path | None = None
    nation: str | None = None
    year: str | None = None
    json_file: Path | None = None


class Bar:
    """Work by its name, as bars or lines on a console."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._name, self._total = "", 0

    def begin(self, name: str, total: int) -> None:
        self._name, self._total = name, total
        self._progress.add(name, total=total)

    def at(self, done: int) -> None:
        if done == self._total:
            self._progress.end({self._name: done})
        elif done % EVERY == 0:
            self._progress.show({self._name: done})


def run(options: Options, console: Console, progress_console: Console) -> bool:
    """Verify, print the report, write it as JSON where asked; True where everything is reproduced as required.

    Raises LocalStackError where there is nothing to verify, or both or neither of folder and file were given.
    """
    if (options.data is None) == (options.file is None):
        raise LocalStackError("name what to verify: --data FOLDER, or --file FILE with --year (and --nation).")
    if options.data is not None and (options.nation or options.year):
        raise LocalStackError("--nation and --year belong to --file; in a folder every file's name says its year.")
    with Progress(progress_console) as progress:
        heard = Bar(progress)
        if options.file is not None:
            found = verify_long(options.file, options.nation, options.year, heard)
        else:
            assert options.data is not None, "one of the two was given"
            found = verify_folder(options.data, heard)
    report.show(found, console)
    if options.json_file is not None:
        options.json_file.write_text(json.dumps(report.document(found), indent=1, ensure_ascii=False) + "\n")
    return found.passes
