"""China's State Administration of Foreign Exchange (SAFE): trade in goods and services, and the balance of payments.

A landing page that stays leads to a workbook whose address has a date and a hash; it is picked by its title. Debits are
printed negative; a month is headed ``2015.1``, be it January or October. Monthly figures are preliminary and are not
those of the quarterly balance of payments: two datasets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from urllib.parse import urljoin, urlsplit

from schemas.datasets import Dataset, Partition
from schemas.documents import Document, Parsed
from schemas.errors import ParseError
from sources.shared.area_names import HAN
from sources.shared.china.chinese import plain
from sources.shared.china.payments import kinds, read_rows, read_table, unit_of
from sources.shared.pages.html import read_page
from sources.shared.pages.shown import words
from sources.shared.pages.single_table import called
from sources.shared.readout import Readout
from sources.shared.sniff import sniff
from sources.shared.workbooks.cells import Sheet, is_figure
from sources.shared.workbooks.rows import texts
from sources.shared.workbooks.workbook import naming_hidden, peek, read_workbook
from sources.source import Request, Source

TRADE, PAYMENTS = "safe-trade", "safe-bop"
#: Landing page → dataset.
LANDING = {"safe/2018/0427/8886.html": TRADE, "safe/2019/0627/13519.html": PAYMENTS}
#: Titles of the workbooks, and of what is in them → dataset; the other time series of SAFE are none of these.
TITLES = {
    re.compile(r"国际收支平衡表|balance of payments", re.IGNORECASE): PAYMENTS,
    re.compile(r"货物和服务贸易|trade in goods and services", re.IGNORECASE): TRADE,
}
_OLD = re.compile(r"BPM5|1982.{1,3}2014")
_DATED = re.compile(r"/((?:19|20)\d\d)(\d\d)(\d\d)/[0-9a-f]{16,}\.xlsx?$", re.IGNORECASE)


def requests(since: date | None) -> Iterable[Request]:
    """Both landing pages: they lead to the latest workbooks, which hold all periods."""
    for page in LANDING:
        yield Request(page, index=True)


def follow(document: Document) -> Iterable[Request]:
    """The workbook that a landing page links to by its title, of several the last, with the day in its address."""
    wanted = next((dataset for page, dataset in LANDING.items() if document.url.endswith(page)), "")
    if not wanted:
        return
    page = read_page(document)
    links = [(f"{link.get('title') or ''} {words(link)}", str(link.get("href"))) for link in page.xpath("//a[@href]")]
    found = {urljoin(document.url, to): _DATED.search(to) for said, to in links if _dataset(said) == wanted}
    dated = sorted(("-".join(day.groups()), to) for to, day in found.items() if day)
    if not dated:
        raise ParseError(
            f"{document.name} ({called(page)}) links to no workbook of that title with a day in its address"
        )
    yield Request(urlsplit(dated[-1][1]).path.lstrip("/"), released=dated[-1][0])


def _dataset(title: str) -> str:
    """The dataset that a title is of, "" for none."""
    if _OLD.search(title):
        return ""
    return next((dataset for pattern, dataset in TITLES.items() if pattern.search(plain(title))), "")


def recognise(content: bytes) -> bool:
    """Whether this is a workbook of SAFE, or one of its landing pages."""
    if sniff(content) == "text/html":
        return b"safe.gov.cn" in content and any(one.encode() in content for one in ("国际收支", "货物和服务贸易"))
    return any(map(_of_sheet, (peek(content) or {}).values()))


def _of_sheet(sheet: Sheet) -> str:
    said = texts(sheet[:6])
    of_china = any(HAN.search(text) or "China" in text for text in said)  # others have such a balance too
    return next(filter(None, map(_dataset, said)), "") if of_china else ""


@naming_hidden
def parse(document: Document) -> Parsed:
    """Credits, debits and balances by item, of each sheet in its currency. Raises ParseError for any other document."""
    name = document.name
    if sniff(document.content) == "text/html":
        page = read_page(document)
        raise ParseError(f"{name} ({called(page)}) is a page of SAFE, expected the workbook (.xlsx) that it links to")
    book = read_workbook(document)
    filled = [title for title, sheet in book.items() if any(is_figure(cell.value) for row in sheet for cell in row)]
    whole = next(filter(None, map(_of_sheet, book.values())), "")
    if not whole:
        raise ParseError(f"{name}: sheets {filled[:6]}, expected 国际收支平衡表 or 货物和服务贸易 in a title")
    readout = Readout(document, reporter="CHN", released=document.released)
    readout.left_out(book, {title: part for part, title in enumerate(filled, 1)})
    for part, title in enumerate(filled, 1):
        dataset = _of_sheet(book[title]) or whole
        table = read_table(book[title], title, part, name, payments=dataset == PAYMENTS)
        read_rows(table, unit_of(table, title, readout), readout, {"dataset": dataset})
    if not readout.rows:
        raise ParseError(f"{name}: sheets {filled[:6]} have no item of trade, expected 货物和服务 with 贷方 and 借方")
    return readout.parsed()


def _declared(dataset: str, title: str) -> Dataset:
    """Both datasets are of one kind."""
    return Dataset(
        dataset,
        title=title,
        partitions=(
            Partition("product", "total", ("goods", "services"), promised=True),
            Partition("product", "services", kinds()),
        ),
        seasonal_adjustment="NSA",
        concept="bop",
        price_basis="current",
        valuation={"X": "FOB", "M": "FOB"},
        covers="dataset",
    )


SOURCE = Source(
    id="safe",
    title="China's trade in goods and services, monthly, and balance of payments, quarterly and annual (BPM6)",
    publisher="State Administration of Foreign Exchange of the People's Republic of China",
    licence="facts, quoted with their source; no open licence is stated",
    landing_page="https://www.safe.gov.cn/safe/tjsj1/index.html",
    cadence="monthly, at the end of the next month, Beijing; the balance of payments a quarter later",
    datasets=(
        _declared(TRADE, "China's international trade in goods and services, monthly (BPM6)"),
        _declared(PAYMENTS, "China's balance of payments: goods and services (BPM6)"),
    ),
    parse=parse,
    requests=requests,
    follow=follow,
    recognise=recognise,
    base_url="https://www.safe.gov.cn",
    expected_rows=(9, None),
)
