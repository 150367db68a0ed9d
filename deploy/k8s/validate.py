"""Would a cluster accept these manifests, and do they keep the house's rules?

Renders every overlay and platform with kustomize, checks each object against the Kubernetes schemas (and our own for
KEDA's), then against the rules below. Needs no cluster and no network.
"""

import argparse
import base64
import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import kubernetes_validate
import yaml

from qof_shared.messaging.topology import QUEUES
from qof_shared.settings import ServiceSettings

HERE = Path(__file__).parent
KUBERNETES = "1.34"
"""The oldest release in which everything we use is stable (the youngest part is `preStop.sleep`)."""

PROCESSES = {"api", "worker", "relay", "migrate"}
LABELS = {f"app.kubernetes.io/{label}" for label in ("name", "component", "part-of", "version")}
CONNECTION_BUDGET = 60
"""Connections a service's role may hold: CONNECTION LIMIT in platform/local/create-databases.sh."""
FOR_PEOPLE = 5
"""Connections of that budget kept for someone who must look into the database while everything else is busy."""

SECRET_NAME = re.compile(r"PASS|SECRET|TOKEN|CREDENTIAL|API_?KEY|(DATABASE|BROKER)\w*_URL", re.IGNORECASE)
URL_WITH_PASSWORD = re.compile(r"://[^/\s:@]*:[^/\s@]+@")
LOCAL = "local-only"

Object = dict[str, Any]


class RenderError(Exception):
    """Kustomize refused a directory; the message is its own."""


def find_kustomize() -> list[str] | None:
    """The command that renders a directory, or None where there is none."""
    if shutil.which("kubectl"):
        return ["kubectl", "kustomize"]
    if shutil.which("kustomize"):
        return ["kustomize", "build"]
    return None


def render(command: Sequence[str], directory: Path) -> list[Object]:
    """Every object of a directory, as the cluster would get it."""
    done = subprocess.run([*command, str(directory)], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RenderError(f"{directory}: {done.stderr.strip()}")
    return [thing for thing in yaml.safe_load_all(done.stdout) if thing]


def targets() -> list[Path]:
    """The directories somebody applies: every overlay and every platform."""
    return sorted(
        path.parent for kind in ("overlays", "platform") for path in HERE.glob(f"{kind}/*/kustomization.yaml")
    )


def title(thing: Object) -> str:
    return f"{thing['kind']}/{thing['metadata']['name']}"


def faults(thing: Object) -> Iterator[str]:
    """Everything wrong with one object, as sentences."""
    yield from schema_faults(thing)
    if pod := pod_of(thing):
        yield from label_faults(thing)
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            for fault in container_faults(thing, pod, container):
                yield f"container {container['name']}: {fault}"
        if pod.get("automountServiceAccountToken") is not False:
            yield "carries a Kubernetes token; set automountServiceAccountToken: false"
    if thing["kind"] == "ServiceAccount" and thing.get("automountServiceAccountToken") is not False:
        yield "hands out Kubernetes tokens; set automountServiceAccountToken: false"
    if thing["kind"] == "Secret":
        yield from secret_faults(thing)
    if thing["kind"] == "ScaledObject":
        yield from queue_faults(thing)


def schema_faults(thing: Object) -> Iterator[str]:
    """Unknown fields, wrong types, missing parts. An object without a schema is a fault: unchecked is not valid."""
    own = HERE / "schemas" / f"{thing['kind']}-{thing['apiVersion']}.json".lower().replace("/", "-")
    try:
        if own.exists():
            jsonschema.Draft202012Validator(json.loads(own.read_text())).validate(thing)
        else:
            kubernetes_validate.validate(thing, KUBERNETES, strict=True)
    except jsonschema.ValidationError as error:
        yield f"{'.'.join(str(part) for part in error.path) or 'object'}: {error.message}"
    except kubernetes_validate.SchemaNotFoundError:
        yield f"no schema for {thing['apiVersion']} {thing['kind']}; write one as {own.relative_to(HERE)}"


def pod_of(thing: Object) -> Object | None:
    """The pod an object would start, or None for an object that starts none."""
    spec = thing.get("spec") or {}
    template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
    return template["spec"] if isinstance(template, dict) else spec if thing["kind"] == "Pod" else None


def label_faults(thing: Object) -> Iterator[str]:
    where = {"object": thing, "pod": thing.get("spec", {}).get("template", thing)}
    for what, holder in where.items():
        if missing := LABELS - set(holder["metadata"].get("labels", {})):
            yield f"{what} lacks labels: {', '.join(sorted(missing))}"


def container_faults(thing: Object, pod: Object, container: Object) -> Iterator[str]:
    security = pod.get("securityContext", {}) | container.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or security.get("runAsUser") == 0:
        yield "may run as root; set runAsNonRoot: true and a runAsUser other than 0"
    if security.get("readOnlyRootFilesystem") is not True:
        yield "may write to its image; set readOnlyRootFilesystem: true"
    if security.get("privileged") or security.get("allowPrivilegeEscalation") is not False:
        yield "may gain privileges; set allowPrivilegeEscalation: false"
    if security.get("capabilities") != {"drop": ["ALL"]}:
        yield "keeps Linux capabilities; set capabilities: {drop: [ALL]} and add none"
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "may make any system call; set seccompProfile: {type: RuntimeDefault}"

    resources = container.get("resources", {})
    if not {"cpu", "memory"} <= set(resources.get("requests", {})) or "memory" not in resources.get("limits", {}):
        yield "may take what it likes; set resources: requests of cpu and memory, and a limit of memory"
    if thing["kind"] in {"Deployment", "StatefulSet"}:
        for probe in ("livenessProbe", "readinessProbe"):
            if probe not in container:
                yield f"has no {probe}, so nobody notices when it is stuck"

    image, _, tag = container["image"].rpartition(":")
    if not image or "/" in tag or tag == "latest":  # a colon before a slash belongs to the registry's port
        yield f"image {container['image']} names no release; an overlay sets newTag"
    arguments = container.get("args", [])
    if "openqof/" in container["image"] and (len(arguments) != 1 or arguments[0] not in PROCESSES):
        yield f"args are {arguments}, and must be one of {', '.join(sorted(PROCESSES))}"

    for word in [*container.get("command", []), *arguments]:
        if URL_WITH_PASSWORD.search(word) or re.search(r"password|secret|token", word, re.IGNORECASE):
            yield "an argument looks like a password; take it from a Secret with secretKeyRef"
    for variable in container.get("env", []):
        name, value = variable["name"], variable.get("value", "")
        is_secret = SECRET_NAME.search(name) and not name.endswith("_FILE") and not value.startswith("/")
        if value and (is_secret or URL_WITH_PASSWORD.search(value)):
            yield f"{name} holds what looks like a password; take it from a Secret with secretKeyRef"


def secret_faults(thing: Object) -> Iterator[str]:
    """The repository holds no secret; what looks like one says that it is good for one machine only."""
    values = {key: base64.b64decode(value).decode() for key, value in thing.get("data", {}).items()}
    for key, value in (values | thing.get("stringData", {})).items():
        if LOCAL not in value:
            yield f"{key} is a secret in the repository: create it in the cluster, or make it say `{LOCAL}`"


def queue_faults(thing: Object) -> Iterator[str]:
    known = {queue.name for queue in QUEUES}
    for trigger in thing["spec"].get("triggers", []):
        if (name := trigger.get("metadata", {}).get("queueName")) not in known:
            yield f"no queue is named {name}; qof_shared.messaging.topology has {', '.join(sorted(known))}"


def budget_faults(things: Sequence[Object]) -> Iterator[str]:
    """Services whose processes, all at their maximum, could ask PostgreSQL for more connections than they have."""
    for service in sorted({queue.service for queue in QUEUES}):
        held = connections_held(service, things)
        if held + FOR_PEOPLE > CONNECTION_BUDGET:
            yield (
                f"{service} may hold {held} database connections, and {FOR_PEOPLE} are kept for people: together more "
                f"than its {CONNECTION_BUDGET}; lower a maximum of replicas"
            )


def reference_faults(thing: Object, things: Sequence[Object]) -> Iterator[str]:
    """Names and selectors that lead nowhere, and autoscaled Deployments that also fix their own number."""
    by_title = {title(other): other for other in things}
    spec = thing.get("spec") or {}
    if thing["kind"] in {"Service", "PodDisruptionBudget"}:
        selector = spec["selector"].get("matchLabels", spec["selector"]).items()
        pods = [other["spec"]["template"]["metadata"]["labels"].items() for other in things if pod_of(other)]
        if not any(selector <= labels for labels in pods):
            yield "selects no pod"
    if target := spec.get("scaleTargetRef"):
        scaled = by_title.get(f"{target.get('kind', 'Deployment')}/{target['name']}")
        if scaled is None:
            yield f"scales {target['name']}, which does not exist"
        elif "replicas" in scaled["spec"]:
            yield f"scales {target['name']}, which also sets replicas: every apply would undo the scaling"
    wanted = {(reference["name"], reference["key"]) for reference in spec.get("secretTargetRef", [])}
    for container in (pod_of(thing) or {}).get("containers", []):
        for variable in container.get("env", []):
            reference = variable.get("valueFrom", {}).get("secretKeyRef", {"optional": True})
            if not reference.get("optional"):
                wanted.add((reference["name"], reference["key"]))
    for name, key in sorted(wanted):
        secret = by_title.get(f"Secret/{name}")
        # An overlay whose Secrets come from a vault generates none; one that generates some must generate all.
        if secret is None and any(other.startswith("Secret/") for other in by_title):
            yield f"reads Secret {name}, which does not exist"
        elif secret is not None and key not in secret.get("data", {}) | secret.get("stringData", {}):
            yield f"reads {key} of Secret {name}, which has no such key"


def connections_held(service: str, things: Sequence[Object]) -> int:
    """The most database connections a service's processes can hold at once, a roll-out included."""
    most = {
        thing["spec"]["scaleTargetRef"]["name"]: thing["spec"].get("maxReplicas") or thing["spec"]["maxReplicaCount"]
        for thing in things
        if "scaleTargetRef" in (thing.get("spec") or {})
    }
    processes = 0
    for thing in things:
        if thing["metadata"].get("labels", {}).get("app.kubernetes.io/name") != service or pod_of(thing) is None:
            continue
        replicas = most.get(thing["metadata"]["name"], thing["spec"].get("replicas", 1))
        processes += replicas
        if thing["kind"] == "Deployment":  # Kubernetes' own default is "25%"
            surge = thing["spec"].get("strategy", {}).get("rollingUpdate", {}).get("maxSurge", "25%")
            processes += surge if isinstance(surge, int) else math.ceil(replicas * int(surge.rstrip("%")) / 100)
    return int(processes * ServiceSettings.model_fields["pool_size"].default)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--require", action="store_true", help="fail where kustomize is missing (for CI)")
    required = parser.parse_args(arguments).require
    command = find_kustomize()
    if command is None:
        print("Manifests not checked: install kubectl (or kustomize), and run this again.", file=sys.stderr)
        return 1 if required else 0

    checked = wrong = 0
    for directory in targets():
        where = directory.relative_to(HERE)
        things = render(command, directory)
        for thing in things:
            found = [*faults(thing), *reference_faults(thing, things)]
            print(f"{'FAULT' if found else 'ok   '} {where} {title(thing)}", *found, sep="\n        ")
            checked, wrong = checked + 1, wrong + len(found)
        for fault in budget_faults(things):
            print(f"FAULT {where} {fault}")
            wrong += 1
    print(f"{checked} objects valid" if not wrong else f"{checked} objects checked, {wrong} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RenderError as error:
        sys.exit(str(error))
