"""``ingest`` where no Prefect server runs: the same steps, at once; the ledger has the same rows either way."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.main import run
from flows import environment

HEAD = "dataset,reporter,flow,period,unit,released,value\n"


def table(released: str, *values: str) -> str:
    rows = (
        f"goods,ITA,{flow},2021,EUR million,{released},{value}\n" for flow, value in zip("XMT", values, strict=True)
    )
    return HEAD + "".join(rows)


#: One after the other, each with what else is said and its exit status.
FED = (
    (table("2022-03-01", "516.3", "472.7", "989.0"), [], 0),
    (table("2022-06-01", "516.9", "472.7", "998.6"), [], 3),  # the total is not their sum
    (table("2022-06-01", "516.9", "472.7", "n/a"), [], 3),
    (table("2022-09-01", "517.2", "472.7", "989.9").replace("value", "worth"), [], 1),
    (table("2022-03-01", "516.2", "472.7", "988.9"), ["--replaces", "{0}"], 0),
    (table("2022-03-01", "516.2", "472.7", "988.9"), [], 0),
)
#: What two runs of the same cannot have in common.
OWN = {"recorded_at", "prefect_run", "fetched_at", "total"}


def feed(folder: Path) -> list[int]:
    """Exit statuses of all that is fed; the first file is named where it is replaced."""
    import hashlib

    first = hashlib.sha256(FED[0][0].encode()).hexdigest()[:12]
    statuses = []
    for number, (text, more, _) in enumerate(FED):
        file = folder / f"{number}.csv"
        file.write_text(text, encoding="utf-8")
        statuses.append(run(["ingest", "table", str(file), *(word.format(first) for word in more)]))
    return statuses


def everything(home: Path) -> dict[str, list[dict[str, Any]]]:
    """All rows of a ledger, less what is a run's own."""
    with sqlite3.connect(home / "ledger.db") as conn:
        conn.row_factory = sqlite3.Row
        names = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        found = {name: [dict(row) for row in conn.execute(f"SELECT * FROM {name}")] for name in names}
    conn.close()
    return {
        name: [{key: value for key, value in row.items() if key not in OWN} for row in rows]
        for name, rows in found.items()
    }


@pytest.mark.prefect
@pytest.mark.usefixtures("prefect_harness")
def test_the_ledger_has_the_same_rows_with_a_server_and_without(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TRADELEDGER_HOME", str(tmp_path / "served"))
    assert feed(tmp_path) == [status for _, _, status in FED]
    served = capsys.readouterr()
    monkeypatch.setenv("TRADELEDGER_HOME", str(tmp_path / "alone"))
    monkeypatch.setattr(environment, "find_server", lambda *_: False)
    assert feed(tmp_path) == [status for _, _, status in FED]
    alone = capsys.readouterr()
    assert everything(tmp_path / "alone") == everything(tmp_path / "served")
    assert [row["outcome"] for row in everything(tmp_path / "alone")["run"]] == [
        *("published", "quarantined", "unchanged", "failed", "published", "unchanged"),
    ]
    assert alone.out == served.out
    said = alone.err.splitlines()
    assert sum("no Prefect server runs" in line for line in said) == len(FED) - 1  # not where there was nothing to do
    assert [line for line in said if "no Prefect server runs" not in line] == served.err.splitlines()


#: Checks and ingests the same file, and says what only the latter imported.
IMPORTS = """if True:
    import sys
    from cli.main import run
    run(["check", sys.argv[1]])
    before = set(sys.modules)
    assert run(["ingest", "table", sys.argv[1]]) == 0
    print({name.partition(".")[0] for name in set(sys.modules) - before}, file=sys.stderr)
"""


def test_prefect_is_not_imported_and_little_besides_what_checks(home, tmp_path):
    """What makes the first figures of a new table wait for seconds is what is imported."""
    file = tmp_path / "table.csv"
    file.write_text(FED[0][0], encoding="utf-8")
    assert run(["ingest", "table", str(file)]) == 0  # the ledger exists: it is not made with its migrations
    done = subprocess.run([sys.executable, "-c", IMPORTS, str(file)], capture_output=True, text=True, check=True)
    more = set(eval(done.stderr.splitlines()[-1]))
    ours = {"cli", "flows", "schemas", "sources", "storage"}
    foreign = more - ours - set(sys.stdlib_module_names)
    assert foreign == {"sqlalchemy"}
