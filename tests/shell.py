"""What the pages show of commands, run in this process: the blocks of a page, and a shell that knows what they need.

A block is run as it stands, in the order of the page, all of a page in one folder. ``console`` shows prompts and what
is printed, which is compared; ``bash`` and ``python`` are run; one with a ``title`` is a file to be saved. A comment
right above a block says what the reader need not see: ``<!-- before: COMMAND; COMMAND -->`` is run first, of one with
``<!-- not run: WHY -->`` commands and options are looked up only.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace
from typing import Any

import payloads
import pytest

from cli.main import COMMANDS, command, run
from cli.shared import running

PARTS = command(*COMMANDS).commands
_BLOCK = re.compile(
    r"^(?: *<!-- (?P<mark>[^\n]*) -->\n)?(?P<indent> *)```(?P<kind>\w*)(?P<info>[^\n]*)\n(?P<body>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
#: Commands of ours that run on, or ask somebody else.
ELSEWHERE = re.compile(r"(up|browse)\b|collect (?!bulletins\b)|sources .*--check")
#: Programs that a page may start besides ours; others belong into a block that is not run.
PROGRAMS = {"cat", "cp", "ls", "mkdir", "tar"}


@dataclass(frozen=True)
class Block:
    """A fenced block of a page, with the comment above it."""

    kind: str
    body: str
    title: str
    mark: str

    @property
    def commands(self) -> Iterator[tuple[str, str]]:
        """What is typed, and what is printed then."""
        if self.kind == "console":
            for typed in re.finditer(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", self.body, re.MULTILINE):
                yield typed[1].replace("\\\n", ""), typed[2]
        elif self.kind == "bash":
            for line in self.body.replace("\\\n", "").splitlines():
                if line.strip() and not line.startswith("#"):
                    yield line, ""


def blocks(text: str) -> list[Block]:
    """All blocks of a page."""
    return [
        Block(
            found["kind"],
            dedent(found["body"]),
            (re.findall(r'title="([^"]+)"', found["info"]) or [""])[0],
            found["mark"] or "",
        )
        for found in _BLOCK.finditer(text)
    ]


def commands_of(line: str) -> list[tuple[dict[str, str], list[str]]]:
    """The commands of a line, between which ``&&`` stands: what is set before each, and its words."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    commands: list[list[str]] = [[]]
    for word in lexer:
        if word == "&&":
            commands.append([])
        else:
            commands[-1].append(word)
    found = []
    for words in commands:
        given = {}
        while words and (pair := re.fullmatch(r"(\w+)=(.*)", words[0])):
            given[pair[1]] = pair[2]
            words = words[1:]
        found.append((given, words[2:] if words[:2] == ["uv", "run"] else words))
    return found


def look_up(line: str) -> int:
    """How many commands of ours a line has, each parsed as it would be and not done."""
    found = 0
    for _, words in commands_of(line):
        if words[:1] == ["tradeledger"] and not words[1].startswith("-"):
            assert words[1] in PARTS, f"{line}: there is no command {words[1]}"
            wanted = words[2 : words.index(">")] if ">" in words else words[2:]
            PARTS[words[1]].make_context(words[1], wanted).close()
            found += 1
    return found


class Shell:
    """A reader's shell: a folder, variables, a clock that goes on by a minute with each command."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, kept: Path) -> None:
        """Everything is as on a terminal without colours, as wide as the pages, and no Prefect server is started.

        ``kept`` is a folder that shells share, which the first of them makes.
        """
        for name in ("TRADELEDGER_HOME", "PREFECT_API_URL"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"FORCE_COLOR": "1", "TERM": "dumb", "COLUMNS": "116", "LINES": "50", "PAGER": ""}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(folder)
        monkeypatch.setattr("flows.environment.find_server", lambda *_, **__: False)
        monkeypatch.setattr(running, "_through_prefect", lambda *_: running._by_hand)
        clock = SimpleNamespace(time_ns=lambda: int(self.now.timestamp() * 10**9))
        monkeypatch.setattr("storage.state.runs.time", clock)
        self.kept = kept
        self.folder, self.patched, self.now = folder, monkeypatch, datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
        self.status = 0

    def type(self, line: str) -> tuple[str, str]:
        """What the line prints: on standard output, on standard error."""
        self.now += timedelta(minutes=1)
        if noted := re.fullmatch(r"(\w+)=\$\(date -u \+(.*)\)", line):
            form = noted[2].replace("%F", "%Y-%m-%d").replace("%T", "%H:%M:%S")
            self.patched.setenv(noted[1], self.now.strftime(form))
            return "", ""
        said = ("", "")
        for given, words in commands_of(line):
            words = [os.path.expandvars(word) for word in words]
            with pytest.MonkeyPatch.context() as here:
                for name, value in given.items():
                    (here if words else self.patched).setenv(name, value)
                out, err = self._do(words, line)
            said = (said[0] + out, said[1] + err)
        return said

    def _do(self, words: list[str], line: str) -> tuple[str, str]:
        match words:
            case [] | ["pip", "install", "uv"]:
                return "", ""
            case ["export", given]:
                self.patched.setenv(*given.split("=", 1))
                return "", ""
            case ["echo", "$?"]:
                return f"{self.status}\n", ""
            case ["sqlite3", file, query]:
                with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
                    return "".join("|".join(map(str, row)) + "\n" for row in database.execute(query)), ""
            case ["tradeledger", "collect"] if not Path("data").exists():
                return self._collect()
            case ["tradeledger", *rest] if not ELSEWHERE.match(" ".join(rest)):
                return self._ours(rest)
        assert words[0] in PROGRAMS, (
            f"{line}: the shell of the tests has no such {words[0]}; say <!-- not run: … --> above"
        )
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        self.status = done.returncode
        return done.stdout, done.stderr

    def _collect(self) -> tuple[str, str]:
        """How most pages begin; done once, and what came of it is copied then."""
        if not self.kept.exists():
            out, _ = self._ours(["collect"])
            shutil.copytree("data", self.kept / "data")
            (self.kept / "said").write_text(out, encoding="utf-8")
        else:
            shutil.copytree(self.kept / "data", "data")
        return (self.kept / "said").read_text(encoding="utf-8"), ""

    def _ours(self, words: list[str]) -> tuple[str, str]:
        words, file = (words[:-2], words[-1]) if words[-2:-1] == [">"] else (words, "")
        out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline=""), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            self.status = run(words)
        out.flush()
        text = out.buffer.getvalue()  # type: ignore[attr-defined]
        if file:
            Path(file).write_bytes(text)
        return "" if file else text.decode(), err.getvalue()


def follow(page: Path, shell: Shell) -> int:
    """Do all that the page shows; how many commands of ours were looked up or run."""
    found = 0
    names: dict[str, Any] = {}
    for block in blocks(page.read_text(encoding="utf-8")):
        kind, _, words = block.mark.partition(": ")
        if block.title:
            (shell.folder / block.title).write_text(block.body, encoding="utf-8")
        if kind == "not run":
            found += sum(look_up(line) for line, _ in block.commands)
            continue
        if kind == "before":
            for line in words.split("; "):
                shell.type(line)
                assert shell.status in (0, 3), line
        if block.kind == "python":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResourceWarning)  # libraries of others leave files open
                exec(compile(block.body, str(page), "exec"), names)
        for line, shown in block.commands:
            found += look_up(line)
            _save_payloads(page, line)
            out, err = shell.type(line)
            right = shell.status in (0, 3) or "tradeledger: " in shown
            assert right, f"{page.name}: {line}\nends with {shell.status}: {err}"
            if block.kind == "console":
                assert shown.rstrip("\n") in (out.rstrip("\n"), (err + out).rstrip("\n")), f"{page.name}: {line}"
    return found


def _save_payloads(page: Path, line: str) -> None:
    """On the page of a source a file that is named is an answer of that source."""
    if page.parent.name == "sources" and page.stem in payloads.GOOD:
        for word in commands_of(line)[0][1]:
            if re.fullmatch(r"[\w.-]+\.\w+", word) and not Path(word).exists():
                Path(word).write_bytes(payloads.GOOD[page.stem][0]())
