"""How fast are thousands of extracts answered in one request? A client that sends everything before it reads.

Runs as a process of its own: `python -m loadtests.benches.ingest.bulk URL TOKEN FILE`. Writes one JSON object.
"""

import argparse
import http.client
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from loadtests.benches.client import GIVE_UP_SECONDS, Answered

BLOCK = 256 * 1024


def post_file(url: str, token: str, file: Path) -> Answered:
    """Post every line of `file` in one request. Raises ValueError for an answer without its sum."""
    target = urlsplit(url)
    processor_before, began = time.process_time(), time.perf_counter()
    connection = http.client.HTTPConnection(target.netloc, timeout=GIVE_UP_SECONDS, blocksize=BLOCK)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/x-ndjson",
        "Content-Length": str(file.stat().st_size),
    }
    with file.open("rb") as lines:
        connection.request("POST", target.path, body=lines, headers=headers)
    answer = connection.getresponse().read()
    seconds, processor = time.perf_counter() - began, time.process_time() - processor_before
    *told, last = map(msgspec.json.decode, answer.splitlines())
    if not last.get("summary", {}).get("complete"):
        raise ValueError(f"the answer ends with {last}")
    return Answered(seconds, processor, dict(Counter(one["status"] for one in told)), [seconds])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m loadtests.benches.ingest.bulk")
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("lines", type=Path)
    arguments = parser.parse_args()
    sys.stdout.buffer.write(msgspec.json.encode(post_file(arguments.url, arguments.token, arguments.lines)))


if __name__ == "__main__":
    main()
