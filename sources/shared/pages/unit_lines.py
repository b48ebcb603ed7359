"""Lines of a unit, as pages print them: "Unit: CNY 100 Million", "USD1 Million"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from schemas.errors import ParseError
from sources.shared.pages.shown import words

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: Words of currencies, lower case → ISO code; whoever reads pages in another one adds it here.
CURRENCIES = {"usd": "USD", "us$": "USD", "cny": "CNY", "rmb": "CNY", "yuan": "CNY", "sdr": "XDR"}
CURRENCY = re.compile(rf"\b({'|'.join(filter(str.isalpha, CURRENCIES))})(?![a-z])|us\$", re.IGNORECASE)
UNIT_LINE = re.compile(r"\(?(?:value )?units?\s*[:：]\s*(.+)", re.IGNORECASE)
_MULTIPLE = re.compile(r"(?P<ten>1(?:,?0)*(?:,000)*)?\s*(?P<word>thousand|million|billion|trillion)?", re.IGNORECASE)


def unit_texts(page: HtmlElement) -> Iterator[str]:
    """What of a page may be a line of a unit, in its table or above it."""
    found = page.iter("td", "th", "caption", "p", "div", "span")
    return (words(element) for element in found if element.find(".//td") is None)


def unit_lines(texts: Iterable[str], name: str) -> list[str]:
    """What stands after "Unit:" in texts, in English. Raises ParseError where none says a unit."""
    said = [found[1] for text in texts if len(text) < 60 and (found := UNIT_LINE.match(text))]
    if not said:
        raise ParseError(f"{name} says no unit, expected a row such as 'Unit: CNY 100 Million'")
    return list(dict.fromkeys(said))


def read_unit(line: str, name: str) -> tuple[str, str]:
    """``"CNY 100 Million"`` → currency and unit of the contract."""
    currency = CURRENCY.search(line)
    rest = CURRENCY.sub(" ", line).strip(" .,()") if currency else line
    rest = re.sub(r"\s*(?:[,;，、]\s*%|\(%\)?)$", "", rest)  # "CNY 100 Million, %": growth stands beside
    multiple = _MULTIPLE.fullmatch(" ".join(re.sub(r"(?<=illion)s\b", "", rest, flags=re.IGNORECASE).split()))
    if currency is None or not (multiple and multiple[0]):  # no release is in single yuan
        raise ParseError(f"{name}: unit line {line!r} is unknown, expected such as 'CNY 100 Million' or 'USD1 Million'")
    code = CURRENCIES[currency[0].lower()]
    ten = (multiple["ten"] or "").replace(",", "")
    factor = f" {ten}" if len(ten) > 1 else ""
    return code, f"{code}{factor}{' ' + multiple['word'].lower() if multiple['word'] else ''}"
