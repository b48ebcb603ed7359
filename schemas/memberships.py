"""Groups of areas whose members are known by date: which code means whom, and since when.

A code with a number names one composition for good (``EU15``, ``EA19``); one without it a group as it stood on a day.
Dates are those of accession and withdrawal. Codes are only ever added: a figure once read must be read again.
"""

from __future__ import annotations

from typing import Final

#: When each joined the European Communities; the United Kingdom left with the end of January 2020.
_EU: Final = {
    "1958-01-01": ("BEL", "DEU", "FRA", "ITA", "LUX", "NLD"),
    "1973-01-01": ("DNK", "GBR", "IRL"),
    "1981-01-01": ("GRC",),
    "1986-01-01": ("ESP", "PRT"),
    "1995-01-01": ("AUT", "FIN", "SWE"),
    "2004-05-01": ("CYP", "CZE", "EST", "HUN", "LTU", "LVA", "MLT", "POL", "SVK", "SVN"),
    "2007-01-01": ("BGR", "ROU"),
    "2013-07-01": ("HRV",),
}
#: When each took the euro.
_EURO: Final = {
    "1999-01-01": ("AUT", "BEL", "DEU", "ESP", "FIN", "FRA", "IRL", "ITA", "LUX", "NLD", "PRT"),
    "2001-01-01": ("GRC",),
    "2007-01-01": ("SVN",),
    "2008-01-01": ("CYP", "MLT"),
    "2009-01-01": ("SVK",),
    "2011-01-01": ("EST",),
    "2014-01-01": ("LVA",),
    "2015-01-01": ("LTU",),
    "2023-01-01": ("HRV",),
    "2026-01-01": ("BGR",),
}
_OECD: Final = {
    "1961-09-30": (
        *("AUT", "BEL", "CAN", "CHE", "DEU", "DNK", "ESP", "FRA", "GBR", "GRC"),
        *("IRL", "ISL", "LUX", "NLD", "NOR", "PRT", "SWE", "TUR", "USA"),
    ),
    "1962-03-29": ("ITA",),
    "1964-04-28": ("JPN",),
    "1969-01-28": ("FIN",),
    "1971-06-07": ("AUS",),
    "1973-05-29": ("NZL",),
    "1994-05-18": ("MEX",),
    "1995-12-21": ("CZE",),
    "1996-05-07": ("HUN",),
    "1996-11-22": ("POL",),
    "1996-12-12": ("KOR",),
    "2000-12-14": ("SVK",),
    "2010-05-07": ("CHL",),
    "2010-07-21": ("SVN",),
    "2010-09-07": ("ISR",),
    "2010-12-09": ("EST",),
    "2016-07-01": ("LVA",),
    "2018-07-05": ("LTU",),
    "2020-04-28": ("COL",),
    "2021-05-25": ("CRI",),
}
#: Group → when its members joined. Of the G20 the countries; the European and the African Union are no areas of a list.
_JOINED: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "EU": _EU,
    "EA": _EURO,
    "OECD": _OECD,
    "ASEAN": {
        "1967-08-08": ("IDN", "MYS", "PHL", "SGP", "THA"),
        "1984-01-07": ("BRN",),
        "1995-07-28": ("VNM",),
        "1997-07-23": ("LAO", "MMR"),
        "1999-04-30": ("KHM",),
        "2025-10-26": ("TLS",),
    },
    "BRICS": {
        "2009-06-16": ("BRA", "CHN", "IND", "RUS"),
        "2010-12-24": ("ZAF",),
        "2024-01-01": ("ARE", "EGY", "ETH", "IRN"),
        "2025-01-06": ("IDN",),
    },
    "CPTPP": {
        "2018-12-30": ("AUS", "CAN", "JPN", "MEX", "NZL", "SGP"),
        "2019-01-14": ("VNM",),
        "2021-09-19": ("PER",),
        "2022-11-29": ("MYS",),
        "2023-02-21": ("CHL",),
        "2023-07-12": ("BRN",),
        "2024-12-15": ("GBR",),
    },
    "EAEU": {"2015-01-01": ("BLR", "KAZ", "RUS"), "2015-01-02": ("ARM",), "2015-08-12": ("KGZ",)},
    "EFTA": {
        "1960-05-03": ("AUT", "CHE", "DNK", "GBR", "NOR", "PRT", "SWE"),
        "1970-03-01": ("ISL",),
        "1986-01-01": ("FIN",),
        "1991-09-01": ("LIE",),
    },
    "G7": {"1975-11-15": ("DEU", "FRA", "GBR", "ITA", "JPN", "USA"), "1976-06-27": ("CAN",)},
    "G20": {
        "1999-12-15": (
            *("ARG", "AUS", "BRA", "CAN", "CHN", "DEU", "FRA", "GBR", "IDN", "IND"),
            *("ITA", "JPN", "KOR", "MEX", "RUS", "SAU", "TUR", "USA", "ZAF"),
        ),
    },
    "GCC": {"1981-05-25": ("ARE", "BHR", "KWT", "OMN", "QAT", "SAU")},
    "MERCOSUR": {"1991-03-26": ("ARG", "BRA", "PRY", "URY"), "2012-07-31": ("VEN",), "2024-08-08": ("BOL",)},
    "NAFTA": {"1994-01-01": ("CAN", "MEX", "USA")},
    "OPEC": {
        "1960-09-14": ("IRN", "IRQ", "KWT", "SAU", "VEN"),
        "1961-01-01": ("QAT",),
        "1962-01-01": ("IDN", "LBY"),
        "1967-01-01": ("ARE",),
        "1969-01-01": ("DZA",),
        "1971-01-01": ("NGA",),
        "1973-01-01": ("ECU",),
        "1975-01-01": ("GAB",),
        "2007-01-01": ("AGO",),
        "2017-05-25": ("GNQ",),
        "2018-06-22": ("COG",),
    },
    "SACU": {"1990-07-10": ("BWA", "LSO", "NAM", "SWZ", "ZAF")},
    "USMCA": {"2020-07-01": ("CAN", "MEX", "USA")},
}
#: Who left, and from which day on; who came back stands as (left, back).
_LEFT: Final[dict[str, dict[str, tuple[tuple[str, str], ...]]]] = {
    "EU": {"GBR": (("2020-02-01", ""),)},
    "EFTA": {
        "DNK": (("1973-01-01", ""),),
        "GBR": (("1973-01-01", ""),),
        "PRT": (("1986-01-01", ""),),
        "AUT": (("1995-01-01", ""),),
        "FIN": (("1995-01-01", ""),),
        "SWE": (("1995-01-01", ""),),
    },
    "MERCOSUR": {"VEN": (("2016-12-01", ""),)},  # suspended
    "NAFTA": {"CAN": (("2020-07-01", ""),), "MEX": (("2020-07-01", ""),), "USA": (("2020-07-01", ""),)},
    "OPEC": {
        "AGO": (("2024-01-01", ""),),
        "ECU": (("1992-12-31", "2007-11-17"), ("2020-01-01", "")),
        "GAB": (("1995-01-01", "2016-07-01"),),
        "IDN": (("2009-01-01", "2016-01-01"), ("2016-11-30", "")),
        "QAT": (("2019-01-01", ""),),
    },
}
#: Of a code that names one composition: the group, and a day on which it had it.
_FIXED: Final = {
    **{f"EU{count}": ("EU", day) for count, day in (
        (6, "1958-01-01"), (9, "1973-01-01"), (10, "1981-01-01"), (12, "1986-01-01"), (15, "1995-01-01"),
        (25, "2004-05-01"), (28, "2013-07-01"),
    )},
    "EU27_2007": ("EU", "2007-01-01"),
    "EU27_2020": ("EU", "2020-02-01"),
    **{f"EA{count}": ("EA", day) for count, day in (
        (11, "1999-01-01"), (12, "2001-01-01"), (13, "2007-01-01"), (15, "2008-01-01"), (16, "2009-01-01"),
        (17, "2011-01-01"), (18, "2014-01-01"), (19, "2015-01-01"), (20, "2023-01-01"), (21, "2026-01-01"),
    )},
}  # fmt: skip
_TITLES: Final = {
    "ASEAN": "Association of Southeast Asian Nations",
    "BRICS": "BRICS",
    "CPTPP": "Comprehensive and Progressive Agreement for Trans-Pacific Partnership",
    "EAEU": "Eurasian Economic Union",
    "EFTA": "European Free Trade Association",
    "G7": "Group of Seven",
    "G20": "Group of Twenty, its countries",
    "GCC": "Gulf Cooperation Council",
    "MERCOSUR": "Southern Common Market",
    "NAFTA": "North American Free Trade Agreement",
    "OECD": "Organisation for Economic Co-operation and Development",
    "OPEC": "Organization of the Petroleum Exporting Countries",
    "SACU": "Southern African Customs Union",
    "USMCA": "United States–Mexico–Canada Agreement",
}


def _stood(group: str, day: str) -> tuple[str, ...]:
    came = [area for since, areas in _JOINED[group].items() if since <= day for area in areas]
    gone = _LEFT.get(group, {})
    away = {area for area, times in gone.items() if any(left <= day < (back or "9999") for left, back in times)}
    return tuple(sorted(set(came) - away))


def members(code: str, day: str) -> tuple[str, ...]:
    """Who belonged to a group on a day (``2019-06-30``), by ISO 3166; empty for a code that is none of these groups."""
    if code in _FIXED:
        return _stood(*_FIXED[code])
    return _stood(code, day) if code in _TITLES else ()


def _title(code: str, group: str, day: str) -> str:
    name = "European Union" if group == "EU" else "Euro area"
    return f"{name}, {len(_stood(group, day))} members, as from {day}"


#: Code → (title, its members of today, or of its one composition).
GROUPS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    **{code: (_title(code, *of), _stood(*of)) for code, of in _FIXED.items()},
    **{code: (title, _stood(code, "2026-12-31")) for code, title in _TITLES.items()},
}
