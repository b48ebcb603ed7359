"""How a table is to be read, as a person says it: in TOML beside the table, or by options. What is unsaid is guessed.

``columns`` are by heading (rows of headings joined by " / ", a period in them written ``{period}``): the name of a
column of ours, ``ignore``, or what all figures of that column have in common.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from schemas.errors import UsageError

#: What a column may be named as: ours, and those of which several make one of ours.
ROLES: Final = (
    *("period", "year", "part", "reporter", "partner", "product", "breakdown", "flow", "measure", "unit", "power"),
    *("value", "status", "released", "cite", "label", "ignore", "dataset", "basis", "qualifier", "adjust"),
)
#: What all figures of a table, or of a column, may have in common.
CONSTANTS: Final = (
    *("dataset", "reporter", "partner", "product", "breakdown", "flow", "measure", "basis", "period", "unit"),
    *("released", "cite"),
)


@dataclass(frozen=True)
class Map:
    """What is said of a table; ``closed`` where it names every column, so that another one is news."""

    sheet: str = ""
    decimal: str = ""
    year_start: int = 0
    percent: str = ""  # "fractions" where 0.089 is 8.9 %, "points" where not
    frequency: str = ""  # of what days stand for: month, quarter, year
    others: str = ""  # what headings that nobody knows are: product, partner or breakdown
    ignore_unknown: bool = False
    skip: tuple[str, ...] = ()  # rows whose first text this is
    only: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    closed: bool = False

    def with_options(self, said: Mapping[str, str]) -> Map:
        """The same, overruled by options: constants by their names, ``column`` of which each is ``HEADING=ROLE``."""
        own = {one.name for one in fields(self)} & said.keys() - {"columns"}
        changed: dict[str, Any] = {name: _typed(name, said[name]) for name in own}
        constants = {**self.constants, **{name: said[name] for name in CONSTANTS if said.get(name)}}
        columns = {**self.columns, **dict(_column(one) for one in said.get("columns", "").split("\n") if one)}
        return replace(self, **changed, constants=constants, columns=columns)

    @property
    def empty(self) -> bool:
        """Whether nothing is said."""
        return self == Map()


def _typed(name: str, text: str) -> Any:
    if name == "year_start":
        if not (text.isdigit() and 1 <= int(text) <= 12):
            raise UsageError(f"--year-start {text!r}: expected the month a fiscal year begins with, 1 to 12")
        return int(text)
    if name == "decimal" and text not in (".", ","):
        raise UsageError(f"--decimal {text!r}: expected . or ,")
    return (
        tuple(filter(None, text.split("\n"))) if name == "skip" else text == "yes" if name == "ignore_unknown" else text
    )


def _column(said: str) -> tuple[str, str | Mapping[str, str]]:
    heading, equals, role = said.rpartition("=")
    if re.search(rf"=(?:{'|'.join(CONSTANTS)})=", said):  # HEADING=product=food
        heading, equals, role = re.split(rf"=(?=(?:{'|'.join(CONSTANTS)})=)", said, maxsplit=1)[0], "=", said
        pairs = dict(part.partition("=")[::2] for part in said[len(heading) + 1 :].split(","))
        return heading, _checked(heading, pairs)
    if not equals or role not in ROLES:
        raise UsageError(f"--column {said!r}: expected HEADING=ROLE, one of {', '.join(ROLES)}, or HEADING=flow=X,…")
    return heading, role


def _checked(heading: str, said: Mapping[str, str]) -> dict[str, str]:
    if unknown := [name for name in said if name not in CONSTANTS]:
        raise UsageError(f"column {heading!r}: {unknown[0]!r} is unknown, expected {', '.join(CONSTANTS)}")
    return {name: str(value) for name, value in said.items()}


def read_map(text: str, name: str = "the map") -> Map:
    """A map from its TOML; raises UsageError for what is none."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise UsageError(f"{name} is no TOML: {exc}") from None
    known = {one.name for one in fields(Map)} - {"closed"}
    guess = bool(said.get("guess"))
    # What else a map declares (partitions, …) is the dataset's, not the reading's.
    said = {key: value for key, value in said.items() if key in known}
    for key in ("only", "constants", "columns", "words"):
        if not isinstance(said.get(key, {}), dict):
            raise UsageError(f"{name}: [{key}] is {said[key]!r}, expected a table of names")
    columns = {}
    for heading, role in said.get("columns", {}).items():
        if isinstance(role, dict):
            columns[heading] = _checked(heading, role)
        elif role in ROLES:
            columns[heading] = role
        else:
            raise UsageError(f"{name}: column {heading!r} is {role!r}, expected one of {', '.join(ROLES)}")
    if bad := [key for key in said.get("constants", {}) if key not in CONSTANTS]:
        raise UsageError(f"{name}: constant {bad[0]!r} is unknown, expected one of {', '.join(CONSTANTS)}")
    constants = {key: str(value) for key, value in said.get("constants", {}).items()}
    made = {**said, "skip": tuple(map(str, said.get("skip", ()))), "columns": columns, "constants": constants}
    return Map(**made, closed=bool(columns) and not guess)


def written(how: Map) -> str:
    """A map as TOML."""
    lines = [] if how.closed or not how.columns else ["guess = true"]  # of columns that are not named
    for one in fields(how):
        value = getattr(how, one.name)
        if one.name == "closed" or not value or isinstance(value, Mapping):
            continue
        said = "true" if value is True else str(value) if isinstance(value, int) else _list(value)
        lines.append(f"{one.name} = {said}")
    for name in ("constants", "only", "columns"):
        if pairs := getattr(how, name):
            lines += ["", f"[{name}]", *(f"{_quoted(key)} = {_value(value)}" for key, value in pairs.items())]
    for name, pairs in how.words.items():
        lines += ["", f"[words.{name}]", *(f"{_quoted(key)} = {_value(value)}" for key, value in pairs.items())]
    return "\n".join(lines).lstrip("\n") + "\n"


def _list(value: str | tuple[str, ...]) -> str:
    return _quoted(value) if isinstance(value, str) else f"[{', '.join(map(_quoted, value))}]"


def _value(value: str | Mapping[str, str]) -> str:
    if isinstance(value, str):
        return _quoted(value)
    return "{ " + ", ".join(f"{key} = {_quoted(text)}" for key, text in value.items()) + " }" if value else "{}"


def _quoted(text: str) -> str:
    body = "".join(
        f"\\{char}" if char in '"\\' else char if char.isprintable() else f"\\U{ord(char):08x}" for char in text
    )
    return f'"{body}"'
