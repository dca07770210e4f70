from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from specweave.deployment.container import Container, container_name, start_command, write_container
from specweave.errors import DeploymentError, StorageError

MADE = Container(name="churn-0042", version="0042-5f1c9a02", description='Predicts "churn": yes or no')


@pytest.fixture
def folder(tmp_path):
    write_container(tmp_path, MADE)
    return tmp_path


def tool(name):
    found = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def manifests(folder):
    return {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in (folder / "k8s").glob("*.yaml")}


def test_hadolint_has_nothing_to_say(folder):
    done = subprocess.run(
        [tool("hadolint"), "--no-color", "--failure-threshold", "style", str(folder / "Dockerfile")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_hadolint_would_notice_a_fault(folder):
    path = folder / "Dockerfile"
    path.write_text(path.read_text("utf-8").replace("ARG PYTHON_IMAGE=python:3", "ARG X=python:3"), "utf-8")
    with path.open("a") as out:
        out.write("RUN sudo apt-get install x\n")
    done = subprocess.run([tool("hadolint"), str(path)], capture_output=True, text=True, check=False)
    assert done.returncode != 0


@pytest.mark.parametrize("version", ["1.30", "1.33"])
def test_the_manifests_keep_to_the_schema(folder, version):
    import kubernetes_validate

    found = manifests(folder)
    assert set(found) == {"deployment", "service", "autoscaler", "disruption-budget"}
    for manifest in found.values():
        kubernetes_validate.validate(manifest, version, strict=True)


def test_a_wrong_manifest_would_be_noticed(folder):
    import kubernetes_validate

    broken = manifests(folder)["deployment"]
    broken["spec"]["template"]["spec"]["containers"][0]["readinessProb"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, "1.33", strict=True)


def test_the_parts_of_the_manifests_fit_together(folder):
    found = manifests(folder)
    deployment = found["deployment"]["spec"]
    labels = deployment["template"]["metadata"]["labels"].items()
    for selector in (
        deployment["selector"]["matchLabels"],
        found["service"]["spec"]["selector"],
        found["disruption-budget"]["spec"]["selector"]["matchLabels"],
    ):
        assert selector.items() <= labels
    scaled = found["autoscaler"]["spec"]["scaleTargetRef"]
    assert (scaled["kind"], scaled["name"]) == ("Deployment", found["deployment"]["metadata"]["name"])
    (container,) = deployment["template"]["spec"]["containers"]
    assert found["service"]["spec"]["ports"][0]["targetPort"] == container["ports"][0]["name"] == "http"


def test_the_pod_may_do_no_more_than_it_needs(folder):
    pod = manifests(folder)["deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert not pod["automountServiceAccountToken"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)
    assert set(container["resources"]["limits"]) == {"cpu", "memory"}


def test_the_image_runs_as_nobody_in_particular_and_checks_its_health(folder):
    text = (folder / "Dockerfile").read_text("utf-8")
    final = text.split("\nFROM ")[-1]
    assert text.count("\nFROM ") == 2
    assert "USER 10001:10001" in final
    assert "HEALTHCHECK" in final
    assert "--require-hashes" in text
    assert ":latest" not in text


def test_what_is_copied_into_the_image_is_not_ignored(folder):
    ignored = (folder / ".dockerignore").read_text("utf-8").splitlines()
    copied = {
        line.split()[1].rstrip("/")
        for line in (folder / "Dockerfile").read_text("utf-8").splitlines()
        if line.startswith("COPY ") and "--from" not in line
    }
    assert ignored[1] == "*"
    assert {line[1:].rstrip("/") for line in ignored if line.startswith("!")} == copied == {"api", "requirements.txt"}


def test_compose_starts_the_api_with_prometheus_and_grafana_all_pinned(folder):
    found = yaml.safe_load((folder / "docker-compose.yml").read_text("utf-8"))
    services = found["services"]
    assert set(services) == {"api", "prometheus", "grafana"}
    assert services["api"]["read_only"] is True
    assert services["api"]["cap_drop"] == ["ALL"]
    tags = [service["image"].partition(":")[2] for service in services.values()]
    assert all(tag and tag != "latest" for tag in tags)
    assert all(port.startswith("127.0.0.1:") for service in services.values() for port in service["ports"])
    named = {volume.split(":")[0] for s in services.values() for volume in s.get("volumes", []) if volume[0] != "."}
    assert named == set(found["volumes"])


def test_no_file_holds_a_key(folder):
    text = (folder / "docker-compose.yml").read_text("utf-8") + (folder / "k8s/deployment.yaml").read_text("utf-8")
    assert "API_KEYS: ${API_KEYS:-}" in text
    assert "secretKeyRef" in text


def test_the_command_is_read_from_the_file_a_person_may_have_changed(folder):
    assert start_command(folder) == MADE.command
    path = folder / "Dockerfile"
    path.write_text(path.read_text("utf-8").replace(json.dumps(MADE.command), '["python", "other.py"]'), "utf-8")
    assert start_command(folder) == ["python", "other.py"]
    path.write_text("FROM scratch\nCMD python main.py\n", "utf-8")
    with pytest.raises(DeploymentError, match="what to start"):
        start_command(folder)
    path.unlink()
    with pytest.raises(StorageError):
        start_command(folder)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("0042-predict-churn", "model-0042-predict-churn"),
        ("Prüfung Größe", "prufung-groe"),
        ("a" * 80, "a" * 50),
        ("--", "model"),
    ],
)
def test_a_name_is_a_dns_label(text, name):
    assert container_name(text) == name
