"""The images and what describes them, checked without a container engine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from bot.runtime.settings import ROOT, Settings
from tests.project.test_style import BIN, passes

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(
    (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")
)
GATEWAYS = ("migrate", "web", "worker")
IMAGES = {"tammen": "gateway", "tammen-nlu": "nlu"}


def stage(name: str) -> str:
    """The lines of one stage of the Dockerfile."""
    found = re.search(
        rf"^FROM \S+ AS {name}$(.*?)(?=^FROM |\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL
    )
    assert found is not None, f"no stage {name}"
    return found[1]


def manifests() -> Iterator[dict[str, Any]]:
    for path in sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml")):
        yield from yaml.safe_load_all(path.read_text(encoding="utf-8"))


def pods() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """(the workload, its only container)."""
    for one in manifests():
        if one["kind"] in {"Deployment", "Job"}:
            (container,) = one["spec"]["template"]["spec"]["containers"]
            yield one, container


def named(manifest: dict[str, Any]) -> str:
    name: str = manifest.get("metadata", {}).get("name", "")
    return name


def test_the_dockerfile_is_clean() -> None:
    passes(BIN / "hadolint", "Dockerfile")


@pytest.mark.parametrize("name", ["gateway", "nlu"])
def test_an_image_runs_as_a_numbered_user_and_tells_its_health(name: str) -> None:
    assert re.search(r"^USER \d{5}$", stage(name), re.MULTILINE)
    assert "HEALTHCHECK" in stage(name)


@pytest.mark.parametrize(
    "name", ["gateway", "nlu", "gateway-packages", "nlu-packages", "nlu-model"]
)
def test_what_an_image_copies_exists_and_is_let_through(name: str) -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for words in re.findall(r"^COPY (?!--from)(.+)$", stage(name), re.MULTILINE):
        for source in words.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in ignored or f"!{source.split('/')[0]}" in ignored, source


def test_the_nlu_image_holds_nothing_of_the_gateway_and_no_secret() -> None:
    copied = re.findall(r"^COPY .*$", stage("nlu"), re.MULTILINE)
    assert not [line for line in copied if re.search(r"\b(bot|flows|locales)\b", line)]
    assert set(COMPOSE["services"]["nlu"]["environment"]) == {"NLU_TOKEN"}
    (nlu,) = [container for one, container in pods() if one["metadata"]["name"] == "tammen-nlu"]
    assert [entry["name"] for entry in nlu["env"]] == ["NLU_TOKEN"]
    assert "envFrom" not in nlu


def test_the_nlu_server_has_no_way_in_or_out_but_the_gateway() -> None:
    services, networks = COMPOSE["services"], COMPOSE["networks"]
    (only,) = services["nlu"]["networks"]
    assert networks[only]["internal"] is True
    assert "ports" not in services["nlu"]
    assert {name for name, service in services.items() if only in service["networks"]} <= {
        "nlu",
        "web",
        "worker",
    }
    (policy,) = [
        one
        for one in manifests()
        if one["kind"] == "NetworkPolicy" and one["metadata"]["name"] == "tammen-nlu"
    ]
    assert policy["spec"]["egress"] == []


def test_the_outside_reaches_the_proxy_alone() -> None:
    services = COMPOSE["services"]
    assert {name for name, service in services.items() if "ports" in service} == {"caddy"}
    members = {name for name, service in services.items() if "front" in service["networks"]}
    assert members == {"caddy", "web"}
    (net,) = COMPOSE["networks"]["front"]["ipam"]["config"]
    assert services["web"]["environment"]["FORWARDED_ALLOW_IPS"] == net["subnet"]


@pytest.mark.parametrize("name", list(COMPOSE["services"]))
def test_every_service_has_limits_and_no_rights_it_does_not_need(name: str) -> None:
    service = COMPOSE["services"][name]
    assert {"mem_limit", "cpus", "pids_limit"} <= set(service)
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


def test_images_of_others_can_be_pinned() -> None:
    for service in COMPOSE["services"].values():
        is_ours = service["image"].split(":")[0] in IMAGES
        assert is_ours or re.fullmatch(r"\$\{\w+_IMAGE:-[\w./:@-]+\}", service["image"])


def test_only_the_migration_owns_the_tables() -> None:
    owners = set()
    for name in GATEWAYS:
        address = COMPOSE["services"][name]["environment"]["DATABASE_URL"]
        if not address.startswith("postgresql://tammen_app:"):
            owners.add(name)
    assert owners == {"migrate"}
    secrets = {
        one["metadata"]["name"]: container["envFrom"][0]["secretRef"]["name"]
        for one, container in pods()
        if "envFrom" in container
    }
    assert secrets == {
        "tammen-migrate": "tammen-migrate",
        "tammen-web": "tammen",
        "tammen-worker": "tammen",
    }


def policies(direction: str) -> dict[str, dict[str, Any]]:
    """The network policies of a direction, by name."""
    listed = [one for one in manifests() if one["kind"] == "NetworkPolicy"]
    return {
        one["metadata"]["name"]: one["spec"]
        for one in listed
        if direction in one["spec"]["policyTypes"]
    }


def test_what_no_policy_allows_is_denied() -> None:
    for direction in ("Ingress", "Egress"):
        nothing = policies(direction)["tammen-nothing"]
        assert nothing["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "tammen"}
        assert direction.lower() not in nothing
    for one, _container in pods():
        labels = one["spec"]["template"]["metadata"]["labels"]
        assert labels["app.kubernetes.io/name"] == "tammen", one["metadata"]["name"]


def test_providers_are_asked_on_the_public_net_alone() -> None:
    (_nlu, outside) = policies("Egress")["tammen-providers"]["egress"]
    (v4, v6) = [peer["ipBlock"] for peer in outside["to"]]
    assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"} <= set(v4["except"])
    assert v6["cidr"] == "2000::/3"
    assert {port["port"] for port in outside["ports"]} == {80, 443}


def test_every_pod_has_limits() -> None:
    for one, container in pods():
        assert set(container["resources"]["limits"]) == {"cpu", "memory"}, one["metadata"]["name"]


def test_databases_are_not_reachable_from_outside() -> None:
    for name in ("postgres", "valkey"):
        assert "ports" not in COMPOSE["services"][name]
        assert all(
            COMPOSE["networks"][network]["internal"]
            for network in COMPOSE["services"][name]["networks"]
        )


@pytest.mark.parametrize("name", [*GATEWAYS, "nlu"])
def test_a_service_of_ours_may_not_write_or_gain_rights(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["build"]["target"] == IMAGES[service["image"].split(":")[0]]


@pytest.mark.parametrize("name", GATEWAYS)
def test_the_gateway_is_given_settings_that_exist(name: str) -> None:
    known = {field.alias for field in Settings.model_fields.values()}
    assert set(COMPOSE["services"][name]["environment"]) <= known


def test_every_variable_of_compose_is_in_the_example() -> None:
    wanted = set(
        re.findall(r"\$\{(\w+)", (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))
    )
    example = (ROOT / "deploy" / "example.env").read_text(encoding="utf-8")
    assert set(re.findall(r"^(\w+)=", example, re.MULTILINE)) == wanted


def test_pods_run_as_nobody_in_particular_on_a_read_only_file_system() -> None:
    for one, container in pods():
        pod, rights = one["spec"]["template"]["spec"], container["securityContext"]
        assert pod["securityContext"]["runAsNonRoot"] is True, one["metadata"]["name"]
        assert pod["automountServiceAccountToken"] is False, one["metadata"]["name"]
        assert rights["readOnlyRootFilesystem"] is True, one["metadata"]["name"]
        assert rights["capabilities"] == {"drop": ["ALL"]}, one["metadata"]["name"]
        assert container["image"] in IMAGES, one["metadata"]["name"]


def test_selectors_find_their_pods() -> None:
    labels = [one["spec"]["template"]["metadata"]["labels"] for one, _container in pods()]
    for one in manifests():
        if one["kind"] in {"Deployment", "Service"}:
            selector = one["spec"]["selector"]
            wanted = selector.get("matchLabels", selector)
            assert any(wanted.items() <= found.items() for found in labels), one["metadata"]["name"]


def test_every_manifest_is_applied() -> None:
    folder = ROOT / "deploy" / "kubernetes"
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))[
        "resources"
    ]
    assert {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"} == set(listed)
