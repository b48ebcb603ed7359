"""What a person may have meant by an area that there is not: names in several languages, other lists' codes, slips."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from schemas.areas import GROUPS, area_name, is_area
from schemas.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.handle import Handle

#: Languages in which people call a country.
_LANGUAGES: Final = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "zh", "ja")


def check_areas(ledger: Handle, filters: Mapping[str, str | None]) -> None:
    """Raise UsageError for a reporter or partner that is no area, with the one that was probably meant.

    What the ledger has is one: the list of all areas takes a tenth of a second.
    """
    from storage.queries import is_known, several

    for dimension in ("reporter", "partner"):
        for word in several(filters.get(dimension) or ""):
            if word and not is_known(ledger, dimension, word) and not is_area(word):
                code = meant(word)
                hint = (
                    f"did you mean {code} ({area_name(code)})?"
                    if code
                    else "expected a code such as USA, WLD, EU27_2020"
                )
                raise UsageError(f"--{dimension} {word!r} is no area: {hint}")


def meant(word: str) -> str:
    """The code of the area that is called so, or nearly so; "" where nothing comes near."""
    from sources.shared.area_names import area_hint

    code = area_hint(word)
    if code and is_area(code):
        return code
    longer = [group for group in GROUPS if len(word) > 2 and group.startswith(word.upper())]
    if longer:
        return max(longer)  # the latest composition
    names = _names()
    near = get_close_matches(word.casefold(), names, n=1, cutoff=0.75)
    return names[near[0]] if near else ""


def _names() -> dict[str, str]:
    """What areas are called, in small letters → code."""
    import pycountry
    from babel import Locale

    codes = {country.alpha_2: country.alpha_3 for country in pycountry.countries}
    found = {title.casefold(): code for code, (title, _) in GROUPS.items()}
    for language in _LANGUAGES:
        for two, name in Locale(language).territories.items():
            if two in codes:
                found.setdefault(name.casefold(), codes[two])
    return found
