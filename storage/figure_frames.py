"""What ``queries.show`` answers as a DataFrame: the same figures, a million of them at once.

Nothing here goes figure by figure but figures too large for a double.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schemas.fields import FIGURES
from storage.doubles import bounds, doubles, steps
from storage.encoding.columns import Versions
from storage.encoding.figures import marks, numbers
from storage.figure_parts import asked

if TYPE_CHECKING:
    from storage.handle import Handle


def figure_frame(
    ledger: Handle,
    *,
    as_of: str | None = None,
    released_by: str | None = None,
    with_held: bool = False,
    **filters: str | None,
) -> tuple[pd.DataFrame, Versions, int]:
    """The rows of ``queries.show`` (``every`` reading that is held) in its order, as columns ``FIGURES``.

    Words are coded, their categories sorted; value, step, low and high the nearest doubles, NaN for none;
    ``recorded_at`` in UTC. Beside it the rows themselves, for who wants exact figures, and how many readings of cells
    wait of which nothing is in force.
    """
    told = {"as_of": as_of, "released_by": released_by}
    with asked(ledger, **told, with_held=with_held, every=True, **filters) as question:
        (part,) = question.parts()
    rows = part.rows
    low, high = bounds(rows.mantissa, rows.packed)
    data: dict[str, Any] = {str(name): column for name, column in part.about.items()}
    data |= {"value": doubles(rows.mantissa, rows.packed), "step": steps(rows.packed), "low": low, "high": high}
    return pd.DataFrame({name: _sorted(data[name]) for name in FIGURES}, copy=False), rows, question.left


def _sorted(column: Any) -> Any:
    """A coded column with the words that occur as categories, in order: so is what is sorted by it."""
    coded: Any = column.array if isinstance(column, pd.Series) else column
    if not isinstance(coded, pd.Categorical):
        return column
    used = np.flatnonzero(np.bincount(coded.codes + 1)[1:])
    words = coded.categories.take(used)
    order = words.argsort()
    place = np.zeros(len(coded.categories) + 1, dtype=np.int64)
    place[used[order]] = np.arange(len(used))
    return pd.Categorical.from_codes(place[coded.codes], categories=words.take(order))


def exact(rows: Versions) -> dict[str, list[Decimal | None]]:
    """Value, step, low and high of rows, exactly and with the digits that were printed; None for none."""
    names = ("value", "low", "high")
    found: dict[str, list[Decimal | None]] = {name: [] for name in (*names, "step")}
    for mantissa, packed in zip(rows.mantissa.tolist(), rows.packed.tolist(), strict=True):
        for name, text in zip(names, numbers(packed)(mantissa), strict=True):
            found[name].append(Decimal(text) if text else None)
        step = marks(packed)["step"]
        found["step"].append(Decimal(step) if step else None)
    return found
