"""All sources there are: every module of this package that defines ``SOURCE``, and those that other packages bring.

They are found, not listed. Other packages are looked through where a source is asked for that is none of ours.

What sources share lives in ``sources.shared``, which is not searched: it pulls in numpy, requests and lxml.
"""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import sys
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING

import sources
from schemas.documents import Document
from schemas.errors import DeclarationError, ParseError, UsageError
from schemas.texts import printable
from sources.plugins import load_plugins
from sources.source import Source

if TYPE_CHECKING:
    from schemas.declarations import Declared

#: What was said of packages that bring no good source.
_TOLD: set[str] = set()


def load_sources() -> dict[str, Source]:
    """Source id → Source, in order of ids; what is wrong with one of another package is said on standard error, once.

    Raises DeclarationError as ``load_own`` does.
    """
    own = load_own()
    found = load_plugins(own)
    for sentence in found.refused.values():
        if sentence not in _TOLD:
            _TOLD.add(sentence)
            sys.stderr.write(f"tradeledger: {printable(sentence)}\n")
    return dict(sorted({**found.sources, **own}.items()))


def load_own(package: ModuleType = sources) -> dict[str, Source]:
    """Source id → Source of those in ``package``, in order of ids.

    Raises DeclarationError where a module cannot be imported, its name is not its source's id, or two sources or two
    datasets share an id: nothing starts with half of its sources.
    """
    found: dict[str, Source] = {}
    owners: dict[str, str] = {}
    for name in sorted(info.name for info in pkgutil.iter_modules(package.__path__) if not info.ispkg):
        try:
            module = importlib.import_module(f"{package.__name__}.{name}")
        except Exception as exc:
            raise DeclarationError(f"source module {package.__name__}.{name} cannot be imported: {exc}") from exc
        source = getattr(module, "SOURCE", None)
        if source is None:
            continue  # source.py, plugins.py and this module
        if not isinstance(source, Source) or source.id != name:
            seen = source.id if isinstance(source, Source) else type(source).__name__
            raise DeclarationError(
                f"{package.__name__}.{name}: SOURCE is {seen!r}, expected a Source with the id of its module, {name!r}"
            )
        for dataset in source.datasets:
            other = owners.setdefault(dataset.id, name)
            if other != name:
                raise DeclarationError(f"dataset {dataset.id!r} is declared by both {other!r} and {name!r}")
        found[name] = source
    return found


def find_source(source_id: str) -> Source:
    """The source of that id; raises UsageError naming those there are."""
    own = load_own()
    if source_id in own:
        return own[source_id]
    found = load_plugins(own)
    if source_id in found.refused:
        raise UsageError(found.refused[source_id])
    known = load_sources()
    if source_id not in known:
        raise UsageError(f"there is no source {source_id!r}: expected one of {', '.join(known)}")
    return known[source_id]


def declarations(source: Source, said: Iterable[tuple[str, str]], before: Declared | None = None) -> Declared:
    """What is declared of a source's datasets: by itself, or else by persons (names and TOML of what they say).

    What was in force ``before`` is, where they say nothing else. The areas that they declare are known from then on.
    Raises DeclarationError, with name and line.
    """
    from schemas.declarations import Declared, in_force  # pydantic: only where a table is judged

    if source.datasets:
        return Declared({dataset.id: dataset for dataset in source.datasets})
    taken = {dataset.id for one in load_sources().values() for dataset in one.datasets}
    return in_force(dict.fromkeys(said), taken, before)


def likely_source(content: bytes, known: Mapping[str, Source] | None = None) -> str | None:
    """The id of the source whose documents look like ``content``; None where no one's do."""
    known = load_sources() if known is None else known
    for name, source in known.items():
        with contextlib.suppress(Exception):  # what one stumbles over is another one's document
            if source.recognise and source.recognise(content):
                return name
    return None


def check_origin(document: Document, known: Mapping[str, Source] | None = None) -> None:
    """Raise ParseError where a document looks like another source's than the one it was fed to."""
    known = load_sources() if known is None else known
    own = known[document.source].recognise
    if own is None or own(document.content):
        return
    other = likely_source(document.content, known)
    if other and other != document.source:
        raise ParseError(
            f"{document.name} is no document of {document.source!r}, it looks like one of {other!r}: "
            f"tradeledger ingest {other} {document.name}"
        )
