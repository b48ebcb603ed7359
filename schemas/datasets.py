"""What a dataset declares about itself: which identities must hold how, what is a partition, what growth means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Final

from schemas.areas import members_of
from schemas.errors import DeclarationError
from schemas.periods import KINDS
from schemas.release_dates import is_release_date
from schemas.rules import RULES, rule

if TYPE_CHECKING:
    from schemas.documents import Parsed

#: How a dataset may declare an identity or a hierarchy.
DECLARATIONS: Final = ("exact", "rounded", "warning", "off")
#: Along which a partition may divide.
DIMENSIONS: Final = ("product", "partner", "breakdown", "period")


@dataclass(frozen=True)
class Partition:
    """``parent = Σ children`` along one dimension; ``promised`` makes a miss an error, else it is a warning.

    Only what divides its parent without rest or overlap: an "of which" line is none, nor are country groups that share
    members. Along ``period`` parent and children are kinds, as ``year`` of ``month`` (or ``span`` of ``month``, for
    figures from January on, whatever their length); they are compared only where the release prints all children.
    """

    dimension: str  # "product", "partner", "breakdown" or "period"
    parent: str
    children: tuple[str, ...]
    promised: bool = False
    how: str = "rounded"  # or exact, warning, off

    def __post_init__(self) -> None:
        said = f"partition of {self.dimension} {self.parent}"
        if self.dimension not in DIMENSIONS:
            raise DeclarationError(f"{said}: the dimension is none of {', '.join(DIMENSIONS)}")
        if self.how not in DECLARATIONS:
            raise DeclarationError(f"{said} is declared {self.how!r}, expected one of {', '.join(DECLARATIONS)}")
        if not self.children or len(set(self.children)) < len(self.children):
            raise DeclarationError(f"{said}: children must be named, each once, not {self.children}")
        if self.dimension == "period":
            lengths = [KINDS.get(kind) for kind in (self.parent, *self.children)]
            if len(lengths) != 2 or None in lengths or not lengths[1] or (lengths[0] and lengths[0] <= lengths[1]):
                raise DeclarationError(f"{said}: expected kinds such as year of month, one of {', '.join(KINDS)}")
        if self.dimension == "partner":
            members = [member for child in self.children for member in members_of(child)]
            twice = sorted({member for member in members if members.count(member) > 1})
            if twice:
                raise DeclarationError(f"{said}: {', '.join(twice)} would be counted twice, so it is no partition")


@dataclass(frozen=True)
class Dataset:
    """Figures an agency itself puts side by side, and what it promises about them.

    ``identities`` maps a rule id to ``exact`` (no difference is allowed), ``rounded`` (the default), ``warning`` or
    ``off``. ``balance_growth`` says whether growth of a balance is on the signed or the absolute base.

    ``covers`` is the window each of its documents covers (rule ``coverage``): ``series``, each series it prints from
    its first to its last period; ``dataset``, all series from their first period on; "" none. Spans from January on
    never count. ``absences`` is how many releases in a row a figure must be missing from within it to be gone without a
    person's word; 0 means never.

    ``due`` are the days on which a release is expected (rule ``stale``): ISO dates in which a ``*`` stands for any
    year or month, as ``*-*-09``.
    """

    id: str
    title: str = ""
    identities: Mapping[str, str] = field(default_factory=dict)
    partitions: tuple[Partition, ...] = ()
    balance_growth: str = "signed"  # or "absolute"
    seasonal_adjustment: str = ""  # "SA" or "NSA"
    concept: str = ""  # "customs" or "bop"
    trade_system: str = ""  # "general" or "special"
    price_basis: str = ""  # "current", "chain-linked", …
    valuation: Mapping[str, str] = field(default_factory=dict)  # flow → "FOB" or "CIF"
    covers: str = ""  # or "series", "dataset"
    absences: int = 0
    due: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for rule_id, how in self.identities.items():
            known = rule(rule_id)
            if how not in DECLARATIONS:
                expected = ", ".join(DECLARATIONS)
                raise DeclarationError(f"dataset {self.id}: {rule_id} is declared {how!r}, expected one of {expected}")
            if how == "exact" and not known.exact:
                raise DeclarationError(
                    f"dataset {self.id}: {rule_id} is declared exact, but only sums can be: rates are always rounded"
                )
        if self.balance_growth not in ("signed", "absolute"):
            raise DeclarationError(
                f"dataset {self.id}: balance_growth {self.balance_growth!r} is not signed or absolute"
            )
        if self.covers not in ("", "series", "dataset") or self.absences < 0:
            raise DeclarationError(
                f"dataset {self.id}: covers {self.covers!r} for {self.absences} releases is no window, "
                "expected series or dataset, for a number of releases"
            )
        for day in self.due:
            year, dash, rest = day.replace("*", "2024", 1).partition("-") if day[:1] == "*" else day.partition("-")
            if not is_release_date(f"{year}{dash}{rest.replace('*', '01', 1)}") or "T" in day:
                raise DeclarationError(
                    f"dataset {self.id}: {day!r} is no day on which a release is due, expected one such as 2026-12-09, "
                    "*-03-31 or *-*-09"
                )
        for dimension in DIMENSIONS[:-1]:
            self._no_cycle(dimension)

    def _no_cycle(self, dimension: str) -> None:
        """A figure that is part of itself would make every sum wrong."""
        below: dict[str, set[str]] = {}
        for part in self.partitions:
            if part.dimension == dimension:
                below.setdefault(part.parent, set()).update(part.children)
        try:
            TopologicalSorter(below).prepare()
        except CycleError as exc:
            raise DeclarationError(
                f"dataset {self.id}: {dimension} {exc.args[1][0]} is declared to be a part of itself"
            ) from None


def loosened(declared: Mapping[str, Dataset], parsed: Iterable[Parsed]) -> dict[str, Dataset]:
    """The declarations, with nothing but warnings of datasets whose figures came without their precision."""
    found = dict(declared)
    for name in {name for part in parsed for name in part.assumed}:
        own = found.get(name, Dataset(name))
        milder = {rule.id: "warning" for rule in RULES if own.identities.get(rule.id) != "off"}
        found[name] = replace(own, identities={**own.identities, **milder})
    return found
