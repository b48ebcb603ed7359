"""What the page of a monthly release says of itself: title, month, currencies, release date; and where it is at odds.

Titles stand in several places of a page, its unit in a line of its table or above it. Where they disagree the page is
held: nobody guesses which of them is right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.documents import Document
from schemas.errors import ParseError
from sources.shared.months import Month, printed_date, title_month
from sources.shared.pages.shown import words
from sources.shared.pages.unit_lines import CURRENCIES, CURRENCY, read_unit

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from sources.shared.pages.grid import Grid
    from sources.shared.readout import Readout

#: A title → the section of releases it is one of, None where it is none that is read.
SectionOf = Callable[[str], str | None]
_PUBLISHED = re.compile(r"(?:发布时间|发布日期|Published on|Release date)\s*[:：]\s*(.{8,40})")


@dataclass(frozen=True)
class About:
    """What the page says about itself."""

    title: str
    section: str
    month: Month
    currencies: tuple[str, ...]  # as its titles say
    released: str
    months: tuple[Month, ...] = ()  # others that its titles say
    sections: tuple[str, ...] = ()  # of all its titles


def titles(page: HtmlElement) -> list[str]:
    """All that may be a title of the page, in its order."""
    return [words(found) for found in page.xpath("//*[contains(@class,'atcl-ttl')] | //h1 | //title | //td[@colspan]")]


def stamps(page: HtmlElement) -> list[str]:
    """All that may say when a page was published, in the order of trust."""
    said = [words(stamp) for stamp in page.xpath("//*[contains(@class,'-date')]")]
    said += [str(text) for text in page.xpath("//meta[@name='PubDate']/@content")]
    texts = (words(element) for element in page.iter("p", "div", "span", "li", "td", "em"))
    return said + [found[1] for text in texts if len(text) < 200 and (found := _PUBLISHED.search(text))]


def read_about(
    said: Sequence[str],
    stamped: Sequence[str],
    document: Document,
    section_of: SectionOf,
    expected: str,
    english: Callable[[str], str] = str,
    month: Month | None = None,
) -> About:
    """What the titles and stamps of a page say; ``month`` holds where no title says one.

    ``english`` says a title in English. Raises ParseError where none is of a section, or nothing says a month.
    """
    name, own = document.name, [text for text in said if section_of(text)]
    if not own:
        raise ParseError(f"{name} is titled {(list(said) or ['nothing'])[0][:100]!r}, expected {expected}")
    months = [found for text in own if (found := title_month(english(text)))] or ([month] if month else [])
    if not months:
        raise ParseError(f"{name}: the title {own[0][:100]!r} says no month and year")
    currencies = [CURRENCIES[found[0].lower()] for text in own for found in CURRENCY.finditer(english(text))]
    return About(
        title=own[0],
        section=section_of(own[0]) or "",
        month=months[0],
        currencies=tuple(dict.fromkeys(currencies)),
        released=next(filter(None, map(printed_date, stamped)), "") or document.released,
        months=tuple(dict.fromkeys(found for found in months if found and found != months[0])),
        sections=tuple(dict.fromkeys(filter(None, map(section_of, own)))),
    )


def notice_contradictions(
    about: About,
    units: Sequence[str],
    grid: Grid,
    section_of: SectionOf,
    readout: Readout,
    english: Callable[[str], str] = str,
) -> None:
    """Say where the page is not at one with itself on its unit, its currency or its month."""
    name = readout.document.name
    currency, unit = read_unit(units[0], name)
    for said in units[1:]:
        if read_unit(said, name) != (currency, unit):
            readout.notice("unit", f"{name} says two units, {units[0]!r} and {said!r}: refusing to guess")
    for other in about.currencies:
        if other != currency:
            readout.notice("unit", f"{name}: the title says {other}, the unit line {units[0]!r}: refusing to guess")
    if about.released and about.released[:7] <= str(about.month):
        readout.notice("shape", f"{name} is dated {about.released} but is about {about.month}")
    if len(about.sections) > 1:
        readout.notice("shape", f"{name} is titled as {' and as '.join(about.sections)}: refusing to guess")
    for elsewhere in about.months:
        readout.notice("shape", f"{name}: one title says {about.month}, another {elsewhere}: refusing to guess")
    for at, text in grid.lines():
        if not about.months and section_of(text) and (month := title_month(english(text))) and month != about.month:
            sentence = f"{name}: the title says {about.month}, the table {text[:80]!r}: refusing to guess"
            readout.notice("shape", sentence, f"row {at + 1}")
