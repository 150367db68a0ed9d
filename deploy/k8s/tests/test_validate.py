"""Does the check pass what we have, and refuse what would hurt?"""

import copy
import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[1] / "validate.py"
spec = importlib.util.spec_from_file_location("k8s_validate", SCRIPT)
assert spec is not None
assert spec.loader is not None
validate = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = validate
spec.loader.exec_module(validate)

Object = dict[str, Any]
Renders = dict[str, list[Object]]


@pytest.fixture(scope="module")
def renders() -> Renders:
    command = validate.find_kustomize()
    if command is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("kubectl or kustomize is not installed")
    return {str(path.relative_to(SCRIPT.parent)): validate.render(command, path) for path in validate.targets()}


@pytest.fixture
def local(renders: Renders) -> list[Object]:
    return copy.deepcopy(renders["overlays/local"])


def named(things: list[Object], title: str) -> Object:
    return next(thing for thing in things if validate.title(thing) == title)


def container_of(thing: Object) -> Object:
    container: Object = validate.pod_of(thing)["containers"][0]
    return container


def test_everything_we_ship_is_valid(renders: Renders) -> None:
    assert {"overlays/local", "platform/local"} <= set(renders)
    for things in renders.values():
        assert [(validate.title(thing), fault) for thing in things for fault in validate.faults(thing)] == []
        assert [fault for thing in things for fault in validate.reference_faults(thing, things)] == []
        assert list(validate.budget_faults(things)) == []


def test_main_prints_each_object_and_the_sum(renders: Renders, capsys: pytest.CaptureFixture[str]) -> None:
    assert validate.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    count = sum(len(things) for things in renders.values())
    assert lines[-1] == f"{count} objects valid"
    assert len(lines) == count + 1


@pytest.mark.parametrize(("arguments", "code"), [([], 0), (["--require"], 1)])
def test_without_kustomize_it_says_what_to_install(
    arguments: list[str], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert validate.main(arguments) == code
    assert "install kubectl" in capsys.readouterr().err


def test_a_directory_that_does_not_render_is_refused(renders: Renders, tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [absent.yaml]\n")
    with pytest.raises(validate.RenderError, match=r"absent\.yaml"):
        validate.render(validate.find_kustomize(), tmp_path)


def unknown_field(container: Object) -> None:
    container["imagePullPolcy"] = "Always"


def no_probe(container: Object) -> None:
    del container["readinessProbe"]


def no_resources(container: Object) -> None:
    del container["resources"]


def root(container: Object) -> None:
    container["securityContext"] |= {"runAsNonRoot": False, "runAsUser": 0}


def writable(container: Object) -> None:
    container["securityContext"]["readOnlyRootFilesystem"] = False


def capable(container: Object) -> None:
    container["securityContext"]["capabilities"]["add"] = ["NET_ADMIN"]


def unknown_process(container: Object) -> None:
    container["args"] = ["serve"]


def no_release(container: Object) -> None:
    container["image"] = "registry:5000/openqof/ingest"


def literal_url(container: Object) -> None:
    container["env"].append({"name": "ELSEWHERE", "value": "amqp://qof:hunter2@broker:5672"})


def literal_password(container: Object) -> None:
    container["env"].append({"name": "ADMIN_PASSWORD", "value": "hunter2"})


def password_argument(container: Object) -> None:
    container["args"].append("--password=hunter2")


def test_signing_in_is_set_up_by_names_that_an_overlay_may_leave_out(local: list[Object]) -> None:
    told = {one["name"]: one for one in container_of(named(local, "Deployment/declarations-api"))["env"]}
    for name in ("QOF_OIDC_ISSUER", "QOF_DECLARATIONS_PUBLIC_URL", "QOF_DECLARATIONS_OIDC_CLIENT_ID"):
        assert told[name]["valueFrom"]["configMapKeyRef"]["name"] == "sign-in"
        assert told[name]["valueFrom"]["configMapKeyRef"]["optional"]
    secret = told["QOF_DECLARATIONS_OIDC_CLIENT_SECRET"]["valueFrom"]["secretKeyRef"]
    assert secret == {"name": "declarations-sign-in", "key": "client-secret", "optional": True}
    payments = [one["name"] for one in container_of(named(local, "Deployment/payments-api"))["env"]]
    assert "QOF_OIDC_ISSUER" in payments
    assert not any("CLIENT_SECRET" in name for name in payments)


def test_pages_reach_payments_and_nobody_else(local: list[Object]) -> None:
    asks = named(local, "NetworkPolicy/pages-ask-payments")["spec"]["egress"]
    assert [to["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for rule in asks for to in rule["to"]] == [
        "payments"
    ]
    service = named(local, "Service/payments-api")
    told = {one["name"]: one.get("value") for one in container_of(named(local, "Deployment/declarations-api"))["env"]}
    assert told["QOF_DECLARATIONS_PAYMENTS_URL"] == f"http://{service['metadata']['name']}"


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (unknown_field, "imagePullPolcy"),
        (no_probe, "has no readinessProbe"),
        (no_resources, "may take what it likes"),
        (root, "may run as root"),
        (writable, "may write to its image"),
        (capable, "keeps Linux capabilities"),
        (unknown_process, "must be one of api, migrate, relay, worker"),
        (no_release, "names no release"),
        (literal_url, "ELSEWHERE holds what looks like a password"),
        (literal_password, "ADMIN_PASSWORD holds what looks like a password"),
        (password_argument, "an argument looks like a password"),
    ],
)
def test_a_harmful_container_is_refused(local: list[Object], harm: Callable[[Object], None], sentence: str) -> None:
    thing = named(local, "Deployment/ingest-worker")
    harm(container_of(thing))
    assert sentence in "\n".join(validate.faults(thing))


def test_a_pod_with_a_token_is_refused(local: list[Object]) -> None:
    thing = named(local, "Job/ingest-migrate")
    del validate.pod_of(thing)["automountServiceAccountToken"]
    assert "carries a Kubernetes token" in "\n".join(validate.faults(thing))


def test_a_workload_without_version_is_refused(local: list[Object]) -> None:
    thing = named(local, "Deployment/payments-api")
    del thing["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/version"]
    assert list(validate.faults(thing)) == ["pod lacks labels: app.kubernetes.io/version"]


def test_an_unknown_queue_is_refused(local: list[Object]) -> None:
    thing = named(local, "ScaledObject/calculator-worker")
    thing["spec"]["triggers"][0]["metadata"]["queueName"] = "calculator.extract"
    (fault,) = validate.faults(thing)
    assert fault.startswith("no queue is named calculator.extract;")


@pytest.mark.parametrize("title", ["ScaledObject/calculator-worker", "TriggerAuthentication/calculator-worker"])
def test_an_unknown_field_of_keda_is_refused(local: list[Object], title: str) -> None:
    thing = named(local, title)
    thing["spec"]["maxReplicas"] = 9
    assert "maxReplicas" in "\n".join(validate.faults(thing))


def test_a_kind_without_schema_is_refused(local: list[Object]) -> None:
    thing = {"apiVersion": "example.org/v1", "kind": "Wish", "metadata": {"name": "granted"}}
    (fault,) = validate.faults(thing)
    assert "no schema for example.org/v1 Wish" in fault


def test_a_secret_that_is_not_obviously_local_is_refused(local: list[Object]) -> None:
    thing = named(local, "Secret/ingest-connections")
    thing["stringData"] = {"database-url": "postgresql://ingest:hunter2@db/ingest"}
    (fault,) = validate.faults(thing)
    assert fault.startswith("database-url is a secret in the repository")
    assert "hunter2" not in fault


def test_a_name_that_leads_nowhere_is_refused(local: list[Object]) -> None:
    worker = named(local, "Deployment/ingest-worker")
    container_of(worker)["env"].append(
        {"name": "QOF_X", "valueFrom": {"secretKeyRef": {"name": "ingest-connections", "key": "absent"}}}
    )
    autoscaler = named(local, "HorizontalPodAutoscaler/ingest-api")
    autoscaler["spec"]["scaleTargetRef"]["name"] = "ingest-apis"
    service = named(local, "Service/ingest-api")
    service["spec"]["selector"]["app.kubernetes.io/component"] = "apis"
    assert [fault for thing in local for fault in validate.reference_faults(thing, local)] == [
        "selects no pod",
        "reads absent of Secret ingest-connections, which has no such key",
        "scales ingest-apis, which does not exist",
    ]


def test_a_scaled_deployment_with_a_number_of_its_own_is_refused(local: list[Object]) -> None:
    named(local, "Deployment/calculator-worker")["spec"]["replicas"] = 2
    (fault,) = validate.reference_faults(named(local, "ScaledObject/calculator-worker"), local)
    assert "every apply would undo the scaling" in fault


def test_more_workers_than_the_database_has_connections_for_are_refused(local: list[Object]) -> None:
    named(local, "ScaledObject/calculator-worker")["spec"]["maxReplicaCount"] = 10
    (fault,) = validate.budget_faults(local)
    assert fault.startswith("calculator may hold 60 database connections")


def test_the_budget_is_what_the_roles_of_the_local_platform_have() -> None:
    first_start = (SCRIPT.parent / "platform/local/create-databases.sh").read_text()
    assert f"CONNECTION LIMIT {validate.CONNECTION_BUDGET} " in first_start
