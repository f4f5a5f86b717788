"""Procfile and compose.yaml run the same commands; the compose file holds what IT relies on."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.children import procfile

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker" / "compose.yaml"
QUEUES = {"interactive", "incremental", "full", "maintenance"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load(COMPOSE.read_text())


@pytest.fixture(scope="module")
def ours(compose) -> dict[str, Any]:
    """The services that run this project's image."""
    return {name: service for name, service in compose["services"].items() if service["image"] == "nav-sales-connector"}


def queues_of(commands: dict[str, str]) -> list[str]:
    found = [re.search(r"worker --queues (\S+)", command) for command in commands.values()]
    return [queue for match in found if match for queue in match.group(1).split(",")]


def test_procfile_and_compose_run_the_same_commands(ours):
    commands = {name: service["command"] for name, service in ours.items()}

    assert {name: command[:2] for name, command in commands.items()} == {name: ["sh", "-c"] for name in commands}
    assert {name: command[2].replace("$$", "$") for name, command in commands.items()} == procfile("Procfile")


@pytest.mark.parametrize("name", ["Procfile", "Procfile.embedded"])
def test_every_queue_has_exactly_one_kind_of_worker(name, settings):
    assert sorted(queues_of(procfile(name))) == sorted(QUEUES)
    assert set(settings.QUEUES) == QUEUES


@pytest.mark.parametrize("name", ["Procfile", "Procfile.embedded"])
def test_there_is_exactly_one_beat(name):
    beats = [command for command in procfile(name).values() if re.search(r"connector\.project beat|--beat", command)]

    assert len(beats) == 1


@pytest.mark.parametrize("name", ["Procfile", "Procfile.embedded"])
def test_every_process_takes_its_shells_place(name):
    """Without `exec`, a signal would end the shell and leave the process."""
    assert all(command.startswith("exec ") for command in procfile(name).values())


def test_nothing_listens_beyond_loopback_unless_told(ours):
    for command in procfile("Procfile").values():
        for option in ("--bind", "--address"):
            if option in command:
                assert re.search(rf"{option}[= ]\$\{{\w+:-127\.0\.0\.1\}}", command)


def test_only_the_site_is_published_and_only_on_loopback(compose):
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}

    assert published == {"web": ["${PUBLISH:-127.0.0.1:8000}:8000"]}


def test_flower_postgres_and_redis_stay_on_the_inner_network(compose):
    assert compose["networks"]["inner"]["internal"] is True
    for name in ("flower", "postgres", "redis", "beat"):
        assert compose["services"][name]["networks"] == ["inner"]


def test_secrets_come_from_files(ours, compose):
    for service in ours.values():
        environment = service["environment"]
        assert not {"DATABASE_URL", "SECRET_KEY", "ENCRYPTION_KEYS"} & set(environment)
        for name in ("DATABASE_URL_FILE", "SECRET_KEY_FILE", "ENCRYPTION_KEYS_FILE"):
            assert Path(environment[name]).name in service["secrets"]
    assert all(secret["file"].startswith("secrets/") for secret in compose["secrets"].values())


def test_every_service_has_a_health_check_or_says_why_not(compose):
    checks = {name: service.get("healthcheck") for name, service in compose["services"].items()}

    assert all(checks.values())
    assert [name for name, check in checks.items() if check.get("disable")] == ["beat"]


def test_our_containers_run_without_privileges(ours):
    for service in ours.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
    assert re.search(r"^USER connector$", (ROOT / "docker" / "Dockerfile").read_text(), re.MULTILINE)


def test_the_image_installs_the_lock_with_hashes():
    text = (ROOT / "docker" / "Dockerfile").read_text()

    assert "--require-hashes -r /tmp/base.txt" in text
    assert "index-url" not in text


def test_docker_accepts_the_compose_file(tmp_path):
    """Where Docker with its compose part is installed; elsewhere the structure is what the tests above check."""
    docker = shutil.which("docker")
    known = docker and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0
    if not known:
        pytest.skip("Docker with `docker compose` is not on this machine, so it could not be asked about compose.yaml.")

    done = subprocess.run(
        [docker, "compose", "--file", str(COMPOSE), "config", "--quiet"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
