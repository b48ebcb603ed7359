"""What each column of a table is: by what a person says, else by its heading and what stands in it, with the reason.

A heading that is not understood whole is asked about, and so is a dimension that two columns might be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np

from schemas import vocabulary
from schemas.areas import is_area
from schemas.units import parse_unit
from schemas.vocabulary import status_of
from sources.shared.area_names import _OTHER_CODES, NO_CODE, area_code, area_hint
from sources.shared.files.grids import Texts
from sources.shared.shapes.maps import Map
from sources.shared.shapes.shape import Block, columns
from sources.shared.tables.hints import accepted, unit_hint
from sources.shared.word_lists import read_words
from sources.shared.wording.marks import is_figure
from sources.shared.wording.marks import one as cell
from sources.shared.wording.phrases import Said, key, local_areas, plain, scan
from sources.shared.wording.times import Time, read_time

#: Distinct texts of a column that are looked at to tell what it is.
_SAMPLE: Final = 400
_FEW: Final = 40
_LABELLED = re.compile(r"([\w.@$-]+): \S.*")
is_unit = accepted(parse_unit)


@dataclass
class Role:
    """What a column is; of one of figures, ``facets`` and ``time`` are what its heading says of all of them."""

    at: int
    heading: str
    role: str
    why: str = ""
    facets: dict[str, str] = field(default_factory=dict)
    time: Time | None = None
    said: Mapping[str, str] = field(default_factory=dict)  # by a person, in words of ours
    left: str = ""


@cache
def _flow_codes() -> dict[str, str]:
    return dict(read_words("table_flows"))


def flow_of(text: str) -> Said:
    """What a text says that stands for a flow: a code, or words."""
    if code := _flow_codes().get(bare(text).upper()):
        return Said({"flow": code})
    return scan(text)


def bare(text: str) -> str:
    """``"FR: France"`` → ``"FR"``, as SDMX-CSV writes codes with their labels."""
    match = _LABELLED.fullmatch(text.strip())
    return match[1] if match else text.strip()


@cache
def area_of(text: str) -> str:
    """The code of an area, by any list or name; "" where none is known, or several might be meant."""
    said = bare(text)
    if is_area(said):
        return said
    if said.isdigit():  # UN M49, with or without leading zeros
        said = said.lstrip("0").zfill(3) if said.strip("0") else "WLD"
    if said.upper() in (
        "OWID_WRL",
        "WRL_REST",
        "WLD",
        "WORLD",
        "TOTAL",
        "INSGESAMT",
        "总值",
        "总计",
        "ALL COUNTRIES",
        "ALL PARTNERS",
    ):
        return "WLD"
    found = local_areas().get(plain(said).casefold()) or area_code(plain(said))
    if not found and (re.fullmatch(r"[A-Z0-9_]{2,12}", said) or said.upper() in _OTHER_CODES):
        found = area_hint(said)
    return found if found and is_area(found) and not found.startswith(NO_CODE) else ""


def heading_of(parts: Sequence[str]) -> str:
    """The rows of a heading as one text."""
    return " / ".join(parts)


def pattern_of(parts: Sequence[str]) -> str:
    """A heading with its period left open, as a map names it."""
    return " / ".join("{period}" if key(part) not in columns() and read_time(plain(part)) else part for part in parts)


def name_of(at: int, parts: Sequence[str]) -> str:
    """How a map calls a column: by its heading, where it has one."""
    return pattern_of(parts) or f"column {at + 1}"


def find_roles(block: Block, how: Map) -> list[Role]:
    """The role of each column that holds something."""
    found = []
    texts = [list(parts) for parts in block.headings]
    for at in range(block.width):
        if seen := _sample(block.cells(at)):
            found.append(_role(at, texts[at], seen, how))
        elif texts[at] and how.closed and _by_map(at, texts[at], how) is not None:
            found.append(_role(at, texts[at], [], how))
    _flags(found, block)
    return found


def _sample(cells: Texts) -> list[str]:
    """Distinct texts of a column: few of one of figures, which are looked at one by one later, else many."""
    few = [str(text) for text in dict.fromkeys(cells[:: max(1, len(cells) // _FEW)]) if text]
    if few and all(_plain_number(text) for text in few):
        return few[:_FEW]
    return [str(text) for text in dict.fromkeys(cells) if text][:_SAMPLE]


def _plain_number(text: str) -> bool:
    return text.replace(".", "", 1).removeprefix("-").isdigit() and not (
        len(text) == 4 and text[:2] in ("18", "19", "20")
    )


def _by_map(at: int, parts: Sequence[str], how: Map) -> str | Mapping[str, str] | None:
    named = {key(said): role for said, role in how.columns.items()}
    for name in (heading_of(parts), name_of(at, parts), parts[-1] if parts else ""):
        if name and key(name) in named:
            return named[key(name)]
    return None


def _role(at: int, parts: list[str], seen: list[str], how: Map) -> Role:
    heading = heading_of(parts)
    said = _by_map(at, parts, how)
    if isinstance(said, str):
        return Role(at, heading, said, "as said")
    if said is not None:
        role = _figures(at, parts, "as said")
        return Role(at, heading, "value", "as said", {}, role.time, said)
    if role_name := _by_heading(parts, seen):
        if how.closed and not how.ignore_unknown:
            return Role(at, heading, "new", left=heading)
        value_facets = scan(heading).facets if role_name == "value" else {}
        return Role(at, heading, role_name, "its heading", {k: v for k, v in value_facets.items() if k == "money"})
    figures = sum(map(_has_figure, seen)) / len(seen) if seen else 0.0
    times = sum(read_time(text) is not None for text in seen) / len(seen) if seen else 0.0
    role = _figures(at, parts, "its heading")
    known = bool(role.facets or role.time) and not role.left
    if how.closed:
        return Role(at, heading, "ignore" if how.ignore_unknown else "new", "not in the map", left=heading)
    if times > 0.9 and not role.facets and not role.time:
        said_times = [time for text in seen if (time := read_time(text))]
        whole = {(time.year is None, time.part == "") for time in said_times}
        kind = "part" if all(part for part, _ in whole) else "year" if whole == {(False, True)} else "period"
        return Role(at, heading, kind, "its texts")
    if figures >= 0.5 or (known and figures > 0):
        role.left = role.left if parts else "figures without a heading"
        return role
    return _of_texts(at, heading, seen, role)


def _of_texts(at: int, heading: str, seen: list[str], role: Role) -> Role:
    """A column of words: areas, flows and what else rows may be about, by each of its texts."""
    areas = sum(bool(area_of(text)) for text in seen) / len(seen)
    flows = [flow_of(text) for text in seen]
    said = sum(bool(one.facets or one.time) and not one.left for one in flows) / len(flows)
    about = any(one.get("flow") for one in flows)
    if areas >= 0.8 and not about:
        return Role(at, heading, "area", "its texts")
    if said == 1 and about:
        return Role(at, heading, "label", "its texts")
    if len(seen) > 0 and all(status_of(text.upper()) or cell(text)[1] for text in seen) and key(heading) == "":
        return Role(at, heading, "flags", "its texts")
    if (role.facets or role.time) and not role.left and all(cell(text)[1] for text in seen):
        return role  # a column of figures without any
    return Role(at, heading, "unknown", left=f"{len(seen)} texts such as {', '.join(map(repr, seen[:3]))}")


def _has_figure(text: str) -> bool:
    return is_figure(text)


def _by_heading(parts: Sequence[str], seen: list[str]) -> str:
    """The dimension that a heading names, where what stands below it may be one."""
    if len(parts) == 0:
        return ""
    names = [key(heading_of(parts)), *(key(part) for part in reversed(parts)), *(key(bare(part)) for part in parts)]
    if "\\" in parts[-1]:
        names = [key(parts[-1].partition("\\")[0].split(",")[-1])]
    role = next((columns()[name] for name in names if name in columns()), "")
    if not role or not seen:
        return role
    share = {
        "area": lambda text: bool(area_of(text)),
        "period": lambda text: read_time(bare(text)) is not None,
        "year": lambda text: read_time(text) is not None,
        "part": lambda text: read_time(text) is not None or (text.isdigit() and int(text) <= 52),
        "flow": lambda text: bool(flow_of(text).facets) and not flow_of(text).left,
        "value": lambda text: is_figure(text) or bool(cell(text)[1]),
        "unit": lambda text: bool(unit_parts(text)),
        "power": lambda text: bare(text).isdigit() or bool(scan(text).get("power")),
        "basis": lambda text: re.fullmatch(r"_Z|volume|GDP|[A-Z]{3}|[a-z]+=\S+", text) is not None,
        "measure": vocabulary.MEASURES.__contains__,
        "qualifier": lambda text: text in (*vocabulary.QUALIFIERS, *vocabulary.QUALIFIER_ALIASES),
        "breakdown": lambda text: "=" in text or text == "_T",
        "status": lambda text: not is_figure(text) or len(text) < 3,
        "product": lambda text: True,
    }
    test = share.get("area" if role in ("reporter", "partner") else role)
    if test is None:
        return role
    good = sum(map(test, seen)) / len(seen)
    if role == "basis" and not good:
        return "ignore" if all(scan(text).left == "customs" or not scan(text).left for text in seen) else ""
    if (
        role == "product"
        and len(parts) > 0
        and all(is_figure(text) and re.search(r"[.,]\d{1,2}$", text) for text in seen)
    ):
        return ""
    if role in ("period", "year", "part") and good >= 0.5:
        return role
    if (
        role in ("reporter", "partner")
        and not any(map(is_figure, seen))
        and key(parts[-1]) not in ("code", "origin", "economy")
    ):
        return role  # whoever is unknown among them is listed
    return role if good >= (0.99 if role in ("flow", "unit") else 0.6 if role != "value" else 0.3) else ""


def unit_parts(text: str) -> dict[str, str]:
    """Money and power of ten of a text that is a unit; empty where it is none."""
    if is_unit(bare(text)):
        money, power = parse_unit(bare(text))
        return {"percent": "%"} if money == "%" else {"money": money, **({"power": str(power)} if power else {})}
    said = scan(bare(text), times=False)
    if said.facets and not said.left and said.facets.keys() <= {"money", "power", "percent"} and not said.clash:
        return said.facets
    said = scan(text, times=False)
    if said.facets and not said.left and said.facets.keys() <= {"money", "power", "percent"} and not said.clash:
        return said.facets
    hint = unit_hint(bare(text))
    return unit_parts(hint) if hint and hint != text else {}


def _figures(at: int, parts: Sequence[str], why: str) -> Role:
    """A column of figures, by what all rows of its heading say together."""
    role = Role(at, heading_of(parts), "value", why)
    clash = ""
    for part in parts:
        said = scan(part)
        clash = clash or said.clash
        if said.time:
            role.time = _with(role.time, said.time)
        for facet, value in said.facets.items():
            had = role.facets.get(facet)
            if (facet == "flow" and had and had != value and had == "T" and value in "XMB") or (
                had and had != value and facet not in ("product", "total")
            ):
                clash = clash or f"{had} and {value}"
            if facet == "product" and had and had != value:
                continue
            role.facets[facet] = value
        if said.left:
            role.left = f"{role.left} {said.left}".strip()
    if clash:
        role.left = f"which may be {clash}"
    return role


def _with(first: Time | None, second: Time) -> Time:
    if first is None:
        return second
    if first.year is None or second.year is None or first == second:
        year = first.year if second.year is None else second.year
        parts = [one.part for one in (first, second) if one.part]
        return Time(year, parts[0] if parts else second.part if second.part is not None else first.part, second.kind)
    return second


def _flags(found: list[Role], block: Block) -> None:
    """Marks in a column of their own, without heading, belong to the figures left of them (Eurostat)."""
    for one in [one for one in found if one.role == "flags"]:
        left = next((other for other in found if other.at == one.at - 1 and other.role == "value"), None)
        if left is None:
            one.role, one.left = "unknown", "marks beside no column of figures"
            continue
        own = block.grid.texts
        own[block.rows, left.at] = np.array(
            [
                f"{figure} ({mark})" if mark and figure else figure
                for figure, mark in zip(own[block.rows, left.at], own[block.rows, one.at], strict=True)
            ],
            dtype=object,
        )
        one.role = "ignore"
