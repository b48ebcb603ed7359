"""What all rules together say of each figure of a document, to show it where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from schemas.checking import Checked
from schemas.documents import Document, Parsed
from schemas.judge import Judgement
from schemas.positions import parse_position
from schemas.rules.shared.evaluation import FAILS, HOLDS

#: A rule that it takes part in holds and none fails; one of severity "error" fails; none could be evaluated.
AGREES: Final = "agrees"
CONTRADICTS: Final = "contradicts"
UNJUDGED: Final = "not judged"


def verdicts(
    done: Checked, documents: Sequence[Document], parsed: Sequence[Parsed]
) -> list[list[tuple[int, str, str]]]:
    """Of each document its figures, those that could not be read too: place, as it is printed, and what is said."""
    said = _by_cell(done.judgement)[done.judgement.cells.of_row].tolist()
    columns = (done.readings[name].tolist() for name in ("document", "position", "text"))
    found: dict[str, list[tuple[int, str, str]]] = {}
    for sha, position, text, level in zip(*columns, said, strict=True):
        found.setdefault(sha, []).append((position, text, (UNJUDGED, AGREES, CONTRADICTS)[level]))
    return [
        [
            *found.get(document.sha256, ()),
            *((parse_position(one.position), one.seen, UNJUDGED) for one in part.unreadable),
        ]
        for document, part in zip(documents, parsed, strict=True)
    ]


def _by_cell(judgement: Judgement) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    """0 where no rule could be evaluated, 1 where all that could hold, 2 where one of severity "error" fails."""
    said = np.zeros(len(judgement.cells) + 1, dtype=np.int8)  # the last is of the terms that are missing
    grave = np.split(
        (judgement.frame["severity"] == "error").to_numpy(), np.cumsum([len(part) for part in judgement.done])[:-1]
    )
    for part, results, errors in zip(judgement.done, judgement.results, grave, strict=False):
        for chosen, level in ((results == HOLDS, 1), ((results == FAILS) & errors, 2)):
            terms = part.terms[:, chosen].ravel()
            said[terms] = np.maximum(said[terms], level)
    return said[:-1]
