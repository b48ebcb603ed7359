"""What earlier releases have to say reaches the ledger with the run that collects a release."""

from __future__ import annotations

from pathlib import Path

from flows.steps import Collected, Job, parse, publish, read_files, validate
from schemas.settings import Settings
from storage import queries

HEADER = "dataset,reporter,partner,product,flow,measure,basis,period,value,unit,released"
FIRST = """
own,CHN,WLD,goods,X,level,,2018,306.08,USD billion,2019-02-01
own,CHN,WLD,goods,M,level,,2018,200.00,USD billion,2019-02-01
own,CHN,WLD,goods,T,level,,2018,506.08,USD billion,2019-02-01
"""
SECOND = """
own,CHN,WLD,goods,X,level,,2019,311.64,USD billion,2020-02-01
own,CHN,WLD,goods,X,growth_yoy,USD,2019,5.0,%,2020-02-01
own,CHN,WLD,goods,M,level,,2018,210.00,USD billion,2020-02-01
"""
CONTRADICTORY = """
own,CHN,WLD,goods,X,level,,2018,307.00,USD billion,2020-02-01
own,CHN,WLD,goods,M,level,,2018,210.00,USD billion,2020-02-01
own,CHN,WLD,goods,T,level,,2018,999.00,USD billion,2020-02-01
"""


def ingest(folder: Path, *tables: str) -> Collected:
    names = []
    for table in tables:
        path = folder / f"{abs(hash(table))}.csv"
        path.write_text(HEADER + table)
        names.append(str(path))
    job = Job("table", Settings())
    documents = read_files(job, names)
    for document in documents:
        job.archive.put(document.content)
    return publish(job, validate(job, documents, parse(job, documents)))


def found(job: Job) -> dict[str, str]:
    with job.ledger() as ledger:
        return {row["rule"]: row["state"] for row in queries.findings(ledger)}


def test_growth_on_an_earlier_base_and_mixed_releases(tmp_path: Path) -> None:
    job = Job("table", Settings())
    assert ingest(tmp_path, FIRST).run.outcome == "published"
    assert found(job) == {}
    assert ingest(tmp_path, SECOND).run.outcome == "published"  # neither holds anything
    assert found(job) == {"mixed": "new", "growth-base": "new"}
    assert ingest(tmp_path, SECOND).run.outcome == "unchanged"
    assert set(found(job)) == {"mixed", "growth-base"}


def test_two_releases_at_once_say_the_same_as_one_after_the_other(tmp_path: Path) -> None:
    ingest(tmp_path, FIRST, SECOND)
    assert set(found(Job("table", Settings()))) == {"mixed", "growth-base"}


def test_what_is_held_has_no_say(tmp_path: Path) -> None:
    ingest(tmp_path, FIRST)
    assert ingest(tmp_path, CONTRADICTORY).run.outcome == "quarantined"
    assert "mixed" not in found(Job("table", Settings()))
