"""A figure and its series as people say them."""

from __future__ import annotations

from cli.formats.output import Row
from cli.formats.text import scaled
from schemas.vocabulary import FLOWS, MEASURES, absence


def about(row: Row) -> str:
    """The series in few words: what is not said is the whole, of the world: ``CHN cultural-products``."""
    partner = "" if row["partner"] == "WLD" else f"with {row['partner']}"
    product = "" if row["product"] == "total" else row["product"]
    breakdown = "" if row["breakdown"] == "_T" else row["breakdown"]
    flow = FLOWS.get(row["flow"], row["flow"])
    measure = "" if row["measure"] == "level" else MEASURES.get(row["measure"], row["measure"])
    basis = "" if row["basis"] == "_Z" else f"of {row['basis']}" if row["measure"] == "share" else f"in {row['basis']}"
    what = " ".join(part for part in (flow, measure, basis) if part)
    return " ".join(part for part in (row["reporter"], partner, product, breakdown) if part) + (
        f": {what}" if what else ""
    )


def figure(value: str | None, row: Row) -> str:
    """A figure for people, with its qualifier; where there is none its status says why."""
    if value in (None, ""):
        return absence(row["status"])
    said = scaled(value, row["step"], row["unit"])
    return said if row["qualifier"] == "=" else f"{row['qualifier']} {said}"


def interval(row: Row) -> str:
    """Where the true value lies, for people: ``102.3757 – 102.3932 bn USD``."""
    ends = [scaled(row[end], "", row["unit"]) if row[end] else "…" for end in ("low", "high")]
    return " – ".join(ends)
