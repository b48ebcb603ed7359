"""The signed sum of each block by vtlengine, timed within a process of its own.

    uv run --no-project --with vtlengine python -m benchmarks.vtl_peer [rows]

vtlengine 1.9 wants sqlglot 22, dlt 1.31 wants sqlglot 30: they cannot stand in one group of pyproject.toml, so
``benchmarks.identities`` starts this module beside itself. The last line printed is the best of two runs in ms.
"""

from __future__ import annotations

import sys

from vtlengine import run

from benchmarks.simulated import best, simulate, texts

KEYS = {"product": "String", "period": "String", "flow": "String"}
STRUCTURE = {
    "datasets": [
        {
            "name": "FIGURES",
            "DataStructure": [
                *({"name": key, "type": kind, "role": "Identifier", "nullable": False} for key, kind in KEYS.items()),
                {"name": "mantissa", "type": "Integer", "role": "Measure", "nullable": True},
            ],
        }
    ]
}
SCRIPT = """
T := FIGURES[sub flow = "T"];
X := FIGURES[sub flow = "X"];
M := FIGURES[sub flow = "M"];
MISS := T - X - M;
WRONG <- MISS[filter abs(mantissa) > 1];
"""


def main(rows: int = 1_000_000) -> None:
    table = texts(simulate(rows))

    def work() -> int:
        return len(run(script=SCRIPT, data_structures=STRUCTURE, datapoints={"FIGURES": table})["WRONG"].data)

    assert work() == rows // 4 // 100
    print(best(work, 2))


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
