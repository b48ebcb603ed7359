"""``tradeledger schema``: the tidy form as a JSON Schema, for those who write it."""

from __future__ import annotations

import json

from cli.formats.output import machine_stream


def schema() -> int:
    """Write the JSON Schema of a row of the tidy form; `tradeledger.tidy_schema()` is the same for Pandera."""
    from sources.shared.tables.schema import json_schema

    machine_stream().write(json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n")
    return 0
