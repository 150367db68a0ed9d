"""How fast are extracts taken that are posted one by one?

Runs as a process of its own: `python -m loadtests.benches.ingest.load URL TOKEN FILE --connections 64`. Every line of
FILE is one request's body, posted once. Writes one JSON object: seconds, statuses, latencies, its own processor time.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import uvloop

from loadtests.benches.client import Answered, send_all


async def post_all(url: str, token: str, bodies: Sequence[bytes], connections: int) -> Answered:
    """Post every body once over so many connections; raises where a connection breaks or it takes minutes."""
    target = urlsplit(url)
    head = (
        f"POST {target.path} HTTP/1.1\r\nHost: {target.netloc}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    ).encode()
    return await send_all(url, (b"%b%d\r\n\r\n%b" % (head, len(body), body) for body in bodies), connections)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m loadtests.benches.ingest.load")
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("bodies", type=Path)
    parser.add_argument("--connections", type=int, default=64)
    arguments = parser.parse_args()
    bodies = arguments.bodies.read_bytes().splitlines()
    posted = uvloop.run(post_all(arguments.url, arguments.token, bodies, arguments.connections))
    sys.stdout.buffer.write(msgspec.json.encode(posted))


if __name__ == "__main__":
    main()
