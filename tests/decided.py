"""A small ledger with a held, an accepted and a rejected block of every kind, made as a user would make it.

``tests/released_schemas/decided/NNNN.db`` is one that the code of its day made (``uv run python -m tests.decided FILE``
writes today's): what is hashed into it must be found again by every later version. Those in ``whole`` beside it
(``uv run python -m tests.decided FILE whole``) are of blocks that two documents of one release contradict, decided so.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from schemas.datasets import Dataset, Partition
from schemas.documents import Document, Notice
from schemas.judge import judge
from schemas.observations import combine
from sources.table import parse
from storage import queries
from storage.decisions import decide
from storage.ledger import Batch, Ledger, Run

#: Each kind of error that holds a block: rows of a table, after dataset and reporter.
KINDS: Mapping[str, tuple[str, ...]] = {
    "total": ("T,level,,2019,20.5", "X,level,,2019,6.1", "M,level,,2019,4.4"),
    "balance": ("B,level,,2019-Q1,-9", "X,level,,2019-Q1,6", "M,level,,2019-Q1,4.00"),
    "growth": ("X,level,,2018,10.0", "X,level,,2019,11.0", "X,growth_yoy,USD,2019,25.5"),
    "growth-average": ("X,level,,2010,10.0", "X,level,,2012,12.1", "X,growth_avg,USD,2010/2012,40.0"),
    "growth-implied": (
        *("T,level,,2019,30.00", "X,level,,2019,20.00", "M,level,,2019,10.00"),
        *("T,growth_yoy,USD,2019,50.0", "X,growth_yoy,USD,2019,0.0", "M,growth_yoy,USD,2019,0.0"),
    ),
    "share": ("X,level,,2019-03,50.0", "X,level,,2019-03,100.0", "X,share,product=total,2019-03,75.0"),
    "repeat": ("M,level,,2019-04,7.1", "M,level,,2019-04,9.3"),
    "parts": ("X,level,,2019-05,60", "X,level,,2019-05,20", "X,level,,2019-05,30"),
    "notice": ("X,level,,2019-06,5.0", "M,level,,2019-06,4.0"),
}
#: Which products the rows of a kind are about, where they are not all about one.
PRODUCTS = {"share": ("books", "total", "books"), "parts": ("total", "goods", "services")}
#: Reporter → what a person decides about its blocks.
DECIDED = {"CHN": "", "USA": "accept", "DEU": "reject"}
HEADER = "dataset,reporter,product,flow,measure,basis,period,value,unit\n"
DATASETS = {
    kind: Dataset(
        kind,
        partitions=(Partition("product", "total", ("goods", "services"), promised=True),) if kind == "parts" else (),
        identities={"balance": "exact"} if kind == "balance" else {},
    )
    for kind in KINDS
}


def document(kind: str, reporter: str, released: str) -> Document:
    """One contradiction of a kind, as a tidy CSV."""
    products = PRODUCTS.get(kind, ("films",) * len(KINDS[kind]))
    rows = []
    for row, product in zip(KINDS[kind], products, strict=True):
        unit = "%" if ",growth" in row or ",share," in row else "USD million"
        rows.append(f"{kind},{reporter},{product},{row},{unit}\n")
    name = f"{kind}-{reporter}-{released}.csv"
    return Document("table", (HEADER + "".join(rows)).encode(), name, released=released)


#: What two documents of one release say of a block.
CONTRADICTING = (("X,level,,2019,10.0", "M,level,,2019,4.0", "T,level,,2019,14.0"), ("X,level,,2019,11.0",))
#: Dataset → whether the second came with the first or after it.
CAME = {"together": True, "after": False}


def contradicting(dataset: str, reporter: str, released: str = "2020-01-15") -> list[Document]:
    """Two documents of a release, of which the second says other exports."""
    return [
        Document(
            "table",
            (HEADER + "".join(f"{dataset},{reporter},films,{row},USD million\n" for row in rows)).encode(),
            f"{dataset}-{reporter}-{at}.csv",
            released=released,
        )
        for at, rows in enumerate(CONTRADICTING)
    ]


def collect(ledger: Ledger, *some: Document, version: int = 1) -> Run:
    """What the flow does with them, by a parser of that version."""
    one, *_ = some
    parts = [parse(each) for each in some]
    parsed = replace(parts[0], readings=combine(part.readings for part in parts))
    if one.name.startswith("notice"):
        notice = Notice(
            "unit", f"{one.name[:10]} says both million and billion: refusing to guess", "row 1", one.sha256
        )
        parsed = replace(parsed, notices=[notice])
    batch = Batch("table", some, parsed, version)
    context = ledger.context(batch)
    news = context.news(batch).readings
    judgement = judge(combine([context.readings, news]), DATASETS).joined(*context.came(news), context.overruling)
    return ledger.publish(batch, context, judgement)


def make(ledger: Ledger, released: str = "2020-01-15") -> None:
    """A held, an accepted and a rejected block of every kind."""
    for kind in KINDS:
        for reporter, verdict in DECIDED.items():
            assert collect(ledger, document(kind, reporter, released)).outcome == "quarantined", kind
            waiting = [row["block"] for row in queries.held(ledger) if row["block"].startswith(f"{kind}/{reporter}/")]
            assert waiting
            for block in waiting if verdict else ():
                decide(ledger, block, verdict, who="ann", why="as printed")


def make_whole(ledger: Ledger) -> None:
    """A held, an accepted and a rejected block of each way in which two documents come to contradict each other."""
    for dataset, together in CAME.items():
        for reporter, verdict in DECIDED.items():
            both = contradicting(dataset, reporter)
            for some in [both] if together else [[one] for one in both]:
                run = collect(ledger, *some)
            assert run.outcome == "quarantined", dataset
            for block in [row["block"] for row in queries.held(ledger) if f"{dataset}/{reporter}/" in row["block"]]:
                if verdict:
                    decide(ledger, block, verdict, who="ann", why="as printed")


if __name__ == "__main__":
    path = Path(sys.argv[1]).resolve()
    path.unlink(missing_ok=True)
    with Ledger.open(f"sqlite:///{path}", create=True) as made:
        (make_whole if sys.argv[2:] == ["whole"] else make)(made)
