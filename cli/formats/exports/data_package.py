"""Figures as a Frictionless data package: a ZIP file of ``figures.csv`` and the ``datapackage.json`` about it."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any, BinaryIO, Final

from cli.formats.exports.columnar import TITLE
from cli.formats.output import Row, write_csv
from schemas.fields import ABOUT, CELL
from schemas.vocabulary import FLOWS, MEASURES, QUALIFIERS

_PATH: Final = "figures.csv"
#: Whose figures they are and what may be done with them, for people.
_LICENCES: Final = "licences.txt"
#: Licences that have a name at opendefinition.org, and where they stand.
_OPEN: Final = {
    "CC BY 4.0": ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "Open Government Licence v3.0": (
        "OGL-UK-3.0",
        "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    ),
}
_NUMBERS: Final = ("value", "step", "low", "high")
_TYPES: Final = {"run": "integer", "accepted": "boolean"}
_ENUMS: Final = {"flow": list(FLOWS), "measure": list(MEASURES), "qualifier": list(QUALIFIERS)}


def write(rows: Iterable[Row], fields: Sequence[str], stream: BinaryIO, cited: Callable[[], Sequence[Row]]) -> None:
    """Write the package as the rows come; ``cited`` says whose they are, once all are written."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        with package.open(_PATH, "w", force_zip64=True) as part:
            digest = _Digest(part)
            lines = io.TextIOWrapper(io.BufferedWriter(digest), encoding="utf-8", newline="")
            write_csv(rows, fields, lines)
            lines.flush()
            lines.detach().detach()
        sources = cited()
        text = json.dumps(_descriptor(fields, digest, sources), ensure_ascii=False, indent=2)
        package.writestr("datapackage.json", text + "\n")
        package.writestr(_LICENCES, "".join(map(_licence, sources)))


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


def _licence(source: Row) -> str:
    said = (source["title"] or source["id"], source["publisher"], source["landing_page"], source["licence"])
    return "\n".join((f"{source['id']}: {said[0]}", *(f"    {one}" for one in said[1:] if one), ""))


def _descriptor(fields: Sequence[str], digest: _Digest, sources: Sequence[Row]) -> dict[str, Any]:
    licences = {
        one["licence"]: dict(zip(("name", "path"), _OPEN.get(one["licence"], ("", _LICENCES)), strict=True))
        for one in sources
        if one["licence"]
    }
    described: dict[str, Any] = {
        "profile": "tabular-data-package",
        "name": "tradeledger-figures",
        "title": TITLE,
        "licenses": [
            {name: value for name, value in one.items() if value} | {"title": licence}
            for licence, one in licences.items()
        ],
        "sources": [_source(one) for one in sources],
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
                    "primaryKey": list(CELL),
                    "missingValues": [""],
                },
            }
        ],
    }
    return {name: value for name, value in described.items() if value}  # a list of none is none


def _source(one: Row) -> dict[str, str]:
    title = ", ".join(filter(None, (one["title"], one["publisher"]))) or one["id"]
    said = {"name": one["id"], "title": title, "path": one["landing_page"], "licence": one["licence"]}
    return {name: value for name, value in said.items() if value}


def _field(name: str) -> dict[str, Any]:
    field: dict[str, Any] = {"name": name, "type": _TYPES.get(name, "string"), "description": ABOUT[name]}
    if name in _NUMBERS:
        field |= {"type": "number", "bareNumber": True}
    if name == "recorded_at":
        field |= {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%S.%fZ"}
    return field | ({"constraints": {"enum": _ENUMS[name]}} if name in _ENUMS else {})
