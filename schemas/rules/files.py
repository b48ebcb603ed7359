"""What a rule's file has, besides its docstring, which is its page in docs/rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol, cast

from schemas.cells.cells import Cells
from schemas.cells.reader import Reader, Said
from schemas.datasets import Dataset
from schemas.rules import MODULES, Rule
from schemas.rules.evaluation import Evaluated


class RuleFile(Protocol):
    """The names of a rule's module; numpy and pandas are imported within its functions."""

    RULE: Rule

    def evaluate(self, cells: Cells, datasets: Mapping[str, Dataset]) -> list[Evaluated]:
        """The rule at every place of a release, for all places at once."""

    def fails(self, reader: Reader, done: Evaluated, at: int) -> Said:
        """What it says where it fails."""

    def not_evaluable(self, reader: Reader, done: Evaluated, at: int) -> Said:
        """What it says where it could not be judged."""

    def holds(self, reader: Reader, done: Evaluated, at: int) -> str:
        """What it says where it holds."""


FILES: Final = {rule_id: cast(RuleFile, module) for rule_id, module in MODULES.items()}
