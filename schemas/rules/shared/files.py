"""What a rule's file has, besides its docstring, which is its page in docs/rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol, cast

from schemas.cells.cells import Cells
from schemas.cells.reader import Reader, Said
from schemas.datasets import Dataset
from schemas.rules import MODULES
from schemas.rules.shared.evaluation import Evaluated


class RuleFile(Protocol):
    """The names of a rule's module, beside ``RULE`` or ``RULES``; its functions import numpy and pandas themselves."""

    def evaluate(self, cells: Cells, datasets: Mapping[str, Dataset]) -> list[Evaluated]:
        """Its rules at every place of a release, for all places at once."""

    def fails(self, reader: Reader, done: Evaluated, at: int) -> Said:
        """What it says where it fails."""

    def not_evaluable(self, reader: Reader, done: Evaluated, at: int) -> Said:
        """What it says where it could not be judged."""

    def holds(self, reader: Reader, done: Evaluated, at: int) -> str:
        """What it says where it holds."""


#: The file of each rule that looks at one release, in the order in which they are judged.
FILES: Final = {rule_id: cast(RuleFile, file) for rule_id, file in MODULES.items() if hasattr(file, "evaluate")}
