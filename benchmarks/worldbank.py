"""A World Bank answer of a million rows, from end to end: over HTTP, through the flow, into a ledger.

    python -m benchmarks.worldbank [ROWS]

A local server answers in the real shape, four indicators of as many pages as it takes; ``tradeledger collect
worldbank`` runs in a process of its own, twice: everything is new, then nothing is. Prints seconds, peak memory (the
target: below 1.5 GB) and the size of the ledger beside that of the pages.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pycountry

from benchmarks.sources import INDICATORS
from sources.worldbank import PER_PAGE

_RUN = """
import resource, sys
from cli.main import main
try:
    main()
finally:
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB", file=sys.stderr)
"""


def rows(indicator: str, count: int) -> Iterator[dict[str, Any]]:
    """Rows of one indicator, country by country, a fifth of them null; the same truth behind all indicators."""
    countries = [(country.alpha_3, country.alpha_2, country.name) for country in pycountry.countries]
    months = -(-count // len(countries))
    rng = random.Random(1)
    for at in range(count):
        code, short, name = countries[at // months]
        exports, imports = rng.random() * 10**12, rng.random() * 10**12
        values = dict(zip(INDICATORS, (exports, imports, exports - imports, rng.random() * 200), strict=True))
        yield {
            "indicator": {"id": indicator, "value": INDICATORS[indicator]},
            "country": {"id": short, "value": name},
            "countryiso3code": code,
            "date": f"{1930 + at % months // 12}M{at % months % 12 + 1:02d}",
            "value": None if rng.random() < 0.2 else values[indicator],
            "unit": "",
            "obs_status": "",
            "decimal": 0,
        }


def write_pages(folder: Path, count: int) -> int:
    """The pages of all indicators as files, gzipped as the API sends them; their bytes unzipped."""
    each, size = count // len(INDICATORS), 0
    pages = -(-each // PER_PAGE)
    for indicator in INDICATORS:
        made = rows(indicator, each)
        for page in range(1, pages + 1):
            meta = {"page": page, "pages": pages, "per_page": PER_PAGE, "total": each, "sourceid": "2"}
            part = list(islice(made, PER_PAGE))
            content = json.dumps([{**meta, "lastupdated": "2026-04-08"}, part]).encode()
            size += len(content)
            (folder / f"{indicator}-{page}").write_bytes(gzip.compress(content, 1))
    return size


def serve(folder: Path) -> ThreadingHTTPServer:
    """A server of these pages on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            page = parse_qs(parts.query)["page"][0]
            content = (folder / f"{parts.path.rsplit('/', 1)[1]}-{page}").read_bytes()
            self.send_response(200)
            for name, value in (("Content-Type", "application/json"), ("Content-Encoding", "gzip")):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pages").mkdir()
        size = write_pages(folder / "pages", count)
        server = serve(folder / "pages")
        environment = {
            **os.environ,
            "TRADELEDGER_HOME": str(folder / "home"),
            "TRADELEDGER_SOURCES__WORLDBANK__BASE_URL": f"http://127.0.0.1:{server.server_port}",
            "TRADELEDGER_FETCH__INTERVAL": "0",
            "PREFECT_HOME": str(folder / "prefect"),
        }
        print(f"{count:,} rows on {len(list((folder / 'pages').iterdir()))} pages, {size / 1e6:.0f} MB")
        for what in ("all new", "nothing new"):
            start = time.perf_counter()
            command = [sys.executable, "-c", _RUN, "collect", "worldbank"]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            peak = next((line for line in done.stderr.splitlines() if line.startswith("peak")), "")
            said = next((line for line in done.stdout.splitlines() if "published" in line or "unchanged" in line), "")
            print(f"{what:12} {time.perf_counter() - start:6.1f} s  {peak}  exit {done.returncode}  {said.strip()}")
        kept = sum(path.stat().st_size for path in (folder / "home" / "documents").rglob("*") if path.is_file())
        print(f"ledger {(folder / 'home' / 'ledger.db').stat().st_size / 1e6:.0f} MB, documents {kept / 1e6:.0f} MB")
        server.shutdown()


if __name__ == "__main__":
    main()
