"""Figures as a Frictionless data package: a ZIP file of ``figures.csv`` and the ``datapackage.json`` about it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, Final

from cli.formats.output import Row

_PATH: Final = "figures.csv"
_KEY: Final = (
    *("dataset", "reporter", "partner", "product", "breakdown", "flow", "measure", "basis", "period", "unit"),
)
_NUMBERS: Final = ("value", "step", "low", "high")
_TYPES: Final = {"recorded_at": "datetime", "run": "integer", "accepted": "boolean"}


def write(rows: Iterable[Row], fields: Sequence[str], stream: BinaryIO, about: Iterable[dict[str, Any]]) -> None:
    """Write the package as the rows come; ``about`` describes sources, those that occur are named in it."""
    seen: set[str] = set()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        with package.open(_PATH, "w", force_zip64=True) as part:
            digest = _Digest(part)
            lines = io.TextIOWrapper(io.BufferedWriter(digest), encoding="utf-8", newline="")
            writer = csv.writer(lines, lineterminator="\n")
            writer.writerow(fields)
            for row in _noted(rows, seen):
                writer.writerow([_cell(row[name]) for name in fields])
            lines.flush()
            lines.detach().detach()
        sources = [one for one in about if one["name"] in seen]
        text = json.dumps(_descriptor(fields, digest, sources), ensure_ascii=False, indent=2)
        package.writestr("datapackage.json", text + "\n")


class _Digest(io.RawIOBase):
    """Hands bytes on, counting and hashing them."""

    def __init__(self, target: Any) -> None:
        self.sha256, self.bytes, self._target = hashlib.sha256(), 0, target

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.sha256.update(data)
        self.bytes += len(data)
        self._target.write(data)
        return len(data)


def _noted(rows: Iterable[Row], seen: set[str]) -> Iterator[Row]:
    for row in rows:
        seen.add(row["source"])
        yield row


def _cell(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _descriptor(fields: Sequence[str], digest: _Digest, sources: Sequence[dict[str, Any]]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "profile": "tabular-data-package",
        "name": "tradeledger-figures",
        "title": "Published trade figures, with what each was printed with and where it comes from",
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": "figures",
                "path": _PATH,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": digest.bytes,
                "hash": f"sha256:{digest.sha256.hexdigest()}",
                "schema": {
                    "fields": [_field(name) for name in fields],
                    "primaryKey": list(_KEY),
                    "missingValues": [""],
                },
            }
        ],
    }
    return described | ({"sources": list(sources)} if sources else {})


def _field(name: str) -> dict[str, Any]:
    if name in _NUMBERS:
        return {"name": name, "type": "number", "bareNumber": True}
    if name == "recorded_at":
        return {"name": name, "type": "datetime", "format": "%Y-%m-%dT%H:%M:%S.%fZ"}
    return {"name": name, "type": _TYPES.get(name, "string")}
