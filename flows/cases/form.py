"""A case as a person decides about it: what is wrong, what would fit, the figures before it, and where it stands.

Prefect's form has room for some sixteen lines beside its fields in a window 800 high: what stands here fits there.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, Final, NamedTuple

from flows.page.addresses import link
from flows.page.words import Row, escaped, fits, head, place, printed, published
from schemas.periods import months
from schemas.vocabulary import FLOWS, MEASURES, absence
from storage import queries
from storage.ledger import Ledger

#: Figures before the one that is wrong.
BEFORE: Final = 5
#: Suspects, findings and blocks that are named; the report has all of them.
MOST: Final = 3


class Figures(NamedTuple):
    """Figures of one series in the order of their periods, the held one last; and what was released of that before."""

    title: str
    figures: list[tuple[str, str]]
    before: str


def description(ledger: Ledger, case: Row, links: Sequence[tuple[str, str]], note: str = "") -> str:
    """The form's text; ``note`` is what became of the last answer, ``links`` words and addresses."""
    lines = [f"**{escaped(note)}**", ""] if note else []
    lines += [f"**{escaped(case['sentence'])}**", ""]
    if len(case["suspects"]) > 1:  # one alone, and where it fits, is in the sentence
        lines += [escaped(f"Would fit: {fits(case)}"), ""]
    lines += ["```", *_table(figures(ledger, case)), "```", ""]
    lines += [" · ".join([escaped(where(ledger, case)), *(link(*one) for one in links)]), ""]
    named = dict.fromkeys((one["block"], one["released"]) for one in case["blocks"][:MOST])
    stands = published(row for one in named for row in queries.published_now(ledger, *one))
    return "\n".join([*lines, escaped(f"{held_for(case['blocks'])}; {stands}")])


def held_for(blocks: Sequence[Row]) -> str:
    """``4 figures held``, ``9 figures in 3 blocks held``."""
    number = sum(one["figures"] for one in blocks)
    within = f" in {head(len(blocks), len(blocks))} blocks" if len(blocks) > 1 else ""
    return f"{number:,} figures{within} held"


def where(ledger: Ledger, case: Row) -> str:
    """``trade.csv, row 6, column 10``: the document, and the place in it of the figure that is wrong."""
    document = next(iter(queries.documents(ledger, sha256=case["document"])), None)
    own = _own(case)
    names = {case["document"]: document["name"]} if document else {}
    return place({**case, "position": own["position"]} if own else case, names)


def figures(ledger: Ledger, case: Row) -> Figures:
    """What stands beside the figure that is wrong; where none is known to be, what is held."""
    own = _own(case)
    if own is None:
        held = [one for block in case["blocks"][:MOST] for one in block["readings"]][: BEFORE + 1]
        units = dict.fromkeys(one["unit"] for one in held)
        return Figures(
            f"held, {', '.join(units)}", [(f"{_name(one)} {one['period']}", _printed(one)) for one in held], ""
        )
    asked: dict[str, Any] = {name: case[name] for name in ("dataset", "reporter", "partner", "product", "breakdown")}
    asked |= {name: own[name] for name in ("flow", "measure", "unit")}
    at = months(own["period"])
    rows = {row["period"]: row for row in queries.show(ledger, **asked) if months(row["period"]).length == at.length}
    earlier = sorted((period for period in rows if months(period) < at), key=months)[-BEFORE:]
    last = rows.get(own["period"])
    return Figures(
        f"{_name(own)}, {own['unit']}",
        [*((one, _printed(rows[one])) for one in earlier), (f"{own['period']} held", _printed(own))],
        f"as released {last['released']}: {_printed(last)}" if last else "no release before",
    )


def _own(case: Row) -> Row | None:
    """The held reading of the first suspect."""
    for one in case["suspects"]:
        for reading in (reading for block in case["blocks"] for reading in block["readings"]):
            if all(reading[name] == one[name] for name in ("flow", "measure", "period")):
                return reading  # type: ignore[no-any-return]
    return None


def _printed(one: Row) -> str:
    return printed(one["value"], one["step"]) or absence(one["status"])


def _name(one: Row) -> str:
    measure = "" if one["measure"] == "level" else f" {MEASURES.get(one['measure'], one['measure'])}"
    return f"{FLOWS.get(one['flow']) or one['flow']}{measure}"


def _table(shown: Figures) -> list[str]:
    """Figures as code, whose columns stand under each other in either theme and at any width; two beside each other."""
    first, second = (max((len(row[at]) for row in shown.figures), default=0) for at in (0, 1))
    texts = [f"{name.ljust(first)}  {figure.rjust(second)}" for name, figure in shown.figures]
    half = (len(texts) + 1) // 2
    beside = (f"{one}    {other}" for one, other in zip_longest(texts[:half], texts[half:], fillvalue=""))
    lines = [shown.title, *beside, *([shown.before] if shown.before else [])]
    return [line.replace("`", "'").rstrip() for line in lines]
