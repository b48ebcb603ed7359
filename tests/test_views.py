"""The SQL views: decimals to the last digit, the same rows as the commands', found without looking at everything.

Every test that takes the fixture ``ledger`` ends by comparing its views with its commands, and so does every random
history (``test_ledger_histories``).
"""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_fixtures import server
from ledgers import batch, collect, document, frame, release
from sqlalchemy import inspect, text
from test_ledger_migrations import LEDGERS
from test_ledger_places import GOOD
from test_ledger_sequences import answer
from views_say import asked, everything_differs

from schemas.documents import Parsed, Unreadable
from schemas.errors import LedgerError
from schemas.figures import MAX_EXPONENT, MAX_MANTISSA, decimal_text
from schemas.periods import Months, name
from schemas.positions import Places, pack, position_text
from schemas.vocabulary import QUALIFIERS, ROUNDINGS
from storage import queries, views
from storage.database import schema as db
from storage.database.connection import make_engine, writing
from storage.database.place import parse_url
from storage.decisions import decide, reopen
from storage.encoding import codes, sql
from storage.encoding.figures import figure_fields
from storage.encoding.sql import Sql, changes, decimals
from storage.ledger import Batch, Ledger
from storage.queries.cells import Version
from storage.queries.revisions import kind_of

Row = tuple[Any, ...]


class Told:
    """What expressions say of rows of integers, in one database."""

    def __init__(self, backend: str) -> None:
        self.sql = Sql(sqlite=backend == "sqlite")
        self.conn: Any = (
            sqlite3.connect(":memory:") if self.sql.sqlite else psycopg.connect(server().database(), autocommit=True)
        )

    def __call__(self, rows: list[Row], *expressions: str) -> list[Row]:
        """Of each row, whose columns are a, b, c and d, the value of each expression."""
        mark = "?" if self.sql.sqlite else "%s"
        columns = [f"{name} {_kind(column)}" for name, column in zip("abcd", zip(*rows, strict=True), strict=False)]
        self.conn.execute("DROP TABLE IF EXISTS t")
        self.conn.execute(f"CREATE TEMP TABLE t (n integer primary key, {', '.join(columns)})")
        marks = ", ".join([mark] * (len(columns) + 1))
        cursor = self.conn.cursor()
        cursor.executemany(f"INSERT INTO t VALUES ({marks})", [(at, *row) for at, row in enumerate(rows)])
        return list(cursor.execute(f"SELECT {', '.join(expressions)} FROM t ORDER BY n").fetchall())


def _kind(values: tuple[Any, ...]) -> str:
    """As the tables have it: packed figures are integers, mantissas and releases may be larger."""
    if any(isinstance(one, str) for one in values):
        return "text"
    return "bigint" if any(one is not None and abs(one) >= 2**31 for one in values) else "integer"


@pytest.fixture
def told(backend: str) -> Iterator[Told]:
    one = Told(backend)
    with closing(one.conn):
        yield one


def check_figures(told: Told, rows: list[tuple[int | None, int]]) -> None:
    """Texts as ``show`` prints them, and the number beside them."""
    told_by = (decimals.value, decimals.step, decimals.low, decimals.high)
    texts = [one(told.sql, "a", "b") for one in told_by]
    found = told(rows, *texts, sql.qualifier("b"), sql.status("b"), decimals.number(told.sql, "a", "b"))
    for row, said in zip(rows, found, strict=True):
        wanted = figure_fields(*row)
        assert tuple(one or "" for one in said[:-1]) == tuple(wanted.values()), row
        if row[0] is None:
            assert said[-1] is None
        elif told.sql.sqlite:
            exact = abs(row[0]) <= 2**53 and abs(codes.exponent_of(row[1])) <= 22
            assert said[-1] == (float(wanted["value"]) if exact else pytest.approx(float(wanted["value"]), rel=1e-15))
        else:
            assert f"{said[-1]:f}" == wanted["value"]


#: Around zero, around carries, and at both ends.
MANTISSAS = sorted(
    {sign * (near + by) for near in (0, 10, 100, 1000, 10**4, 10**15, 2**53, 2**62) for by in (-6, -1, 0, 1, 5)
     for sign in (1, -1)} | {sign * (MAX_MANTISSA - by) for by in range(12) for sign in (1, -1)}
)  # fmt: skip


def test_every_decimal_is_the_text_that_is_printed(told):
    exponents = (-MAX_EXPONENT, -19, -18, -14, -13, -12, -11, -4, -3, -2, -1, 0, 1, 2, 3, 7, 18, MAX_EXPONENT)
    check_figures(told, [
        (mantissa, codes.pack(exponent, qualifier, rounding))
        for mantissa in MANTISSAS for exponent in exponents for qualifier in QUALIFIERS for rounding in ROUNDINGS
    ])  # fmt: skip


def test_decimals_of_any_figure(told):
    figure = st.builds(
        lambda mantissa, *packed: (mantissa, codes.pack(*packed)),
        st.integers(-MAX_MANTISSA, MAX_MANTISSA) | st.integers(-99_999, 99_999),
        st.integers(-MAX_EXPONENT, MAX_EXPONENT),
        st.sampled_from(QUALIFIERS),
        st.sampled_from(ROUNDINGS),
        st.sampled_from(("", "P", "B", "A;E", "O;S;R")),
    )

    @given(st.lists(figure, min_size=1, max_size=50))
    def check(rows: list[tuple[int | None, int]]) -> None:
        check_figures(told, rows)

    check()


def check_changes(told: Told, rows: list[Row]) -> None:
    """Kind and difference of a new figure (a, b) and an old one (c, d)."""
    new, old = ("a", "b"), ("c", "d")
    found = told(rows, changes.kind(told.sql, new, old), changes.change(told.sql, new, old))
    for row, (kind, change) in zip(rows, found, strict=True):
        figures = codes.figure(*row[:2]), codes.figure(*row[2:])
        assert kind == kind_of(Version(1, 1, *row[:2], 1, 1), Version(1, 1, *row[2:], 1, 1)), row
        assert change == (decimal_text(figures[0].value - figures[1].value) if all(figures) else None), row


def test_changes_are_told_as_revisions_tell_them(told):
    """Near each other, so that intervals meet, touch at an end, or do not."""
    mantissa = st.integers(-120, 120) | st.integers(-(10**9), 10**9)
    packed = st.builds(
        codes.pack,
        st.integers(-3, 3),
        st.sampled_from(QUALIFIERS),
        st.sampled_from(ROUNDINGS),
        st.sampled_from(("", "P")),
    )
    near = st.builds(
        lambda mantissa, by, packed, other: (mantissa, packed, mantissa * 10 + by, other),
        *(mantissa, st.integers(-11, 11), packed, packed),
    )
    absent = st.just((None, codes.pack(0, status="M")))
    any_two = st.builds(lambda new, old: (*new, *old), *[st.tuples(mantissa, packed) | absent] * 2)

    @given(st.lists(near | any_two, min_size=1, max_size=40))
    def check(rows: list[Row]) -> None:
        check_changes(told, [row for one in rows for row in (one, (*one[2:], *one[:2]))])

    check()
    pairs = [(m, codes.pack(e, q, r)) for m in (-1, 0, 1, 10) for e in (0, 1) for q in QUALIFIERS for r in ROUNDINGS]
    check_changes(told, [(*new, *old) for new in pairs for old in pairs])


def test_every_status_has_its_words(told):
    absent = [codes.status_code(status, absent=True) for status in ("M", "C", "NA", "B", "J;S", "O", "P;M", "")]
    check_figures(told, [(None, codes.pack(0) | code << codes.STATUS_SHIFT) for code in absent])
    marks = [*range(len(codes.STATUSES))]
    every = [a | b << codes.MARK_BITS | c << 2 * codes.MARK_BITS for a in marks for b in marks for c in (0, 2, 27)]
    found = told([(code << codes.STATUS_SHIFT,) for code in every], sql.status("a"))
    assert [one or "" for (one,) in found] == [codes.status_text(code) for code in every]


def test_releases_and_instants_have_their_texts(told):
    releases = ["1969-12-31", "1970-01-01", "2022-07-07", "2022-07-07T08:30", "2022-07-07T00:00+2", "2022-07-07T23:59"]
    releases += [f"2021-06-01+{number}" for number in range(2, 20)]
    found = told([(codes.release_code(one),) for one in releases], told.sql.release("a"), told.sql.release_day("a"))
    assert [row[0] for row in found] == releases
    assert [str(row[1]) for row in found] == [one[:10] for one in releases]
    if told.sql.sqlite:  # PostgreSQL has instants
        instants = [0, 1, 999_999, 10**6, 1_800_000_000_123_456]
        assert [one for (one,) in told([(one,) for one in instants], told.sql.instant("a"))] == [
            codes.instant_text(one) for one in instants
        ]


@given(st.data())
def test_periods_have_their_days(data):
    told = Told("sqlite")
    covered = data.draw(st.lists(st.builds(Months, st.integers(1000 * 12, 2999 * 12), st.integers(1, 60)), min_size=1))
    check_days(told, covered)


def test_periods_have_their_days_on_both(told):
    check_days(
        told, [Months(year * 12 + at, n) for year in (1900, 2000, 2023, 2024) for at in range(12) for n in (1, 3, 12)]
    )


def check_days(told: Told, covered: list[Months]) -> None:
    days = told([tuple(one) for one in covered], told.sql.first_day("a"), told.sql.last_day("a", "b"))
    for one, (first, last) in zip(covered, days, strict=True):
        after = datetime.date(one.end // 12, one.end % 12 + 1, 1)
        assert str(first) == f"{one.start // 12}-{one.start % 12 + 1:02d}-01", name(one)
        assert str(last) == str(after - datetime.timedelta(days=1)), name(one)


def test_positions_have_their_texts_and_are_found_in_texts(told):
    positions = [
        -1,
        0,
        *(pack(row, column, part) for row in (0, 1, 2, 12, 123) for column in (0, 1, 3) for part in (0, 2)),
    ]
    found = told([(one,) for one in positions], told.sql.position("a"))
    assert [one or "" for (one,) in found] == [position_text(one) for one in positions]
    texts = [position_text(one) for one in positions if one > 0]
    texts += [f"{one} (partner)" for one in texts] + ["rows 2 to 12", "column 3", "", "sheet 'a', row 12, column 3"]
    pairs = [(one, said) for one in positions for said in texts]
    answers = told(pairs, told.sql.within("b", "a"))
    assert [bool(one) for (one,) in answers] == [one in Places.of([said]) for one, said in pairs]


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

X, M, T = ("X", "2019"), ("M", "2019"), ("T", "2019")


def truncated(released: str, figures: dict[tuple[str, str], str]) -> Batch:
    made = document(f"truncated{released}")
    readings = frame(figures, released, made.sha256).assign(rounding="truncated").astype({"rounding": "category"})
    return Batch("table", [made], Parsed(readings), 1)


def test_views_say_what_commands_say_of_all_that_may_become_of_a_figure(ledger):
    """Revised, corrected in place, absent, truncated, a span, held, rejected, accepted, reopened."""
    release(
        ledger,
        "first",
        "2020-01-10",
        {**GOOD, ("X", "2019-01/2019-02"): "1.50", ("X", "2018"): "C", ("X%", "2019"): "5.0"},
    )
    release(ledger, "late", "2019-12-10", {**GOOD, X: "5", M: "5", ("X", "2018"): "~0.007 P"})
    release(ledger, "timed", "2020-01-10T08:30", {X: ">5", ("X", "2018"): "-3 E;B"})
    collect(ledger, truncated("2020-02-01", {("B", "2017"): "-70", ("X", "2017"): "0", ("M", "2017"): "70"}))
    everything_differs(ledger)
    release(ledger, "bad", "2020-02-10", {**GOOD, T: "20"})
    release(ledger, "worse", "2020-03-10", {**GOOD, T: "30"})
    blocks = [row["block"] for row in queries.held(ledger)]
    assert len(blocks) == 2
    everything_differs(ledger)
    decide(ledger, blocks[0], "reject", why="no", released="2020-02-10")
    everything_differs(ledger)
    decide(ledger, blocks[1], "accept", why="as printed", released="2020-03-10")
    everything_differs(ledger)
    reopen(ledger, blocks[1], why="on second thoughts", released="2020-03-10")
    assert {row["pending"] for row in asked(ledger, "SELECT * FROM figures")} == {"", "held"}
    everything_differs(ledger)


def test_views_say_what_commands_say_of_sequences(ledger):
    first = {X: "6", M: "4", T: "10"}
    for at, said in enumerate((first, {**first, X: "7", T: "11"}, first, {**first, M: "5", T: "11"})):
        collect(ledger, answer(at + 1, said))
    assert "2021-06-01+4" in {row["released"] for row in asked(ledger, "SELECT * FROM vintages")}
    everything_differs(ledger)


def test_a_figure_that_is_in_force_again_answers_again(ledger):
    """Its later release was read anew, and says nothing of it any more."""
    release(ledger, "first", "2020-01-10", {X: "6", ("X", "2018"): "5"})
    release(ledger, "second", "2020-02-10", {X: "7", ("X", "2018"): "8"})
    release(ledger, "third", "2020-03-10", {("X", "2018"): "9"})
    for version, parts in (
        (2, [("second", "2020-02-10", {})]),
        (3, [("third", "2020-03-10", {}), ("first", "2020-01-10", {X: "6.5", ("X", "2018"): "5"})]),
    ):
        collect(ledger, batch(*parts, version=version), kind="reparse")
        everything_differs(ledger)
    again = asked(ledger, "SELECT v.* FROM vintages v JOIN runs r ON r.run = v.run WHERE v.recorded_at > r.recorded_at")
    assert {(row["period"], row["value"]) for row in again} == {("2019", "6"), ("2018", "5")}


def test_what_cannot_be_read_any_more_is_marked(ledger):
    figures = {X: "6", M: "4", T: "10"}
    release(ledger, "first", "2020-01-10", figures)
    (imports,) = [row for row in asked(ledger, "SELECT * FROM figures") if row["flow"] == "M"]
    for at, where in enumerate((imports["position"], f"{imports['position']} (value)", "row 99"), start=2):
        one = batch(("first", "2020-01-10", {X: "6", T: "10"}), version=at)
        fault = Unreadable(where, "4", "a code we know", one.documents[0].sha256, "trade")
        collect(ledger, replace(one, parsed=replace(one.parsed, unreadable=[fault])), kind="reparse")
        everything_differs(ledger)


# ── the database ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_written_through_a_view(ledger):
    release(ledger, "first", "2020-01-10", GOOD)
    for view in views.views(sqlite=True):
        for statement in (f"DELETE FROM {view.name}", f'UPDATE {view.name} SET "{view.columns[0].name}" = NULL'):
            with pytest.raises(LedgerError, match=r"cannot (modify|delete|update)"), ledger.writing() as conn:
                conn.exec_driver_sql(statement)


def test_columns_are_described_where_the_database_keeps_it(ledger):
    made = views.views(sqlite=ledger.engine.dialect.name == "sqlite")
    described = {(row["view"], row["name"]): row for row in asked(ledger, "SELECT * FROM view_columns")}
    assert list(described) == [(view.name, column.name) for view in made for column in view.columns]
    assert all(row["description"] for row in described.values())
    for row in described.values():
        if row["refers"]:
            assert tuple(row["refers"].split(".")) in described
    if ledger.engine.dialect.name != "sqlite":
        query = """
            SELECT c.relname, a.attname, col_description(c.oid, a.attnum) FROM pg_class c
            JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relkind = 'v' AND c.relnamespace = 'public'::regnamespace
        """
        with ledger.reading() as conn:
            comments = {(view, name): said for view, name, said in conn.execute(text(query))}
        assert comments == {name: row["description"] for name, row in described.items()}


def test_no_column_holds_bytes_and_each_has_its_type(ledger):
    release(ledger, "first", "2020-01-10", GOOD)
    for view in views.views(sqlite=True):
        for row in asked(ledger, f"SELECT * FROM {view.name}"):
            for column in view.columns:
                kinds = (str,) if column.kind in ("text", "date", "instant") else (int, float, bool)
                assert row[column.name] == "" or isinstance(row[column.name], kinds), (view.name, column.name)


def plan(ledger: Ledger, query: str) -> str:
    with ledger.reading() as conn:
        if ledger.engine.dialect.name == "sqlite":
            return "\n".join(row[-1] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}"))
        conn.exec_driver_sql("SET LOCAL enable_seqscan = off")  # a test's tables are small: what could it do else?
        return "\n".join(row[0] for row in conn.exec_driver_sql(f"EXPLAIN {query}"))


SOME = "dataset = 'trade' AND reporter = 'CHN' AND flow = 'X' AND period = '2019'"


@pytest.mark.parametrize("view", ["figures", "vintages", "revisions"])
@pytest.mark.parametrize("asked_for", ["dataset = 'trade'", "product = 'total'", "series = 1", "period = '2019'", SOME])
def test_a_filter_looks_at_its_own_series_only(ledger, view, asked_for):
    """Rows of ``version`` are found by their series, which are found by their names."""
    release(ledger, "first", "2020-01-10", GOOD)
    said = plan(ledger, f"SELECT * FROM {view} WHERE {asked_for}")
    if ledger.engine.dialect.name == "sqlite":
        assert not [line for line in said.splitlines() if line.split()[:2] in (["SCAN", one] for one in "evowxy")]
    else:
        assert "Seq Scan on version" not in said


# ── migrations ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_views_of_a_schema_do_not_change():
    """A view that changes, by its own words or those of others, needs a further schema: a ledger keeps those it has."""
    with closing(sqlite3.connect(f"{LEDGERS[-1].as_uri()}?mode=ro", uri=True)) as conn:
        made = dict(conn.execute("SELECT name, sql FROM sqlite_master WHERE type = 'view'"))
    assert made == {view.name: view.sql(sqlite=True) for view in views.views(sqlite=True)}


def migrated(url: str, to: str) -> None:
    engine = make_engine(parse_url(url), create=True)
    try:
        db.migrate(engine, parse_url(url), to)
    finally:
        engine.dispose()


def test_views_are_in_no_migration_s_way(database, monkeypatch):
    """Those of another version are dropped before tables change, and today's made after."""
    migrated(database, "0005")
    engine = make_engine(parse_url(database), create=True)
    with writing(engine, parse_url(database)) as conn:
        conn.exec_driver_sql("CREATE VIEW former AS SELECT etag FROM document")
        conn.exec_driver_sql("CREATE VIEW view_columns AS SELECT 'former' AS view UNION SELECT 'view_columns'")
        conn.exec_driver_sql("CREATE VIEW my_own AS SELECT id FROM document")
    engine.dispose()
    with Ledger.open(database, create=True) as ledger:
        with ledger.reading() as conn:
            found = set(inspect(conn).get_view_names())
        assert found == {view.name for view in views.views(sqlite=True)} | {"my_own"}


def test_a_name_that_is_taken_is_said(database):
    migrated(database, "0005")
    engine = make_engine(parse_url(database), create=True)
    with writing(engine, parse_url(database)) as conn:
        conn.exec_driver_sql("CREATE VIEW figures AS SELECT id FROM document")
    engine.dispose()
    with pytest.raises(LedgerError, match="has a table or view 'figures' that is not ours"):
        Ledger.open(database, create=True)
    with pytest.raises(LedgerError, match=r"has schema 0005, older than"):
        Ledger.open(database, create=False)


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a','b", "a\x1bb"])
def test_views_answer_whatever_signs_a_name_has(ledger, name):
    """The fixture compares them with the commands: names are text, no matter what JSON or SQL makes of them."""
    release(ledger, "one", "2020-07-07", {("T", "2019"): "12", ("X", "2019"): "6", ("M", "2019"): "4"}, dataset=name)
    assert [row["dataset"] for row in asked(ledger, "SELECT dataset FROM cases")] == [name]
