"""The command line: one app; errors are one line on standard error, exit statuses are the contract's.

0 all is well, 1 it failed, 2 wrong usage, 3 it worked and something new is held or could not be read.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import itertools
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Final, cast

import typer
from typer.core import TyperGroup
from typer.exceptions import Abort, Exit, TyperException

from cli.formats.output import drop_stdout, say
from cli.formats.text import printable
from schemas.errors import TradeledgerError

#: Each is the function of this name in the module of this name.
COMMANDS: Final = (
    *("collect", "ingest", "check", "show", "findings", "runs", "revisions", "export", "documents", "sources", "rules"),
    *("schema", "datasets", "plot", "browse", "review", "reparse", "verify", "backup", "up"),
)

#: Set by the script of `--show-completion`, which asks us.
COMPLETE: Final = "_TRADELEDGER_COMPLETE"


def command(*names: str) -> TyperGroup:
    """The command line with these commands."""
    app = typer.Typer(
        name="tradeledger",
        help="A linter and a ledger for published trade statistics.",
        epilog="Settings: TRADELEDGER_* in the environment or in .env, see docs/settings.md.",
        add_completion=len(names) > 1,  # about the whole line; a command that is known starts without
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(options)
    for name in names:
        app.command()(getattr(importlib.import_module(f"cli.{name}"), name))
    return cast(TyperGroup, typer.main.get_command(app))


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        say(f"tradeledger {version('tradeledger')}")
        raise typer.Exit


def options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which.")] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error; anywhere on the line.")
    ] = False,
) -> None:
    """What goes with every command; ``--debug`` is taken off the line before it gets here."""


def _complete() -> None:
    """Answer the shell, which asks how the line may go on; only the command that stands there is loaded."""
    words = (os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS", "")).split()
    known = command(*(words[1:2] if words[1:2] and words[1] in COMMANDS else COMMANDS))
    from typer._completion_classes import completion_init

    completion_init()
    known.main([], "tradeledger", complete_var=COMPLETE)  # which ends the process


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status; everything a user should see of an error is printed here."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        with contextlib.suppress(OSError):  # closed: the first line that is written will say so
            sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that knows no "−" shows \u2212, and goes on
    if COMPLETE in os.environ:
        _complete()
    words = list(itertools.takewhile("--".__ne__, arguments))
    debug = "--debug" in words
    arguments = [word for word in words if word != "--debug"] + list(arguments[len(words) :])
    try:
        # Not ``app(...)``: that ends the process by itself where a pipe breaks or Ctrl-C is pressed.
        known = command(*(arguments[:1] if arguments[:1] and arguments[0] in COMMANDS else COMMANDS))
        with known.make_context("tradeledger", arguments or ["--help"]) as context:
            status = known.invoke(context)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except Exit as exc:
        return exc.exit_code
    except BrokenPipeError:
        drop_stdout()
        return 0
    except (KeyboardInterrupt, Abort):
        _complain("interrupted")
        return 130
    except Exception as exc:
        if debug:
            raise
        return _explain(exc)


def _explain(exc: Exception) -> int:
    """One line for any exception, and its exit status."""
    if isinstance(exc, TyperException):
        ctx = getattr(exc, "ctx", None)
        path = ctx.command_path if ctx else "tradeledger"
        _complain(f"{exc.format_message()} See {path} --help")
        return exc.exit_code
    if isinstance(exc, TradeledgerError):
        _complain(str(exc))
        return exc.exit_status
    if isinstance(exc, OSError):
        where = f": {exc.filename}" if exc.filename else ""
        _complain(f"{exc.strerror or exc}{where}")
        return 1
    damaged = _damage()
    if damaged:
        _complain(f"the ledger is damaged: {damaged} (met as {type(exc).__name__}: {exc}); restore a copy")
        return 1
    where = "--debug shows where, tradeledger verify whether the ledger is damaged"
    _complain(f"unexpected {type(exc).__name__}: {exc} ({where})")
    return 1


def _damage() -> str:
    """What is damaged in the ledger, "" for nothing, or where there is none: asked where something makes no sense."""
    from cli.shared.ledger import open_ledger
    from storage.verify import damage

    try:
        with open_ledger() as ledger:
            return next((f"{part.name}: {part.wrong}" for part in damage(ledger) if part.wrong), "")
    except Exception:  # noqa: BLE001 - then the first word about it stands
        return ""


def _complain(message: str) -> None:
    """One line on standard error, whatever is in ``message``."""
    sys.stderr.write(f"tradeledger: {printable(message)}\n")


def main() -> None:
    """Entry point of ``tradeledger``."""
    # Python has none where the caller closed them (`>&-`).
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 — until the process ends
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.exit(run(sys.argv[1:]))
