"""A table or a document judged without a ledger: what ``tradeledger check`` finds, as DataFrames."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from schemas.errors import UsageError
from schemas.figures import figure_text
from tradeledger._frames import Exact, check_exact, from_rows, period_text

if TYPE_CHECKING:
    from schemas.cases import Case
    from schemas.documents import Document, Parsed
    from schemas.judge import Judgement

_CASES: Final = (
    *("case", "sentence", "severity", "dataset", "released", "rules", "findings", "blocks", "suspects", "unit"),
    *("document", "position"),
)
_FINDINGS: Final = (
    *("rule", "severity", "dataset", "reporter", "partner", "product", "period", "unit"),
    *("left", "right", "difference", "allowed", "suspects", "block", "source", "document", "position"),
    *("sentence", "breakdown", "released", "result", "case"),
)
_HELD: Final = (
    *("dataset", "reporter", "partner", "product", "breakdown", "flow", "measure", "basis", "period", "unit"),
    *("value", "step", "qualifier", "status", "released", "block", "document", "position"),
)
_TABLE: Final = "a table in the columns of docs/tidy-csv.md"
#: Rows of a notebook's table.
_SHOWN: Final = 50


@dataclass(frozen=True, repr=False)
class Checked:
    """What was found: ``cases`` (what one cause explains, one row each, the worst first), the ``findings`` behind them,
    and what would be ``held``, a row a reading. ``figures`` is how many were judged, ``unreadable`` how many could not
    be read; ``ok`` whether nothing of severity "error" was found. In a notebook it shows its cases.
    """

    cases: pd.DataFrame
    findings: pd.DataFrame
    held: pd.DataFrame
    figures: int
    unreadable: int

    @property
    def ok(self) -> bool:
        """Whether ``tradeledger check`` would end with exit status 0."""
        return not (self.findings["severity"] == "error").any()

    @property
    def summary(self) -> str:
        """One line: how many figures, what was found."""
        unread = f", {self.unreadable:,} unreadable" if self.unreadable else ""
        number = len(self.cases)
        found = f"{number:,} {'case' if number == 1 else 'cases'}" if number else "nothing found"
        return f"{self.figures:,} figures{unread}; {found}; {len(self.held):,} would be held"

    def __repr__(self) -> str:
        lines = [f"{one.severity}: {one.sentence}" for one in self.cases.head(_SHOWN).itertuples()]
        return "\n".join([*lines, self.summary])

    def _repr_html_(self) -> str:
        cells = [
            "<tr>" + "".join(f"<td>{escape(str(text))}</td>" for text in (one.severity, one.sentence, one.position))
            for one in self.cases.head(_SHOWN).itertuples()
        ]
        more = f"<p>… {len(self.cases) - _SHOWN:,} more</p>" if len(self.cases) > _SHOWN else ""
        head = "<tr><th>severity</th><th>what does not hold</th><th>where</th></tr>"
        table = f"<table>{head}{'</tr>'.join(cells)}</tr></table>{more}" if cells else ""
        return f"{table}<p>{escape(self.summary)}</p>"


def check(
    table: pd.DataFrame | str | os.PathLike[str],
    *,
    source: str = "table",
    whole: bool = False,
    how: str | os.PathLike[str] | Mapping[str, str] | None = None,
    all: bool = False,
    exact: Exact = False,
) -> Checked:
    """Judge figures by their own arithmetic, without a ledger; nothing is stored. What ``tradeledger check`` finds.

    ``table``: a DataFrame in the columns of the tidy CSV (``docs/tidy-csv.md``: dataset, reporter, flow, period, value
    and unit at least), or a file: a table of any shape, or a document of another ``source``. ``how`` says how a table
    is to be read: the name of a map (by default the one beside it, FILE.toml), or what the options of the command say,
    by their names: ``{"reporter": "CHN", "unit": "USD million"}``. ``value`` must have the digits as printed:
    texts (``"0.10"``), ``Decimal`` or whole numbers; a column of floats is refused, since it has lost them (0.10 became
    0.1) and what a figure's precision was is never guessed. ``whole``: nothing is missing at a file's end. ``all``:
    also findings that say what could not be evaluated.

    The result's ``cases`` have case, sentence, severity, dataset, released, rules, findings (how many), blocks,
    suspects, unit, document (its name) and position; its ``findings`` the columns of ``tradeledger.findings`` less
    those of a run, ``left``, ``right``, ``difference`` and ``allowed`` in units of 1 of ``unit``; its ``held`` a row
    for each reading that a ledger would hold: its series, period and unit, ``value`` and ``step`` in units of 1,
    qualifier, status, released, block, document, position. Numbers are as ``exact`` says, see ``figures``.

    Raises TradeledgerError where the table has no sound columns, there is no such file or source, or values are floats.
    """
    from schemas.checking import checked
    from schemas.declarations import files_in
    from schemas.settings import load_settings
    from sources.registry import check_origin, declarations, find_source

    check_exact(exact)
    known, today = find_source(source), datetime.now(UTC).date().isoformat()
    # As the command has it: of a live source's document, what it prints of earlier releases is told apart by its date.
    document = replace(_document(table, source, today if known.requests else "", whole), map=_map(table, source, how))
    check_origin(document)
    folders = [load_settings().home, *([] if isinstance(table, pd.DataFrame) else [Path(table).parent])]
    datasets = declarations(known, files_in(folders)).datasets.values()
    parsed = known.parse(document)
    done = checked([document], [parsed], datasets, today)
    rows = [
        asdict(one) | {"case": done.case_of(one), "source": source, "suspects": [asdict(each) for each in one.suspects]}
        for one in done.findings
        if all or one.result == "fails"
    ]
    sides = ("left", "right", "difference", "allowed")
    return Checked(
        from_rows((_said(case, document) for case in done.cases), _CASES, (), exact),
        from_rows((_named(row, document) for row in rows), _FINDINGS, sides, exact),
        from_rows(_held(done.judgement, done.readings, parsed, document), _HELD, ("value", "step"), exact),
        done.judgement.size,
        parsed.lost,
    )


def _document(table: Any, source: str, released: str, whole: bool) -> Document:
    from schemas.documents import Document
    from schemas.files import content

    if isinstance(table, pd.DataFrame):
        if source != "table":
            raise UsageError(f"a DataFrame is {_TABLE}, no document of {source!r}: give its file")
        return Document(source, _csv(table), "table", whole=True)
    if not isinstance(table, str | os.PathLike):
        raise UsageError(f"a {type(table).__name__} cannot be checked: expected a DataFrame or the name of a file")
    path = Path(table)
    return Document(source, content(str(path)), path.name, released=released, whole=whole)


def _map(table: Any, source: str, how: str | os.PathLike[str] | Mapping[str, str] | None) -> str:
    """How a table is to be read, TOML; "" where nobody says it."""
    from schemas.files import content, map_beside
    from sources.shared.shapes.maps import Map, read_map, written

    if source != "table" or isinstance(table, pd.DataFrame):
        if how:
            raise UsageError(f"how a table is read is asked of files of one's own, not of {_TABLE}")
        return ""
    beside = map_beside(str(table))
    if how is None:
        return beside
    if isinstance(how, Mapping):
        return written((read_map(beside) if beside else Map()).with_options(how))
    return content(str(how)).decode("utf-8", "replace")


def _csv(frame: pd.DataFrame) -> bytes:
    """A frame as a tidy CSV, digit by digit."""
    texts = {}
    for at, name in enumerate(frame.columns):
        column = frame.iloc[:, at]
        values = [None if empty else one for one, empty in zip(column.tolist(), column.isna(), strict=True)]
        if name == "value" and any(isinstance(one, float) for one in values):
            raise UsageError(
                "column 'value' has floats, in which the digits as printed are lost (0.10 became 0.1): "
                "read it as text, pd.read_csv(…, dtype=str), or give Decimals"
            )
        texts[str(name)] = ["" if one is None else period_text(one) for one in values]
    if len(texts) < len(frame.columns):
        raise UsageError(f"two columns have the same name, expected {_TABLE}")
    return pd.DataFrame(texts, dtype="str").to_csv(index=False, lineterminator="\n").encode()


def _named(row: dict[str, Any], document: Document) -> dict[str, Any]:
    """With the document's name, where a ledger has its SHA-256."""
    sentence = row["sentence"].replace(document.sha256[:12], document.name)
    return {**row, "sentence": sentence, "document": document.name if row["document"] else ""}


def _said(case: Case, document: Document) -> dict[str, Any]:
    row = {name: getattr(case, name) for name in _CASES if hasattr(case, name)}
    more = {"case": case.name, "rules": list(case.rules), "findings": len(case.findings), "blocks": list(case.blocks)}
    return _named({**row, **more, "suspects": [asdict(one) for one in case.suspects]}, document)


def _held(judgement: Judgement, readings: pd.DataFrame, parsed: Parsed, document: Document) -> Iterator[dict[str, Any]]:
    """The readings of blocks that fail; all of them where something is wrong with the document as a whole."""
    from schemas.positions import position_text

    whole = any(not notice.figure for notice in parsed.notices)
    doubted = {notice.position for notice in parsed.notices if notice.figure}
    positions = [position_text(int(one)) for one in readings["position"]]
    pairs = list(zip(judgement.blocks.tolist(), readings["released"].astype(str), strict=True))
    fails = judgement.held | {pair for pair, position in zip(pairs, positions, strict=True) if position in doubted}
    at: Sequence[int] = [place for place, pair in enumerate(pairs) if whole or pair in fails]
    for place, one in zip(at, readings.iloc[list(at)].to_dict("records"), strict=True):
        mantissa, exponent = one["mantissa"], int(one["exponent"])
        given = not pd.isna(mantissa)
        yield {
            **{str(name): value for name, value in one.items()},
            "value": figure_text(int(mantissa), exponent) if given else "",
            "step": figure_text(1, exponent) if given else "",
            "block": pairs[place][0],
            "document": document.name,
            "position": positions[place],
        }
