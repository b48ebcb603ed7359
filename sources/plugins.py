"""Sources of other packages: entry points of the group ``tradeledger.sources``, each ``id = "module:SOURCE"``.

One that cannot be used is left out, with a sentence that says why: it takes no other one down.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Final, NamedTuple

from schemas.datasets import Dataset
from sources.source import Source

GROUP: Final = "tradeledger.sources"
#: As a module of ours may be called: it stands in settings, addresses and names of artifacts.
_ID: Final = re.compile("[a-z][a-z0-9_]*")


class Plugins(NamedTuple):
    """Sources by their ids, and why others are refused."""

    sources: Mapping[str, Source]
    refused: Mapping[str, str]


def load_plugins(own: Mapping[str, Source]) -> Plugins:
    """What is installed beside ``own``, which come first; looked for once, as long as the path stays."""
    owners = {dataset.id: source.id for source in own.values() for dataset in source.datasets}
    return _load(tuple(sys.path), frozenset(own), tuple(owners.items()))


@cache
def _load(_path: tuple[str, ...], own: frozenset[str], datasets: Iterable[tuple[str, str]]) -> Plugins:
    owners, found, refused = dict(datasets), {}, {}
    try:
        points = sorted(entry_points(group=GROUP), key=lambda point: (point.name, _package(point)))
    except Exception as exc:  # noqa: BLE001 - one package's file is no list of entry points
        return Plugins({}, {"": f"no source of other packages is found: {_said(exc)}"})
    times = Counter(point.name for point in points)
    for point in points:
        try:
            source = _source(point, own, times[point.name])
            for dataset in source.datasets:
                if dataset.id in owners:
                    raise ValueError(f"its dataset {dataset.id!r} is declared by {owners[dataset.id]!r} already")
        except (Exception, SystemExit) as exc:  # noqa: BLE001 - anybody's code, and nobody else's trouble
            refused[point.name] = f"source {point.name!r} of {_package(point)} is left out: {_said(exc)}"
            continue
        owners |= {dataset.id: source.id for dataset in source.datasets}
        found[source.id] = source
    return Plugins(found, refused)


def _source(point: EntryPoint, own: frozenset[str], times: int) -> Source:
    """The source an entry point names; raises ValueError where it cannot be one, and whatever its module does."""
    if not _ID.fullmatch(point.name):
        raise ValueError("expected a name of lower-case letters, digits and underscores")
    if point.name in own:
        raise ValueError("tradeledger has a source of that name itself")
    if times > 1:
        raise ValueError(f"{times} packages bring one of that name: uninstall all but one")
    source = point.load()
    if not isinstance(source, Source) or source.id != point.name:
        seen = f"a source {source.id!r}" if isinstance(source, Source) else f"a {type(source).__name__}"
        raise ValueError(f"{point.value} is {seen}, expected a Source with the id {point.name!r}")
    for field in fields(source):  # what others would stumble over
        value = getattr(source, field.name)
        if field.type == "str" and not isinstance(value, str):
            raise ValueError(f"its {field.name} is {value!r}, expected text")
        if str(field.type).startswith("Callable") and not callable(value) and value != field.default:
            raise ValueError(f"its {field.name} is {value!r}, expected a function")
    if not all(isinstance(dataset, Dataset) for dataset in source.datasets):
        raise ValueError("its datasets are not all a Dataset")
    return source


def _package(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an unknown package"


def _said(exc: BaseException) -> str:
    text = " ".join(str(exc).split())
    return text if type(exc) is ValueError and text else f"{type(exc).__name__}: {text}" if text else type(exc).__name__
