"""Does `up` migrate first, wait for health, change only what changed, and does `down` end everything?"""

import sys
from pathlib import Path

import pytest

from qof_local import processes, services
from qof_local.paths import LocalStackError
from qof_local.provider import address
from qof_local.servers import Servers

SERVERS = Servers("postgresql://qof:x@127.0.0.1:1/postgres", "amqp://127.0.0.1:1/", None)
STAND_IN = """
import http.server, os, pathlib, sys
service, process = sys.argv[1:]
with (pathlib.Path(__file__).parent / "order").open("a") as order:
    order.write(process + "\\n")
if process == "migrate":
    sys.exit("no such column" if os.environ.get("BREAK") == service else 0)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health/ready" else 404)
        self.end_headers()
port = os.environ.get("QOF_HEALTH_PORT") or os.environ["QOF_" + service.upper() + "_HTTP_PORT"]
http.server.HTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()
"""


@pytest.fixture(autouse=True)
def program(stack: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = stack / "stand_in.py"
    program.write_text(STAND_IN)
    monkeypatch.setattr(services, "_command", lambda service, process: [sys.executable, str(program), service, process])
    for number, service in enumerate(services.API_PORTS):
        monkeypatch.setenv(f"QOF_{service.upper()}_HTTP_PORT", str(24_100 + number))
    monkeypatch.setenv(services.HEALTH_PORTS_VARIABLE, "24110")
    monkeypatch.setenv(address.PORT_VARIABLE, "24109")
    monkeypatch.delenv("QOF_LOCAL_CALCULATORS", raising=False)
    return program


def test_up_again_and_scaled_only_the_difference_starts(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = services.start_all(SERVERS)
    order = (program.parent / "order").read_text().split()
    assert order[:4] == ["migrate"] * 4
    assert "migrate" not in order[4:]
    first = {status.name: status.pid for status in processes.statuses()}
    assert set(first) == {spec.name for spec in wanted}
    services.start_all(SERVERS)
    assert {status.name: status.pid for status in processes.statuses()} == first
    monkeypatch.setenv("QOF_LOCAL_CALCULATORS", "1")
    services.start_all(SERVERS)
    remaining = {status.name: status.pid for status in processes.statuses()}
    assert remaining == {name: pid for name, pid in first.items() if name != "calculator-worker-2"}
    assert set(services.stop_all()) == set(remaining)
    assert services.stop_all() == ()


def test_migration_fails_nothing_starts_and_message_has_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BREAK", "payments")
    with pytest.raises(LocalStackError, match=r"qof_payments migrate(.|\n)*no such column"):
        services.start_all(SERVERS)
    assert processes.statuses() == []
