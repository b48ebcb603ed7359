"""The ledger in a browser: what pages say, that text stays text, that nothing is written, that nothing else is seen."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledgers import batch, collect, release

from cli.browsing import chart, questions
from cli.browsing.links import dataset_page, release_page
from cli.browsing.serving import site
from cli.browsing.site import DATABASE, Site
from cli.formats.exports import sdmx_csv
from cli.main import run
from flows import ending
from schemas.errors import LedgerError
from storage import queries
from storage.ledger import Ledger
from storage.served import Served, served
from tests import loops

#: A formula, HTML, Markdown and a sequence that paints a terminal red.
EVIL = "=1+1<b onclick=alert(1)>**x**\x1b[31m"
GOOD = {("T", "2019"): "10", ("X", "2019"): "6", ("M", "2019"): "4"}
WRONG = {("T", "2020"): "12", ("X", "2020"): "6", ("M", "2020"): "4"}


def fill(ledger: Ledger) -> None:
    """A release that holds, one that was revised, and one that contradicts itself."""
    release(ledger, "one", "2020-07-07", GOOD, dataset="trade")
    release(ledger, "two", "2021-07-07", GOOD | {("X", "2019"): "6.7", ("T", "2019"): "10.7"} | WRONG, dataset="trade")
    collect(ledger, batch((EVIL, "2021-07-07", GOOD | WRONG), dataset=EVIL))


@contextmanager
def browsing(ledger: Ledger) -> Iterator[Site]:
    """The pages of a ledger."""
    with served(ledger.url.render_as_string(hide_password=False)) as found, closing(site(found)) as made:
        yield made


@pytest.fixture(scope="module")
def browsed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The pages of one ledger for all tests that change nothing about it."""
    path = tmp_path_factory.mktemp("browsed") / "odd %23;name.db"
    with Ledger.open(f"sqlite:///{path}", create=True) as ledger:
        fill(ledger)
        with browsing(ledger) as made:
            yield made


def get(site: Site, path: str, **more: Any) -> Any:
    return loops.run(site.client.get(path, **more))


def pages(site: Site) -> list[str]:
    """Every address that a page of ours links, begun at the front."""
    found, new = ["/"], ["/"]
    while new:
        text = get(site, new.pop()).text
        linked = {part.partition('"')[0].replace("&amp;", "&") for part in text.split('href="/')[1:]}
        more = [f"/{one}" for one in sorted(linked) if not one.startswith("-/") and f"/{one}" not in found]
        found += more
        new += [one for one in more if one.partition("?")[0].startswith(("/dataset", "/release", "/series"))]
    return found


def test_text_is_text_on_every_page(browsed):
    listed = pages(browsed)
    assert {dataset_page(EVIL), release_page(EVIL, "2021-07-07"), "/ledger/waits", "/series/1"} <= set(listed)
    views = [
        f"/{DATABASE}/{name}" for name in ("figures", "vintages", "revisions", "findings", "cases", "held", "runs")
    ]
    for path in (*listed, *views, f"/{DATABASE}?sql=select+*+from+findings", f"{dataset_page(EVIL)}x", "/nothing/<b>"):
        answer = get(browsed, path)
        assert answer.status_code in ((302, 404) if path.endswith(("x", ">")) else (200,)), path
        assert "\x1b" not in answer.text
        if answer.headers["content-type"].startswith("text/html"):
            assert "<b" not in answer.text.replace("<body", "").replace("<br", "").replace("<button", ""), path
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "=1+1&lt;b onclick=alert(1)&gt;**x**\\x1b[31m" in get(browsed, "/").text


def test_csv_and_json_are_safe_too(browsed, monkeypatch):
    path = f"/{DATABASE}/cases"
    assert EVIL in {row["dataset"] for row in get(browsed, f"{path}.json?_shape=array").json()}
    for one in (f"{path}.json", f"{path}.csv", f"/{DATABASE}.csv?sql=select+dataset+from+cases"):
        answer = get(browsed, one)
        assert answer.status_code == 200
        assert "\x1b" not in answer.text
        assert one.endswith("json") or "'=1+1<b" in answer.text
    monkeypatch.setattr(browsed, "max_returned_rows", 2)
    answer = get(browsed, f"/{DATABASE}/figures.csv?_size=max")
    assert answer.status_code == 400
    assert "there are more than 2 rows" in answer.text


def test_the_front_page_says_what_there_is_and_what_waits(browsed):
    text = get(browsed, "/").text
    for said in ("trade", "2021-07-07", "What does not hold", "2020 trade", "What waits for a decision", "quarantined"):
        assert said in text


def test_a_release_has_the_result_of_every_rule(browsed):
    text = " ".join(get(browsed, release_page("trade", "2021-07-07")).text.split())
    row = text.partition('<td class="w">total</td>')[2].partition("</tr>")[0]
    counts = [part.partition("<")[0] for part in row.split('<td class="n')[1:]]
    assert [one.rpartition(">")[2] for one in counts] == ["1", "1", "0", "1"]  # holds, fails, not evaluable, open
    assert "judged when it was recorded" in text
    assert "nothing is printed for it" in text
    assert "trade/CHN/WLD/total/_T/2020/USD" in text
    for other in ("2021-07-08", "2021-07-07+2", "2021-07-07+1", "then"):
        answer = get(browsed, f"/release/trade/{other}")
        assert (answer.status_code, f"no release {other} of trade" in answer.text) == (404, True)


def test_a_series_has_its_figures_vintages_and_findings(ledger):
    months = {("X", f"2021-{month:02}"): f"{month}.5" for month in range(1, 7)}
    release(ledger, "one", "2021-07-07", months)
    release(ledger, "two", "2021-08-07", months | {("X", "2021-03"): "3.75"})
    release(ledger, "bad", "2021-09-07", {("X", "2021-04"): "99", ("M", "2021-04"): "1", ("T", "2021-04"): "50"})
    with browsing(ledger) as made:
        text, front = get(made, "/series/1").text, get(made, "/").text
        assert get(made, "/series/99").status_code == 404
        release(ledger, "three", "2022-07-07", GOOD, dataset="later")
        assert (get(made, dataset_page("later")).status_code == 200) == (made.served.copied is None)
        assert ("A copy of the ledger in PostgreSQL" in front) == bool(made.served.copied)
    assert text.count("<circle") == 8
    assert 'class="held"' in text
    assert "2021-04: 99 USD held" in text
    assert "<h2>1 held</h2>" in text
    assert "bad.csv" in text
    assert "another is held" in text
    assert "2021-03: 3.5 USD 2021-07-07" in text
    assert text.count("3.745 USD – 3.755 USD") == 1
    assert "total 50" in text.partition("What does not hold")[2]
    assert 'href="/ledger/documents?document_id=2">two.csv</a><span class="soft">, row 0, column 4' in text


def test_nothing_can_be_written(browsed):
    path = browsed.served.path
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    for sql in (
        "delete from run",
        "attach 'x' as y",
        "pragma query_only=0",
        "vacuum into 'x'",
        "select 1; delete from run",
    ):
        assert get(browsed, f"/{DATABASE}", params={"sql": sql}).status_code == 400
    for verb in ("POST", "PUT", "DELETE"):
        for address in ("/", f"/{DATABASE}", f"/{DATABASE}/run", f"/{DATABASE}/run/1", "/series/1", "/data/trade"):
            assert loops.run(browsed.client.request(verb, address)).status_code == 405
    with pytest.raises(PermissionError, match="read-only"):
        browsed.get_database(DATABASE).connect(write=True)
    with closing(browsed.served.connect()) as connection:
        for sql in ("DELETE FROM run", "CREATE TABLE x (y)", "ATTACH ':memory:' AS x", "PRAGMA user_version=1"):
            with pytest.raises(sqlite3.OperationalError, match=r"readonly|too many attached"):
                connection.execute(sql)
    with browsed.served.ledger() as own, own.engine.connect() as conn, pytest.raises(Exception, match="readonly"):
        conn.exec_driver_sql("DELETE FROM run")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before


def test_no_path_but_the_ledgers_is_served(browsed):
    (browsed.served.path.parent / "documents").mkdir()
    (browsed.served.path.parent / "documents" / "secret").write_text("secret")
    icon = get(browsed, "/favicon.ico")
    assert len(icon.content) == int(icon.headers["content-length"]) > 100
    outside = (
        *(
            "/../../etc/passwd",
            "/documents/secret",
            "/-/tradeledger/../site.py",
            "/-/tradeledger/%2e%2e/site.py",
            "/_memory",
        ),
        *("/-/static/../../etc/passwd", f"/{DATABASE}.db", "/_internal", "/-/tradeledger//etc/passwd", "/data/../x"),
    )
    for path in outside:
        answer = get(browsed, path)
        assert answer.status_code in (302, 403, 404), path
        assert "root:" not in answer.text
        assert "secret" not in answer.text.replace(path, "")
        assert "import" not in answer.text
    rebound = get(browsed, "/", headers={"host": "evil.example"})
    assert rebound.status_code == 400
    assert "trade" not in rebound.text


def test_a_question_ends_in_time(browsed, monkeypatch):
    endless = "with recursive c(x) as (select 1 union all select x+1 from c) select count(*) from c"
    monkeypatch.setattr(browsed, "sql_time_limit_ms", 20)
    answer = get(browsed, f"/{DATABASE}", params={"sql": endless})
    assert answer.status_code == 400
    assert "SQL Interrupted" in answer.text
    monkeypatch.setattr("storage.served.LONGEST", -1.0)
    answer = get(browsed, "/data/trade")
    assert answer.status_code == 400
    assert "more figures than can be written in -1 s" in answer.text
    with browsed.served.ledger() as ledger, pytest.raises(LedgerError, match="took too long"), ledger.reading() as conn:
        conn.exec_driver_sql(endless)


def test_sdmx_paths_answer_as_the_export_does(browsed):
    wanted = io.StringIO(newline="")
    with browsed.served.ledger() as ledger:
        sdmx_csv.write(queries.show(ledger, dataset="trade", flow="X,M", released_by="2020-12-31"), wanted)
    answer = get(browsed, "/data/trade", params={"c[FLOW]": "X,M", "releasedBy": "2020-12-31", "format": "csv"})
    assert answer.text == wanted.getvalue()
    assert answer.text.count("\r\n") == 3
    assert answer.headers["content-type"].startswith("application/vnd.sdmx.data+csv")
    assert get(browsed, "/data/trade?asOf=2000-01-01").text.count("\r\n") == 1
    refused = {
        "trade?includeHistory=true": "includeHistory is not served",
        "trade?format=json": "format=json is not served",
        "trade?asOf=then": "then",
        "trade?startPeriod=2021&startPeriod=2022": "asked twice",
        "trade?c[FLOW]=Y": "there is no flow 'Y'",
        "none": "the ledger has no dataset 'none'",
    }
    for path, said in refused.items():
        answer = get(browsed, f"/data/{path}")
        assert answer.status_code in (400, 404)
        assert said in answer.text


@given(st.lists(st.floats(-1e15, 1e15), min_size=1, max_size=9))
def test_marks_of_an_axis_are_few_and_leave_nothing_out(values):
    marks = chart._marks(values)
    assert 2 <= len(marks) <= 8
    assert marks == sorted(marks)
    slack = 1e-9 * max(map(abs, marks))
    assert marks[0] <= min(values) + slack
    assert max(values) <= marks[-1] + slack


def test_a_line_breaks_where_a_period_is_missing():
    assert chart._path([(0, 1), (1, 2), (3, 4), (4, 5)]) == "M0.0,1.0L1.0,2.0M3.0,4.0L4.0,5.0"


@pytest.mark.parametrize("number", ending.ENDS)
def test_a_copy_goes_with_its_server_whoever_ends_it(number, ledger, monkeypatch, capsys):
    def serve(found: Served, *_: object, **__: object) -> None:
        assert found.path.exists()
        kept.append(found)
        os.kill(os.getpid(), number)
        time.sleep(5)

    kept: list[Served] = []
    monkeypatch.setattr("cli.browsing.serving.serve", serve)
    monkeypatch.setenv("TRADELEDGER_DATABASE_URL", ledger.url.render_as_string(hide_password=False))
    assert run(["browse"]) == 130
    assert kept[0].path.exists() == (kept[0].copied is None)
    assert ("copying the ledger in PostgreSQL" in capsys.readouterr().err) == bool(kept[0].copied)


def test_a_port_that_is_taken_is_said(capsys, home, monkeypatch):
    home.mkdir()
    Ledger.open(f"sqlite:///{home / 'ledger.db'}", create=True).close()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run(["browse", "--no-open", "--port", str(port)]) == 2
    assert f"port {port} cannot be had" in capsys.readouterr().err


def test_views_and_columns_are_described(browsed):
    told = get(browsed, "/-/metadata.json").json()["databases"][DATABASE]
    assert "Published figures" in told["tables"]["figures"]["description"]
    assert told["tables"]["figures"]["columns"]["low"].startswith("least value")
    assert told["tables"]["version"] == {"hidden": True}
    assert (told["source"][:6], told["license"]) == ("table:", "table: yours")
    asked = {"dataset": "trade", "day": "2030-01-01"}
    rows = {
        name: len(get(browsed, f"/{DATABASE}/{name}.json", params=asked).json()["rows"]) for name in told["queries"]
    }
    assert rows == {"as-of": 3, "released-by": 3, "revised-most": 2, "waits": 2, "does-not-hold": 2}


def test_an_empty_ledger_says_how_to_begin(ledger):
    with browsing(ledger) as made:
        assert "tradeledger collect" in get(made, "/").text


def test_pages_find_their_rows_by_an_index(browsed):
    """A look at all of a table would be one at millions of rows; runs are few."""
    asked = {"series": 1, "dataset": "trade", "released": "2021-07-07"} | dict.fromkeys(questions._BLOCK, "")
    of_many = ("FIGURES", "VINTAGES", "SERIES", "SERIES_OF", "FINDINGS_OF_BLOCKS", "FINDINGS_OF_RELEASE", "OPEN")
    with closing(browsed.served.connect()) as connection:
        for name in (*of_many, "HELD_OF_RELEASE"):
            plan = connection.execute(f"EXPLAIN QUERY PLAN {getattr(questions, name)}", asked).fetchall()
            scanned = {row[3] for row in plan if row[3].startswith("SCAN")}
            assert scanned <= {"SCAN r", "SCAN run", "SCAN n", "SCAN CONSTANT ROW"}, (name, scanned)
