"""Our plugin of Datasette: addresses of our pages, links from cells to them, and who may ask."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Generator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from datasette import hookimpl
from datasette.utils.asgi import Request, Response
from datasette.views.base import DatasetteError
from markupsafe import Markup
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse

from cli.browsing import exports, pages
from cli.browsing.links import dataset_page, release_page, series_page
from cli.browsing.site import DATABASE, HOST, Site
from schemas.errors import TradeledgerError
from schemas.texts import printable

#: Column of a view → the view and column that it names.
_REFERS: Final = {
    "run": ("runs", "run"),
    "ended_run": ("runs", "run"),
    "document_id": ("documents", "document_id"),
    "case": ("cases", "case"),
}
#: Nothing from anywhere else is loaded, nothing is sent anywhere, no other page may show this one in a frame.
_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS: Final = ((b"content-security-policy", _POLICY.encode()), (b"x-content-type-options", b"nosniff"))
#: Answers that a person may look at, in a terminal too.
_TEXTS: Final = (b"text/", b"application/vnd.sdmx")
#: Bytes of a text, what a terminal would act on replaced: Datasette repeats an address that has it.
_PRINTABLE: Final = bytes(one if one in b"\t\n\r" or (one >= 32 and one != 127) else ord("?") for one in range(256))
App = Callable[..., Any]
_REFUSED: Final[App] = PlainTextResponse("the ledger is served read-only\n", 405, {"allow": "GET, HEAD"})


@hookimpl  # type: ignore[untyped-decorator]
def register_routes(datasette: Any) -> list[tuple[str, Callable[..., Any]]]:
    """Our addresses; Datasette has those that are left."""
    return [*pages.ROUTES, *exports.ROUTES] if isinstance(datasette, Site) else []


@hookimpl  # type: ignore[untyped-decorator]
def asgi_wrapper(datasette: Any) -> Callable[[App], App]:
    """Only this machine is answered, by its own name: a page elsewhere that calls itself so (DNS rebinding) is not.

    And only what asks: nothing here is changed by asking.
    """

    def wrapped(app: App) -> App:
        if not isinstance(datasette, Site):
            return app

        async def guarded(scope: Mapping[str, Any], receive: App, send: App) -> None:
            text = False

            async def headed(message: dict[str, Any]) -> None:
                nonlocal text
                if message["type"] == "http.response.start":
                    given = message.get("headers", ())
                    text = any(name == b"content-type" and said.startswith(_TEXTS) for name, said in given)
                    message = message | {"headers": [*given, *_HEADERS]}
                elif text and message["type"] == "http.response.body":
                    message = message | {"body": message.get("body", b"").translate(_PRINTABLE)}
                await send(message)

            asks = scope["type"] != "http" or scope["method"] in ("GET", "HEAD")
            await (app if asks else _REFUSED)(scope, receive, headed)

        return TrustedHostMiddleware(guarded, allowed_hosts=[HOST, "localhost"])

    return wrapped


@hookimpl  # type: ignore[untyped-decorator]
def prepare_jinja2_environment(env: Any) -> None:
    """Words of our templates; text of a source goes through ``plain``, and is escaped as all text is."""
    env.filters |= {"plain": lambda text: printable(str(text)), "dataset_page": dataset_page}
    env.filters |= {"release_page": release_page}


@hookimpl  # type: ignore[untyped-decorator]
def extra_css_urls(datasette: Any) -> list[str]:
    """Colours of our pages, and of Datasette's in the dark."""
    return ["/-/tradeledger/browse.css"] if isinstance(datasette, Site) else []


@hookimpl(wrapper=True)  # type: ignore[untyped-decorator]
def handle_exception(datasette: Any, request: Request, exception: Exception) -> Generator[None, Any, Any]:
    """An error as a page or as JSON; Datasette's own prints the whole process for every page there is not."""
    found = yield
    return [_error(datasette, request, exception)] if isinstance(datasette, Site) else found


async def _error(site: Site, request: Request, exception: Exception) -> Response:
    ours = isinstance(exception, TradeledgerError)
    status, said = (
        getattr(exception, "status", 503 if ours else 500),
        getattr(exception, "message", "") or str(exception),
    )
    if status >= 500 and not ours and not isinstance(exception, DatasetteError):
        traceback.print_exception(exception)
    if request.path.endswith(".json"):
        return Response.json({"ok": False, "error": said, "status": status}, status=status)
    title = getattr(exception, "title", None)
    message = Markup(said) if getattr(exception, "message_is_html", False) else printable(said)  # noqa: S704 - of Datasette
    page = await site.render_template("error.html", {"error": message, "status": status, "title": title}, request)
    return Response.html(page, status=status)


@hookimpl  # type: ignore[untyped-decorator]
def menu_links(datasette: Any) -> list[dict[str, str]]:
    """Where questions are asked."""
    return [{"href": f"/{DATABASE}", "label": "Views, questions, SQL"}] if isinstance(datasette, Site) else []


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(row: Any, value: Any, column: str, datasette: Any) -> Markup | str | None:
    """A link where the cell names something that has a page; what would move a cursor shows as its escape."""
    if not isinstance(datasette, Site) or value in (None, ""):
        return None
    names = set(row.keys())
    if column == "series":
        return _link(series_page(value), value)
    if column == "dataset":
        return _link(dataset_page(value), value)
    if column == "released" and "dataset" in names and row["dataset"]:
        return _link(release_page(row["dataset"], value), value)
    if column in _REFERS:
        view, key = _REFERS[column]
        return _link(f"/{DATABASE}/{view}?{urlencode({key: value})}", value)
    return printable(value) if isinstance(value, str) and not value.isprintable() else None


def _link(address: str, value: object) -> Markup:
    return Markup('<a href="{}">{}</a>').format(address, printable(str(value)))
