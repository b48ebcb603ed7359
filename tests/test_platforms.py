"""Without locks, POSIX signals and folders that sync: what runs all the same, and what says that it does not."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path, PureWindowsPath

import pytest
from test_cli_reading import FIRST, SECOND, keep, rows
from test_rooms import MODULES

from cli.formats.files import whole_file as for_people
from cli.main import run
from schemas import platforms
from storage import private
from storage.database.place import network_file_system
from tests.demands import HEAVY

#: Modules that Windows has not.
MISSING = ("fcntl", "pwd", "grp", "resource", "termios", "tty", "pty", "syslog", "posix", "readline", "curses")
#: What Windows has not of modules that it has, or has with another meaning (``os.kill`` ends a process there).
ELSEWHERE = {
    "os": {"kill", "killpg", "fork", "getuid", "geteuid", "getgid", "chown", "fchmod", "fchown", "setsid", "mkfifo"}
    | {"O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC", "statvfs", "uname", "getpgid", "wait", "waitpid", "WNOHANG"},
    "signal": {"SIGHUP", "SIGKILL", "SIGALRM", "SIGCHLD", "SIGPIPE", "SIGUSR1", "SIGUSR2", "alarm", "pause"},
    "select": {"poll", "epoll"},
    "time": {"tzset"},
}
#: ``tradeledger up`` says that it does not run there, before any of this is imported.
UP = "flows.up"
#: What our modules may not import in the child; everything else, Python's own event loop too, may.
CHILD = """
import builtins, importlib, json, sys
ours, missing, modules = json.loads(sys.argv[1])
real = builtins.__import__
def without(name, globals=None, locals=None, fromlist=(), level=0):
    if name.partition(".")[0] in missing and (globals or {}).get("__name__", "").partition(".")[0] in ours:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    return real(name, globals, locals, fromlist, level)
builtins.__import__ = without
for name in modules:
    importlib.import_module(name)
from schemas import platforms
assert not platforms.LOCKS
from cli.main import run
assert run(["check", "good.csv"]) == 0
assert run(["ingest", "table", "good.csv"]) == 0
assert run(["show"]) == 0
assert run(["verify"]) == 0
assert run(["up", "--status"]) == 2
"""


def test_what_only_some_systems_have_stands_in_one_module() -> None:
    found, wrong = set(), []
    for name, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import | ast.ImportFrom):
                said = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
                names = [one for one in said if one.partition(".")[0] in MISSING]
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                names = [f"{node.value.id}.{node.attr}"] if node.attr in ELSEWHERE.get(node.value.id, ()) else []
            if names and name == "schemas.platforms":
                found |= {*names}
            elif names and not name.startswith(UP):
                wrong.append((name, names))
    assert found == {"fcntl", "os.kill"}
    assert wrong == []


def test_everything_imports_and_works_without_them(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text(FIRST)
    packages = sorted({name.partition(".")[0] for name in MODULES})
    # Those that import Prefect, which takes seconds, are left to CI.
    wanted = (name for name in MODULES if ".migrations" not in name)
    modules = [name for name in wanted if HEAVY or not name.startswith("flows.") or name.startswith(UP)]
    ran = subprocess.run(
        [sys.executable, "-c", CHILD, json.dumps([packages, MISSING, modules])],
        cwd=tmp_path, env={**os.environ, "TRADELEDGER_HOME": str(tmp_path / "home"), "PYTHONPATH": os.getcwd()},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "tradeledger up wants locks and signals that this system has not" in ran.stderr


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """As far as our own code can tell: no locks, no folder that opens, a signal that kills."""

    def no(*_: object, **__: object) -> None:
        raise AssertionError("Windows has this not, or with another meaning")

    monkeypatch.setattr(platforms, "LOCKS", False)
    monkeypatch.setattr(platforms, "WINDOWS", True)
    monkeypatch.setattr(platforms, "fcntl", None)
    monkeypatch.setattr(os, "kill", no)


@pytest.mark.usefixtures("windows")
def test_collecting_keeps_and_copies_without_locks(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, real, renamed = set(), os.fdopen, os.replace

    def fdopen(*args: object, **options: object) -> object:
        file = real(*args, **options)
        opened.add(file)
        return file

    def replace(old: str, new: str) -> None:
        assert all(file.closed for file in opened), "Windows renames no file that is open"
        renamed(old, new)

    monkeypatch.setattr(private.os, "fdopen", fdopen)
    monkeypatch.setattr(private.os, "replace", replace)
    for text in (FIRST, SECOND):
        keep("table", text)
    assert opened
    left = next((home / "documents").iterdir()) / ".part-other"
    left.write_bytes(b"of a running process, or of a killed one: nobody knows")
    assert len(rows(capsys, "documents")) == 2
    assert run(["backup", str(tmp_path / "copy.tar")]) == 0
    assert run(["verify"]) == 0
    assert run(["ingest", "table", "--released", "2020-01-01", str(tmp_path / "none.csv")]) == 2
    assert left.exists()
    (tmp_path / f".out.csv.{os.getpid()}.part").write_bytes(b"")
    with for_people(tmp_path / "other.csv") as file:
        file.write(b"whole")


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize("arguments", [[], ["--status"], ["--stop"]])
def test_up_says_where_it_runs_instead(arguments: list[str], home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["up", *arguments]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "WSL 2" in said
    assert not home.exists()


def test_a_process_is_looked_for_and_not_ended(windows: None) -> None:
    assert platforms.may_run(os.getpid())
    assert platforms.may_run(2**40)


def test_a_home_on_a_share_of_windows_is_refused() -> None:
    assert network_file_system(PureWindowsPath(r"\\server\share\ledger.db")) == "smb"
    assert network_file_system(Path("/home"), mounts="") == ""
