"""What every command shares: one line for an error, exit statuses, pipes, terminals, what is imported."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli import main, rules, show
from cli.main import COMMANDS as KNOWN
from cli.main import run

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = (
    *(
        "collect",
        "check",
        "ingest",
        "show",
        "revisions",
        "findings",
        "review",
        "sources",
        "rules",
        "runs",
        "documents",
        "up",
        "reparse",
        "export",
    ),
)
HEAVY = ("prefect", "numpy", "pandas", "pandera", "highspy", "matplotlib")


def tradeledger(*arguments: str, **options) -> subprocess.CompletedProcess[bytes]:
    """The command as a process of its own."""
    env = os.environ | {"PYTHONPATH": str(ROOT)} | options.pop("env", {})
    command = [sys.executable, "-c", "from cli.main import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, check=False, env=env, timeout=120, **options)


def test_the_commands_are_those_of_the_contract():
    assert set(KNOWN) >= set(COMMANDS)


@pytest.mark.parametrize("command", [[], ["--help"], ["-h"], *([name, "--help"] for name in COMMANDS)])
def test_help(command, capsys):
    assert run(command) == 0
    assert "Usage: tradeledger" in capsys.readouterr().out


def test_version(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("tradeledger 0.")


@pytest.mark.parametrize(
    "arguments", [["shwo"], ["show", "--nope"], ["show", "--limit", "x"], ["rules", "extra"], ["show", "--limit", "-1"]]
)
def test_wrong_usage_is_one_line_and_2(arguments, capsys):
    assert run(arguments) == 2
    seen = capsys.readouterr()
    assert len(seen.err.splitlines()) == 1
    assert "--help" in seen.err
    assert seen.out == ""


@pytest.mark.parametrize("command", ["show", "revisions", "findings", "runs", "documents"])
def test_reading_without_a_ledger_says_what_to_do_and_makes_none(command, home, capsys):
    assert run([command]) == 1
    seen = capsys.readouterr()
    assert len(seen.err.splitlines()) == 1
    assert "tradeledger collect" in seen.err
    assert seen.out == ""
    assert not home.exists()


def _break(monkeypatch, error: BaseException) -> None:
    def emit(*_args, **_options):
        raise error

    monkeypatch.setattr(rules, "emit", emit)


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (KeyError("x"), 1, "tradeledger: unexpected KeyError: 'x' (--debug shows where, "),
        (ValueError("two\nlines\x1b[2J"), 1, "unexpected ValueError: two lines\\x1b[2J (--debug"),
        (OSError(28, "No space left on device", "/data"), 1, "tradeledger: No space left on device: /data\n"),
        (KeyboardInterrupt(), 130, "tradeledger: interrupted\n"),
        (BrokenPipeError(), 0, ""),
    ],
)
def test_what_no_one_expected_is_one_line_too(error, status, said, monkeypatch, capsys):
    _break(monkeypatch, error)
    assert run(["rules"]) == status
    seen = capsys.readouterr().err
    assert said in seen
    assert len(seen.splitlines()) <= 1


@pytest.mark.parametrize("arguments", [["--debug", "rules"], ["rules", "--debug"]])
def test_debug_shows_where_wherever_it_stands(arguments, monkeypatch):
    _break(monkeypatch, KeyError("x"))
    with pytest.raises(KeyError):
        run(arguments)


def test_after_two_dashes_debug_is_a_word_like_any_other(capsys):
    assert run(["check", "--", "--debug"]) == 2
    assert "there is no file --debug" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "FETCH__RETRIES",
            "-1",
            "TRADELEDGER_FETCH__RETRIES cannot be used: Input should be greater than or equal to 0",
        ),
        ("FETCH__READ_TIMEOUT", "0", "TRADELEDGER_FETCH__READ_TIMEOUT cannot be used"),
        ("SOURCES__FT900__BASE_URL", "notaurl", "expected one such as https://agency.example"),
        ("HOME", "~nobody-of-that-name/x", "TRADELEDGER_HOME cannot be used"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(home, monkeypatch, capsys, name, value, said):
    monkeypatch.setenv(f"TRADELEDGER_{name}", value)
    assert run(["runs"]) == 1
    assert said in capsys.readouterr().err


def test_a_home_of_nothing_is_the_default_one(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRADELEDGER_HOME", "")
    assert run(["runs"]) == 1
    assert "no ledger at data/ledger.db" in capsys.readouterr().err


def test_settings_that_are_no_text(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes(b"TRADELEDGER_CONTACT=\xff\xfe")
    assert run(["runs"]) == 1
    assert ".env cannot be read: expected UTF-8 text" in capsys.readouterr().err


def test_standard_input_that_is_closed(home, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", None)
    assert run(["check", "-"]) == 2
    assert "standard input is closed" in capsys.readouterr().err


def test_what_only_reads_imports_nothing_heavy():
    """One command after another in one process: the first that imports something heavy is said."""
    commands = ["--help", "rules", "sources", "show", "revisions", "findings", "runs", "documents"]
    code = f"""if True:
        import sys
        from cli.main import run
        for command in {commands}:
            run([command])
            heavy = sorted(set(sys.modules) & {set(HEAVY)})
            if heavy:
                sys.exit(f"{{command}} imported: {{heavy}}")
    """
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False, cwd=ROOT, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "Usage: tradeledger" in done.stdout
    assert done.stderr.count("no ledger at") == 5


def test_a_reader_that_leaves_early_hears_nothing():
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-c", "from cli.main import main; main()", "sources", "-f", "json"],
            stdout=writer,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            check=False,
            timeout=120,
        )
    finally:
        os.close(writer)
    assert done.stderr == b""
    assert done.returncode == 0


def test_a_terminal_without_unicode_shows_escapes_and_programs_get_utf8():
    env = {"PYTHONIOENCODING": "ascii"}
    table = tradeledger("rules", env=env)
    assert table.returncode == 0
    assert b"\\u2212" in table.stdout
    assert "X − M".encode() in tradeledger("rules", "--format", "json", env=env).stdout


def test_no_home_is_needed_to_read(tmp_path):
    done = tradeledger("rules", cwd=tmp_path, env={"HOME": "", "TERM": ""})
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_output_is_closed():
    """Not even a closed standard output brings a traceback."""
    code = "import sys, os; os.close(1); from cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "rules"], cwd=ROOT, stderr=subprocess.PIPE, check=False, timeout=120
    )
    assert b"Traceback" not in done.stderr


def test_stdout_of_a_test_is_no_file():
    """``drop_stdout`` must do without a file descriptor too."""
    before, sys.stdout = sys.stdout, io.StringIO()
    try:
        main.drop_stdout()
    finally:
        sys.stdout = before


def test_fields_of_show_are_those_of_the_contract():
    fields = (
        *("dataset", "reporter", "partner", "product", "breakdown", "flow", "measure", "basis", "period", "unit"),
        *("value", "step", "low", "high", "qualifier", "status", "released", "recorded_at", "pending", "source"),
        *("run", "document"),
    )
    assert show.FIELDS[: len(fields)] == fields
