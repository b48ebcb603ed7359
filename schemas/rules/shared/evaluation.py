"""What agreement is: one row per rule and block, one column check on the excess over the allowed difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from schemas.cells.cells import Cells
from schemas.datasets import Dataset
from schemas.intervals.grid import Codes, Flags
from schemas.rules import RULES
from schemas.rules.shared.statements import Condition, Rule
from schemas.vocabulary import SEVERITIES

RESULTS: Final = ("holds", "fails", "not evaluable")
HOLDS, FAILS, NOT_EVALUABLE = range(3)

#: One row per rule and block. ``excess`` is by how much the sides miss each other beyond what their intervals allow,
#: on the evaluation's own integer grid: 0 or less holds. ``cell`` is the judged cell.
EVALUATIONS: Final = pa.DataFrameSchema(
    {
        "rule": pa.Column("category"),
        "severity": pa.Column("category"),
        "block": pa.Column("int64"),
        "result": pa.Column("category"),
        "excess": pa.Column("int64", pa.Check(lambda excess: excess <= 0, error="sides that meet")),
        "cell": pa.Column("int64"),
    },
    strict=True,
    name="Evaluations",
)


@dataclass(frozen=True)
class Evaluated:
    """One rule, evaluated at many places: arrays with one entry an evaluation.

    ``anchor`` is the judged cell, or one of its block where that is missing. ``terms`` are the cells that take part,
    shape (terms, n), −1 for none. ``reason`` is 0 where it could be evaluated, else a code the rule's own module
    explains, ``detail`` of what. ``meant`` marks the not evaluable ones worth a finding. ``condition`` is what
    its terms must satisfy, where one of them can be solved for: only then are any suspected. What is ``promised`` is
    an error where it fails, though its rule be a warning.
    """

    rule: Rule
    anchor: Codes
    terms: Codes
    excess: Codes
    reason: npt.NDArray[np.int8]
    rough: Flags
    meant: Flags
    detail: npt.NDArray[Any]
    condition: Condition | None = None
    promised: Flags | None = None

    def __len__(self) -> int:
        return len(self.excess)

    def keep(self, where: Flags) -> Evaluated:
        """Only these evaluations."""
        if where.all():
            return self
        arrays: dict[str, Any] = {
            name: said[..., where] for name, said in vars(self).items() if isinstance(said, np.ndarray)
        }
        return replace(self, **arrays, condition=self.condition and self.condition.at(where))


def evaluated(
    cells: Cells,
    rule: Rule,
    terms: Codes,
    excess: Codes,
    *,
    anchor: Codes | None = None,
    reason: Codes | None = None,
    rough: Flags | None = None,
    meant: Flags | None = None,
    detail: npt.NDArray[Any] | None = None,
    condition: Condition | None = None,
    promised: Flags | None = None,
) -> Evaluated:
    """An evaluation of which only that is said which is not as mostly: judged is the first term, everywhere."""
    none = np.zeros(len(excess), dtype=bool)
    if rough is None:
        about = cells.rough.any()
        rough = np.asarray((cells.rough[np.maximum(terms, 0)] & (terms >= 0)).any(axis=0)) if about else none
    return Evaluated(
        rule,
        terms[0] if anchor is None else anchor,
        terms,
        excess,
        (none if reason is None else reason).astype(np.int8),
        rough,
        none if meant is None else meant,
        none if detail is None else detail,
        condition,
        promised,
    )


def declared(cells: Cells, datasets: Mapping[str, Dataset], rule: Rule) -> npt.NDArray[np.object_]:
    """How each dataset of the frame (by its code) declares a rule."""
    found = [
        datasets[name].identities.get(rule.id, "rounded") if name in datasets else "rounded"
        for name in cells.texts["dataset"]
    ]
    return np.array(found or ["rounded"], dtype=object)


def switched_on(cells: Cells, datasets: Mapping[str, Dataset], done: Evaluated) -> Evaluated:
    """Without the evaluations of datasets that declare the rule ``off``."""
    on = declared(cells, datasets, done.rule) != "off"
    return done if on.all() else done.keep(on[cells.codes["dataset"][done.anchor]])


def severities(cells: Cells, datasets: Mapping[str, Dataset], done: Evaluated) -> npt.NDArray[np.int8]:
    """The severity of each evaluation: the rule's, unless the dataset says otherwise; never error on an "about"."""
    own = SEVERITIES.index(done.rule.severity)
    by_dataset = np.array(
        [max(own, 1) if how == "warning" else own for how in declared(cells, datasets, done.rule)], dtype=np.int8
    )
    severity = by_dataset[cells.codes["dataset"][done.anchor]]
    if done.promised is not None:
        severity = np.where(done.promised & (severity > 0), 0, severity)
    if done.rough.any():
        severity = np.where(done.rough, np.maximum(severity, 1), severity)
    coded: npt.NDArray[np.int8] = severity.astype(np.int8)
    return coded


def assemble(cells: Cells, datasets: Mapping[str, Dataset], all_done: Sequence[Evaluated]) -> pd.DataFrame:
    """The frame that EVALUATIONS judges; ``result`` says so far only what could not be evaluated."""
    ids = [rule.id for rule in RULES]
    sizes = [len(done) for done in all_done]
    rule = np.repeat(np.array([ids.index(done.rule.id) for done in all_done], dtype=np.int8), sizes)

    def joined(parts: list[npt.NDArray[Any]], dtype: Any) -> npt.NDArray[Any]:
        return np.concatenate([np.empty(0, dtype=dtype), *parts]).astype(dtype, copy=False)

    judged = joined([done.anchor for done in all_done], np.int64)
    reason = joined([done.reason for done in all_done], np.int8)
    return pd.DataFrame(
        {
            "rule": pd.Categorical.from_codes(cast(Any, rule), categories=pd.Index(ids)),
            "severity": pd.Categorical.from_codes(
                cast(Any, joined([severities(cells, datasets, done) for done in all_done], np.int8)),
                categories=pd.Index(SEVERITIES),
            ),
            "block": cells.block[judged],
            "result": pd.Categorical.from_codes(
                cast(Any, np.where(reason > 0, np.int8(NOT_EVALUABLE), np.int8(HOLDS))), categories=pd.Index(RESULTS)
            ),
            "excess": joined([done.excess for done in all_done], np.int64),
            "cell": judged,
        }
    )


def failing(evaluations: pd.DataFrame) -> Codes:
    """The rows of the frame whose sides do not meet, by the schema's own failure cases."""
    try:
        EVALUATIONS.validate(evaluations, lazy=True, inplace=True)  # no copy: nothing is coerced
    except SchemaErrors as errors:
        cases = errors.failure_cases
        misses = cases[(cases["column"] == "excess") & cases["index"].notna()]
        if len(misses) != len(cases):
            raise  # a frame of the wrong shape: a mistake of ours, not of a source
        return np.sort(misses["index"].to_numpy(dtype=np.int64))
    return np.empty(0, dtype=np.int64)
