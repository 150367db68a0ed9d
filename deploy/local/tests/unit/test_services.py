"""Is every process of OpenQOF started, with its own database and no other service's?"""

from pathlib import Path

import pytest

from qof_local import services
from qof_local.paths import LocalStackError
from qof_local.servers import Servers

SERVERS = Servers("postgresql://qof:pass@127.0.0.1:25432/postgres", "amqp://guest:guest@127.0.0.1:25680/", "http://m:1")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QOF_LOCAL_DIR", str(tmp_path))
    for name in ("QOF_LOCAL_CALCULATORS", "QOF_LOCAL_HEALTH_PORT", "QOF_INGEST_HTTP_PORT"):
        monkeypatch.delenv(name, raising=False)


def test_nothing_set_every_process_is_there() -> None:
    assert [spec.name for spec in services.specs(SERVERS)] == [
        "provider",
        *("ingest-api", "payments-api", "declarations-api"),
        *("ingest-relay", "calculator-relay", "payments-relay", "declarations-relay"),
        *("ingest-worker", "payments-worker", "declarations-worker"),
        *("calculator-worker-1", "calculator-worker-2"),
    ]


def test_each_service_knows_only_its_own_database() -> None:
    for spec in services.specs(SERVERS)[1:]:
        service = spec.name.split("-")[0]
        urls = {name: value for name, value in spec.env.items() if name.endswith("_DATABASE_URL")}
        assert urls == {
            f"QOF_{service.upper()}_DATABASE_URL": f"postgresql://qof_{service}:pass@127.0.0.1:25432/qof_{service}"
        }
        assert list(spec.argv[1:]) == ["-m", f"qof_{service}", spec.name.split("-")[1]]


def test_who_is_asked_goes_before_who_reads_a_queue() -> None:
    specs = services.specs(SERVERS)
    assert {spec.name for spec in specs if not spec.niceness} == {
        *("provider", "ingest-api", "payments-api", "declarations-api")
    }


def test_calculators_chosen_so_many_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QOF_LOCAL_CALCULATORS", "5")
    assert sum(spec.name.startswith("calculator-worker") for spec in services.specs(SERVERS)) == 5


@pytest.mark.parametrize("text", ["0", "many", "-2", "65"])
def test_calculators_make_no_sense_message_names_variable(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QOF_LOCAL_CALCULATORS", text)
    with pytest.raises(LocalStackError, match="QOF_LOCAL_CALCULATORS"):
        services.specs(SERVERS)


def test_http_port_chosen_process_and_health_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QOF_INGEST_HTTP_PORT", "9001")
    api = services.specs(SERVERS)[1]
    assert api.env["QOF_INGEST_HTTP_PORT"] == "9001"
    assert api.health_url == "http://127.0.0.1:9001" + services.READY_PATH


def test_people_sign_in_where_the_provider_is() -> None:
    provider, *others = services.specs(SERVERS)
    told = {spec.name: spec.env for spec in others}
    assert provider.health_url == told["declarations-api"]["QOF_OIDC_ISSUER"] + services.READY_PATH
    assert told["payments-api"]["QOF_OIDC_ISSUER"] == told["declarations-api"]["QOF_OIDC_ISSUER"]
    assert told["declarations-api"]["QOF_DECLARATIONS_PUBLIC_URL"] == services.api_url("declarations")
    secret = told["declarations-api"]["QOF_DECLARATIONS_OIDC_CLIENT_SECRET"]
    assert secret == services.environment("declarations", SERVERS)["QOF_DECLARATIONS_OIDC_CLIENT_SECRET"]
    assert [name for name, env in told.items() if secret in env.values()] == [
        *("declarations-api", "declarations-relay", "declarations-worker"),
    ]


def test_no_two_processes_share_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    specs = services.specs(SERVERS)
    assert len({spec.health_url for spec in specs}) == len(specs)
    monkeypatch.setenv("QOF_LOCAL_CALCULATORS", "7")
    assert services.specs(SERVERS)[: len(specs)] == specs
