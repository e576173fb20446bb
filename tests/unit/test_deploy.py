"""The files of deploy/ say what the program does: names of routing.yaml, commands that exist, secrets nowhere."""

from __future__ import annotations

import configparser
import json
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.routing import Topology
from workers import settings
from workers.broker.rabbit import queue_arguments
from workers.runtime import load_reader

DEPLOY = Path(__file__).parents[2] / "deploy"
TOPOLOGY = load_reader(settings.read({}), lambda: datetime(2026, 3, 2, tzinfo=UTC)).routes.topology
VHOST = "xinglin"
RENEW = (
    'python -c "import json; from tests.unit.test_deploy import *; print(json.dumps(definitions(TOPOLOGY), indent=2))"'
    " > deploy/rabbitmq/definitions.json"
)
WORKERS = {"intake", "relay", "scheduler", "assessor", "carrier"}
UNIT = DEPLOY / "systemd" / "xinglin@.service"
FOLDER_UNIT = DEPLOY / "systemd" / "xinglin-folder@.service"


def definitions(topology: Topology) -> dict[str, list[dict[str, Any]]]:
    """A topology as `rabbitmqctl import_definitions` reads it."""
    exchanges = (*topology.exchanges, topology.dead_exchange)
    bound = [(topology.dead_exchange, topology.dead_queue, "#")]
    bound += [(queue.exchange, queue.name, key) for queue in topology.queues for key in queue.bindings]
    return {
        "vhosts": [{"name": VHOST}],
        "exchanges": [
            {
                "name": name,
                "vhost": VHOST,
                "type": "topic",
                "durable": True,
                "auto_delete": False,
                "internal": False,
                "arguments": {},
            }
            for name in exchanges
        ],
        "queues": [
            {"name": name, "vhost": VHOST, "durable": True, "auto_delete": False, "arguments": arguments}
            for name, arguments in queue_arguments(topology).items()
        ],
        "bindings": [
            {
                "source": exchange,
                "vhost": VHOST,
                "destination": queue,
                "destination_type": "queue",
                "routing_key": key,
                "arguments": {},
            }
            for exchange, queue, key in bound
        ],
    }


def test_the_definitions_are_those_of_routing_yaml() -> None:
    found = json.loads((DEPLOY / "rabbitmq" / "definitions.json").read_text())
    assert found == definitions(TOPOLOGY), f"write it anew: {RENEW}"


def load_compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


def test_compose_runs_every_worker_and_intake_twice() -> None:
    services = load_compose()["services"]
    ports = {"intake": "9101", "relay": "9102", "scheduler": "9103", "assessor": "9104", "carrier": "9105"}
    assert {name: services[name]["command"] for name in WORKERS} == {
        name: ["worker", name, "--metrics-address", "0.0.0.0", "--metrics-port", ports[name]] for name in WORKERS
    }
    assert services["intake"]["deploy"] == {"replicas": 2}
    assert services["tables"]["command"] == ["db", "upgrade"]


def test_compose_gives_every_secret_as_a_file_and_none_a_default() -> None:
    compose = load_compose()
    assert {tuple(secret) for secret in compose["secrets"].values()} == {("file",)}
    assert "${" not in (DEPLOY / "compose.yaml").read_text()
    given = {name for service in compose["services"].values() for name in service.get("environment", {})}
    secret = {name for name in given if re.search("PASS|KEY|URL", name)}
    assert secret == {"POSTGRES_PASSWORD_FILE", "XINGLIN_KEY_FILE"}


def test_compose_gives_the_public_page_neither_keys_nor_the_archive() -> None:
    public = load_compose()["services"]["public"]
    assert (public["secrets"], public["volumes"], public["environment"]) == ([], [], {})
    assert public["env_file"] == ["secrets/public.env"]


def test_pages_are_reached_from_the_host_alone() -> None:
    services = load_compose()["services"]
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published == {"console": ["127.0.0.1:8080:8080"], "public": ["127.0.0.1:8090:8090"]}
    proxied = re.findall(r"proxy_pass http://([\d.:]+);", (DEPLOY / "nginx" / "xinglin.conf").read_text())
    assert set(proxied) == {"127.0.0.1:8080", "127.0.0.1:8090"}


def test_no_file_names_a_registry() -> None:
    images = re.findall(r"(?m)^FROM (\S+)", (DEPLOY / "Containerfile").read_text())
    images += [service["image"] for service in load_compose()["services"].values()]
    assert [image for image in images if "/" in image] == []


def test_compose_sets_what_the_fragment_for_postgresql_sets() -> None:
    fragment = (DEPLOY / "postgresql" / "xinglin.conf").read_text()
    settings_of_it = dict(re.findall(r"(?m)^(\w+) = (\S+)$", fragment))
    given = dict(item.split("=") for item in load_compose()["services"]["database"]["command"] if "=" in item)
    assert given.items() <= settings_of_it.items()


def test_the_image_holds_every_package() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    copied = re.findall(r"(?m)^COPY (\w+) \1$", text)
    assert copied == ["schemas", "connectors", "credit", "workers", "policies"]
    assert {"USER 10001:10001", "STOPSIGNAL SIGTERM"} <= set(text.splitlines())
    assert "--require-hashes" in text
    assert "PYTHONSAFEPATH=1" in text


@pytest.mark.parametrize("tool", ["pip", "setuptools"])
def test_an_environment_has_the_tools_that_are_pinned_not_those_that_python_brought(tool: str) -> None:
    locks = [(DEPLOY.parent / name).read_text() for name in ("requirements.txt", "requirements-dev.txt")]
    assert {re.findall(rf"(?m)^{tool}==(\S+)", lock)[0] for lock in locks} == {version(tool)}


def test_the_unit_stops_cleanly_and_runs_as_nobody_of_importance() -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(UNIT)
    service = unit["Service"]
    assert service["ExecStart"].endswith("xinglin worker %i")
    assert (service["KillSignal"], service["TimeoutStopSec"], service["User"]) == ("SIGTERM", "90", "xinglin")


def test_the_unit_of_a_folder_differs_in_what_a_folder_needs() -> None:
    common, folder = (path.read_text().partition("[Unit]")[2].splitlines() for path in (UNIT, FOLDER_UNIT))
    assert [line for line in folder if line not in common] == [
        "Description=Xinglin folder %f",
        "ExecStart=/opt/xinglin/.venv/bin/xinglin worker folder %f",
        "UMask=0007",
        "ReadWritePaths=%f",
    ]
    assert [line for line in common if line not in folder] == [
        "Description=Xinglin %i",
        "ExecStart=/opt/xinglin/.venv/bin/xinglin worker %i",
        "UMask=0077",
    ]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What `xinglinctl` asks systemd to run, for a command with a space, a quote and a dollar in it."""
    folder = tmp_path_factory.mktemp("bin")
    listener = folder / "systemd-run"
    listener.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\"\n")
    listener.chmod(0o755)
    done = subprocess.run(
        [DEPLOY / "systemd" / "xinglinctl", "parked", "discard", "17", "--why", "it's a $HOME test"],
        env={"PATH": f"{folder}:/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split("\0")[:-1]


def test_xinglinctl_runs_as_the_workers_run(asked: list[str]) -> None:
    lines = [line.partition("=") for line in UNIT.read_text().splitlines() if "=" in line]
    allowed = {f"--property={name}={value}" for name, _, value in lines if name != "Environment"}
    variables = {f"--setenv={each}" for name, _, value in lines if name == "Environment" for each in value.split()}
    options = asked[: asked.index("--")]
    said = {option for option in options if option.startswith("--property=")}
    assert said <= allowed
    needed = {"User", "Group", "EnvironmentFile", "LoadCredential", "StateDirectory", "WorkingDirectory", "UMask"}
    assert needed <= {option.split("=")[1] for option in said}
    keys = {variable for variable in variables if "%" in variable}
    assert keys == {"--setenv=XINGLIN_KEY_FILE=%d/keys.json"}
    given = {option for option in options if option.startswith("--setenv=")}
    (account,) = {option for option in given if option.startswith("--setenv=XINGLIN_ACCOUNT=")}
    assert account.partition("XINGLIN_ACCOUNT=")[2], "who asked is not known to the service"
    assert given - {account} == variables - keys
    assert {"--pipe", "--wait", "--collect"} <= set(options)


@pytest.mark.parametrize(
    ("environ", "file"),
    [({}, "/run/credentials/x/keys.json"), ({"XINGLIN_KEY_FILE": "/srv/k.json"}, "/srv/k.json")],
)
def test_xinglinctl_hands_over_the_command_as_it_was_typed(
    asked: list[str], environ: dict[str, str], file: str
) -> None:
    shell, flag, script, program, *arguments = asked[asked.index("--") + 1 :]
    assert UNIT.read_text().count(f"ExecStart={program} worker %i\n") == 1
    assert arguments == ["parked", "discard", "17", "--why", "it's a $HOME test"]
    seen = subprocess.run(
        [shell, flag, script, "/usr/bin/printenv", "XINGLIN_KEY_FILE"],
        env={"CREDENTIALS_DIRECTORY": "/run/credentials/x"} | environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert seen.stdout == f"{file}\n"


def load_cluster() -> list[dict[str, Any]]:
    files = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    return [each for file in files for each in yaml.safe_load_all(file.read_text())]


def _pods() -> dict[str, dict[str, Any]]:
    running = [each for each in load_cluster() if each["kind"] in {"Deployment", "Job"}]
    return {each["metadata"]["name"]: each["spec"]["template"]["spec"] for each in running}


def test_the_cluster_runs_every_worker_and_both_pages() -> None:
    assert _pods().keys() == WORKERS | {"console", "public", "tables"}
    replicas = {each["metadata"]["name"]: each["spec"] for each in load_cluster() if each["kind"] == "Deployment"}
    assert replicas["scheduler"]["replicas"] == 1
    assert replicas["scheduler"]["strategy"] == {"type": "Recreate"}


def test_one_console_runs_and_may_write_where_uploads_lie() -> None:
    running = {each["metadata"]["name"]: each["spec"] for each in load_cluster() if each["kind"] == "Deployment"}
    console = running["console"]
    assert (console["replicas"], console["strategy"]) == (1, {"type": "Recreate"})
    (home,) = re.findall(r"(?m)^ENV XINGLIN_HOME=(\S+)$", (DEPLOY / "Containerfile").read_text())
    pod = console["template"]["spec"]
    (mounted,) = [each for each in pod["containers"][0]["volumeMounts"] if each["mountPath"] == home]
    assert not mounted.get("readOnly", False)
    assert {"name": mounted["name"], "emptyDir": {}} in pod["volumes"]


def test_console_and_scheduler_reach_logins_and_webhooks_and_the_public_page_does_not() -> None:
    (policy,) = [each["spec"] for each in load_cluster() if each["kind"] == "NetworkPolicy" and _ports(each) == {443}]
    (chosen,) = policy["podSelector"]["matchExpressions"]
    assert (chosen["operator"], set(chosen["values"])) == ("In", {"console", "scheduler"})


def _ports(policy: dict[str, Any]) -> set[int]:
    return {port["port"] for way in policy["spec"].get("egress", ()) for port in way["ports"]}


@pytest.mark.parametrize("name", sorted(_pods()))
def test_no_pod_may_more_than_it_has_to(name: str) -> None:
    pod = _pods()[name]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    secrets = [each for each in container["env"] if each["name"].endswith("_URL")]
    assert secrets
    assert all("value" not in each for each in secrets)


def test_the_public_page_has_neither_keys_nor_the_archive() -> None:
    pod = _pods()["public"]
    assert [volume["name"] for volume in pod["volumes"]] == ["tmp"]
    names = {each["name"] for each in pod["containers"][0]["env"]}
    assert names.isdisjoint({"XINGLIN_DATABASE_URL", "XINGLIN_BROKER_URL", "XINGLIN_KEY_FILE"})


def test_the_cluster_grows_with_the_queues_of_routing_yaml() -> None:
    grown = {
        each["spec"]["scaleTargetRef"]["name"]: each["spec"]
        for each in load_cluster()
        if each["kind"] == "ScaledObject"
    }
    assert grown.keys() == {"intake", "assessor"}
    assert grown.keys() <= _pods().keys()
    asked = {trigger["metadata"]["queueName"] for trigger in grown["intake"]["triggers"]}
    inbound = load_reader(settings.read({}), lambda: datetime(2026, 3, 2, tzinfo=UTC)).routes.inbound
    assert asked == set(inbound)
    known = {each["metadata"]["name"] for each in load_cluster() if each["kind"] == "TriggerAuthentication"}
    assert {trigger["authenticationRef"]["name"] for each in grown.values() for trigger in each["triggers"]} == known


def test_every_file_for_the_cluster_is_among_those_that_are_applied() -> None:
    applied = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text())["resources"]
    assert sorted([*applied, "kustomization.yaml"]) == sorted(each.name for each in (DEPLOY / "kubernetes").iterdir())
