"""Processes that collect at once: no publish is lost, none interleaves, and who reads never waits."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from apart import at_once
from ledgers import answers
from sqlalchemy import event

from flows import steps
from schemas.documents import Document
from schemas.settings import Settings
from storage import queries
from storage.ledger import Ledger
from tests.demands import HEAVY

HEADER = "dataset,reporter,flow,period,value,unit,released\n"
MONTHS = [f"{year}-{month:02d}" for year in range(2018, 2020) for month in range(1, 13)]
ROUNDS = 5 if HEAVY else 2
Collect = Callable[[], list[str]]


def table(released: str, value: int, dataset: str = "goods") -> bytes:
    """A release that prints every month of two years anew, exports, imports and their total."""
    lines = [
        f"{dataset},CHN,{flow},{month},{size * value},USD,{released}\n"
        for month in MONTHS
        for flow, size in (("X", 6), ("M", 4), ("T", 10))
    ]
    return (HEADER + "".join(lines)).encode()


def collecting(url: str, home: Path, source: str, documents: list[bytes], attempts: int = steps.ATTEMPTS) -> Collect:
    """Collect document after document as the flow does; the outcomes."""

    def collect() -> list[str]:
        steps.ATTEMPTS = attempts  # type: ignore[misc]
        job = steps.Job(source, Settings(home=home, database_url=url))
        outcomes = []
        for content in documents:
            brought = [Document(source, content, "table.csv", media_type="text/csv")]
            steps.archive(job, brought)
            done = steps.publish(job, steps.validate(job, brought, steps.parse(job, brought)))
            outcomes.append(done.run.outcome)
        return outcomes

    return collect


def reading(url: str, runs: int) -> Callable[[], tuple[int, list[str]]]:
    """Read until there are so many runs: how often, and which releases were seen.

    No lock is waited for: where one is in the way, the database says so at once and the reading fails.
    """

    def read() -> tuple[int, list[str]]:
        impatient = f"{url}?options=-c%20lock_timeout%3D1" if url.startswith("postgresql") else url
        with Ledger.open(impatient, create=False) as ledger:
            if impatient == url:
                ledger.engine.dispose()
                event.listen(ledger.engine, "connect", lambda conn, _: conn.execute("PRAGMA busy_timeout = 0"))
            seen: list[str] = []
            times = 0
            while len(list(queries.runs(ledger))) < runs:
                found = {row["released"] for row in queries.show(ledger, dataset="goods")}
                assert len(found) < 2, f"figures of {found} in one answer"
                seen += found - {seen[-1] if seen else ""}
                times += 1
                time.sleep(0.01)  # the others want the processor too
        return times, seen

    return read


def by_release(ledger: Ledger, dates: list[str]) -> dict[str, object]:
    return {released: answers(ledger, released_by=released) for released in dates}


def test_processes_that_collect_one_source_at_once(database: str, tmp_path: Path) -> None:
    """Three collectors of one dataset and a reader; afterwards all is as if they had come one by one."""
    Ledger.open(database, create=True).close()
    dates = [f"2021-01-{day:02d}" for day in range(1, 3 * ROUNDS + 1)]
    documents = [table(released, 1 + at) for at, released in enumerate(dates)]
    collectors = [collecting(database, tmp_path, "table", documents[number::3]) for number in range(3)]
    *outcomes, (times, seen) = at_once(*collectors, reading(database, len(dates)))
    assert times > 3
    assert seen == sorted(seen), "a release once seen was gone again"
    with (
        Ledger.open(database, create=False) as ledger,
        Ledger.open(f"sqlite:///{tmp_path / 'one by one.db'}", create=True) as other,
    ):
        runs = list(queries.runs(ledger))
        assert [row["run"] for row in runs] == list(range(len(dates), 0, -1))
        assert sorted(row["outcome"] for row in runs) == sorted(itertools.chain(*outcomes))
        assert {row["outcome"] for row in runs} == {"published"}
        times_recorded = [row["recorded_at"] for row in runs]
        assert times_recorded == sorted(set(times_recorded), reverse=True)
        collecting(str(other.url), tmp_path, "table", documents)()
        assert by_release(ledger, dates) == by_release(other, dates)
        assert len(list(queries.documents(ledger))) == len(dates)


def test_processes_that_collect_two_sources_at_once(database: str, tmp_path: Path) -> None:
    """Each takes its turn; what one of them judged the other never makes stale."""
    Ledger.open(database, create=True).close()
    dates = [f"2021-01-{day:02d}" for day in range(1, 2 * ROUNDS + 1)]
    mine = [table(released, 1 + at) for at, released in enumerate(dates)]
    theirs = [table(released, 1 + at, "services") for at, released in enumerate(dates)]
    first, second, (times, seen) = at_once(
        collecting(database, tmp_path, "table", mine, attempts=1),
        collecting(database, tmp_path, "bulletins", theirs, attempts=1),
        reading(database, 2 * len(dates)),
    )
    assert first == second == ["published"] * len(dates)
    assert times > 3
    assert seen == sorted(seen)
    with Ledger.open(database, create=False) as ledger:
        for source in ("table", "bulletins"):
            assert len(list(queries.runs(ledger, source=source))) == len(dates)
        for dataset in ("goods", "services"):
            (last,) = {row["released"] for row in queries.show(ledger, dataset=dataset)}
            assert last == dates[-1]


def test_processes_that_collect_the_same_document_at_once(database: str, tmp_path: Path) -> None:
    """One publishes, the others find it unchanged; it is kept once."""
    Ledger.open(database, create=True).close()
    outcomes = at_once(*[collecting(database, tmp_path, "table", [table("2021-01-01", 7)])] * 4)
    assert sorted(itertools.chain(*outcomes)) == ["published", "unchanged", "unchanged", "unchanged"]
    with Ledger.open(database, create=False) as ledger:
        assert len(list(queries.documents(ledger))) == 1
    assert len([path for path in (tmp_path / "documents").rglob("*") if path.is_file()]) == 1


#: Imports once, which takes Prefect seconds, and is then a command line for each file, all let go at the same moment.
TWICE = """if True:
    import os, sys
    import flows.collect
    assert not {"highspy", "matplotlib"} & set(sys.modules), "a run starts without the solver"
    from cli.main import main
    wait, go = os.pipe()
    children = []
    for file in sys.argv[1:]:
        children.append(os.fork())
        if children[-1] == 0:
            os.close(go)
            said = os.open(f"{file}.said", os.O_WRONLY | os.O_CREAT)
            os.dup2(said, 1), os.dup2(said, 2)
            sys.argv = ["tradeledger", "ingest", "table", file]
            os.read(wait, 1)
            main()
    os.close(go)
    sys.exit(max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))
"""


@pytest.mark.prefect
@pytest.mark.usefixtures("prefect_harness")
def test_two_command_lines_at_once(home: Path, tmp_path: Path) -> None:
    """`tradeledger ingest table` twice at the same moment, as a person runs it, on a ledger that is not there yet."""
    from prefect.settings import PREFECT_API_URL

    environment = {**os.environ, "TRADELEDGER_HOME": str(home), "PREFECT_API_URL": str(PREFECT_API_URL.value())}
    files = [tmp_path / f"{released}.csv" for released in ("2021-01-01", "2021-02-01")]
    for at, file in enumerate(files):
        file.write_bytes(table(file.stem, 1 + at))
    ran = subprocess.run(
        [sys.executable, "-c", TWICE, *map(str, files)], capture_output=True, env=environment, text=True, timeout=300
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    for file in files:
        said = Path(f"{file}.said").read_text()
        assert "locked" not in said
        assert "Traceback" not in said
        assert f"{len(MONTHS) * 3} published" in said
    with Ledger.open(f"sqlite:///{home / 'ledger.db'}", create=False) as ledger:
        assert [row["outcome"] for row in queries.runs(ledger)] == ["published", "published"]
        assert {row["released"] for row in queries.show(ledger)} == {"2021-02-01"}
        assert len(answers(ledger, released_by="2021-01-01")) == 3 * len(MONTHS)
