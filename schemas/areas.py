"""Areas: ISO 3166 alpha-3, today's and former ones, ``WLD``, and groups of our own list with their composition.

The list is ``areas.toml``. A code with a number names one composition for good (``EU15``, ``EA19``), one without it a
group as it stood on a day, by accession and withdrawal.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

_LISTS: Final[dict[str, Any]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_COMPOSITIONS: Final[dict[str, str]] = _LISTS["compositions"]
#: Of groups whose members are known by date: who belongs to them today.
_TODAY: Final = "2026-12-31"


def members(code: str, day: str) -> tuple[str, ...]:
    """Who belonged to a group on a day (``2019-06-30``), by ISO 3166; empty for a code of no members by date."""
    group, day = (code[:2], _COMPOSITIONS[code]) if code in _COMPOSITIONS else (code, day)
    came = " ".join(listed for since, listed in _LISTS["joined"].get(group, {}).items() if since <= day)
    gone = _LISTS["left"].get(group, {})
    # Out, back in, out again: where an odd number of days is past an area is away.
    return tuple(sorted(area for area in came.split() if sum(on <= day for on in gone.get(area, "").split()) % 2 == 0))


def _composition(code: str, day: str) -> tuple[str, tuple[str, ...]]:
    found = members(code, day)
    name = "European Union" if code.startswith("EU") else "Euro area"
    return f"{name}, {len(found)} members, as from {day}", found


#: Our codes for what is no single country: code → (title, ISO 3166 members; empty where none can be listed).
GROUPS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    **{code: (title, members(code, _TODAY)) for code, title in _LISTS["titles"].items()},
    **{code: (_LISTS["titles"][code], tuple(listed.split())) for code, listed in _LISTS["members"].items()},
    **{code: _composition(code, day) for code, day in _COMPOSITIONS.items()},
    **{f"WB-{code}": (f"{title} (World Bank)", ()) for code, title in _LISTS["world-bank"].items()},
}


@cache
def _countries() -> frozenset[str]:
    import pycountry  # 0.1 s: only when an area is checked

    # Those of ISO 3166-3 were names of countries once (SUN, YUG, ANT); agencies go on printing them for years.
    return frozenset(str(c.alpha_3) for c in (*pycountry.countries, *pycountry.historic_countries))


class Own(NamedTuple):
    """An area that a person declares: its title and its members."""

    title: str
    members: tuple[str, ...]


#: Areas that a person declares in ``tradeledger.toml``, of this process.
_OWN: dict[str, Own] = {}


def add_areas(own: Mapping[str, Own]) -> None:
    """Know areas of a person's own (``schemas.declarations``) from here on, in this process."""
    _OWN.update(own)


@cache
def is_listed(code: str) -> bool:
    """Whether ``code`` is an ISO 3166 alpha-3 code, of today or a former one, ``WLD`` or a group of our list."""
    return code in GROUPS or code in _countries()


def is_area(code: str) -> bool:
    """Whether ``code`` is listed, or an area of a person's own."""
    return code in _OWN or is_listed(code)


def members_of(code: str) -> tuple[str, ...]:
    """Who belongs to a group of our list or a person's own today; the code itself where it is none."""
    return _OWN[code].members if code in _OWN else GROUPS[code][1] if code in GROUPS else (code,)


def area_name(code: str) -> str:
    """How people call an area, as in "trade of the United States"; its code where nobody knows more."""
    return _OWN[code].title or code if code in _OWN else _listed_name(code)


@cache
def _listed_name(code: str) -> str:
    title = GROUPS[code][0] if code in GROUPS else ""
    if not title and code in _countries():
        import pycountry

        found = pycountry.countries.get(alpha_3=code) or pycountry.historic_countries.get(alpha_3=code)
        title = str(getattr(found, "common_name", "") or getattr(found, "name", ""))
    return f"the {title}" if title.startswith(("United ", "European ", "Euro ")) else title or code
