"""The tables of a ledger. Nothing in them is ever updated: what changes, changes by a further row.

Every transaction that writes is one row of ``run``, and rows that belong to it carry its id. Rows are written by Core
inserts from arrays; these classes only say what there is. Whole numbers are BIGINT where they may pass 32 bits
(SQLModel's ``int`` is four bytes on PostgreSQL). Tables that hold many small rows have no hidden row id.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, MetaData, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from schemas.vocabulary import SERIES_KEY

#: SQLite gives its fast row id only to a primary key that is spelt INTEGER.
_ID: Final = BigInteger().with_variant(Integer, "sqlite")
_COMPACT: Final[Any] = {"sqlite_with_rowid": False}
_READABLE: Final = text("rule = 'readable'")


class Table(SQLModel):
    """Base of all tables: their own metadata, so that no other use of SQLModel in the process mixes in."""

    metadata = MetaData()


class RunRow(Table, table=True):
    """One transaction: a collection, a decision, an assignment of a release date, a reparse. Inserted at its end."""

    __tablename__ = "run"
    id: int = Field(sa_type=_ID, primary_key=True)
    kind: str = Field(sa_type=Text)  # collect, transcription, decision, assignment, reparse
    source: str = Field(sa_type=Text)
    outcome: str = Field(sa_type=Text)
    recorded_at: int = Field(sa_type=BigInteger, unique=True)  # microseconds since 1970 UTC, always increasing
    counts: str = Field(sa_type=Text)  # JSON
    still_held: int
    parser_version: int
    rules_version: str = Field(sa_type=Text)
    prefect_run: str = Field(sa_type=Text)
    message: str = Field(sa_type=Text)
    documents: str = Field(sa_type=Text)  # JSON list of document ids


class DatasetRun(Table, table=True):
    """Which runs changed anything about a dataset; what a judge must have seen before it publishes."""

    __tablename__ = "dataset_run"
    __table_args__ = _COMPACT
    dataset: str = Field(sa_type=Text, primary_key=True)
    run: int = Field(sa_type=BigInteger, primary_key=True)


class Declaration(Table, table=True):
    """What a person declared of a dataset of their own, from ``run`` on (``schemas.declarations.kept``)."""

    __tablename__ = "declaration"
    __table_args__ = _COMPACT
    dataset: str = Field(sa_type=Text, primary_key=True)
    run: int = Field(sa_type=BigInteger, primary_key=True)
    said: str = Field(sa_type=Text)  # JSON; "" for nothing any more


class ReadingMap(Table, table=True):
    """How a document of a person's own was read, from ``run`` on: TOML (``sources.shared.shapes.maps``)."""

    __tablename__ = "reading_map"
    __table_args__ = _COMPACT
    document: int = Field(sa_type=BigInteger, primary_key=True)
    run: int = Field(sa_type=BigInteger, primary_key=True)
    said: str = Field(sa_type=Text)


class DigestRow(Table, table=True):
    """How many rows a run inserted into a table, and the sum of their CRC-32 (``storage.database.sums``)."""

    __tablename__ = "digest"
    __table_args__ = _COMPACT
    run: int = Field(sa_type=BigInteger, primary_key=True)
    name: str = Field(sa_type=Text, primary_key=True)
    count: int = Field(sa_type=BigInteger)
    total: int = Field(sa_type=BigInteger)


class DocumentRow(Table, table=True):
    """The bytes a source answered with lie in the archive under ``sha256``; here stands how they came.

    The same bytes shown again, after others, are a further row (``storage.state.showings``).
    """

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("sha256", "released", "url", "fetched_at", name="document_showing"),)
    id: int = Field(sa_type=_ID, primary_key=True)
    sha256: str = Field(sa_type=Text)
    run: int = Field(sa_type=BigInteger)
    source: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    url: str = Field(sa_type=Text)
    media_type: str = Field(sa_type=Text)
    size: int = Field(sa_type=BigInteger)
    fetched_at: int | None = Field(sa_type=BigInteger, nullable=True)
    released: str = Field(sa_type=Text)
    released_not_after: bool
    etag: str = Field(sa_type=Text)
    last_modified: str = Field(sa_type=Text)


class Series(Table, table=True):
    """What an observation is about, less the period."""

    __tablename__ = "series"
    __table_args__ = (UniqueConstraint(*SERIES_KEY, name="series_key"), Index("series_product", "product", "dataset"))
    id: int = Field(sa_type=_ID, primary_key=True)
    dataset: str = Field(sa_type=Text)
    reporter: str = Field(sa_type=Text)
    partner: str = Field(sa_type=Text)
    product: str = Field(sa_type=Text)
    breakdown: str = Field(sa_type=Text)
    flow: str = Field(sa_type=Text)
    measure: str = Field(sa_type=Text)
    unit: str = Field(sa_type=Text)
    basis: str = Field(sa_type=Text)


class Period(Table, table=True):
    """A period as text, with its first month (counted from year 0) and its length in months."""

    __tablename__ = "period"
    id: int = Field(sa_type=_ID, primary_key=True)
    text: str = Field(sa_type=Text, unique=True)
    start: int
    length: int


class Version(Table, table=True):
    """A figure that differs from what was in force before its release, or the word that a release says nothing more.

    ``released`` is ``storage.encoding.codes.release_code``; ``packed`` holds exponent, qualifier, rounding, status and
    flags.
    """

    __tablename__ = "version"
    __table_args__ = _COMPACT
    series: int = Field(sa_type=BigInteger, primary_key=True)
    period: int = Field(sa_type=BigInteger, primary_key=True)
    released: int = Field(sa_type=BigInteger, primary_key=True)
    run: int = Field(sa_type=BigInteger, primary_key=True)
    mantissa: int | None = Field(sa_type=BigInteger, nullable=True)
    packed: int
    document: int = Field(sa_type=BigInteger)
    position: int = Field(sa_type=BigInteger)


class Printing(Table, table=True):
    """What one document says of one release, as read by one run; the last run that read a document counts.

    ``cells`` lists, compressed, the cells printed with exactly the figure that was in force once the run had recorded
    it; all other readings of the document are rows of ``reading``. ``instead``: what a person accepted in place of what
    the release said before, so a sequence of its own that says nothing else.
    """

    __tablename__ = "printing"
    __table_args__ = (Index("printing_release", "dataset", "released"), Index("printing_document", "document"))
    id: int = Field(sa_type=_ID, primary_key=True)
    dataset: str = Field(sa_type=Text)
    released: int = Field(sa_type=BigInteger)
    document: int = Field(sa_type=BigInteger)
    run: int = Field(sa_type=BigInteger)
    parser_version: int
    readings: int
    cells: bytes = Field(sa_type=LargeBinary)
    instead: bool


class Reading(Table, table=True):
    """A reading that is not what was in force: held, coarser, or printed beside the published one."""

    __tablename__ = "reading"
    __table_args__ = _COMPACT
    printing: int = Field(sa_type=BigInteger, primary_key=True)
    number: int = Field(primary_key=True)
    series: int = Field(sa_type=BigInteger)
    period: int = Field(sa_type=BigInteger)
    mantissa: int | None = Field(sa_type=BigInteger, nullable=True)
    packed: int
    position: int = Field(sa_type=BigInteger)


class Unread(Table, table=True):
    """A figure that could not be read."""

    __tablename__ = "unreadable"
    __table_args__ = (Index("unreadable_document", "document"),)
    id: int = Field(sa_type=_ID, primary_key=True)
    run: int = Field(sa_type=BigInteger)
    document: int = Field(sa_type=BigInteger)
    dataset: str = Field(sa_type=Text)
    position: str = Field(sa_type=Text)
    seen: str = Field(sa_type=Text)
    expected: str = Field(sa_type=Text)


class HeldBlock(Table, table=True):
    """A block of a release that is kept back, whole; ``decision`` where a remembered rejection applied at once."""

    __tablename__ = "held_block"
    __table_args__ = (Index("held_block_dataset", "dataset"),)
    id: int = Field(sa_type=_ID, primary_key=True)
    run: int = Field(sa_type=BigInteger)
    dataset: str = Field(sa_type=Text)
    block: str = Field(sa_type=Text)
    released: int = Field(sa_type=BigInteger)
    cause: str = Field(sa_type=Text)  # rules, document
    fingerprint: str = Field(sa_type=Text)
    decision: int | None = Field(sa_type=BigInteger, nullable=True)


class HeldFigure(Table, table=True):
    """A reading of a held block."""

    __tablename__ = "held_figure"
    __table_args__ = (Index("held_figure_cell", "series", "period"), _COMPACT)
    held: int = Field(sa_type=BigInteger, primary_key=True)
    number: int = Field(primary_key=True)
    series: int = Field(sa_type=BigInteger)
    period: int = Field(sa_type=BigInteger)
    run: int = Field(sa_type=BigInteger)
    mantissa: int | None = Field(sa_type=BigInteger, nullable=True)
    packed: int
    document: int = Field(sa_type=BigInteger)
    position: int = Field(sa_type=BigInteger)


class ContestedCell(Table, table=True):
    """A cell of which something stands in a release, while a held block of that release contradicts it."""

    __tablename__ = "contested_cell"
    __table_args__ = (Index("contested_cell_cell", "series", "period"), _COMPACT)
    held: int = Field(sa_type=BigInteger, primary_key=True)
    series: int = Field(sa_type=BigInteger, primary_key=True)
    period: int = Field(sa_type=BigInteger, primary_key=True)
    run: int = Field(sa_type=BigInteger)


class HeldEnd(Table, table=True):
    """Why a held block needs no decision any more: ``rejudged`` or ``accepted`` free it, ``superseded`` does not."""

    __tablename__ = "held_end"
    __table_args__ = _COMPACT
    held: int = Field(sa_type=BigInteger, primary_key=True)
    why: str = Field(sa_type=Text, primary_key=True)
    run: int = Field(sa_type=BigInteger)


class Decision(Table, table=True):
    """A person accepted or rejected a held block: what, who, why, until which release."""

    __tablename__ = "decision"
    __table_args__ = (Index("decision_block", "dataset", "block"),)
    id: int = Field(sa_type=_ID, primary_key=True)
    run: int = Field(sa_type=BigInteger)
    held: int = Field(sa_type=BigInteger, unique=True)  # the first decision wins
    dataset: str = Field(sa_type=Text)
    block: str = Field(sa_type=Text)
    released: int = Field(sa_type=BigInteger)
    verdict: str = Field(sa_type=Text)  # accept, reject
    who: str = Field(sa_type=Text)
    why: str = Field(sa_type=Text)
    until: int | None = Field(sa_type=BigInteger, nullable=True)
    figures: str = Field(sa_type=Text)  # digest of the block's figures the person saw


class DecisionScope(Table, table=True):
    """What a decision covers: this rule, about this period of the block, with these figures on both sides."""

    __tablename__ = "decision_scope"
    __table_args__ = (Index("decision_scope_decision", "decision"),)
    id: int = Field(sa_type=_ID, primary_key=True)
    decision: int = Field(sa_type=BigInteger)
    rule: str = Field(sa_type=Text)
    period: str = Field(sa_type=Text)
    left: str = Field(sa_type=Text)
    right: str = Field(sa_type=Text)


class DecisionEnd(Table, table=True):
    """A decision that a person took back: its block waits again."""

    __tablename__ = "decision_end"
    __table_args__ = _COMPACT
    decision: int = Field(sa_type=BigInteger, primary_key=True)
    run: int = Field(sa_type=BigInteger)
    who: str = Field(sa_type=Text)
    why: str = Field(sa_type=Text)


class AcceptedCell(Table, table=True):
    """From ``run`` on, whether what a release says of a cell was accepted although it contradicts other figures."""

    __tablename__ = "accepted_cell"
    __table_args__ = _COMPACT
    dataset: str = Field(sa_type=Text, primary_key=True)
    released: int = Field(sa_type=BigInteger, primary_key=True)
    series: int = Field(sa_type=BigInteger, primary_key=True)
    period: int = Field(sa_type=BigInteger, primary_key=True)
    run: int = Field(sa_type=BigInteger, primary_key=True)
    accepted: bool


class FindingRow(Table, table=True):
    """A finding, stored once, by the run in which it appeared."""

    __tablename__ = "finding"
    __table_args__ = (
        Index("finding_dataset", "dataset"),
        Index("finding_readable", "document", sqlite_where=_READABLE, postgresql_where=_READABLE),
    )
    id: int = Field(sa_type=_ID, primary_key=True)
    run: int = Field(sa_type=BigInteger)
    fingerprint: str = Field(sa_type=Text)
    rule: str = Field(sa_type=Text)
    severity: str = Field(sa_type=Text)
    result: str = Field(sa_type=Text)
    dataset: str = Field(sa_type=Text)
    reporter: str = Field(sa_type=Text)
    partner: str = Field(sa_type=Text)
    product: str = Field(sa_type=Text)
    breakdown: str = Field(sa_type=Text)
    period: str = Field(sa_type=Text)
    unit: str = Field(sa_type=Text)
    left: str = Field(sa_type=Text)
    right: str = Field(sa_type=Text)
    difference: str = Field(sa_type=Text)
    allowed: str = Field(sa_type=Text)
    block: str = Field(sa_type=Text)
    released: int | None = Field(sa_type=BigInteger, nullable=True)
    document: int | None = Field(sa_type=BigInteger, nullable=True)
    position: str = Field(sa_type=Text)
    sentence: str = Field(sa_type=Text)
    suspects: str = Field(sa_type=Text)  # JSON


class FindingCase(Table, table=True):
    """The case that a finding belongs to, from ``run`` on."""

    __tablename__ = "finding_case"
    __table_args__ = (Index("finding_case_number", "number"), _COMPACT)
    finding: int = Field(sa_type=BigInteger, primary_key=True)
    run: int = Field(sa_type=BigInteger, primary_key=True)
    number: int = Field(sa_type=BigInteger)


class CaseLine(Table, table=True):
    """What is said of a case, from ``run`` on; ``name`` is undated, ``suspects`` "" for those of its worst finding."""

    __tablename__ = "case_line"
    __table_args__ = _COMPACT
    number: int = Field(sa_type=BigInteger, primary_key=True)
    run: int = Field(sa_type=BigInteger, primary_key=True)
    dataset: str = Field(sa_type=Text)
    released: int | None = Field(sa_type=BigInteger, nullable=True)
    name: str = Field(sa_type=Text)
    severity: str = Field(sa_type=Text)
    sentence: str = Field(sa_type=Text)
    unit: str = Field(sa_type=Text)
    suspects: str = Field(sa_type=Text)  # JSON
    document: int | None = Field(sa_type=BigInteger, nullable=True)
    position: str = Field(sa_type=Text)


class FindingEnd(Table, table=True):
    """The run after which a finding was no more, and why."""

    __tablename__ = "finding_end"
    __table_args__ = _COMPACT
    finding: int = Field(sa_type=BigInteger, primary_key=True)
    run: int = Field(sa_type=BigInteger)
    why: str = Field(sa_type=Text)


METADATA: Final = Table.metadata
