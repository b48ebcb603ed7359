"""A finding: one place where a rule does not hold, or could not be evaluated; flat, printable, the same everywhere."""

from __future__ import annotations

from dataclasses import dataclass, field

from schemas.release_dates import split_release


@dataclass(frozen=True)
class Suspect:
    """A figure whose change would make everything hold; ``low``/``high`` is where it would fit, units of 1, decimal."""

    flow: str
    measure: str
    period: str
    value: str
    low: str
    high: str
    slip: str = ""


@dataclass(frozen=True)
class Finding:
    """One finding. All figures are decimal strings in units of 1; ``released`` is the judged release's date."""

    rule: str
    severity: str
    result: str  # "fails" or "not evaluable"
    dataset: str
    reporter: str = ""
    partner: str = ""
    product: str = ""
    breakdown: str = ""
    period: str = ""
    unit: str = ""
    left: str = ""
    right: str = ""
    difference: str = ""
    allowed: str = ""
    block: str = ""
    released: str = ""
    document: str = ""  # SHA-256
    position: str = ""
    sentence: str = ""
    suspects: tuple[Suspect, ...] = field(default=())

    @property
    def fingerprint(self) -> str:
        """What makes it the same finding in a later run: rule, block, release, and the figures it is about."""
        return "|".join(
            (self.rule, self.block, self.period, self.released, self.result, self.left, self.right, self.sentence)
        )


def block_id(
    dataset: str, reporter: str, partner: str, product: str, breakdown: str, period: str, currency: str
) -> str:
    """``dataset/reporter/partner/product/breakdown/period/currency``; ``-`` for none, ``..`` for a span's slash."""
    parts = (dataset, reporter, partner, product, breakdown, period.replace("/", ".."), currency)
    return "/".join(part or "-" for part in parts)


def dated_block(block: str, released: str) -> str:
    """The id of a block that is held in several releases: its release date is added."""
    return f"{block}/{released}"


def undated_block(block: str) -> tuple[str, str]:
    """A block's id without its release date, and that; "" where there is none."""
    name, _, released = block.rpartition("/")
    return (name, released) if split_release(released)[0] else (block, "")
