"""A World Bank answer of a million rows over 50 pages: our parser against ``json`` and pandas alone, and the memory.

    python -m benchmarks.sources [PAGES]

Prints seconds of both on the same pages in one run (best of 3, alternating), their ratio, and the peak memory of a
process that parses all pages into one frame and judges it. The target: at least half the speed of the bare way, and
below 1.5 GB.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from collections.abc import Iterator
from itertools import islice

import pandas as pd
import pycountry

from schemas.documents import Document
from schemas.judge import judge
from schemas.observations import combine
from sources.worldbank import PER_PAGE, SOURCE

INDICATORS = {
    "NE.EXP.GNFS.CD": "Exports of goods and services (current US$)",
    "NE.IMP.GNFS.CD": "Imports of goods and services (current US$)",
    "NE.RSB.GNFS.CD": "External balance on goods and services (current US$)",
    "NE.TRD.GNFS.ZS": "Trade (% of GDP)",
}


def rows(pages: int) -> Iterator[dict[str, object]]:
    """Rows in the real shape: X, M, B and the share of each country and month, a fifth of them null."""
    rng = random.Random(1)
    countries = [(country.alpha_3, country.alpha_2, country.name) for country in pycountry.countries]
    wanted = pages * PER_PAGE
    made = 0
    for at in range(wanted):
        year, month = 1600 + at // 12 // len(countries), at // len(countries) % 12 + 1
        code, short, name = countries[at % len(countries)]
        exports, imports = rng.random() * 10**12, rng.random() * 10**12
        values = (exports, imports, exports - imports, rng.random() * 200)
        null = rng.random() < 0.2
        for (indicator, title), value in zip(INDICATORS.items(), values, strict=True):
            if made == wanted:
                return
            made += 1
            yield {
                "indicator": {"id": indicator, "value": title},
                "country": {"id": short, "value": name},
                "countryiso3code": code,
                "date": f"{year}M{month:02d}",
                "value": None if null else value,
                "unit": "",
                "obs_status": "",
                "decimal": 0,
            }


def answers(pages: int) -> list[bytes]:
    """The pages as bytes."""
    made, out = rows(pages), []
    for page in range(1, pages + 1):
        part = list(islice(made, PER_PAGE))
        meta = {"page": page, "pages": pages, "per_page": PER_PAGE, "total": pages * PER_PAGE}
        out.append(json.dumps([{**meta, "sourceid": "2", "lastupdated": "2026-04-08"}, part]).encode())
    return out


def bare(pages: list[bytes]) -> int:
    """What anyone would write."""
    return len(pd.concat([pd.DataFrame(json.loads(page)[1]) for page in pages], ignore_index=True))


def ours(pages: list[bytes]) -> pd.DataFrame:
    """Every figure exact, every field checked, coded and placed."""
    return combine(SOURCE.parse(Document("worldbank", page, f"page {n}")).readings for n, page in enumerate(pages, 1))


def memory() -> float:
    """Peak memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    pages = answers(count)
    print(f"{count} pages, {count * PER_PAGE:,} rows, {sum(map(len, pages)) / 1e6:.0f} MB; made with {memory():.0f} MB")
    begun = time.perf_counter()
    frame = ours(pages)
    parsed = time.perf_counter()
    print(f"parsed  {parsed - begun:6.2f} s  {len(frame):,} readings  peak {memory():.0f} MB")
    judgement = judge(frame, {dataset.id: dataset for dataset in SOURCE.datasets})
    print(
        f"judged  {time.perf_counter() - parsed:6.2f} s  {len(judgement.evaluations):,} evaluations  "
        f"peak {memory():.0f} MB"
    )
    del frame, judgement
    best = {bare: 1e9, ours: 1e9}
    for _ in range(3):
        for way in best:
            begun = time.perf_counter()
            way(pages)
            best[way] = min(best[way], time.perf_counter() - begun)
    print(f"json and pandas {best[bare]:.2f} s, ours {best[ours]:.2f} s: {best[bare] / best[ours]:.2f} × its speed")


if __name__ == "__main__":
    main()
