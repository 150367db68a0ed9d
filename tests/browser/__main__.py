"""A site to look at while pages are written: `python -m tests.browser PORT` keeps it up until Ctrl+C.

It needs PostgreSQL (QOF_TEST_POSTGRES_URL). It prints a cookie for each role; restart it after a change of code.
"""

import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from qof_local import directory
from tests.browser.figures import Year
from tests.browser.site import open_site


def main() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    year = Year()
    log = Path(tempfile.mkdtemp()) / "api.log"
    port = int(sys.argv[1]) if len(sys.argv) > 1 else None
    with open_site(os.environ["QOF_TEST_POSTGRES_URL"], year, year.everything(), log, port) as site:
        first = year.members[0]
        print(f"{site.url}  {site.path(first.practice)}  log {log}  database {site.database}")
        people = (
            directory.declarer(first.practice),
            f"reader-{first.practice}",
            directory.approver(first.commissioner),
            f"finance-{first.commissioner}",
            directory.NATIONAL_TEAM,
        )
        for person in people:
            print(f"  {person}: qof={site.cookie(person)['value']}", flush=True)
        try:
            while True:
                time.sleep(1)
        except KeyboardInterrupt:
            print("stopped")


if __name__ == "__main__":
    main()
