"""The tidy CSV: one printed figure a row. One reader for ``table`` (the user's own) and ``bulletins`` (shipped).

A file whose structure is unsound (columns, encoding) is refused whole with ParseError. In a sound one each row that
cannot be read becomes one ``Unreadable`` with its row and column, and the others go on.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from schemas import areas, vocabulary
from schemas.documents import Document, Parsed, Unreadable
from schemas.errors import FigureError, ParseError
from schemas.figures import MAX_EXPONENT
from schemas.periods import average_base, months
from schemas.printed import parse_column
from schemas.release_dates import is_release_date
from schemas.units import changes_money, is_currency, out_of_force, parse_unit
from sources.shared.area_names import area_hint
from sources.shared.columns import Column, Faults
from sources.shared.hints import figure_hint, separator_hint, status_hint, unit_hint, utf16_hint
from sources.shared.rows import find_rows, keep
from sources.shared.sniff import decode_utf8, first_words, media_name, sniff

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

#: The header of the contract, in its order; a file may have its columns in any order.
COLUMNS: Final = (
    *("dataset", "reporter", "partner", "product", "breakdown", "flow", "measure", "basis"),
    *("period", "value", "unit", "qualifier", "status", "released", "cite"),
)
REQUIRED: Final = ("dataset", "reporter", "flow", "period", "value", "unit")
#: What an empty or absent cell means; the others are empty or handled below.
EMPTY: Final = {"partner": "WLD", "product": "total", "breakdown": "_T", "measure": "level", "qualifier": "="}

_OTHERS: Final = f" ({', '.join(vocabulary.ABSENT[3:])}; {', '.join(vocabulary.EITHER)} where that is the reason)"
_AMBIGUOUS: Final = "a quote or bare carriage return inside a field makes rows ambiguous; expected CSV as in RFC 4180"
_MAC: Final = "its lines end in bare carriage returns; expected LF or CRLF: save it again as CSV UTF-8"
_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
#: What names a series: longer texts fit no index, and no screen.
_LONGEST: Final = 200
_BREAKDOWN = re.compile(r"_T|[a-z0-9][a-z0-9_-]*=[^/|;,\s]+")
_BASIS = re.compile(r"_Z|volume|GDP|[A-Z]{3}|[a-z]+=[^/|\s]+")


def _names(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: len(text) <= _LONGEST and text.isprintable() and bool(pattern.fullmatch(text))


def _is_period(text: str) -> bool:
    try:
        return bool(months(text))
    except FigureError:
        return False


def _is_unit(text: str) -> bool:
    try:
        return bool(parse_unit(text))
    except FigureError:
        return False


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
    "period": (_is_period, "expected 2019, 2019-Q3, 2019-03 or a span such as 2025-01/2025-02"),
    "unit": (_is_unit, "expected a unit: an ISO 4217 code and a multiplier ('USD billion'), 'count' or '%'"),
    "qualifier": (vocabulary.QUALIFIERS.__contains__, f"expected one of {' '.join(vocabulary.QUALIFIERS)}"),
    "status": (
        lambda text: vocabulary.status_of(text) is not None,
        f"expected a status: one of {', '.join(vocabulary.STATUSES)}, or up to three as in P;E",
    ),
    "released": (lambda t: not t or is_release_date(t), "expected a date such as 2022-07-07, with T08:30 if known"),
}
#: Columns with few distinct texts: judged once a text, carried as codes.
_CODED: Final = tuple(_CHECKS)


#: Column → what a text of another list probably means.
_HINTS: Final[Mapping[str, Callable[[str], str]]] = {
    "reporter": area_hint,
    "partner": area_hint,
    "unit": unit_hint,
    "status": status_hint,
}


def _said(name: str, texts: Column, expected: str, at: int) -> str:
    """What was expected in a column, and first what is probably meant: "expected an area code: ESP? (ISO 3166 …)"."""
    meant = _HINTS[name](_clean(texts[at])) if name in _HINTS else ""
    head, _, rest = expected.partition(": ")
    return f"{head}: {meant}? ({rest})" if meant else expected


def column_text(header: tuple[str, ...], column: str) -> str:
    """``"column 10 (value)"``."""
    return f"column {header.index(column) + 1} ({column})" if column in header else f"column {column}"


def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _filled(default: str) -> Callable[[str], str]:
    return lambda text: _clean(text) or default


def _header(text: str, name: str) -> tuple[str, ...]:
    """The columns of the file, checked against the contract."""
    import csv

    try:
        seen = tuple(_clean(cell) for cell in next(csv.reader([text]), ()))
    except csv.Error as exc:
        raise ParseError(f"{name}: {_AMBIGUOUS}") from exc
    unknown = [cell for cell in seen if cell not in COLUMNS]
    missing = [cell for cell in REQUIRED if cell not in seen]
    twice = sorted({cell for cell in seen if seen.count(cell) > 1 and cell not in unknown})
    said = [
        f"{kind} column{'s' * (len(names) > 1)} {', '.join(map(repr, names))}"
        for kind, names in (("unknown", unknown), ("missing", missing), ("repeated", twice))
        if names
    ]
    if said:
        hint = separator_hint(text) if len(seen) == 1 else ""
        raise ParseError(f"{name}: {'; '.join(said)}{hint}: expected {','.join(COLUMNS)}"[:1000])
    return seen


def _frame(content: bytes, header: tuple[str, ...], name: str) -> pd.DataFrame:
    import warnings

    import pandas as pd

    # Not "category": pandas 3 turns categories that look like numbers into numbers, and 2019 is a text here.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # it drops fields, and only warns
            return pd.read_csv(
                io.BytesIO(content),
                header=None,
                names=list(header),
                dtype=object,
                na_filter=False,
                index_col=False,
                encoding="utf-8",
                skip_blank_lines=False,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning) as exc:
        raise ParseError(f"{name}: {_AMBIGUOUS}") from exc


def parse_tidy(document: Document) -> Parsed:
    """Readings of a tidy CSV. ``released`` is the row's, else the document's, else empty (``without_release``)."""
    name, content = document.name, document.content.removeprefix(b"\xef\xbb\xbf")
    if sniff(content) not in ("text/csv", "text/plain") and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        shown = "" if b"\0" in content[:64] or not content else f" ({first_words(content)!r})"
        seen = f"{media_name(content)}{shown}{utf16_hint(content)}"
        raise ParseError(f"{name} is {seen}, expected a tidy CSV: {','.join(COLUMNS)}")
    decode_utf8(content, name)
    if b"\0" in content:
        row = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise ParseError(f"{name}, row {row}: a NUL byte, expected text")
    if b"\n" not in content and content.strip().count(b"\r"):
        raise ParseError(f"{name}: {_MAC}")
    rows = find_rows(content)
    if content.count(b'"') % 2:
        raise ParseError(f"{name}: quotes do not pair up, so rows cannot be told apart; expected CSV as in RFC 4180")
    first = int(np.flatnonzero(~rows.blank)[0])
    header = _header(content[rows.start[first] : rows.end[first]].decode().strip("\r\n"), name)

    body = np.arange(len(rows.start)) > first
    for at in np.flatnonzero(rows.stray):
        if b"\n" in content[rows.start[at] : rows.end[at]]:
            raise ParseError(f"{name}, row {at + 1}: {_AMBIGUOUS}")
    misshapen = body & ~rows.blank & ((rows.fields != len(header)) | rows.stray)
    good = body & ~rows.blank & ~misshapen
    frame = _frame(keep(content, rows, good), header, name) if good.any() else None
    numbers = np.flatnonzero(good) + 1
    if len(numbers) != (0 if frame is None else len(frame)):
        raise ParseError(f"{name}: {_AMBIGUOUS}")
    shape = [
        (
            int(at) + 1,
            Unreadable(
                f"row {at + 1}",
                first_words(content[rows.start[at] : rows.end[at]]),
                "a comma between quotes inside a field: expected the whole field in quotes, those in it doubled"
                if rows.stray[at]
                else f"{rows.fields[at]} fields, expected {len(header)} as in the header",
                document.sha256,
            ),
        )
        for at in np.flatnonzero(misshapen)
    ]
    if frame is None:
        from schemas.observations import combine

        if not shape:
            raise ParseError(f"{name} has a header but no figures")
        return Parsed(combine(()), [fault for _, fault in shape])
    return _read(frame, header, numbers, document, shape)


def _read(
    frame: pd.DataFrame,
    header: tuple[str, ...],
    numbers: npt.NDArray[np.int64],
    document: Document,
    shape: list[tuple[int, Unreadable]],
) -> Parsed:
    """From a frame of texts to readings: every check once a distinct text, values as integers."""
    import pandas as pd

    from schemas.observations import readings
    from schemas.positions import pack_rows

    count = len(frame)
    raw = {
        name: Column.of(frame.pop(name).to_numpy()) if name in header else Column([""], np.zeros(count, dtype=np.int8))
        for name in (*_CODED, "cite")
    }
    column = {name: texts.map(_filled(EMPTY.get(name, ""))) for name, texts in raw.items()}
    column["unit"] = column["unit"].map(lambda text: " ".join(text.split()))
    column["qualifier"] = column["qualifier"].map(lambda text: vocabulary.QUALIFIER_ALIASES.get(text, text))
    faults = Faults(numbers, partial(column_text, header), column["dataset"].__getitem__, document.sha256)
    faults.found.extend(shape)
    for name, (check, expected) in _CHECKS.items():
        faults.add(~column[name].where(check), name, raw[name].__getitem__, partial(_said, name, raw[name], expected))
    _check_pairs(column, faults)

    values = np.array([text.strip() for text in frame["value"]], dtype=object)
    empty = values == ""
    column["status"] = column["status"].map(lambda text: vocabulary.status_of(text) or "")
    said = column["status"].where(vocabulary.says_absent)
    absent = said | (empty & column["status"].where(vocabulary.may_lack))
    faults.add(empty & ~absent, "value", lambda _: "", f"no value: expected a figure, or status M, C or NA{_OTHERS}")
    faults.add(~empty & said, "status", column["status"].__getitem__, "a value stands beside: expected it empty")
    mantissa, exponent, unparsed = parse_column(np.where(empty | faults.bad, "0", values))
    no_figure = np.zeros(count, dtype=bool)
    no_figure[list(unparsed)] = True
    faults.add(
        no_figure, "value", lambda at: _shorten(values[at]), lambda at: figure_hint(values[at], _expected(unparsed[at]))
    )
    powers = np.array([parse_unit(t)[1] if _is_unit(t) else 0 for t in column["unit"].texts])[column["unit"].codes]
    exponent += np.where(absent, 0, powers)
    faults.add(
        np.abs(exponent) > MAX_EXPONENT,
        "value",
        lambda at: _shorten(values[at]),
        f"a step of 10^±{MAX_EXPONENT} at most",
    )
    column["unit"] = column["unit"].map(lambda text: parse_unit(text)[0] if _is_unit(text) else text)
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
            "cite": np.array(column["cite"].texts, dtype=object)[column["cite"].codes[kept]],
            "position": pack_rows(numbers[kept], at),
            "document": document.sha256,
        }
    )
    return Parsed(result, faults.sorted())


def _expected(why: str) -> str:
    """A FigureError's message without its beginning, what was seen: an Unreadable says that beside."""
    return why.partition(": ")[2] if why.startswith(("'", '"')) else why


def _shorten(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}… ({len(text)} characters)"


def _check_pairs(column: Mapping[str, Column], faults: Faults) -> None:
    """What two columns must say together: unit with measure, period with an average, basis with measure."""
    measure, unit = column["measure"], column["unit"]
    rate = measure.where(lambda text: text == "share" or text in vocabulary.GROWTH_MEASURES)
    level, count = measure.where("level".__eq__), measure.where("count".__eq__)
    percent = unit.where("%".__eq__)
    counted = unit.where(lambda text: text.startswith("count"))
    faults.add(rate & ~percent, "unit", unit.__getitem__, "a rate is in %")
    faults.add((level | count) & percent, "unit", unit.__getitem__, "a level or count is not in %: say the measure")
    faults.add(count & ~counted, "unit", unit.__getitem__, "a count is in 'count' and its multipliers")
    average = measure.where("growth_avg".__eq__)
    if average.any():
        faults.add(
            average & ~column["period"].where(_is_average),
            "period",
            column["period"].__getitem__,
            "expected base/end some years apart, as 2009/2021",
        )
    basis = column["basis"]
    growth = measure.where(vocabulary.GROWTH_MEASURES.__contains__)
    faults.add(
        growth & ~basis.where(lambda text: text in ("", "_Z", "volume", "count") or is_currency(text)),
        "basis",
        basis.__getitem__,
        "growth is about a currency or volume",
    )
    faults.add(
        (level | count) & ~basis.where(("", "_Z").__contains__),
        "basis",
        basis.__getitem__,
        "only a rate has a basis: expected it empty",
    )


def _check_money(column: Mapping[str, Column], seen: Column, faults: Faults) -> None:
    """Money that was over before the period, or had not begun at the release, is a wrong unit."""
    unit, period, released = column["unit"], column["period"], column["released"]
    for code, money in enumerate(unit.texts):
        if not (is_currency(money) and changes_money(money)):
            continue
        rows = map(int, np.flatnonzero((unit.codes == code) & ~faults.bad))
        why = {at: reason for at in rows if (reason := out_of_force(money, period[at], released[at]))}
        flags = np.zeros(len(unit.codes), dtype=bool)
        flags[list(why)] = True
        faults.add(flags, "unit", seen.__getitem__, why.__getitem__)


def _is_average(text: str) -> bool:
    try:
        return bool(average_base(text))
    except FigureError:
        return False


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

    def candidates(at: int) -> str:
        same = (series[key] == codes.loc[at, key]).all(axis=1)
        return ", ".join(sorted(column["unit"].texts[code] for code in series.loc[same, "unit"]))

    faults.add(several, "basis", lambda _: "", lambda at: f"two candidates {candidates(at)}: say the basis")
    texts = [*given.texts, *(unit for unit in column["unit"].texts if unit not in given.texts)]
    place = np.array([texts.index(unit) for unit in column["unit"].texts])
    filled = given.codes.astype(np.int64)
    one = (wanted["count"] == 1).to_numpy()
    filled[rows[one]] = place[wanted.loc[one, "min"].to_numpy().astype(np.int64)]
    return Column(texts, filled)
