"""``tradeledger backup``: a ledger that may be in use and its documents, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.formats.output import note, say
from cli.shared.ledger import kept, open_ledger


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to make, a tar; it must not exist.")],
) -> int:
    """Copy the ledger, in use or not, with its documents into one file, and verify the copy.

    Unpacked into an empty folder (`tar -xf FILE -C FOLDER`) it is a home.
    """
    from storage import backup as copies

    with open_ledger() as ledger:
        done = copies.backup(ledger, kept(), file)
        more = copies.way_out(ledger)
    what = "the ledger and " if done.with_ledger else ""
    say(f"{done.path}: {what}{done.documents:,} documents, read back and verified")
    if more:
        note(more)
    for sentence in done.left_out:
        note(f"left out: {sentence}")
    return 1 if done.left_out else 0
