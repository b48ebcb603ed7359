"""Our pages: what there is and what does not hold; a dataset, a series, a release."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from datasette.utils.asgi import NotFound, Request, Response

from cli.browsing import chart, questions
from cli.browsing.site import Row, Site
from cli.browsing.verdict import RESULTS, Verdict, verdict
from cli.formats.figures import about, figure, interval
from schemas.release_dates import due, release_order
from schemas.vocabulary import SERIES_KEY

if TYPE_CHECKING:
    from storage.ledger import Ledger

#: Rows of a list in a page; where there are more it says so, and where they are.
MOST: Final = questions.MOST


async def _page(site: Site, request: Request, name: str, **said: Any) -> Response:
    values = {**said, "copied": site.served.copied, "most": MOST}
    html = await site.render_template(f"tradeledger_{name}.html", values, request)
    return Response.html(html, headers={"Cache-Control": "no-cache", "Referrer-Policy": "no-referrer"})


async def front(datasette: Site, request: Request) -> Response:
    """What there is, how fresh, what does not hold, what waits."""
    datasets = await datasette.rows(questions.DATASETS)
    blocks = {row["dataset"]: row["blocks"] for row in await datasette.rows(questions.BLOCKS)}
    released = await datasette.ask(_release_dates)
    for row in datasets:
        row["declared"] = declared = _declared(row)
        row["due"] = due(released.get(row["dataset"], ())) if declared.get("asked") else ""
        row["blocks"] = blocks.get(row["dataset"], 0)
    said = {
        "datasets": datasets,
        "held": await datasette.rows(questions.HELD),
        "cases": await datasette.rows(questions.CASES),
        "runs": await datasette.rows(questions.RUNS),
        "today": datetime.now(UTC).date().isoformat(),
    }
    return await _page(datasette, request, "front", **said)


def _release_dates(ledger: Ledger) -> dict[str, set[str]]:
    """Dataset → the dates of its releases, of whatever source."""
    from storage import queries

    found: dict[str, set[str]] = {}
    for datasets in queries.release_dates(ledger).values():
        for dataset, dates in datasets.items():
            found.setdefault(dataset, set()).update(dates)
    return found


def _declared(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the source of a dataset declares of it; nothing of a source that is no more."""
    from sources.registry import load_sources

    source = load_sources().get(row["source"])
    if source is None:
        return {}
    titles = {one.id: one.title for one in source.datasets}
    told = {name: getattr(source, name) for name in ("publisher", "licence", "landing_page", "cadence")}
    return told | {"title": titles.get(row["dataset"], ""), "asked": bool(source.requests)}


async def dataset(datasette: Site, request: Request) -> Response:
    """A dataset: whose it is, its releases and its series."""
    asked = {"dataset": unquote(request.url_vars["dataset"])}
    known = await datasette.rows(questions.DATASET, asked)
    if not known:
        raise NotFound(f"the ledger has no dataset {asked['dataset']!r}")
    releases = (await datasette.ask(_release_dates)).get(asked["dataset"], set())
    series = await datasette.rows(questions.SERIES_OF, asked)
    said = {
        "row": known[0],
        "declared": _declared(known[0]),
        "releases": sorted(releases, key=release_order, reverse=True),
        "series": [row | {"about": about(row)} for row in series],
    }
    return await _page(datasette, request, "dataset", **said)


async def series(datasette: Site, request: Request) -> Response:
    """A series: its chart, figures, vintages, and what does not hold in its blocks."""
    asked = {"series": int(request.url_vars["series"])}
    known = await datasette.rows(questions.SERIES, asked)
    if not known:
        raise NotFound(f"the ledger has no series {asked['series']}")
    row, title = known[0], about(known[0])
    figures = _told(await datasette.rows(questions.FIGURES, asked))
    vintages = _told(await datasette.rows(questions.VINTAGES, asked))
    held = _told(await datasette.ask(lambda ledger: _held(ledger, row, figures)))
    shas = {one["document"] for one in held}
    findings = await datasette.rows(questions.FINDINGS_OF_BLOCKS, row)
    said = {
        "row": row,
        "title": title,
        "chart": chart.of_series(row["unit"], figures, vintages, held),
        "figures": figures,
        "held": held,
        "by_sha": {one["document"]: one for one in await datasette.rows(questions.among("document", shas), shas)},
        "vintages": vintages,
        "findings": findings,
        "documents": await _documents(datasette, (*figures[:MOST], *findings)),
        "declared": _declared({"source": figures[0]["source"], "dataset": row["dataset"]}) if figures else {},
    }
    return await _page(datasette, request, "series", **said)


def _held(ledger: Ledger, row: Row, figures: Sequence[Row]) -> list[Row]:
    """The figures of a series that wait for a decision; views have only their blocks."""
    from storage import queries

    said = {(one["period"], one["value"], one["document"]) for one in figures}
    asked = {name: row[name] for name in SERIES_KEY if "," not in row[name]}  # a comma is "or" there
    return [
        one
        for one in queries.show(ledger, with_held=True, every=True, **asked)
        if one["pending"] == "held"
        and all(one[name] == row[name] for name in SERIES_KEY)
        and (one["period"], one["value"], one["document"]) not in said
    ]


def _told(rows: Sequence[Row]) -> list[Row]:
    """Rows of figures, with the figure as people say it and the interval in which the truth lies."""
    return [
        row | {"said": figure(row["value"], row), "interval": interval(row) if row["value"] else ""} for row in rows
    ]


async def _documents(site: Site, rows: Sequence[Row]) -> dict[int, Row]:
    """The documents that rows name, by the number of their showing."""
    named = {row["document_id"] for row in rows} - {""}
    return {row["document_id"]: row for row in await site.rows(questions.among("document_id", named), named)}


async def release(datasette: Site, request: Request) -> Response:
    """A release: what every rule says of it, its findings, its documents, what of it waits."""
    asked = {name: unquote(request.url_vars[name]) for name in ("dataset", "released")}
    # What was printed on a day is asked up to a sequence of it: one that there never was would answer with the last.
    there = asked["released"] in (await datasette.ask(_release_dates)).get(asked["dataset"], ())
    findings = await datasette.rows(questions.FINDINGS_OF_RELEASE, asked)
    if not there and not findings:
        raise NotFound(f"the ledger has no release {asked['released']} of {asked['dataset']}")
    found = await _verdict(datasette, asked) if there else Verdict(0, (), {})
    shas = found.documents[:MOST]
    said = {
        **asked,
        "rules": _rules(found, await datasette.rows(questions.OPEN, asked)),
        "results": RESULTS,
        "readings": found.readings,
        "findings": findings,
        "by_id": await _documents(datasette, findings),
        "held": await datasette.rows(questions.HELD_OF_RELEASE, asked),
        "documents": await datasette.rows(questions.among("document", shas), shas),
    }
    return await _page(datasette, request, "release", **said)


async def _verdict(site: Site, asked: Mapping[str, str]) -> Verdict:
    """What the rules say of a release; kept until anything is recorded."""
    (last,) = await site.rows("SELECT max(run) AS run FROM runs")
    key = (*asked.values(), last["run"])
    if (found := site.verdicts.get(key)) is None:
        found = await site.ask(lambda ledger: verdict(ledger, **asked))
        if len(site.verdicts) >= MOST:
            site.verdicts.clear()
        site.verdicts[key] = found
    return found


def _rules(found: Verdict, counted: Sequence[Row]) -> list[dict[str, Any]]:
    """Each rule, what it says of the release, and how many findings of it are open."""
    from schemas.rules import RULES
    from schemas.rules.shared.files import FILES

    told = {row["rule"]: row["number"] for row in counted}
    return [
        {
            "rule": rule,
            "open": told.get(rule.id, 0),
            "judged": found.results.get(rule.id, {}),
            "alone": rule.id in FILES,
        }
        for rule in RULES
    ]


Route = tuple[str, Callable[..., Awaitable[Response]]]
ROUTES: Final[list[Route]] = [
    (r"/$", front),
    (r"/dataset/(?P<dataset>[^/]+)$", dataset),
    (r"/series/(?P<series>[0-9]{1,15})$", series),
    (r"/release/(?P<dataset>[^/]+)/(?P<released>[^/]+)$", release),
]
