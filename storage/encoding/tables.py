"""Between frames of readings (texts, coded by pandas) and the ledger's small integers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from sqlalchemy import Connection, text

from schemas.errors import LedgerError
from schemas.keys import first_places, one_key
from schemas.observations import READING_DTYPES, combine
from schemas.periods import months
from schemas.vocabulary import QUALIFIERS, ROUNDINGS, SERIES_KEY
from storage.database.id_lists import id_list, id_value
from storage.database.inserts import insert
from storage.encoding import codes, period_names
from storage.encoding.columns import PERIOD_BITS, Ints, Readings, ints, is_absent, make_key, split_key

_SERIES_COLUMNS: Final = ("id", *SERIES_KEY)


def _series_of(frame: pd.DataFrame) -> tuple[list[tuple[str, ...]], Ints]:
    """Distinct series of a frame, and the place of each row's series among them."""
    columns = [frame[name].cat for name in SERIES_KEY]
    places, distinct = pd.factorize(one_key([(one.codes.to_numpy(), len(one.categories)) for one in columns]))
    rows = frame[list(SERIES_KEY)].iloc[first_places(places, len(distinct))]
    return list(zip(*(rows[name].astype(object) for name in SERIES_KEY), strict=True)), ints(places)


def series_ids(conn: Connection, datasets: set[str], wanted: list[tuple[str, ...]], *, create: bool) -> Ints:
    """Ids of series; those missing are made, or -1 where ``create`` is false."""
    known: dict[tuple[str, ...], int] = {}
    names = ", ".join(_SERIES_COLUMNS)
    query = text(f"SELECT {names} FROM series WHERE dataset = :dataset")  # noqa: S608
    for dataset in sorted(datasets):
        result = conn.execute(query, {"dataset": dataset})
        known |= {tuple(row[1:]): row[0] for row in result.fetchall()}
    if create:
        missing = [key for key in dict.fromkeys(wanted) if key not in known]
        start = conn.execute(text("SELECT coalesce(max(id), 0) FROM series")).scalar_one() + 1
        insert(conn, "series", _SERIES_COLUMNS, ((start + at, *key) for at, key in enumerate(missing)))
        known |= {key: start + at for at, key in enumerate(missing)}
    return ints([known.get(key, -1) for key in wanted])


def period_ids(conn: Connection, wanted: list[str], *, create: bool) -> dict[str, int]:
    """Ids of periods by text; those missing are made in order of time, or left out where ``create`` is false."""
    known = period_names.known_numbers(conn, wanted)
    if create:
        missing = sorted((p for p in dict.fromkeys(wanted) if p not in known), key=months)
        start = max(known.values(), default=0) + 1
        if start + len(missing) > 1 << PERIOD_BITS:
            raise LedgerError(f"the ledger holds {1 << PERIOD_BITS} periods already: expected far fewer")
        rows = ((start + at, period, *months(period)) for at, period in enumerate(missing))
        insert(conn, "period", ("id", "text", "start", "length"), rows)
        known |= {period: start + at for at, period in enumerate(missing)}
    return known


def _mapped(column: pd.Series[Any], number: Callable[[str], int]) -> Ints:
    """Each used category as a number."""
    used = np.unique(column.cat.codes.to_numpy())
    table = np.zeros(len(column.cat.categories) + 1, dtype=np.int64)
    for at in used:
        table[at] = number(column.cat.categories[at])
    return table[column.cat.codes.to_numpy()]


def released_codes(frame: pd.DataFrame) -> Ints:
    """Release dates of a frame; raises UsageError where one is missing."""
    return _mapped(frame["released"], codes.release_code)


def encode(
    conn: Connection, frame: pd.DataFrame, documents: Mapping[str, int], *, create: bool
) -> tuple[Readings, list[str], Ints]:
    """A frame as readings, its datasets, and the place of each row's dataset among them.

    ``documents`` maps SHA-256 to ids. Without ``create`` a series or period that the ledger does not know makes the
    key -1: such a cell is new.
    """
    if not len(frame):
        return Readings.concatenate([]), [], ints()
    distinct, places = _series_of(frame)
    datasets = sorted({key[0] for key in distinct})
    series = series_ids(conn, set(datasets), distinct, create=create)[places]
    in_dataset = ints([datasets.index(key[0]) for key in distinct])[places]
    column = frame["period"].cat
    periods = period_ids(conn, list(column.categories[np.unique(column.codes.to_numpy())]), create=create)
    period = _mapped(frame["period"], lambda text: periods.get(text, -1))
    key = np.where((series < 0) | (period < 0), -1, make_key(series, period))
    packed = (
        (frame["exponent"].to_numpy(dtype=np.int64) + codes.EXPONENT_OFFSET) << codes.EXPONENT_SHIFT
        | _mapped(frame["qualifier"], QUALIFIERS.index) << codes.QUALIFIER_SHIFT
        | _mapped(frame["rounding"], ROUNDINGS.index) << codes.ROUNDING_SHIFT
        | _mapped(frame["status"], lambda status: codes.status_code(status, absent=False)) << codes.STATUS_SHIFT
    )
    mantissa = frame["mantissa"].to_numpy(dtype=np.int64, na_value=0)
    absent = frame["mantissa"].isna().to_numpy()
    if absent.any():  # two ways to say that there is nothing are one
        status = _mapped(frame["status"], lambda status: codes.status_code(status, absent=True))
        packed = np.where(absent, status << codes.STATUS_SHIFT | codes.pack(0), packed)
        mantissa = np.where(absent, 0, mantissa)
    readings = Readings(
        ints(key),
        released_codes(frame),
        ints(mantissa),
        ints(packed),
        _mapped(frame["document"], lambda sha: documents.get(sha, -1)),
        frame["position"].to_numpy(dtype=np.int64),
    )
    return readings, datasets, in_dataset


def categories(places: Ints, words: list[str]) -> pd.Categorical:
    """The word at each place, coded; words may repeat."""
    index = pd.Index(dict.fromkeys(words), dtype="str")
    return pd.Categorical.from_codes(index.get_indexer(pd.Index(words, dtype="str"))[places], categories=index)


def _coded(values: Ints, word: Callable[[int], str]) -> pd.Categorical:
    places, distinct = pd.factorize(values)
    return categories(places, [word(int(value)) for value in distinct])


def decode(conn: Connection, readings: Readings) -> pd.DataFrame:
    """Readings as a frame of READING_COLUMNS, coded; ``text`` and ``cite`` are empty, they stand in the document."""
    if not len(readings):
        return combine([])
    series, period = split_key(readings.key)
    names = ", ".join(_SERIES_COLUMNS)
    places, distinct = pd.factorize(series)
    wanted = {"ids": id_value(conn, distinct)}
    rows = conn.execute(text(f"SELECT {names} FROM series WHERE id IN {id_list(conn, 'ids')}"), wanted).fetchall()  # noqa: S608
    known = {row[0]: row for row in rows}
    data: dict[str, Any] = {}
    for at, name in enumerate(SERIES_KEY, start=1):
        data[name] = categories(places, [known[int(one)][at] for one in distinct])
    rows = conn.execute(text("SELECT id, text, start, length FROM period")).fetchall()
    used = set(pd.unique(period).tolist())
    texts = period_names.names(conn, {row[0]: (row[1], row[2], row[3]) for row in rows if row[0] in used})
    data["period"] = _coded(period, texts.__getitem__)
    data["released"] = _coded(readings.released, codes.release_text)
    absent = is_absent(readings.packed)
    data["mantissa"] = pd.arrays.IntegerArray(readings.mantissa.copy(), absent)
    data["exponent"] = codes.exponent_of(readings.packed)
    data["rounding"] = categories(codes.rounding_of(readings.packed), list(ROUNDINGS))
    data["qualifier"] = categories(codes.qualifier_of(readings.packed), list(QUALIFIERS))
    data["status"] = _coded(codes.status_of(readings.packed), codes.status_text)
    empty = pd.Series("", index=range(len(readings)), dtype="str")
    data |= {"text": empty, "cite": empty, "position": readings.position}
    query = text(f"SELECT id, sha256 FROM document WHERE id IN {id_list(conn, 'ids')}")  # noqa: S608
    rows = conn.execute(query, {"ids": id_value(conn, pd.unique(readings.document))}).fetchall()
    hashes = {row[0]: row[1] for row in rows}
    data["document"] = _coded(readings.document, hashes.__getitem__)
    return pd.DataFrame({name: data[name] for name in READING_DTYPES})
