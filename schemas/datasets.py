"""What a dataset declares about itself: which identities must hold how, what is a partition, what growth means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from schemas.errors import DeclarationError
from schemas.rules import rule

#: How a dataset may declare an identity or a hierarchy.
DECLARATIONS: Final = ("exact", "rounded", "warning", "off")


@dataclass(frozen=True)
class Partition:
    """``parent = Σ children`` along one dimension; ``promised`` makes a miss an error, else it is a warning."""

    dimension: str  # "product", "partner", "breakdown" or "period"
    parent: str
    children: tuple[str, ...]
    promised: bool = False


@dataclass(frozen=True)
class Dataset:
    """Figures an agency itself puts side by side, and what it promises about them.

    ``identities`` maps a rule id to ``exact`` (no difference is allowed), ``rounded`` (the default), ``warning`` or
    ``off``. ``balance_growth`` says whether growth of a balance is on the signed or the absolute base.
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
