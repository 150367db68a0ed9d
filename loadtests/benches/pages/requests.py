"""What travels? Requests as browsers and programs send them, head and body as bytes, and the files they are kept in."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from loadtests.benches.pages.year import Reader

STATEMENT = "Checked against our own system on the last day of March."


def read_report(reader: Reader, collection: str) -> bytes:
    """A browser asks for the report's page."""
    return _request("GET", f"/collections/{collection}/practices/{reader.practice}/report", _browser(reader))


def browser_get(reader: Reader, path: str) -> bytes:
    """A browser asks for this path."""
    return _request("GET", path, _browser(reader))


def sign_on_page(reader: Reader, collection: str) -> bytes:
    """A browser sends the form of the declaration's page."""
    form = {"csrf": reader.csrf, "digest": reader.digest, "statement": STATEMENT, "confirm": "yes"}
    headers = {**_browser(reader), "Content-Type": "application/x-www-form-urlencoded"}
    path = f"/collections/{collection}/practices/{reader.practice}/declaration/sign"
    return _request("POST", path, headers, urlencode(form).encode())


def sign_by_api(reader: Reader, collection: str) -> bytes:
    """A program signs for its declarer."""
    headers = {
        "Authorization": f"Bearer {reader.token}",
        "If-Match": f'"{reader.digest}"',
        "Content-Type": "application/json",
    }
    path = f"/v1/collections/{collection}/practices/{reader.practice}/declaration"
    return _request("POST", path, headers, msgspec.json.encode({"statement": STATEMENT}))


def _browser(reader: Reader) -> dict[str, str]:
    return {
        "Cookie": f"qof={reader.cookie}",
        "Accept": "text/html",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Site": "same-origin",
    }


def _request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    if body:
        headers = {**headers, "Content-Length": str(len(body))}
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def write_requests(file: Path, requests: Sequence[bytes]) -> Path:
    """Keep them for the process that sends them."""
    file.write_bytes(msgspec.msgpack.encode(requests))
    return file


def read_requests(file: Path) -> list[bytes]:
    """What `write_requests` kept."""
    return msgspec.msgpack.decode(file.read_bytes(), type=list[bytes])
