"""What a person declares of datasets of their own, in TOML: ``tradeledger.toml`` beside a table or in the home, a map.

The words are those of ``schemas.datasets.Dataset``; ``[areas]`` are areas of their own, with their members::

    [datasets.my-trade]
    covers = "series"
    due = ["*-*-09"]
    identities = { balance = "exact", growth = "off" }
    partitions = [{ dimension = "product", parent = "total", children = ["goods", "services"] }]

    [areas.BENELUX]
    title = "Benelux"
    members = ["BEL", "NLD", "LUX"]
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.areas import GROUPS, Own, add_areas, is_listed
from schemas.datasets import Dataset, Partition
from schemas.errors import DeclarationError
from schemas.files import content

#: The name of the file, beside a table or in the home.
FILE: Final = "tradeledger.toml"
_STRICT: Final = ConfigDict(extra="forbid", strict=True)
_HEADER: Final = re.compile(r"\s*\[{1,2}\s*(\w+)[^\[\]]*\]{1,2}\s*(?:#.*)?")
_AREA: Final = re.compile(r"[A-Z][A-Z0-9_-]{1,19}")


class _Partition(BaseModel):
    model_config = _STRICT
    dimension: Literal["product", "partner", "breakdown", "period"]
    parent: str
    children: list[str]
    promised: bool = False
    how: Literal["exact", "rounded", "warning", "off"] = "rounded"


class _Dataset(BaseModel):
    model_config = _STRICT
    title: str = ""
    identities: dict[str, Literal["exact", "rounded", "warning", "off"]] = {}
    partitions: list[_Partition] = []
    balance_growth: Literal["signed", "absolute"] = "signed"
    seasonal_adjustment: str = ""
    concept: str = ""
    trade_system: str = ""
    price_basis: str = ""
    valuation: dict[str, str] = {}
    covers: Literal["", "series", "dataset"] = ""
    absences: Annotated[int, Field(ge=0)] = 0
    due: list[str] = []


class _Area(BaseModel):
    model_config = _STRICT
    title: str = ""
    members: list[str] = []


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)
    datasets: dict[str, _Dataset] = {}
    areas: dict[str, _Area] = {}


@dataclass(frozen=True)
class Declared:
    """Datasets by id, and areas by code, as a person declares them."""

    datasets: Mapping[str, Dataset] = field(default_factory=dict)
    areas: Mapping[str, Own] = field(default_factory=dict)

    def over(self, other: Declared) -> Declared:
        """Both; what this one says of a dataset or an area takes the place of what the other says of it."""
        return Declared({**other.datasets, **self.datasets}, {**other.areas, **self.areas})


def declared(text: str, name: str = FILE, *, only: bool = False, areas: Collection[str] = ()) -> Declared:
    """What a TOML text declares; what else it says is not looked at, or with ``only`` is an error.

    Areas are known from then on, as are those declared elsewhere (``areas``). Raises DeclarationError: all that is
    wrong, each with its line.
    """
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise DeclarationError(f"{name} is no TOML: {exc}") from None
    where = _Lines(text, name)
    wrong = [where.said((key,), _other(key)) for key in said if only and key not in _Said.model_fields]
    try:
        found = _Said.model_validate(said)
    except ValidationError as exc:
        wrong += [where.said(one["loc"], _wrong(one)) for one in exc.errors()]
        raise DeclarationError("; ".join(wrong)) from None
    own = {code: Own(one.title, tuple(one.members)) for code, one in found.areas.items()}
    wrong += [where.said(("areas", code), said) for code, one in own.items() for said in _area_faults(code, one)]
    known = {*own, *areas}
    add_areas(own)  # partitions look at their members
    for dataset, one in found.datasets.items():
        faults = [*_partner_faults(one, known), *_faults(dataset, one)]
        wrong += [where.said(("datasets", dataset, *path), said) for path, said in faults]
    if wrong:
        raise DeclarationError("; ".join(wrong))
    return Declared({name: _dataset(name, one) for name, one in found.datasets.items()}, own)


def in_force(texts: Iterable[tuple[str, str]], taken: Collection[str] = (), before: Declared | None = None) -> Declared:
    """All that named texts (name, TOML) declare, a later one over an earlier and over what was in force ``before``.

    ``taken`` ids are declared by sources.
    """
    found = before or Declared()
    for name, text in texts:
        found = declared(text, name, only=name.endswith(FILE), areas=found.areas).over(found)
        if owned := sorted({*taken} & {*found.datasets}):
            raise DeclarationError(f"{name}: dataset {owned[0]} is declared by its source: name yours otherwise")
    return found


def files_in(folders: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Name and text of the files in some folders that declare something."""
    for path in dict.fromkeys(folder / FILE for folder in folders):
        if path.is_file():
            try:
                yield str(path), content(str(path)).decode("utf-8-sig")
            except UnicodeDecodeError as exc:
                raise DeclarationError(f"{path} is no TOML: expected UTF-8 text, byte {exc.start} is none") from None


def declaring_part(text: str, name: str) -> str:
    """Of a map's TOML the tables that declare something; raises DeclarationError where they stand in another form."""
    lines, within = [], False
    for line in text.splitlines():
        if header := _HEADER.fullmatch(line):
            within = header[1] in _Said.model_fields
        lines += [line] if within else []
    part = "\n".join(lines)
    said, whole = (tomllib.loads(one) for one in (part, text))
    if any(said.get(key) != whole.get(key) for key in _Said.model_fields):
        raise DeclarationError(f"{name}: write what it declares below headers such as [datasets.my-trade]")
    return part


def kept(name: str, declared: Declared) -> str:
    """What is declared of a dataset as it is stored with a run: JSON, without what is as mostly; "" for nothing."""
    plain, own = asdict(Dataset(name)), asdict(declared.datasets.get(name, Dataset(name)))
    said = {key: value for key, value in own.items() if value != plain[key]}
    if declared.areas:
        said["areas"] = {code: one._asdict() for code, one in declared.areas.items()}
    return json.dumps(said, ensure_ascii=False, sort_keys=True) if said else ""


def restored(known: Mapping[str, str]) -> Declared:
    """What was ``kept``, by dataset; its areas are known from then on."""
    found = Declared()
    for name, text in known.items():
        said = json.loads(text)
        areas = {code: Own(one["title"], tuple(one["members"])) for code, one in said.pop("areas", {}).items()}
        add_areas(areas)
        found = Declared({name: _dataset(name, _Dataset.model_validate(said))} if said else {}, areas).over(found)
    return found


def _dataset(name: str, one: _Dataset) -> Dataset:
    said = one.model_dump(exclude={"partitions", "due"})
    return Dataset(name, partitions=tuple(map(_partition, one.partitions)), due=tuple(one.due), **said)


def _partition(one: _Partition) -> Partition:
    return Partition(**one.model_dump() | {"children": tuple(one.children)})


def _faults(name: str, one: _Dataset) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What ``Dataset`` and ``Partition`` refuse, each by itself, so that all of it is said at once; then the whole."""
    parts: list[tuple[tuple[str | int, ...], Callable[[], object]]] = [
        *((("identities", key), partial(Dataset, name, identities={key: how})) for key, how in one.identities.items()),
        *((("due",), partial(Dataset, name, due=(day,))) for day in one.due),
        *((("partitions", at), partial(_partition, each)) for at, each in enumerate(one.partitions)),
    ]
    sound = True
    for path, made in parts:
        try:
            made()
        except DeclarationError as exc:
            sound = False
            yield path, str(exc)
    if sound:
        try:
            _dataset(name, one)
        except DeclarationError as exc:
            yield (), str(exc)


def _area_faults(code: str, one: Own) -> Iterator[str]:
    if is_listed(code):
        yield f"{code} is an area already: name yours otherwise"
    elif not _AREA.fullmatch(code):
        yield f"{code!r} is no code of an area: expected capital letters, digits, - and _, such as BENELUX"
    for member in one.members:
        if not is_listed(member) or member in GROUPS:
            yield f"member {member!r} of {code} is no country: expected ISO 3166 alpha-3"


def _partner_faults(one: _Dataset, areas: Collection[str]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for at, part in enumerate(one.partitions):
        for code in (part.parent, *part.children) if part.dimension == "partner" else ():
            if not is_listed(code) and code not in areas:
                yield ("partitions", at), f"partner {code!r} is no area: expected ISO 3166 alpha-3, or one of [areas]"


def _other(key: str) -> str:
    return f"{key} is unknown, expected {' or '.join(_Said.model_fields)}"


def _wrong(one: Any) -> str:
    """What is wrong with one entry, as this project says it."""
    name, seen = ".".join(map(str, one["loc"])), one["input"]
    match one["type"]:
        case "extra_forbidden":
            model = _Partition if "partitions" in one["loc"] else _Area if one["loc"][0] == "areas" else _Dataset
            return f"{name} is unknown, expected one of {', '.join(model.model_fields)}"
        case "missing":
            return f"{name} is missing"
        case "literal_error":
            return f"{name} is {seen!r}, expected {one['ctx']['expected']}"
    return f"{name} is {seen!r}: {one['msg'][:1].lower()}{one['msg'][1:]}"


class _Lines:
    """Where keys of a TOML text stand; of what is not found by its header, the line of what is around it."""

    def __init__(self, text: str, name: str) -> None:
        self.name, self._lines = name, text.splitlines()

    def said(self, path: Sequence[str | int], words: str) -> str:
        """``tradeledger.toml, line 3: …``."""
        at = self._line(path)
        return f"{self.name}{f', line {at}' if at else ''}: {words}"

    def _line(self, path: Sequence[str | int]) -> int:
        """The last line that opens a part of the path, each after the one before."""
        at, found = 0, 0
        for depth, part in enumerate(path):
            if isinstance(part, int):
                opens = re.compile(rf"\s*\[\[.*{re.escape(str(path[depth - 1]))}\W*\]\]|.*\{{\s*dimension\b")
                times = part + 1
            else:
                key = re.escape(part)
                opens = re.compile(rf"\s*\[.*\b{key}\b.*\]\s*(#.*)?$|\s*(.*[.{{,]\s*)?[\"']?{key}[\"']?\s*[=.]")
                times = 1
            start = max(at - 1, 0)
            places = [place for place, line in enumerate(self._lines[start:], start + 1) if opens.match(line)]
            if len(places) >= times > 0:
                at = found = places[times - 1]
        return found
