"""The series that a chart is to show, of rows that match: what they have in common is its title, the rest a legend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from cli.formats.output import Row
from schemas.errors import UsageError
from schemas.periods import KINDS, months
from schemas.vocabulary import FLOWS, MEASURES, SERIES_KEY

#: Lines that can be told apart.
MOST: Final = 6
#: Values that are named of what would narrow a question.
_NAMED: Final = 6
#: What says nothing where it stands in all of them.
_SILENT: Final = {"partner": "WLD", "product": "total", "breakdown": "_T", "measure": "level", "basis": "_Z"}
#: Whose, and what of them: the parts of a title.
_TOLD: Final = (("reporter", "partner", "product", "breakdown"), ("flow", "measure", "basis"))
_LENGTHS: Final = {length: kind for kind, length in KINDS.items() if length}


@dataclass(frozen=True)
class Selected:
    """Series by their key, each with its rows of one frequency; the notes say what was left out."""

    series: Mapping[tuple[str, ...], Sequence[Row]]
    notes: Sequence[str]

    @property
    def unit(self) -> str:
        """The one unit of all of them."""
        return next(iter(self.series))[SERIES_KEY.index("unit")]

    def varying(self) -> list[str]:
        """The dimensions in which they differ."""
        return [name for at, name in enumerate(SERIES_KEY) if len({key[at] for key in self.series}) > 1]

    def title(self) -> str:
        """What they have in common: ``USA goods: exports (ft900-goods)``."""
        key = dict(zip(SERIES_KEY, next(iter(self.series)), strict=True))
        same = [name for name in SERIES_KEY if name not in self.varying() and key[name] != _SILENT.get(name)]
        place, what = (" ".join(_word(name, key[name]) for name in names if name in same) for names in _TOLD)
        dataset = f" ({key['dataset']})" if "dataset" in same else ""
        return f"{': '.join(part for part in (place, what) if part)}{dataset}".strip()

    def label(self, key: tuple[str, ...]) -> str:
        """What one of them has to itself: ``exports``, ``with JPN``."""
        of = dict(zip(SERIES_KEY, key, strict=True))
        return ", ".join(_word(name, of[name]) for name in self.varying()) or "published"


def _word(name: str, value: str) -> str:
    if name == "partner":
        return f"with {value}"
    return {"flow": FLOWS, "measure": MEASURES}.get(name, {}).get(value) or value


def selected(rows: Iterable[Row], filters: Mapping[str, Any], unit: str | None, frequency: str | None) -> Selected:
    """The series of these rows; levels where no measure is asked for. Raises UsageError for none, and for too many."""
    found = {key: list(group) for key, group in groupby(rows, key=lambda row: tuple(row[name] for name in SERIES_KEY))}
    if not found:
        options = {"first": "from", "last": "to"}
        asked = " ".join(f"--{options.get(name, name)} {value}" for name, value in filters.items() if value)
        raise UsageError(f"nothing published matches {asked or 'it'}: `tradeledger show` lists what there is")
    at = SERIES_KEY.index("measure")
    if not filters.get("measure") and any(key[at] == "level" for key in found):
        found = {key: rows for key, rows in found.items() if key[at] == "level"}
    units = sorted({key[SERIES_KEY.index("unit")] for key in found})
    if unit is not None:
        if unit not in units:
            raise UsageError(f"nothing of it is in {unit}: these units are there: {', '.join(units)}")
        found = {key: rows for key, rows in found.items() if key[SERIES_KEY.index("unit")] == unit}
    found, notes = _of_one_frequency(found, frequency)
    if len(found) > MOST:
        raise UsageError(f"{len(found)} series match, at most {MOST} are drawn: narrow by {_narrowing(found)}")
    if unit is None and len(units) > 1:
        raise UsageError(f"figures in {' and '.join(units)} have no common axis: choose one by --unit")
    return Selected(found, notes)


def _of_one_frequency(
    found: Mapping[tuple[str, ...], Sequence[Row]], frequency: str | None
) -> tuple[dict[tuple[str, ...], list[Row]], list[str]]:
    """Figures over periods of one length: a year's would dwarf its months'. Averages have a span each, and stay."""
    lengths = Counter(months(row["period"]).length for rows in found.values() for row in rows)
    if set(found) and all(key[SERIES_KEY.index("measure")] == "growth_avg" for key in found):
        return {key: list(rows) for key, rows in found.items()}, []
    kinds = {length: _LENGTHS.get(length, f"{length} months") for length in lengths}
    wanted = KINDS[frequency] if frequency else max(sorted(lengths), key=lengths.__getitem__)
    if wanted not in lengths:
        raise UsageError(f"no figure of it is about a {frequency}: there are periods of a {', '.join(kinds.values())}")
    kept = {key: [row for row in rows if months(row["period"]).length == wanted] for key, rows in found.items()}
    others = [f"{lengths[one]} of a {kind}" for one, kind in sorted(kinds.items()) if one != wanted]
    notes = [f"not drawn: {', '.join(others)} (--frequency)"] if others and not frequency else []
    return {key: rows for key, rows in kept.items() if rows}, notes


def _narrowing(found: Iterable[tuple[str, ...]]) -> str:
    """``--flow (M, X), --product (goods, services)``: by what they differ."""
    keys = list(found)
    said = []
    for at, name in enumerate(SERIES_KEY):
        values = sorted({key[at] for key in keys})
        if len(values) > 1 and name != "basis":
            more = f", … {len(values)} in all" if len(values) > _NAMED else ""
            said.append(f"--{name} ({', '.join(values[:_NAMED])}{more})")
    return ", ".join(said)
