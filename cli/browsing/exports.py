"""Answers for programs: a dataset by the paths of SDMX REST, as SDMX-CSV; CSV of Datasette's pages, whole or none.

``/data/{dataset}?asOf=2022-07-07&startPeriod=2021-01&c[REF_AREA]=USA,CHN&format=csv``: ``asOf``, ``startPeriod``,
``endPeriod`` and ``c[…]`` are SDMX's own, ``releasedBy`` is ours. What is asked and not served is refused by its name.
"""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, TextIO, cast
from urllib.parse import parse_qsl, unquote

from datasette.utils.asgi import AsgiStream, Request, Response

from cli.browsing.site import Site
from cli.formats.exports import sdmx_csv
from cli.formats.output import write_csv
from schemas.errors import TradeledgerError, UsageError

if TYPE_CHECKING:
    from storage.ledger import Ledger

_MEDIA: Final = "application/vnd.sdmx.data+csv;version=2.0.0;charset=utf-8"
_FILTERS: Final = {
    "asOf": "as_of",
    "releasedBy": "released_by",
    "startPeriod": "first",
    "endPeriod": "last",
    "c[REF_AREA]": "reporter",
    "c[COUNTERPART_AREA]": "partner",
    "c[PRODUCT]": "product",
    "c[BREAKDOWN]": "breakdown",
    "c[FLOW]": "flow",
    "c[MEASURE]": "measure",
    "c[UNIT_MEASURE]": "unit",
    "c[BASIS]": "basis",
    "c[TIME_PERIOD]": "period",
}
#: Their word → ours; % is no identifier of SDMX.
_WORDS: Final = {"PC": "%"}


def filters(query: str) -> dict[str, str]:
    """What a query string asks, as ``show`` takes it; raises UsageError for what is not served."""
    found = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name == "format":
            if value not in ("csv", "sdmx-csv"):
                raise UsageError(f"format={value} is not served: expected csv (SDMX-CSV 2.0)")
        elif name not in _FILTERS:
            raise UsageError(f"{name} is not served: expected one of {', '.join(_FILTERS)}, format")
        elif _FILTERS[name] in found:
            raise UsageError(f"{name} is asked twice: several values are joined by commas")
        else:
            found[_FILTERS[name]] = ",".join(_WORDS.get(word, word) for word in value.split(","))
    return found


async def data(datasette: Site, request: Request) -> Response | AsgiStream:
    """Figures of a dataset as SDMX-CSV."""
    name = unquote(request.url_vars["dataset"])
    asked: dict[str, Any]
    try:
        asked = filters(request.query_string)
        if not await datasette.rows("SELECT 1 FROM series WHERE dataset = :name LIMIT 1", {"name": name}):
            return Response.text(f"the ledger has no dataset {name!r}", status=404)
        written = await datasette.ask(lambda ledger: _written(ledger, name, asked))
    except TradeledgerError as exc:
        return Response.text(str(exc), status=400)

    async def send(to: Any) -> None:
        with written:
            while chunk := written.read(2**16):
                await to.write(chunk)

    return AsgiStream(send, headers={"Cache-Control": "no-cache"}, content_type=_MEDIA)


def _written(ledger: Ledger, dataset: str, asked: dict[str, Any]) -> TextIO:
    """The whole answer, before its first byte is sent: what cannot be answered is an error, not half a file."""
    from storage import queries

    file = cast(TextIO, tempfile.TemporaryFile("w+", encoding="utf-8", newline=""))  # noqa: SIM115 - who sends closes it
    try:
        sdmx_csv.write(_in_time(queries.show(ledger, dataset=dataset, **asked)), file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _in_time(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    from storage.served import LONGEST

    end = time.monotonic() + LONGEST
    for row in rows:
        if time.monotonic() > end:
            raise UsageError(f"more figures than can be written in {LONGEST:g} s: ask for less, or tradeledger export")
        yield row


async def csv(datasette: Site, request: Request) -> Response:
    """CSV of a view or a question, as all our CSV is: what looks like a formula has an apostrophe before it."""
    asked = [
        (name, value) for name, value in parse_qsl(request.query_string) if name not in ("_shape", "_dl", "_labels")
    ]
    path = request.path.removesuffix(".csv") + ".json"
    answer = await datasette.client.get(path, params=[*asked, ("_shape", "objects"), ("_nofacet", "1")])
    if answer.is_redirect:
        return Response.redirect(answer.headers["location"].replace(".json", ".csv", 1))
    found = answer.json()
    if answer.status_code != 200:
        return Response.text(str(found.get("error", "")), status=answer.status_code)
    if found.get("truncated") or found.get("next"):
        most = len(found["rows"])
        return Response.text(
            f"there are more than {most} rows: ask for less (_size=max gives 1000), or take tradeledger export",
            status=400,
        )
    lines = io.StringIO()
    write_csv(found["rows"], found["columns"], lines)
    return Response(lines.getvalue(), headers={"Cache-Control": "no-cache"}, content_type="text/csv; charset=utf-8")


ROUTES: Final = [
    (r"/data/(?P<dataset>[^/]+)$", data),
    (r"/ledger(/[^/.]+)?\.csv$", csv),
]
