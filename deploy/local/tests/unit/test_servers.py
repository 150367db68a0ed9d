"""Does the environment decide which servers are used, each on its own?"""

from pathlib import Path

import pytest

from qof_local import postgres, rabbitmq, servers
from qof_local.paths import LocalStackError
from qof_local.pids import Pid

GIVEN_POSTGRES = "postgresql://admin:secret@db.example:5432/postgres"
GIVEN_BROKER = "amqp://user:secret@broker.example/"
PRIVATE_BROKER = rabbitmq.Running(Pid(1, "x"), None, 25680)


async def _yes(*_: object) -> bool:
    return True


async def _no(*_: object) -> bool:
    return False


def _never() -> None:
    raise AssertionError("a private server was started although one is given")


@pytest.fixture(autouse=True)
def _no_real_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QOF_LOCAL_DIR", str(tmp_path))
    for name in ("QOF_POSTGRES_URL", "QOF_BROKER_URL", "QOF_BROKER_MANAGEMENT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(servers, "answers", _yes)
    monkeypatch.setattr(servers, "create_database", _yes)
    monkeypatch.setattr(rabbitmq, "opens", _yes)
    monkeypatch.setattr(postgres, "start", _never)
    monkeypatch.setattr(rabbitmq, "start", _never)


def test_both_given_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QOF_POSTGRES_URL", GIVEN_POSTGRES)
    monkeypatch.setenv("QOF_BROKER_URL", GIVEN_BROKER)
    monkeypatch.setenv("QOF_BROKER_MANAGEMENT_URL", "http://broker.example:15672")
    assert servers.ensure_servers() == servers.Servers(GIVEN_POSTGRES, GIVEN_BROKER, "http://broker.example:15672")
    assert servers.running_servers() == servers.ensure_servers()


def test_only_database_given_broker_is_private(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QOF_POSTGRES_URL", GIVEN_POSTGRES)
    monkeypatch.setattr(rabbitmq, "start", lambda: PRIVATE_BROKER)
    found = servers.ensure_servers()
    assert (found.postgres_url, found.broker_url) == (GIVEN_POSTGRES, "amqp://guest:guest@127.0.0.1:25680/")
    assert found.management_url == "http://guest:guest@127.0.0.1:25681"


def test_given_server_is_silent_message_names_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QOF_POSTGRES_URL", GIVEN_POSTGRES)
    monkeypatch.setenv("QOF_BROKER_URL", GIVEN_BROKER)
    monkeypatch.setattr(rabbitmq, "opens", _no)
    with pytest.raises(LocalStackError, match="QOF_BROKER_URL"):
        servers.ensure_servers()


def test_nothing_runs_there_are_no_servers() -> None:
    assert servers.running_servers() is None
    assert servers.stop_servers() == ()
