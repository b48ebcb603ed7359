"""What is said of one kind of row in one column, by the row, the heading and the whole table: the series of a figure.

Nothing is chosen between two sayings: what contradicts itself, or is nowhere said, is asked, with the option to say it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sources.shared.shapes.maps import Map
from sources.shared.shapes.roles import Role, unit_parts

Facets = dict[str, str]
_POWERS: Final = {0: "", 3: " thousand", 6: " million", 9: " billion", 12: " trillion"}
#: Money that is not named, by whose trade it is.
_OF: Final = {"?dollars": {"USA": "USD"}, "?yuan": {"CHN": "CNY"}}
_OVER: Final = ("flow", "measure", "product", "partner", "reporter", "adjust", "prices", "basis", "breakdown")


@dataclass
class Settled:
    """The series of each kind of row in each column, in words of ours, and what must be asked."""

    cells: list[list[Facets]]
    asks: list[str] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)  # unit → where it is said


def settle(kinds: Sequence[Facets], values: Sequence[Role], common: Facets, how: Map, *, annual: bool) -> Settled:
    """Join what is said; ``annual`` where every period is a year, so that growth is on the year before."""
    done = Settled([])
    columns = [{**role.facets, **_by_person(role)} for role in values]
    flows = [{one["flow"] for one in side if "flow" in one} for side in (kinds, columns)]
    marks = {own.get("adjust") or of_row.get("adjust", "") for of_row in kinds for own in columns}
    for of_row in kinds:
        line = []
        for role, own in zip(values, columns, strict=True):
            where = f"column {role.heading!r}" + (f" of {of_row['label']!r}" if of_row.get("label") else "")
            found = _nearest(of_row, own, common, where, done)
            _total(found, of_row, own, flows)
            _measure(found, where, done, annual=annual)
            found["unit"] = own.get("unit", "") or _unit(found, (of_row, own, common), where, how, done)
            _series(found, marks, where, how, done, several=any(flows))
            line.append(found)
        done.cells.append(line)
    return done


def _by_person(role: Role) -> Facets:
    return {name: text for name, text in role.said.items() if name != "period"}


def _nearest(of_row: Facets, own: Facets, common: Facets, where: str, done: Settled) -> Facets:
    found: Facets = {}
    for name in (*_OVER, "total", "percent", "area", "share_gdp"):
        said = [one[name] for one in (of_row, own) if one.get(name)]
        if name == "measure" and len(set(said)) == 2 and "growth" in said:
            said.remove("growth")
        if len(set(said)) > 1 and name == "product" and "total" in said:
            said.remove("total")
        if len(set(said)) > 1:
            _ask(done, f"{where} says {name} {said[0]} and {said[1]}: say which with --column")
        if said or common.get(name):
            found[name] = said[0] if said else common[name]
    return found


def _total(found: Facets, of_row: Facets, own: Facets, flows: list[set[str]]) -> None:
    """A "total" beside exports and imports is their sum; elsewhere all products, or all partners."""
    if "total" not in found or of_row.get("flow") or own.get("flow"):
        return
    for one, said in ((of_row, flows[0]), (own, flows[1])):
        if one.get("total") and {"X", "M"} <= said and not one.get("product"):
            found["flow"] = "T"


def _measure(found: Facets, where: str, done: Settled, *, annual: bool) -> None:
    if found.get("share_gdp"):
        found |= {"measure": "share", "basis": "GDP", "percent": "%"}
    measure = found.get("measure", "")
    if measure == "growth":
        if annual:
            found["measure"] = measure = "growth_yoy"
        else:
            _ask(done, f"{where} is growth, on what is not said: --column 'HEADING=measure=growth_yoy' or growth_prev")
    if found.get("percent") and not measure and not found.get("measure"):
        _ask(done, f"{where} is in %, of what is not said: --column 'HEADING=measure=growth_yoy', growth_prev or share")
    found.setdefault("measure", "level")


def _unit(found: Facets, sides: tuple[Facets, Facets, Facets], where: str, how: Map, done: Settled) -> str:
    """The unit of a figure: what the table says of it, where nothing in it says otherwise; else what a person says."""
    if found["measure"] not in ("level", "count"):
        return "%"
    of_row, own, common = sides
    if of_row.keys() & {"money", "power"} and of_row.get("label"):
        where = repr(of_row["label"])
    said = how.constants.get("unit", "")
    near = (of_row, own) if said and any(_sure(one) for one in (of_row, own)) else sides
    money = [one["money"] for one in near if one.get("money")]
    powers = [one["power"] for one in near if one.get("power")]
    sure = list(dict.fromkeys(one for one in money if not one.startswith("?")))
    reporter = found.get("reporter") or common.get("reporter", "")
    if not sure and money:
        sure = [code for code in (_OF.get(money[0], {}).get(reporter),) if code]
    if len(sure) > 1 or len(set(powers)) > 1:
        if said and near is not sides and len(sure) < 2:
            return said
        both = " and ".join(
            f"{one.get('money', '')} 10^{one.get('power', 0)}".strip()
            for one in near
            if one.keys() & {"money", "power"}
        )
        _ask(done, f"{where}: the unit is said twice, {both}: say it with --unit, or in the map")
        return ""
    power = int(powers[0]) if powers else 0
    if not sure:
        seen = f"in {money[0][1:]}" if money else f"in {_POWERS.get(power, '').strip()}s of what" if powers else ""
        example = _POWERS.get(power, "") if powers else " million"
        _ask(done, f"the unit is not said{f' ({seen})' if seen else ''}: --unit 'USD{example}'")
        return ""
    if near is not sides and not powers and said.startswith(sure[0]):
        return said  # "Exports (USD)", and a person says that it is million
    unit = f"{sure[0]}{_POWERS[power]}" if power in _POWERS else f"{sure[0]} 1{'0' * power}"
    from_heading = "the heading" if own.get("money") else common.get("unit_from", "the title")
    done.units.setdefault(unit, "the row" if of_row.get("money") else from_heading)
    return unit


def _sure(one: Facets) -> bool:
    return bool(one.get("money")) and not one["money"].startswith("?")


def _series(found: Facets, marks: set[str], where: str, how: Map, done: Settled, *, several: bool) -> None:
    if not found.get("flow"):
        _ask(
            done,
            f"{where}: no flow is said: --flow X, M, T or B" if several else "no flow is said: --flow X, M, T or B",
        )
    if (area := found.get("area")) and area != found.get("reporter"):
        found[how.others if how.others in ("reporter", "partner") else "partner"] = area
    parts = [f"adjustment={found['adjust']}"] if len(marks) > 1 and found.get("adjust") else []
    parts += ["prices=constant"] if found.get("prices") else []
    if len(parts) > 1:
        parts = [f"adjustment={found['adjust']}-constant-prices"]
    if parts and not found.get("breakdown"):
        found["breakdown"] = parts[0]


def _ask(done: Settled, said: str) -> None:
    if said not in done.asks:
        done.asks.append(said)


def common_of(lines: Sequence[Facets], how: Map) -> Facets:
    """What is said of all figures, a person's word before the table's."""
    found: Facets = {}
    for one in lines:
        found |= one
    for name in ("flow", "measure", "basis", "product", "partner", "reporter", "breakdown"):
        if text := how.constants.get(name):
            found[name] = text
    if (unit := how.constants.get("unit")) and (parts := unit_parts(unit)):
        found = {name: text for name, text in found.items() if name not in ("money", "power")} | parts
        found["unit_from"] = "--unit"
    return found
