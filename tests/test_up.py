"""``up`` is one system: whose a server is, what a person changed in it, how it ends; without starting one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from pytest_httpserver import HTTPServer

from cli.main import run
from flows import ending, environment, system
from flows.up import deploying, owner, parts, start, variables
from schemas.settings import Settings, load_settings

OURS, OTHERS = "sqlite:////here/ledger.db", "sqlite:////there/ledger.db"


def here(url: str = "http://127.0.0.1:9", token: str = "t") -> system.System:
    return system.System(url, os.getpid(), "2026-11-27T04:00:00+00:00", "/here", OURS, token)


# Whose a server is.


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ({"ledger": OURS, "home": "/of/somebody"}, ""),
        ({"ledger": OTHERS, "home": "/there"}, f"belongs to the ledger {OTHERS} of /there, not to {OURS}"),
        (None, "belongs to nobody we know"),
    ],
)
def test_a_server_is_used_by_its_own_ledger_alone(variable, expected, httpserver: HTTPServer):
    httpserver.expect_request("/api/health").respond_with_json(True)
    asked = httpserver.expect_request(f"/api/variables/name/{owner.NAME}")
    asked.respond_with_json({"value": variable}, 200 if variable else 404)
    one = here(httpserver.url_for("").rstrip("/"))
    if not expected:
        assert owner.served(one, "127.0.0.1", httpserver.port)
        return
    with pytest.raises(parts.UpError, match=r"tradeledger up --port \d+$") as refused:
        owner.served(one, "127.0.0.1", httpserver.port)
    assert expected in str(refused.value)
    free = int(str(refused.value).rpartition(" ")[2])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", free))


@pytest.mark.parametrize("answers", [b"", b"SSH-2.0-OpenSSH_9.9\r\n", b"HTTP/1.0 200 OK\r\n\r\nhello"])
def test_a_port_that_something_else_has_is_refused_with_one_that_is_free(answers):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        def talk() -> None:
            with other.accept()[0] as line:
                line.sendall(answers)

        threading.Thread(target=talk, daemon=True).start()
        with pytest.raises(parts.UpError, match=rf"port {port} of 127.0.0.1 .*: tradeledger up --port (?!{port})\d+$"):
            owner.served(here(f"http://127.0.0.1:{port}"), "127.0.0.1", port)


def test_a_free_port_is_nobodys():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    assert not owner.served(here(f"http://127.0.0.1:{port}"), "127.0.0.1", port)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The variables of a server."""
    values: dict[str, object] = {}
    monkeypatch.setattr(variables, "read", lambda _, name: values.get(name))
    monkeypatch.setattr(variables, "write", lambda _, name, value: values.update({name: value}))
    return values


def test_a_server_belongs_to_who_claims_it_first_and_to_nobody_whose_home_is_gone(kept, tmp_path):
    mine = {"ledger": OURS, "home": "/here"}
    owner.claim("", OURS, "/here")
    assert kept == {owner.NAME: mine}
    owner.claim("", OURS, "/another/home/of/the/same/ledger")
    assert kept == {owner.NAME: mine}
    kept[owner.NAME] = {"ledger": OTHERS, "home": str(tmp_path)}
    with pytest.raises(parts.UpError, match="PREFECT_HOME"):
        owner.claim("", OURS, "/here")
    kept[owner.NAME] = {"ledger": OTHERS, "home": str(tmp_path / "gone")}
    owner.claim("", OURS, "/here")
    assert kept == {owner.NAME: mine}


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (None, "sqlite:///{home}/ledger.db"),
        ("sqlite:///{home}/../home/one.db", "sqlite:///{home}/one.db"),
        ("postgresql://ada:secret@db.example/trade?sslmode=require", "postgresql://db.example:5432/trade"),
        ("postgresql+psycopg://bob@db.example:5432/trade", "postgresql://db.example:5432/trade"),
    ],
)
def test_a_ledger_has_one_name_in_all_homes_and_no_password_in_it(url, name, home):
    settings = Settings(home=home, database_url=url and url.format(home=home))
    assert system.ledger_name(settings) == name.format(home=home)


def test_each_home_has_a_prefect_of_its_own_and_the_profiles_of_the_person(home, tmp_path, monkeypatch):
    profiles = tmp_path / "person" / ".prefect" / "profiles.toml"
    profiles.parent.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    for said in ("", "/elsewhere"):
        monkeypatch.setenv("PREFECT_HOME", said)
        monkeypatch.setenv("PREFECT_PROFILES_PATH", "")
        for name in ("PREFECT_PROFILES_PATH", *(() if said else ("PREFECT_HOME",))):
            monkeypatch.delenv(name)
        profiles.write_text("")
        environment.prepare(home=home)
        assert os.environ["PREFECT_HOME"] == (said or f"{home}/prefect")
        assert os.environ.get("PREFECT_PROFILES_PATH") == (None if said else str(profiles))
    assert (home / "prefect" / "prefect.db").stat().st_mode & 0o777 == 0o600


# What a person changed.


def cron(text: str, **more: object) -> dict[str, object]:
    return {"cron": text, "timezone": "Etc/UTC", "day_or": True, "active": True, **more}


DEFAULT = [{"cron": "0 6 * * 1", "timezone": "Etc/UTC"}]
NEWER = [{"cron": "0 7 * * 2", "timezone": "Etc/UTC"}]
AS_DEPLOYED = [cron("0 6 * * 1")]


@pytest.mark.parametrize(
    ("now", "last", "declared", "kept"),
    [
        (AS_DEPLOYED, AS_DEPLOYED, NEWER, False),  # nobody touched it: the new default comes through
        (AS_DEPLOYED, AS_DEPLOYED, None, False),  # and so does that there is none any more
        (AS_DEPLOYED, None, DEFAULT, False),  # deployed by hand
        ([cron("0 7 * * 2")], AS_DEPLOYED, NEWER, False),  # the newer one, deployed by hand
        ([cron("0 6 * * 1", active=False)], AS_DEPLOYED, NEWER, True),  # paused
        ([cron("0 6 * * 1", parameters={"since": "2020-01-01"})], AS_DEPLOYED, DEFAULT, True),
        ([cron("0 6 * * 1"), cron("1 1 1 1 *")], AS_DEPLOYED, DEFAULT, True),  # added
        ([cron("0 9 * * 1")], AS_DEPLOYED, DEFAULT, True),  # edited
        ([], AS_DEPLOYED, DEFAULT, True),  # removed
        ([cron("1 1 1 1 *")], [], None, True),  # added where there was none
        ([cron("0 9 * * 1")], None, DEFAULT, True),  # nobody knows who
    ],
)
def test_schedules_stay_as_a_person_made_them_and_defaults_come_through_elsewhere(now, last, declared, kept):
    name = "collect/bulletins"
    one = {"name": "bulletins", "entrypoint": "flows.collect.collect"} | ({"schedules": declared} if declared else {})
    found = deploying.keep([one], {name: deploying.Standing(now, False)}, {} if last is None else {name: last})
    assert found == ({name} if kept else set())
    assert one["schedules"] == (None if kept else declared or [])


def test_what_is_not_deployed_yet_is_deployed_as_declared_and_a_pause_stays():
    new, paused = (
        {"name": name, "entrypoint": "flows.collect.collect", "schedules": DEFAULT} for name in ("new", "paused")
    )
    there = {"collect/paused": deploying.Standing(AS_DEPLOYED, True)}
    assert deploying.keep([new, paused], there, {"collect/paused": AS_DEPLOYED}) == set()
    assert (new["schedules"], new.get("paused")) == (DEFAULT, None)
    assert (paused["schedules"], paused["paused"]) == (DEFAULT, True)


def test_a_deployment_is_made_from_a_copy_and_remembered(kept, monkeypatch, tmp_path):
    file = tmp_path / "prefect.yaml"
    text = "deployments: [{name: a, entrypoint: flows.collect.collect, schedules: [{cron: 0 6 * * 1, timezone: UTC}]}]"
    file.write_text(text)
    said = {"name": "a", "entrypoint": "flows.collect.collect", "paused": False}
    schedule = {"id": "1", "schedule": {"cron": "0 6 * * 1", "timezone": "UTC", "day_or": True}, "active": True}
    answers = [[], [{**said, "schedules": [schedule]}]]
    monkeypatch.setattr(environment, "ask", lambda *_: answers.pop(0))
    seen: list[str] = []
    assert deploying.deploy("", file, lambda copy: seen.append(copy.read_text())) == 1
    assert "0 6 * * 1" in seen[0]
    assert kept == {deploying.NAME: {"collect/a": [cron("0 6 * * 1", timezone="UTC")]}}
    assert file.read_text() == text


# How it ends.


@pytest.mark.parametrize("number", ending.ENDS)
def test_each_way_of_ending_interrupts_once_and_the_stopping_is_not_interrupted(number):
    before = [signal.getsignal(one) for one in ending.ENDS]
    with ExitStack() as stack:
        ending.listen(stack)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        for one in ending.ENDS:
            signal.raise_signal(one)  # a closed terminal says it twice, a person presses again
    assert [signal.getsignal(one) for one in ending.ENDS] == before


def test_who_ignores_a_closed_terminal_goes_on():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ExitStack() as stack:
            ending.listen(stack)
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.fixture
def processes() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts processes that carry a token; none is left in the end."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(token: str, *command: str) -> subprocess.Popen[bytes]:
        env = {**os.environ, parts.MARK: token}
        child = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, start_new_session=True)
        started.append(child)
        return child

    yield begin
    for one in started:
        one.kill()
        one.wait()
        if one.stdout:
            one.stdout.close()


def test_what_is_left_of_a_killed_system_is_found_by_its_token_and_ended(processes, monkeypatch):
    monkeypatch.setattr(parts, "GRACE", 0.5)
    polite = processes("left", "sleep", "60")
    stubborn = processes("left", "sh", "-c", "trap '' TERM; echo; exec sleep 60")
    other = processes("other", "sleep", "60")
    stubborn.stdout.readline()
    said: list[str] = []
    start.clear(here(token="left"), said.append)
    assert (polite.wait(5), stubborn.wait(5), other.poll()) == (-signal.SIGTERM, -signal.SIGKILL, None)
    assert parts.marked("left") == set()
    assert "was killed; 2 of its processes went on: ended" in said[0]
    start.clear(here(token="left"), said.append)
    assert "nothing of it is left" in said[1]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a child that its parent is gone")
def test_a_part_ends_where_its_up_is_killed(processes, tmp_path):
    script = (
        "import os, pathlib, sys, time\nfrom flows.up import parts\n"
        "with parts.process(['http.server', '0'], os.environ, pathlib.Path(sys.argv[1]), 2) as child:\n"
        "    print(child.pid, flush=True)\n    time.sleep(60)\n"
    )
    parent = processes("killed", sys.executable, "-c", script, str(tmp_path))
    child = int(parent.stdout.readline())
    assert child in parts.marked("killed")
    parent.kill()
    until = time.monotonic() + 10
    while child in parts.marked("killed"):
        assert time.monotonic() < until
        time.sleep(0.02)


# From another terminal.


def test_the_status_of_what_runs_starts_was_killed_or_is_not_there(home, monkeypatch, capsys):
    def status() -> tuple[int, str]:
        code = run(["up", "--status"])
        return code, capsys.readouterr().out

    assert status() == (1, f"nothing runs for {home}\n")
    with system.hold(load_settings(), here()):
        assert status()[0] == 1
        assert "does not answer yet" in status()[1]
        monkeypatch.setattr(environment, "answers", lambda *_: True)
        monkeypatch.setattr(environment, "admits", lambda *_: False)
        assert "PREFECT_API_AUTH_STRING" in status()[1]
        monkeypatch.setattr(environment, "admits", lambda *_: True)
        for states, code in ((["OFFLINE"], 1), (["OFFLINE", "ONLINE"], 0), ([], 1)):
            monkeypatch.setattr(environment, "ask", lambda *_, s=states: [{"status": one} for one in s])
            assert status()[0] == code
        monkeypatch.setattr(environment, "ask", lambda *_: [{"status": "ONLINE"}])
        code, said = status()
        for word in (
            "http://127.0.0.1:9",
            "PREFECT_API_URL=http://127.0.0.1:9/api",
            str(os.getpid()),
            OURS,
            "1 online",
        ):
            assert word in said
        left = (home / system.FILE).read_text()
    (home / system.FILE).write_text(left)
    code, said = status()
    assert code == 1
    assert "was killed" in said


def test_stopping_waits_for_the_end_and_says_where_there_is_nothing_to_stop(home, monkeypatch, capsys):
    assert run(["up", "--stop"]) == 0
    assert capsys.readouterr().out == f"nothing runs for {home}\n"
    running = ExitStack()
    running.enter_context(system.hold(load_settings(), here()))
    sent: list[tuple[int, int]] = []

    def kill(pid: int, number: int) -> None:
        sent.append((pid, number))
        running.close()

    with monkeypatch.context() as patched:
        patched.setattr(os, "kill", kill)
        assert run(["up", "--stop"]) == 0
    assert sent == [(os.getpid(), signal.SIGTERM)]
    assert capsys.readouterr().out.splitlines()[-1] == "stopped"


def test_stopping_a_killed_system_ends_what_is_left_of_it(home, processes, capsys):
    child = processes("left", "sleep", "60")
    with system.hold(load_settings(), here(token="left")):
        left = (home / system.FILE).read_text()
    (home / system.FILE).write_text(left)
    assert run(["up", "--stop"]) == 0
    assert "1 of its processes went on: ended" in capsys.readouterr().out
    assert child.wait(5) == -signal.SIGTERM
    assert system.find(home) is None


@pytest.mark.parametrize("arguments", [["--status", "--stop"], ["--status", "--port", "4300"], ["--port", "70000"]])
def test_one_thing_at_a_time(arguments, home, capsys):
    assert run(["up", *arguments]) == 2
    assert not home.exists()
    assert capsys.readouterr().err.count("\n") == 1


def test_a_second_up_says_where_the_first_one_runs(home, capsys):
    with system.hold(load_settings(), here()):
        assert run(["up", "--port", "4711"]) == 0
    assert capsys.readouterr().out == "tradeledger is up already: http://127.0.0.1:9\n"


def test_the_port_is_that_of_server_worker_and_address(monkeypatch, home):
    monkeypatch.setenv("PREFECT_SERVER_API_PORT", "4200")
    env = start.children_environment(load_settings(), here("http://127.0.0.1:4711"))
    assert (env["PREFECT_SERVER_API_PORT"], env["PREFECT_API_URL"]) == ("4711", "http://127.0.0.1:4711/api")


def test_who_does_not_say_whose_it_is_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is busy, or breaks off, may be another home's."""

    def breaks(*_: object) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr(environment, "ask", breaks)
    with pytest.raises(parts.UpError, match="does not say whose it is"):
        owner.claim("http://127.0.0.1:1/api", "ledger", "home")
    assert environment.admits("http://127.0.0.1:1/api")
