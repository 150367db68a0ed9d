"""How fast are these requests answered? `python -m loadtests.benches.pages.load URL FILE --connections 64`.

A process of its own. Writes one JSON object: seconds, statuses, latencies, bytes, its own processor time.
"""

import argparse
import sys
from pathlib import Path

import msgspec
import uvloop

from loadtests.benches.client import send_all
from loadtests.benches.pages.requests import read_requests


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m loadtests.benches.pages.load")
    parser.add_argument("url")
    parser.add_argument("requests", type=Path)
    parser.add_argument("--connections", type=int, default=64)
    arguments = parser.parse_args()
    requests = read_requests(arguments.requests)
    answered = uvloop.run(send_all(arguments.url, requests, arguments.connections))
    sys.stdout.buffer.write(msgspec.json.encode(answered))


if __name__ == "__main__":
    main()
