"""A finding: one place where a rule does not hold, or could not be evaluated; flat, printable, the same everywhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemas.release_dates import split_release

if TYPE_CHECKING:
    from schemas.documents import Notice, Unreadable


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


@dataclass(frozen=True, slots=True)
class Culprit:
    """A figure that explains a finding all by itself: its block, and which of that; where it stands, what it should be.

    ``words`` are empty where other figures explain as much, ``figure`` too where all of them stand in one block;
    ``suspect`` is the figure as findings name it.
    """

    block: str
    figure: str = ""  # flow, measure, unit, basis
    words: str = ""  # "total 767.68 bn USD should be 777.665–777.695"
    suspect: Suspect | None = None
    document: str = ""  # SHA-256
    position: str = ""


@dataclass(frozen=True)
class Finding:
    """One finding. All figures are decimal strings in units of 1; ``released`` is the judged release's date.

    ``culprits``: any one of them explains it, and whatever else names the same ones (``schemas.cases``); ``scale`` is
    the power of ten in which the sentence says its amounts, if it does.
    """

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
    culprits: tuple[Culprit, ...] = field(default=())
    scale: int | None = None

    @property
    def is_error(self) -> bool:
        """Whether it holds its block."""
        return self.result == "fails" and self.severity == "error"

    @property
    def fingerprint(self) -> str:
        """What makes it the same finding in a later run: rule, block, release, and the figures it is about."""
        return "|".join(
            (self.rule, self.block, self.period, self.released, self.result, self.left, self.right, self.sentence)
        )


def unreadable_finding(fault: Unreadable, document: str) -> Finding:
    """What could not be read, as a finding."""
    return Finding(
        rule="readable",
        severity=fault.severity,
        result="fails",
        dataset=fault.dataset,
        left=fault.seen,
        right=str(fault.figures) if fault.figures > 1 else "",
        document=fault.document or document,
        position=fault.position,
        sentence=f"{fault.position}: {fault.sentence}",
    )


def notice_finding(notice: Notice, document: str, dataset: str) -> Finding:
    """What is wrong with a document as a whole, as a finding."""
    return Finding(
        rule=notice.rule,
        severity="error",
        result="fails",
        dataset=dataset,
        left=notice.about,
        document=document,
        position=notice.position,
        sentence=notice.sentence,
    )


def block_id(
    dataset: str, reporter: str, partner: str, product: str, breakdown: str, period: str, currency: str
) -> str:
    """``dataset/reporter/partner/product/breakdown/period/currency``; ``-`` for none, ``..`` for a span's slash."""
    parts = (dataset, reporter, partner, product, breakdown, period.replace("/", ".."), currency)
    return "/".join(part or "-" for part in parts)


def block_parts(block: str) -> dict[str, str]:
    """What a block id without a date says, by name; nothing of what is no block id."""
    names = ("dataset", "reporter", "partner", "product", "breakdown", "period", "currency")
    if block.count("/") < len(names) - 1:
        return dict.fromkeys(names, "")
    *first, rest = block.split("/", 4)
    breakdown, period, currency = rest.rsplit("/", 2)
    parts = (*first, breakdown, period.replace("..", "/"), currency)
    return {name: "" if part == "-" else part for name, part in zip(names, parts, strict=True)}


def dated_block(block: str, released: str) -> str:
    """The id of a block that is held in several releases: its release date is added."""
    return f"{block}/{released}"


def undated_block(block: str) -> tuple[str, str]:
    """A block's id without its release date, and that; "" where there is none."""
    name, _, released = block.rpartition("/")
    return (name, released) if split_release(released)[0] else (block, "")
