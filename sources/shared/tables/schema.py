"""The tidy form for other people's pipelines: a JSON Schema of a row, a Pandera schema of a frame of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schemas import vocabulary
from sources.shared.tables.tidy import _CHECKS, COLUMNS, EMPTY, REQUIRED

if TYPE_CHECKING:
    import pandera.pandas as pa

_PERIOD: Final = r"[12]\d{3}(-(Q[1-4]|S[12]|0[1-9]|1[0-2]))?"
_WORD: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
#: Column → what JSON Schema can say of its texts; what it cannot (areas, money) is checked when the table is.
_SAID: Final[dict[str, dict[str, Any]]] = {
    "dataset": {"pattern": _WORD, "maxLength": 200},
    "reporter": {"minLength": 2, "description": "an area: ISO 3166 alpha-3, WLD or a group"},
    "partner": {"description": "an area; empty for WLD"},
    "product": {"pattern": f"^$|{_WORD}", "maxLength": 200},
    "breakdown": {"pattern": r"^$|^_T$|^[a-z0-9][a-z0-9_-]*=[^/|;,\s]+$", "maxLength": 200},
    "flow": {"enum": list(vocabulary.FLOWS)},
    "measure": {"enum": ["", *vocabulary.MEASURES]},
    "basis": {"pattern": r"^$|^_Z$|^volume$|^GDP$|^[A-Z]{3}$|^[a-z]+=[^/|\s]+$"},
    "period": {"pattern": f"^{_PERIOD}(/{_PERIOD})?$"},
    "value": {"description": "the figure as printed: 0.10 is not 0.1; empty where the status says so"},
    "unit": {"pattern": r"^([A-Z]{3}|[a-z]+|%)( 10+)?( [a-z]+)?$", "examples": ["USD million", "CNY 100 million", "%"]},
    "qualifier": {"enum": ["", *vocabulary.QUALIFIERS, *filter(None, vocabulary.QUALIFIER_ALIASES)]},
    "status": {"pattern": r"^$|^[A-Z_]+(;[A-Z_]+){0,2}$"},
    "released": {"pattern": r"^$|^\d{4}-\d\d-\d\d(T\d\d:\d\d)?$"},
    "cite": {},
}


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a row of the tidy form, all of whose values are texts."""
    properties = {name: {"type": "string", **_SAID[name]} for name in COLUMNS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A printed figure: a row of the tidy form",
        "type": "object",
        "properties": properties,
        "required": list(REQUIRED),
        "additionalProperties": False,
    }


def pandera_schema() -> pa.DataFrameSchema:
    """Pandera schema of a frame in the tidy form, all of whose values are texts: as ``check`` judges its columns."""
    import pandera.pandas as pa

    columns = {}
    for name in COLUMNS:
        checks = []
        if name in _CHECKS:
            good, expected = _CHECKS[name]
            empty = name in EMPTY or name not in REQUIRED
            checks = [
                pa.Check(
                    lambda text, good=good, empty=empty: (empty and not text) or good(text),
                    element_wise=True,
                    error=expected,
                )
            ]
        columns[name] = pa.Column(str, checks, required=name in REQUIRED, nullable=False)
    return pa.DataFrameSchema(columns, strict=True, name="tidy")
