"""Words of a run for people: counts in a line, findings in order; text from sources comes out as text.

What a source prints may be HTML, Markdown, or a spreadsheet's formula; shown in the UI it is the characters it is.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from decimal import Context, Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from schemas.figures import power_of_ten
from schemas.sentences import WORDS, printed_text, said_in, scale_of
from schemas.vocabulary import FLOWS, MEASURES, SEVERITIES, absence

if TYPE_CHECKING:
    from flows.steps import Collected

Row = Mapping[str, Any]
#: What is said where nothing failed: not that everything could be evaluated.
ALL_HOLD: Final = "Every rule that could be evaluated holds."
COUNTS: Final = ("published", "held", "unchanged", "rejected", "repeated", "unreadable")
#: What begins Markdown within a line; a parenthesis without its bracket is one.
_MARKDOWN: Final = re.compile(r"([\\`*_\[\]#|~])")
#: An address without the sign that ends the sentence it stands in.
_ADDRESS: Final = re.compile(r"(?i)\b(?:(?:https?|ftp):|www\.|mailto:)[^\s`<>]*[^\s`<>.,;:!?)\]}'\"]")
#: The most figures in a line, and of those one of which is wrong.
MOST: Final = 12
SUSPECTS: Final = 3
_EXACT: Final = Context(prec=200)
_FIGURE: Final = re.compile(r"[-+]?[\d.,]+…?")
# Control and bidirectional characters: a page would not show what is there.
_HIDDEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")


def flat(text: object) -> str:
    """Text on one line, without characters that hide or turn others."""
    return " ".join(_HIDDEN.sub(" ", str(text)).split())


def escaped(text: object) -> str:
    """Text of a source as plain text in Markdown: never a tag, a link, an image, or the end of a table's cell."""
    line, at, parts = flat(text), 0, list[str]()
    for found in _ADDRESS.finditer(line):  # would become a link all by itself; as code it can be copied as it is
        parts += [_plain(line[at : found.start()]), f"`{found[0].replace('|', '%7C')}`"]
        at = found.end()
    return "".join([*parts, _plain(line[at:])])


def _plain(text: str) -> str:
    import html  # its table of entities: not for a command that only counts

    return _MARKDOWN.sub(r"\\\1", html.escape(text, quote=False))


def cell(text: object) -> str:
    """A table cell as it is: Prefect renders cells as Markdown, and a table may be copied into a spreadsheet."""
    line = flat(text)
    formula = line[:1] in ("=", "+", "-", "@") and not _FIGURE.fullmatch(line) and len(line) > 1
    return escaped(f"'{line}" if formula else line)


def wrapped(text: object, width: int) -> str:
    """A table cell in lines of some ``width`` letters: Prefect's table breaks none, and is as wide as they are.

    None begins with a sign of arithmetic, which would make a list of it.
    """
    line = re.sub(r" ([-+−=]) ", "\u00a0\\1 ", cell(text))
    return "\n".join(textwrap.wrap(line, width, break_on_hyphens=False)) or line


def counted(counts: Mapping[str, int], still_held: int = 0, wrong: int = 0) -> str:
    """``3 wrong, 15 held, 24 unchanged, 1 still held``: new cases that are errors, then figures, then blocks."""
    parts = [f"{wrong:,} wrong"] if wrong else []
    parts += [f"{counts[name]:,} {name}" for name in COUNTS if counts.get(name)]
    if still_held:
        parts.append(f"{still_held:,} still held")
    return ", ".join(parts) or "nothing to publish"


def summary(done: Collected) -> str:
    """``3 wrong, 15 held, 24 unchanged``, and what else the run says of itself."""
    return ", ".join(filter(None, (counted(done.run.counts, done.run.still_held, done.run.wrong), done.run.message)))


def ordered(findings: Iterable[Row]) -> list[Row]:
    """Worst first: failures before what could not be evaluated, errors before warnings, new before known."""
    return sorted(
        findings, key=lambda row: (row["result"] != "fails", SEVERITIES.index(row["severity"]), row["state"] != "new")
    )


def figure(text: str) -> str:
    """A decimal string as people say it: ``99980000000`` → ``99.98 bn``; only zeros are dropped."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text  # empty, or an end that does not end
    scale, word = said_in(number)
    if not word:
        return text.replace("-", "−")
    return f"{number.scaleb(-scale, _EXACT).normalize(_EXACT):,f} {word}".replace("-", "−")


def figure_of(value: str, step: str) -> tuple[Fraction, int]:
    """A published figure and the power of ten of its last printed digit."""
    # Without a step (the figure was withdrawn since) the digits it has.
    exact, exponent = Fraction(value), Decimal(step or value).adjusted()
    while (exact / power_of_ten(exponent)).denominator > 1:  # of an older release, and printed finer than today's
        exponent -= 1
    return exact, exponent


def in_words(figure: tuple[Fraction, int]) -> str:
    """``−75,025 mn``: all its digits, in the scale it is read in."""
    value, exponent = figure
    scale = scale_of([exponent])
    return f"{printed_text(int(value / power_of_ten(exponent)), exponent, scale)} {WORDS.get(scale, '')}".rstrip()


def printed(value: str, step: str) -> str:
    """``99.80 bn``: a published figure with all its digits, "" for none."""
    return in_words(figure_of(value, step)) if value else ""


def suspect(row: Row) -> str:
    """``exports 2019: printed 99.98 bn, 99.875–99.885 bn would fit (digits 8 and 9 swapped?)``."""
    measure = "" if row["measure"] == "level" else f" {MEASURES.get(row['measure'], row['measure'])}"
    slip = f" ({row['slip']})" if row["slip"] else ""
    name = FLOWS.get(row["flow"]) or row["flow"]
    return f"{name}{measure} {row['period']}: printed {figure(row['value'])}, {would_fit(row)} would fit{slip}"


def would_fit(row: Row) -> str:
    """``99.875–99.885 bn``: where a suspect would fit."""
    low, high = figure(row["low"]), figure(row["high"])
    if low == high:
        return low
    (from_, scale), (to, other) = (one.partition(" ")[::2] for one in (low, high))
    return (
        f"{from_}–{to} {other}".rstrip()
        if scale == other and from_ and to
        else f"{low or 'anything'} – {high or 'anything'}"
    )


def fits(case: Row) -> str:
    """``777.665–777.695 bn USD``: where the figure of a case would fit; where it may be one of several, each."""
    units = {case["unit"] if one["measure"] == "level" else "%" for one in case["suspects"]}
    unit = f" {units.pop()}" if len(units) == 1 else ""
    several = len(case["suspects"]) > 1
    named = case["suspects"][:SUSPECTS]
    found = [
        f"{FLOWS.get(one['flow']) or one['flow']} {would_fit(one)}" if several else would_fit(one) for one in named
    ]
    more = f" and {len(case['suspects']) - SUSPECTS} more" if len(case["suspects"]) > SUSPECTS else ""
    return f"{' or '.join(found)}{unit if found else ''}{more}"


def said(case: Row) -> str:
    """A case in a line, after what is not as usual of it: ``still: …``, ``warning: …``."""
    marks = [case["state"] if case["state"] != "new" else "", case["severity"] if case["severity"] != "error" else ""]
    return ": ".join(filter(None, (" ".join(filter(None, marks)), case["sentence"])))


def place(case: Row, names: Mapping[str, str]) -> str:
    """``trade.csv, row 6, column 10``."""
    return ", ".join(filter(None, (names.get(case["document"]) or case["document"][:12], case["position"])))


def published(rows: Iterable[Row]) -> str:
    """``published now: exports 52 bn USD (2021-08-02+2)``, or that nothing is; at most MOST of them."""
    said = []
    for row in rows:
        measure = "" if row["measure"] == "level" else f" {MEASURES.get(row['measure'], row['measure'])}"
        value = figure(row["value"]) or absence(row["status"])
        said.append(f"{FLOWS.get(row['flow']) or row['flow']}{measure} {value} {row['unit']} ({row['released']})")
    more = f" and {len(said) - MOST} more" if len(said) > MOST else ""
    return f"published now: {', '.join(said[:MOST]) or 'nothing of it'}{more}"


def head(shown: int, total: int) -> str:
    """``5 of 12``, or just ``3``."""
    return f"{shown:,} of {total:,}" if shown < total else f"{total:,}"
