"""What stands beside a CSV file: its columns and whose figures they are, as the W3C's CSV on the Web has it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cli.formats.exports.columnar import TITLE
from cli.formats.output import Row

#: Programs look for it under the name of the file and this.
SUFFIX: Final = "-metadata.json"
_TYPES: Final = {
    **dict.fromkeys(("value", "step", "low", "high"), "decimal"),
    "recorded_at": "dateTime",
    "run": "integer",
    "accepted": "boolean",
}


def metadata(name: str, fields: Mapping[str, str], key: Sequence[str], sources: Sequence[Row]) -> bytes:
    """The metadata of a CSV file of that name: what its ``fields`` mean, and which of them are its ``key``."""
    columns = [
        {"name": one, "titles": one, "dc:description": about, "datatype": _TYPES.get(one, "string")}
        for one, about in fields.items()
    ]
    about: dict[str, Any] = {
        "@context": "http://www.w3.org/ns/csvw",
        "url": name,
        "dc:title": TITLE,
        "dc:source": [_source(one) for one in sources],
        "tableSchema": {"columns": columns, "primaryKey": list(key)},
    }
    return (json.dumps(about, ensure_ascii=False, indent=2) + "\n").encode()


def _source(one: Row) -> dict[str, str]:
    said = {
        "dc:identifier": one["id"],
        "dc:title": one["title"],
        "dc:publisher": one["publisher"],
        "dc:license": one["licence"],
        "dc:relation": one["landing_page"],
    }
    return {name: value for name, value in said.items() if value}
