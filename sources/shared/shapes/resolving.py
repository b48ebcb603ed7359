"""Which of several columns says a dimension, whose trade a column of areas is; what stays open is asked.

Of a table's title: its money, its areas, its year. A title is no heading: what else it says decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from schemas.areas import is_area
from sources.shared.area_names import area_hint
from sources.shared.shapes.facets import Facets
from sources.shared.shapes.labels import word
from sources.shared.shapes.maps import Map
from sources.shared.shapes.roles import Role, area_of, bare, flow_of, heading_of, name_of
from sources.shared.shapes.shape import Block, columns
from sources.shared.wording.phrases import Said, areas_of, key, scan
from sources.shared.wording.times import Time, read_time

_UNIT_LINE = re.compile(
    r"(?:units?(?: of measure)?|in|einheit|unité|unidad|单位|value|values|figures|all figures|data|alle angaben in"
    r"|angaben in|currency|multiplier)\b\s*[:：]?\s*(.*)",
    re.IGNORECASE,
)
#: Dimensions of which one column is read.
_SINGLE: Final = (
    "period",
    "year",
    "part",
    "reporter",
    "partner",
    "product",
    "breakdown",
    "flow",
    "unit",
    "power",
    "status",
)
#: The other side of a trade, as a title names it.
_SIDE = re.compile(
    r"(?i:\b(?:exports?|imports?|trade|balance|goods|services|ausfuhr|einfuhr|handel)\b[^,;:.()]*?"
    r"\b(?:with|to|from|mit|nach|aus)\s+(?:the\s+)?)([A-Z][\w-]+)"
)
_NOBODY: Final = frozenset(
    ("date", "world", "all", "january", "table", "year", "other", "total", "selected", "major", "main")
)
_GOODS = re.compile(r"\b(?:exports?|imports?|trade)\s+(?:of|in)\s+(.+)", re.IGNORECASE)


def resolve(block: Block, roles: list[Role], common: Facets, how: Map, asks: list[str]) -> list[Role]:
    """The roles of a table, each dimension in one column."""
    for role in roles:
        if role.role == "value" and (why := role.facets.get("aside")) and not role.said:
            role.role, role.why = "ignore", f"{why}, left aside"
        if role.role == "product" and role.why != "as said" and _same(block, role):
            texts = [text for text in set(map(str, block.cells(role.at))) if text]
            if scan(texts[0]).get("flow") and not scan(texts[0]).left:
                role.role = "flow"
    _others(roles, how)
    _totals(roles)
    for role in roles:
        unclear = role.role == "unknown" or (role.role == "value" and role.left and not role.said)
        if unclear and key(role.heading) in columns() and _same(block, role) and not _says_aside(block, role):
            role.role = "ignore"  # one text throughout, which tells no series from another
        if unclear and any(_twins(block, role, other) for other in roles):
            role.role = "ignore"
    _whole_periods(block, roles)
    for role in roles:
        if role.role == "new":
            asks.append(
                f"column {role.heading!r} is new: the map does not name it; add it there, or ignore_unknown = true"
            )
        elif role.role == "unknown" or (role.role == "value" and role.left and not role.said):
            if how.ignore_unknown and role.role == "unknown":
                role.role = "ignore"
                continue
            seen = f" ({role.left})" if role.left else ""
            named = role.heading or name_of(role.at, [])
            asks.append(
                f"column {named!r}{seen} is not understood: "
                f"--column {f'{named}=ROLE'!r}, as product, partner, ignore or flow=X"
            )
    _areas(block, roles, common, how, asks)
    for name in _SINGLE:
        _one_of(block, [role for role in roles if role.role == name], name, asks)
    if not any(role.role == "value" for role in roles) and not asks:
        asks.append("no column of figures is found: --column 'HEADING=value'")
    plain = [
        role
        for role in roles
        if role.role == "value" and not (role.facets.keys() - {"money", "power"}) and not role.time and not role.said
    ]
    if len(plain) > 1 and not any(role.left for role in plain):
        names = ", ".join(repr(role.heading) for role in plain)
        asks.append(f"columns {names} are figures of what is not said: --column 'HEADING=flow=X'")
    return [role for role in roles if role.role != "ignore"]


def _others(roles: list[Role], how: Map) -> None:
    """Headings that nobody knows, as a person says what all of them are."""
    if how.others not in ("product", "partner", "breakdown", "reporter"):
        return
    for role in roles:
        if role.role == "value" and role.left and not role.left.startswith("which may"):
            said = area_of(role.left) or role.left.upper() if how.others in ("partner", "reporter") else word(role.left)
            role.facets[how.others] = f"part={said}" if how.others == "breakdown" else said
            role.left = ""


def _headed(roles: Sequence[Role]) -> bool:
    """Whether headings name areas."""
    return any(role.facets.get("area") for role in roles if role.role == "value")


def _same(block: Block, role: Role) -> bool:
    cells = block.cells(role.at)
    return bool(len(cells)) and bool((cells == cells[0]).all())


def _areas(block: Block, roles: list[Role], common: Facets, how: Map, asks: list[str]) -> None:
    neutral = [role for role in roles if role.role == "area"]
    if not neutral:
        return
    said = [role for role in roles if role.role in ("reporter", "partner")]
    for role in neutral:
        if any(_same_areas(block, role, other) for other in said):
            role.role = "ignore"  # the code of an area, or its name
    if not (neutral := [role for role in neutral if role.role == "area"]):
        return
    has = {role.role for role in roles}
    if any(key(heading_of(parts)).startswith("indicator") for parts in block.headings):
        target = "reporter"  # as the World Bank has it
    elif "reporter" in has or how.constants.get("reporter") or common.get("reporter"):
        target = "partner"
    elif "partner" in has or how.constants.get("partner") or common.get("partner") or _headed(roles):
        target = "reporter"
    else:
        asks.append(
            f"column {neutral[0].heading!r} names areas, whose trade or with whom is not said: "
            f"--column {f'{neutral[0].heading}=reporter'!r}, or --reporter CHN where it has partners"
        )
        return
    for role in neutral:
        role.role = target


def _same_areas(block: Block, role: Role, other: Role) -> bool:
    pairs = set(zip(map(str, block.cells(role.at)), map(str, block.cells(other.at)), strict=True))
    return all(area_of(own) == area_of(by) for own, by in pairs)


def _one_of(block: Block, found: list[Role], name: str, asks: list[str]) -> None:
    """Leave of several columns of one dimension the one that is read best, where the others say the same."""
    if len(found) < 2:
        return
    chosen = max(found, key=lambda role: (role.why == "as said", _quality(block, role, name), -role.at))
    for role in found:
        if role is chosen:
            continue
        if role.why != "as said" and name in ("reporter", "partner") and not _same(block, role):
            _fill(block, chosen, role)
        if role.why == "as said" or not _follows(block, role, chosen):
            asks.append(
                f"columns {chosen.heading!r} and {role.heading!r} both say the {name}: "
                f"--column {f'{role.heading}=ignore'!r}, or what it is"
            )
        role.role = "ignore"


def _totals(roles: Sequence[Role]) -> None:
    """A "total" beside months is the year."""
    parts = [role for role in roles if role.role == "value" and role.time and role.time.year is None]
    for role in roles:
        if role.role == "value" and role.facets == {"total": "1"} and not role.left and len(parts) > 2:
            role.facets, role.time = {}, Time(None, "")


def _says_aside(block: Block, role: Role) -> bool:
    return bool(scan(str(block.cells(role.at)[0])).get("aside"))


def _twins(block: Block, role: Role, other: Role) -> bool:
    """Whether a column is another spelling of one that is understood: a code, or its name."""
    if other.role not in ("reporter", "partner", "area", "flow", "product", "label", "period"):
        return False
    named = re.search(r"code|name|desc|label|iso|id$", f"{role.heading} {other.heading}", re.IGNORECASE)
    alike = role.heading.casefold()[:3] == other.heading.casefold()[:3] != ""
    return bool(named) and alike and _follows(block, role, other) and _follows(block, other, role)


def _whole_periods(block: Block, roles: Sequence[Role]) -> None:
    """A column of whole periods says what a year and a month beside it say."""
    whole = next((role for role in roles if role.role == "period" and _quality(block, role, "period") == 1), None)
    if whole is None:
        return
    for role in roles:
        if role.role in ("year", "part") and role.why != "as said" and _within(block, role, whole):
            role.role = "ignore"


def _within(block: Block, role: Role, whole: Role) -> bool:
    """Whether a year or a month says what the whole period beside it says."""
    pairs = set(zip(map(str, block.cells(role.at)), map(str, block.cells(whole.at)), strict=True))
    for text, said in list(pairs)[:5000]:
        time, period = read_time(bare(text)), read_time(bare(said))
        if role.role == "year" and (not time or not period or time.year != period.year):
            return False
    return True


def _fill(block: Block, chosen: Role, other: Role) -> None:
    """Where a table has no code of an area, its name is."""
    texts = block.grid.texts
    blank = block.rows[texts[block.rows, chosen.at] == ""]
    texts[blank, chosen.at] = texts[blank, other.at]


def _quality(block: Block, role: Role, name: str) -> float:
    texts = list(dict.fromkeys(str(text) for text in block.cells(role.at)[:5000]))[:300]
    good: dict[str, Callable[[str], float]] = {
        "reporter": lambda text: (is_area(bare(text)) + bool(area_of(text))) / 2,
        "partner": lambda text: (is_area(bare(text)) + bool(area_of(text))) / 2,
        "flow": lambda text: float(bool(flow_of(text).facets) and not flow_of(text).left),
        "period": lambda text: float(bool((time := read_time(bare(text))) and time.whole)),
        "product": lambda text: float(bool(text)) - (text.isdigit() and len(text) < 2),
    }
    return sum(map(good.get(name, lambda text: float(bool(text))), texts)) / max(len(texts), 1)


def _follows(block: Block, role: Role, chosen: Role) -> bool:
    """Whether a column says nothing that the chosen one does not: each text of that has one text of this."""
    import pandas as pd

    own, _ = pd.factorize(block.cells(role.at))
    by, _ = pd.factorize(block.cells(chosen.at))
    return len(np.unique(np.stack([by, own]), axis=1).T) <= len(np.unique(by)) or _same(block, role)


def said_above(block: Block, how: Map, asks: list[str]) -> Facets:
    """What the lines above and below a table say of all its figures."""
    found: Facets = {}
    money: list[str] = []
    powers: list[str] = []
    for at, line in enumerate([*block.lines, *block.notes]):
        for text in line.split(" | "):
            is_note = at >= len(block.lines)
            body = match[1] if (match := _UNIT_LINE.match(text.strip("()（）[] "))) else text.strip("()（）[] ")
            said = scan(body or text, times=False)
            short = ((not said.left or len(said.left.split()) == 0) and "money" in said.facets) or (
                "power" in said.facets and not said.left
            )
            if is_note and not (short and match):
                continue
            if not is_note and not said.facets.keys() & {"money", "power"}:
                _measures(text, found, asks)
            if not short:
                said = _unit_within(text)
            money += [said.facets["money"]] if "money" in said.facets else []
            powers += [said.facets["power"]] if "power" in said.facets else []
            if not is_note:
                _title(text, found, asks, how)
    sure = list(dict.fromkeys(one for one in money if not one.startswith("?"))) or list(dict.fromkeys(money))
    if (len(sure) > 1 or len(set(powers)) > 1) and not how.constants.get("unit"):
        both = ", ".join([*sure, *(f"10^{power}" for power in dict.fromkeys(powers))])
        asks.append(f"the lines above say more than one unit ({both}): --unit 'USD million'")
    if sure:
        found["money"] = sure[0]
    if powers:
        found["power"] = powers[0]
    found["unit_from"] = "the lines above" if len(block.lines) > 1 else "the title"
    return found


def _measures(text: str, found: Facets, asks: list[str]) -> None:
    """A line that says growth, shares or an index and no money: that is what the figures below it are."""
    said = scan(text).facets
    within = _unit_within(text).facets.keys() & {"money", "power"}
    if not within and said.get("aside"):
        asks.append(
            f"the line {text!r} says {said['aside']}, which is not read: leave its rows out, or name its columns"
        )
    elif not within and said.keys() & {"measure", "percent", "share_gdp"}:
        found |= {name: said[name] for name in ("measure", "percent", "share_gdp") if name in said}


def _is_side(name: str) -> bool:
    return not read_time(name) and name.casefold() not in _NOBODY


def _unit_within(text: str) -> Said:
    """The unit that a title says among other things: in brackets, after a comma, or "in millions of dollars"."""
    parts = [
        *re.findall(r"[(（\[]([^()（）\[\]]*)[)）\]]", text),
        *re.split(r"[,;:：–—|/()（）]|(?<![A-Z])\.\s|\b[Ii]n\b", text),
    ]
    for part in parts:
        said = scan(part, times=False)
        if said.facets.keys() & {"money", "power"} and not said.left and not said.clash:
            return said
    return scan("")


def _title(text: str, found: Facets, asks: list[str], how: Map) -> None:
    own, others = areas_of(text)
    if len(own) == 1 and not how.constants.get("reporter"):
        if found.setdefault("reporter", own[0]) != own[0]:
            asks.append(f"the lines above name {found['reporter']} and {own[0]}: --reporter says whose trade it is")
    elif len(own) > 1 and not how.constants.get("reporter"):
        asks.append(f"the title names {' and '.join(own)}: --reporter says whose trade it is")
    if len(others) == 1 and not how.constants.get("partner"):
        found.setdefault("partner", others[0])
    elif (side := _SIDE.search(text)) and not others and not how.constants.get("partner") and _is_side(side[1]):
        asks.append(f"the title says trade with {side[1]!r}, which is no area that is known: --partner AREA, or WLD")
    if years := set(re.findall(r"(?<![\d/-])(?:19|20)\d\d(?![\d/-])", text)):
        found["year"] = years.pop() if len(years) == 1 and found.get("year") in (None, *years) else "several"
    said = scan(text)
    if not found.get("product") and (goods := said.get("product")) and "flow" not in found:
        found["product"] = goods
    flow = said.get("flow") if not said.clash else ""
    if flow in ("X", "M") and found.setdefault("flow", flow) != flow:
        found["flow"] = ""
    if (match := _GOODS.search(text)) and not how.constants.get("product"):
        what = re.split(r"\b(?:by|with|to|from|for|in|between|and)\b|[,:;(–—|]|\d", match[1])[0].strip()
        about = scan(what, times=False)
        if what and about.left and not area_of(what) and not area_hint(what):
            asks.append(f"the title says trade of {what!r}: --product WORD says of what, as {word(what)}, or total")
