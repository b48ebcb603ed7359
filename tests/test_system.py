"""Where the system of a home runs: what its commands find, and what a killed one left."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from flows import environment, system
from schemas.errors import SettingsError
from schemas.settings import load_settings

API = "PREFECT_API_URL"


@pytest.fixture(autouse=True)
def no_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing says an address, and Prefect is as good as not imported."""
    monkeypatch.setenv(API, "")
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    monkeypatch.setattr(environment, "configured", lambda: os.environ[API])
    monkeypatch.chdir(tmp_path)


def here(url: str) -> system.System:
    return system.System(url, os.getpid(), "2026-11-27T04:00:00+00:00", "/home", "sqlite:////home/ledger.db", "t")


def looked_for(home: Path) -> tuple[bool, list[str]]:
    said: list[str] = []
    return environment.find_server(home, said.append, within=0), said


def test_the_system_of_a_home_is_found_while_it_lives_and_forgotten_when_it_ends(home, httpserver: HTTPServer):
    httpserver.expect_request("/api/health").respond_with_json(True)
    url = httpserver.url_for("").rstrip("/")
    assert looked_for(home) == (False, [])
    assert not home.exists()
    with system.hold(load_settings(), here(url)) as before:
        assert before is None
        assert system.find(home) == system.Found(here(url), alive=True)
        with system.hold(load_settings(), here("http://other")) as first:
            assert first == system.find(home)
        assert looked_for(home) == (True, [])
        assert os.environ[API] == f"{url}/api"
    assert system.find(home) is None
    assert (home / system.FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("password", ["", "ada:wrong", "ada:right"])
def test_a_server_that_wants_its_password_is_no_reason_for_another_one(password, home, monkeypatch, httpserver):
    def admit(request: Request) -> Response:
        said = request.authorization
        return Response(status=200 if said and said.password == "right" else 401)

    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "")
    monkeypatch.delenv("PREFECT_API_AUTH_STRING")
    monkeypatch.setenv("PREFECT_SERVER_API_AUTH_STRING", password)
    httpserver.expect_request("/api/health").respond_with_json(True)
    httpserver.expect_request("/api/admin/version").respond_with_handler(admit)
    with system.hold(load_settings(), here(httpserver.url_for("").rstrip("/"))):
        if password == "ada:right":
            assert looked_for(home) == (True, [])
            return
        with pytest.raises(SettingsError, match="set PREFECT_API_AUTH_STRING"):
            looked_for(home)
    assert not os.environ[API]


def test_an_address_that_is_set_comes_first(home, monkeypatch):
    monkeypatch.setenv(API, "http://elsewhere/api")
    with system.hold(load_settings(), here("http://127.0.0.1:9")):
        assert looked_for(home) == (True, [])
    assert os.environ[API] == "http://elsewhere/api"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("prefect/profiles.toml", 'active = "mine"\n[profiles.mine]\nPREFECT_API_URL = "http://elsewhere/api"\n'),
        (".env", "PREFECT_API_URL=http://elsewhere/api\n"),
        ("prefect.toml", '[api]\nurl = "http://elsewhere/api"\n'),
        ("pyproject.toml", '[tool.prefect.api]\nurl = "http://elsewhere/api"\n'),
    ],
)
def test_prefect_is_asked_where_a_file_of_its_own_may_say_an_address(file, text, tmp_path):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("unrelated = 1\n")
    assert not environment._said_elsewhere()
    (tmp_path / file).write_text(text)
    assert environment._said_elsewhere()


def test_what_a_kill_left_is_said_and_not_used(home):
    home.mkdir()
    (home / system.FILE).write_text(json.dumps(here("http://127.0.0.1:9").__dict__))
    found, (said,) = looked_for(home)
    assert not found
    assert "http://127.0.0.1:9 was killed and is not used" in said
    assert not os.environ[API]
    with system.hold(load_settings(), here("http://new")) as left:
        assert left == system.Found(here("http://127.0.0.1:9"), alive=False)
    assert looked_for(home) == (False, [])


def test_a_system_that_does_not_answer_is_said_and_not_used(home):
    with system.hold(load_settings(), here("http://127.0.0.1:9")):
        found, (said,) = looked_for(home)
    assert not found
    assert "does not answer" in said


@pytest.mark.parametrize("text", ["", "http://127.0.0.1:4200", "[]", '{"url": 1}'])
def test_what_nobody_can_read_is_no_system(home, text):
    home.mkdir()
    (home / system.FILE).write_text(text)
    assert system.find(home) is None
