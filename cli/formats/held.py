"""How held blocks are shown: the fields of the contract for programs, their cases for people, the worst first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from cli.formats.figures import figure
from cli.formats.output import Column, Row
from schemas.vocabulary import FLOWS

#: How many blocks or readings a line names.
MOST: Final = 12
FIELDS: Final = (
    *("block", "released", "state", "source", "run", "recorded_at", "figures", "document", "cause"),
    *("who", "why", "until", "sentence", "readings", "case"),
)


def listed(said: Sequence[str], between: str = "; ") -> str:
    """The first of many, and how many more there are."""
    more = f" and {len(said) - MOST:,} more" if len(said) > MOST else ""
    return between.join(said[:MOST]) + more


def _named(row: Row) -> str:
    """Every reading of a case, with the beginning of its document's SHA-256: ``exports 100.0 mn USD (3f2a9c01)``."""
    said = []
    for one in row["readings"]:
        when = f"{one['period']} " if len(row["blocks"]) > 1 else ""
        what = "" if one["measure"] == "level" else f" {one['measure']}"
        name = FLOWS.get(one["flow"], one["flow"])
        said.append(f"{when}{name}{what} {figure(one['value'], one)} ({one['document'][:8]})")
    return listed(said)


def _blocks(row: Row) -> str:
    return listed(row["blocks"], ", ") if row["blocks"] != [row["case"]] else ""


COLUMNS: Final = (
    Column("case", fold=True),
    *map(Column, ("released", "state")),
    Column("run", right=True),
    Column("what does not hold", "sentence", fold=True),
    Column("blocks", _blocks, fold=True),
    Column("readings", _named, fold=True),
    Column("who", fold=True),
    Column("why", fold=True),
    Column("until"),
)
#: What blocks of one line have in common.
_ALIKE: Final = ("case", "released", "state", "who", "why", "until")


def by_case(rows: Iterable[Row], cases: Iterable[Row]) -> Iterator[Row]:
    """Held blocks (``FIELDS``) as lines, one a case and what became of it; ``cases`` come the worst first."""
    told: dict[tuple[str, str], tuple[int, str]] = {}
    for at, one in enumerate(cases):
        told.setdefault((one["case"], one["released"]), (at, one["sentence"]))
        told.setdefault((one["case"], ""), (at, one["sentence"]))  # what is wrong with a document is of no release
    lines: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        lines.setdefault(tuple(row[name] for name in _ALIKE), []).append(row)

    def of(own: Sequence[Row]) -> tuple[int, str]:
        case, released, sentence = own[0]["case"], own[0]["released"], own[0]["sentence"]
        return told.get((case, released), told.get((case, ""), (len(told), sentence)))

    for own in sorted(lines.values(), key=lambda own: of(own)[0]):
        readings = [one for row in own for one in row["readings"]]
        blocks = list(dict.fromkeys(row["block"] for row in own))
        yield {**own[0], "sentence": of(own)[1], "blocks": blocks, "readings": readings}
