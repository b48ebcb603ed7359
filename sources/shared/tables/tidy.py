"""The tidy CSV: one printed figure a row. One reader for ``table`` (the user's own), ``bulletins`` (shipped), and
agencies whose CSV says the same in other words (``Layout``).

A file whose structure is unsound (columns, encoding) is refused whole with ParseError. In a sound one each row that
cannot be read becomes one ``Unreadable`` with its row and column, and the others go on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Final

import numpy as np

from schemas import areas, vocabulary
from schemas.documents import Document, Parsed
from schemas.errors import FigureError, ParseError
from schemas.figures import MAX_EXPONENT, parse_printed
from schemas.periods import average_base
from schemas.release_dates import is_release_date
from schemas.units import QUANTITIES, changes_money, is_amount, is_currency, out_of_force, parse_unit
from sources.shared.area_names import NO_CODE, area_hint
from sources.shared.sniff import decode_utf8, first_words, media_name, sniff
from sources.shared.tables import hints
from sources.shared.tables.columns import LISTED, Column, Faults
from sources.shared.tables.csv_table import Table, read_table
from sources.shared.tables.endings import question

#: The header of the contract, in its order; a file may have its columns in any order.
COLUMNS: Final = (
    *("dataset", "reporter", "partner", "product", "breakdown", "flow", "measure", "basis"),
    *("period", "value", "unit", "qualifier", "status", "released", "cite"),
)
REQUIRED: Final = ("dataset", "reporter", "flow", "period", "value", "unit")
#: What an empty or absent cell means; the others are empty or handled below.
EMPTY: Final = {"partner": "WLD", "product": "total", "breakdown": "_T", "measure": "level", "qualifier": "="}

_OTHERS: Final = f" ({', '.join(vocabulary.ABSENT[3:])}; {', '.join(vocabulary.EITHER)} where that is the reason)"
_MAC: Final = "its lines end in bare carriage returns; expected LF or CRLF: save it again as CSV UTF-8"
_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
#: What names a series: longer texts fit no index, and no screen.
_LONGEST: Final = 200
_BREAKDOWN = re.compile(r"_T|[a-z0-9][a-z0-9_-]*=[^/|;,\s]+")
_BASIS = re.compile(rf"_Z|volume|GDP|[A-Z]{{3}}|{'|'.join(QUANTITIES)}|[a-z]+=[^/|\s]+")


def _names(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: len(text) <= _LONGEST and text.isprintable() and bool(pattern.fullmatch(text))


_is_unit = hints.accepted(parse_unit)
#: Column → (what is good, what a reader is told was expected).
_CHECKS: Final[Mapping[str, tuple[Callable[[str], bool], str]]] = {
    "dataset": (_names(_WORD), "expected lower-case words with dashes"),
    "reporter": (areas.is_area, "expected an area code: ISO 3166 alpha-3, WLD or a group of our list"),
    "partner": (areas.is_area, "expected an area code: ISO 3166 alpha-3, WLD or a group of our list"),
    "product": (_names(_WORD), "expected lower-case words with dashes"),
    "breakdown": (_names(_BREAKDOWN), "expected _T or dimension=value, without slash"),
    "flow": (vocabulary.FLOWS.__contains__, f"expected one of {', '.join(vocabulary.FLOWS)}"),
    "measure": (vocabulary.MEASURES.__contains__, f"expected one of {', '.join(vocabulary.MEASURES)}"),
    "basis": (lambda t: not t or _names(_BASIS)(t), "expected a unit such as USD, volume, GDP, product=total"),
    "period": (hints.is_period, "expected 2019, 2019-Q3, 2019-03 or a span such as 2025-01/2025-02"),
    "unit": (
        _is_unit,
        "expected a unit: an ISO 4217 code and a multiplier ('USD billion'), 't', 'count' or '%'",
    ),
    "qualifier": (vocabulary.QUALIFIERS.__contains__, f"expected one of {' '.join(vocabulary.QUALIFIERS)}"),
    "status": (
        lambda text: vocabulary.status_of(text) is not None,
        f"expected a status: one of {', '.join(vocabulary.STATUSES)}, or up to three as in P;E",
    ),
    "released": (
        lambda t: not t or is_release_date(t),
        "expected a date such as 2022-07-07, with T08:30 if known, without a sequence",
    ),
}
#: Columns with few distinct texts: judged once a text, carried as codes.
_CODED: Final = tuple(_CHECKS)


#: Column → what a text of another list probably means.
_HINTS: Final[Mapping[str, Callable[[str], str]]] = {
    "reporter": area_hint,
    "partner": area_hint,
    "period": hints.period_hint,
    "unit": hints.unit_hint,
    "status": hints.status_hint,
}


def _said(name: str, texts: Column, expected: str, at: int) -> str:
    """What was expected in a column, and first what is probably meant: "expected an area code: ESP? (ISO 3166 …)"."""
    meant = _HINTS[name](_clean(texts[at])) if name in _HINTS else ""
    if not meant:
        return expected
    meant += "" if meant.startswith(NO_CODE) else "?"
    head, colon, rest = expected.partition(": ")
    return f"{head}: {meant} ({rest})" if colon else f"expected {meant} ({expected.removeprefix('expected ')})"


def column_text(header: tuple[str, ...], column: str) -> str:
    """``"column 10 (value)"``."""
    return f"column {header.index(column) + 1} ({column})" if column in header else f"column {column}"


@dataclass(frozen=True)
class Layout:
    """How a CSV says what ours does: its columns → ours; ours → what all of it is, and its words → ours."""

    columns: Mapping[str, str] = field(default_factory=lambda: {name: name for name in COLUMNS})
    common: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def column(self, name: str, seen: Column) -> Column:
        """A column as ours has it; what is not among the words is left to be refused."""
        words, default = self.words.get(name, {}), self.common.get(name, EMPTY.get(name, ""))
        return seen.map(lambda text: words.get(said := _clean(text), said) or default)


def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def parse_tidy(document: Document, layout: Layout | None = None) -> Parsed:
    """Readings of a tidy CSV. ``released`` is the row's, else the document's, else empty (``Parsed.undated``)."""
    layout = layout or Layout()
    expected = ",".join(layout.columns)
    name, content = document.name, document.content.removeprefix(b"\xef\xbb\xbf")
    if sniff(content) not in ("text/csv", "text/plain") and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        shown = "" if b"\0" in content[:64] or not content else f" ({first_words(content)!r})"
        seen = f"{media_name(content)}{shown}{hints.utf16_hint(content)}"
        raise ParseError(f"{name} is {seen}, expected a tidy CSV: {expected}")
    decode_utf8(content, name)
    if b"\0" in content:
        row = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise ParseError(f"{name}, row {row}: a NUL byte, expected text")
    if b"\n" not in content and content.strip().count(b"\r"):
        raise ParseError(f"{name}: {_MAC}")
    if content.count(b'"') % 2:
        raise ParseError(f"{name}: quotes do not pair up, so rows cannot be told apart; expected CSV as in RFC 4180")
    table = read_table(document, content, layout.columns, REQUIRED)
    if not table.header:
        raise ParseError(f"{name} has no header: expected {expected}")
    if not len(table) and not table.others:
        raise ParseError(f"{name} has a header but no figures")
    return tidied(table, layout, document, content)


def tidied(table: Table, layout: Layout, document: Document, content: bytes | None = None) -> Parsed:
    """From coded texts to readings: every check once a distinct text, values as integers.

    ``content`` is the text that may end within its last figure, where each row of it is one.
    """
    import pandas as pd

    from schemas.observations import readings
    from schemas.positions import pack_rows

    header, numbers, values = table.header, table.numbers, table.values
    nothing = Column([""], np.zeros(len(table), dtype=np.int8))
    raw = {name: table.columns.get(name, nothing) for name in COLUMNS if name != "value"}
    column = {name: layout.column(name, texts) for name, texts in raw.items()}
    column["unit"] = column["unit"].map(lambda text: " ".join(text.split()))
    column["qualifier"] = column["qualifier"].map(lambda text: vocabulary.QUALIFIER_ALIASES.get(text, text))
    faults = Faults(
        numbers,
        partial(column_text, header),
        column["dataset"].__getitem__,
        document.sha256,
        table.misshapen,
        table.others,
        table.last_other,
        table.places,
    )
    for name, (check, expected) in _CHECKS.items():
        faults.add(~column[name].where(check), name, raw[name].__getitem__, partial(_said, name, raw[name], expected))
    _check_pairs(column, faults)

    empty = values == ""
    column["status"] = column["status"].map(lambda text: vocabulary.status_of(text) or "")
    said = column["status"].where(vocabulary.says_absent)
    absent = said | (empty & column["status"].where(vocabulary.may_lack))
    faults.add(empty & ~absent, "value", lambda _: "", f"no value: expected a figure, or status M, C or NA{_OTHERS}")
    faults.add(~empty & said, "status", column["status"].__getitem__, "a value stands beside: expected it empty")
    faults.add(table.unparsed & ~empty, "value", lambda at: _shorten(values[at]), lambda at: _why(values[at]))
    units = {text: parse_unit(text) if _is_unit(text) else ("", 0) for text in column["unit"].texts}
    powers = np.array([power for _, power in units.values()], dtype=np.int64)[column["unit"].codes]
    mantissa, exponent = table.mantissa, table.exponent
    exponent[~absent] += powers[~absent]
    faults.add(
        (exponent > MAX_EXPONENT) | (exponent < -MAX_EXPONENT),
        "value",
        lambda at: _shorten(values[at]),
        f"a step of 10^±{MAX_EXPONENT} at most",
    )
    column["unit"] = column["unit"].map(lambda text: units[text][0] or text)
    column["released"] = column["released"].map(lambda text: text or document.released)
    _check_money(column, raw["unit"], faults)
    column["basis"] = _bases(column, faults)

    ok = ~faults.bad
    kept = np.flatnonzero(ok)
    at = header.index("value") + 1
    result = readings(
        {
            **{name: column[name].categorical(kept) for name in _CODED},
            "mantissa": pd.arrays.IntegerArray(mantissa[kept], absent[kept]),
            "exponent": exponent[kept],
            "text": values[kept],
            "cite": column["cite"].texts[0]
            if len(column["cite"].texts) == 1
            else np.array(column["cite"].texts, dtype=object)[column["cite"].codes[kept]],
            "position": pack_rows(numbers[kept], at) if table.places is None else table.places[kept],
            "document": document.sha256,
        }
    )
    whole = bool(len(ok)) and bool(ok[-1])
    asked = [] if content is None else question(document, content, table, read=whole)
    return Parsed(result, faults.sorted(), asked)


def _why(text: str) -> str:
    """Why a text is no figure, without what was seen, which an Unreadable says beside, and the way out."""
    try:
        parse_printed(text)
    except FigureError as exc:
        why = str(exc)
        return hints.figure_hint(text, why.partition(": ")[2] if why.startswith(("'", '"')) else why)
    return ""


def _shorten(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}… ({len(text)} characters)"


_PLAIN: Final = ("level", "count")
#: Of rows of these measures: a column, what is good in it, and what a reader is told was expected.
_PAIRS: Final[Sequence[tuple[Collection[str], str, Callable[[str], bool], str]]] = (
    (("share", *vocabulary.GROWTH_MEASURES), "unit", "%".__eq__, "a rate is in %"),
    (_PLAIN, "unit", "%".__ne__, "a level or count is not in %: say the measure"),
    (("count",), "unit", lambda text: text.startswith("count"), "a count is in 'count' and its multipliers"),
    (("growth_avg",), "period", hints.accepted(average_base), "expected base/end some years apart, as 2009/2021"),
    (
        vocabulary.GROWTH_MEASURES,
        "basis",
        lambda text: text in ("", "_Z", "volume", "count") or is_amount(text),
        "growth is about a currency, a quantity or volume",
    ),
    (_PLAIN, "basis", ("", "_Z").__contains__, "only a rate has a basis: expected it empty"),
)


def _check_pairs(column: Mapping[str, Column], faults: Faults) -> None:
    """What two columns must say together: unit with measure, period with an average, basis with measure."""
    for measures, name, good, expected in _PAIRS:
        about = column["measure"].where(measures.__contains__)
        if about.any():
            faults.add(about & ~column[name].where(good), name, column[name].__getitem__, expected, ["measure"])


def _check_money(column: Mapping[str, Column], seen: Column, faults: Faults) -> None:
    """Money that was over before the period, or had not begun at the release, is a wrong unit."""
    unit, period, released = column["unit"], column["period"], column["released"]
    for code, money in enumerate(unit.texts):
        if not (is_currency(money) and changes_money(money)):
            continue
        rows = np.flatnonzero((unit.codes == code) & ~faults.bad)
        when = period.codes[rows].astype(np.int64) * len(released.texts) + released.codes[rows]
        pairs, place = np.unique(when, return_inverse=True)
        which = [divmod(int(pair), len(released.texts)) for pair in pairs]
        why = [out_of_force(money, period.texts[one], released.texts[other]) for one, other in which]
        flags = np.zeros(len(unit.codes), dtype=bool)
        flags[rows[np.array([bool(reason) for reason in why], dtype=bool)[place]]] = True

        def expected(at: int, money: str = money) -> str:
            return out_of_force(money, period[at], released[at])

        faults.add(flags, "unit", seen.__getitem__, expected)


def _bases(column: Mapping[str, Column], faults: Faults) -> Column:
    """The basis column with every blank filled: of growth by the only currency with levels of that series."""
    import pandas as pd

    given = column["basis"].map(lambda text: text or "_Z")
    growth = column["measure"].where(vocabulary.GROWTH_MEASURES.__contains__)
    blank = column["basis"].where("".__eq__) & growth & ~faults.bad
    if not blank.any():
        return given
    key = ["dataset", "reporter", "partner", "product", "breakdown", "flow", "released"]
    codes = pd.DataFrame({name: column[name].codes for name in (*key, "unit")})
    # Whatever ails their values: a level mended later must not rename the growth beside it.
    levels = column["measure"].where("level".__eq__) & column["unit"].where(is_currency)
    series = codes[levels].drop_duplicates()
    units = series.groupby(key)["unit"].agg(["min", "max", "count"]).reset_index()
    wanted = codes.loc[blank, key].merge(units, how="left", on=key)
    rows = np.flatnonzero(blank)
    several = np.zeros(len(codes), dtype=bool)
    several[rows[(wanted["count"] > 1).to_numpy()]] = True

    @cache
    def candidates() -> dict[int, list[str]]:
        listed = codes.loc[np.flatnonzero(several)[:LISTED], key].rename_axis("at").reset_index()
        found: dict[int, list[str]] = {}
        for at, code in listed.merge(series, on=key)[["at", "unit"]].itertuples(index=False):
            found.setdefault(int(at), []).append(column["unit"].texts[code])
        return found

    faults.add(
        several,
        "basis",
        lambda _: "",
        lambda at: f"two candidates {', '.join(sorted(candidates()[at]))}: say the basis",
    )
    texts = [*given.texts, *(unit for unit in column["unit"].texts if unit not in given.texts)]
    place = np.array([texts.index(unit) for unit in column["unit"].texts])
    filled = given.codes.astype(np.int64)
    one = (wanted["count"] == 1).to_numpy()
    filled[rows[one]] = place[wanted.loc[one, "min"].to_numpy().astype(np.int64)]
    return Column(texts, filled)
