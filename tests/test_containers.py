"""Dockerfile and compose.yaml: all they name exists in the product. Where Docker runs, they are built and run."""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import prefect.settings
import pytest
import yaml
from check_jsonschema import main as check_jsonschema

from schemas import platforms
from schemas.settings import Settings
from tests.demands import need

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
PAGE = (ROOT / "docs/howto/containers.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
#: Each instruction of the Dockerfile, on one line.
STEPS = [
    line.split(None, 1)
    for line in re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE)).splitlines()
    if line.strip()
]
SPEC: dict[str, Any] = yaml.safe_load(COMPOSE)
SERVICES: dict[str, dict[str, Any]] = SPEC["services"]
OURS = {name: one for name, one in SERVICES.items() if "build" in one}


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.compose-spec", "compose.yaml"),
        ("vendor.github-workflows", ".github/workflows/ci.yml"),
        ("vendor.citation-file-format", "CITATION.cff"),
    ],
)
def test_files_for_others_are_of_their_schema(schema: str, file: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        check_jsonschema(["--builtin-schema", schema, str(ROOT / file)])
    assert ended.value.code == 0, capsys.readouterr().out


def test_every_extra_is_said_to_who_installs() -> None:
    page = (ROOT / "docs/howto/install.md").read_text(encoding="utf-8")
    assert {*re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)} == {*PROJECT["project"]["optional-dependencies"]}
    assert "--all-extras" in DOCKERFILE


def said(instruction: str) -> list[str]:
    return [rest for name, rest in STEPS if name == instruction]


def test_the_image_is_made_of_what_the_wheel_wants() -> None:
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    wanted = {*wheel["packages"], *wheel["force-include"], "pyproject.toml", PROJECT["project"]["readme"]}
    wanted |= {*PROJECT["project"]["license-files"]}
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    assert {line.removeprefix("!") for line in lines if line.startswith("!")} == wanted
    assert all((ROOT / name).exists() for name in wanted)
    assert [one for one in said("COPY") if not one.startswith("--from")] == [". ."]


def test_the_image_runs_as_nobody_in_particular_in_its_volume() -> None:
    (user,), (folder,) = said("USER"), said("WORKDIR")[-1:]
    assert int(user) > 1000
    assert f"useradd --uid {user} " in DOCKERFILE
    assert f"install --directory --owner {user} --group {user} --mode 0700 {folder}" in " ".join(said("RUN"))
    assert said("VOLUME") == [folder]
    env = dict(word.split("=", 1) for one in said("ENV") for word in shlex.split(one))
    assert env["TRADELEDGER_HOME"] == folder
    assert all(
        value.startswith(f"{folder}/") for name, value in env.items() if name.startswith("PREFECT_") and "/" in value
    )
    for name in env.keys() - {"PATH", "PYTHONUNBUFFERED"}:
        assert_setting(name)
    (built,) = (one for one in said("COPY") if one.startswith("--from=build"))
    assert built.split()[1] == built.split()[2] == env["PATH"].split("/bin:")[0]
    stages = [one.split()[0] for one in said("FROM")]
    assert stages == [stages[0]] * 2, "a virtual environment is of its interpreter"


def assert_setting(name: str) -> None:
    """A variable is one that the product, or Prefect, reads."""
    if name.startswith("TRADELEDGER_"):
        assert name.removeprefix("TRADELEDGER_").lower() in Settings.model_fields, name
    else:
        assert getattr(prefect.settings, name).name == name  # raises AttributeError for what is none


def commands() -> Iterator[tuple[str, list[str]]]:
    yield "image", json.loads(said("CMD")[0])
    for name, service in OURS.items():
        yield name, service["command"]
        yield f"{name}'s health", service["healthcheck"]["test"][1:]


@pytest.mark.parametrize(("where", "command"), list(commands()))
def test_what_is_run_is_in_the_image(where: str, command: list[str]) -> None:
    program, *words = command
    if program == "python" and words[0] == "-m":
        assert callable(importlib.import_module(words[1]).main)
    elif program == "python":
        assert words[0] == "-c"
        for node in ast.walk(ast.parse(words[1])):
            if isinstance(node, ast.ImportFrom):
                assert all(hasattr(importlib.import_module(str(node.module)), one.name) for one in node.names)
    elif program == "prefect":
        assert words[:2] == ["server", "start"]
        assert {word for word in words if word.startswith("--")} == {"--host", "--port"}
    else:
        assert program in PROJECT["project"]["scripts"], where


def test_services_have_what_they_name() -> None:
    assert {*OURS} == {"server", "worker"}
    for name, service in SERVICES.items():
        assert service["healthcheck"]["test"][0] == "CMD", name
        assert "user" not in service
        assert {one.partition(":")[0] for one in service["volumes"]} <= {*SPEC["volumes"]}
        assert {*service.get("depends_on", {})} <= {*SERVICES}
        assert all(one["condition"] == "service_healthy" for one in service.get("depends_on", {}).values())
        assert all(one.startswith("127.0.0.1:") for one in service.get("ports", [])), "loopback, or who set a password"
        assert {one["source"] for one in service.get("configs", [])} <= {*SPEC["configs"]}
    for service in OURS.values():
        assert service["volumes"][0].endswith(f":{said('VOLUME')[0]}")
        for variable in service["environment"]:
            assert_setting(variable)


def test_addresses_are_those_of_services_and_their_databases() -> None:
    databases = {SERVICES["postgres"]["environment"]["POSTGRES_DB"]}
    databases |= set(re.findall(r"CREATE DATABASE (\w+);", SPEC["configs"]["databases"]["content"]))
    seen = []
    for service in OURS.values():
        for variable, value in service["environment"].items():
            parts = urlsplit(str(value).replace("${TRADELEDGER_POSTGRES_PASSWORD}", "password"))
            if parts.scheme.startswith("postgresql"):
                assert (parts.hostname, parts.port) == ("postgres", 5432)
                assert parts.username == SERVICES["postgres"]["environment"]["POSTGRES_USER"]
                seen.append(parts.path[1:])
            elif variable == "PREFECT_API_URL":
                assert value == f"http://server:{SERVICES['server']['command'][-1]}/api"
    assert sorted(seen) == sorted(databases)
    port = SERVICES["server"]["command"][-1]
    assert SERVICES["server"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f":{port}/api" in SERVICES["server"]["healthcheck"]["test"][-1]
    health = SERVICES["worker"]["environment"]["PREFECT_WORKER_WEBSERVER_PORT"]
    assert f":{health}/health" in SERVICES["worker"]["healthcheck"]["test"][-1]


def test_secrets_come_from_outside_and_no_index_is_named() -> None:
    used = re.findall(r"\$\{(\w+)([^}]*)\}", COMPOSE)
    passwords = {name: how for name, how in used if "PASSWORD" in name and how}
    assert set(passwords) == {"TRADELEDGER_POSTGRES_PASSWORD"}
    assert passwords["TRADELEDGER_POSTGRES_PASSWORD"].startswith(":?"), "without one nothing starts"
    bare = {name for one in OURS.values() for name, value in one["environment"].items() if value is None}
    assert {"PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING"} == bare  # "" would be a password, an empty one
    for name in {name for name, _ in used} | bare:
        assert f"`{name}`" in PAGE, f"docs/howto/containers.md does not say what {name} is"
    text = DOCKERFILE + COMPOSE
    assert not re.search(r"--(default-)?index|index-url|find-links|pip\.conf|UV_INDEX|PIP_INDEX", text)
    addresses = {urlsplit(one).hostname for one in re.findall(r"https?://[^\s\"']+", text)}
    assert addresses <= {"server", "127.0.0.1"}


def test_a_worker_says_how_it_is_where_it_is_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.up import work

    assert work.worker_options()[0] == "--limit"
    monkeypatch.setenv("PREFECT_WORKER_WEBSERVER_PORT", "8080")
    assert work.worker_options()[:2] == ["--with-healthcheck", "--limit"]


def test_workers_of_a_home_deploy_one_after_the_other(home: Path) -> None:
    from flows.up import work

    def beside() -> None:
        with (home / "deploy.lock").open("rb") as file:
            platforms.lock(file)

    with work.alone(home), pytest.raises(BlockingIOError):
        beside()
    beside()


@pytest.mark.docker
def test_the_system_is_built_and_run() -> None:
    """Where Docker runs: from nothing to a figure collected by a worker, and gone again."""
    docker = shutil.which("docker") or ""
    there = bool(docker) and not subprocess.run([docker, "info"], capture_output=True, check=False).returncode
    need("docker", there, "no Docker engine runs here")
    env = {**os.environ, "TRADELEDGER_POSTGRES_PASSWORD": "ofthetest", "COMPOSE_PROJECT_NAME": "tradeledger-test"}

    def compose(*words: str) -> str:
        done = subprocess.run(
            [docker, "compose", *words], cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=1800
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    compose("config", "--quiet")
    try:
        compose("up", "--build", "--detach", "--wait", "--wait-timeout", "300")
        assert compose("exec", "--no-TTY", "worker", "id", "--user").strip() == said("USER")[0]
        compose("exec", "--no-TTY", "worker", "tradeledger", "collect")
        shown = compose("exec", "--no-TTY", "worker", "tradeledger", "show", "--period", "2019", "--format", "json")
        assert len(json.loads(shown)) > 3
        compose("exec", "--no-TTY", "worker", "tradeledger", "verify")
    finally:
        compose("down", "--volumes", "--timeout", "60")
