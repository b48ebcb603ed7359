"""One collection from beginning to end: the order of the steps, for the flow and for those who have no Prefect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import ParamSpec, Protocol, TypeVar

from pydantic import SecretStr

from flows.steps.ahead import read_files, replaced
from flows.steps.fetching import archive, fetch
from flows.steps.job import Asked, Collected, Job, Progress, untold
from flows.steps.judging import validate
from flows.steps.parsing import parse
from flows.steps.publishing import RECORDED, fail, publish
from schemas.documents import Document
from schemas.errors import TradeledgerError
from storage.ledger import Run

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Broken:
    """A collection that came to nothing, as it was recorded: why, and what documents there were."""

    run: Run
    error: TradeledgerError
    documents: Sequence[Document]


class Around(Protocol):
    """What makes of a step the same step with something around it: a task of Prefect."""

    def __call__(self, function: Callable[P, R], /) -> Callable[P, R]:
        """The step to be called in its place."""
        ...


def bare(function: Callable[P, R], /) -> Callable[P, R]:
    """The step as it is."""
    return function


@contextmanager
def unseen(_doing: str) -> Iterator[Progress]:
    """Progress that nobody watches."""
    yield untold


def collected(
    job: Job,
    asked: Asked,
    *,
    around: Around = bare,
    shown: Callable[[str], AbstractContextManager[Progress]] = unseen,
    turn: Callable[[str], None] = lambda _: None,
    key: Callable[[str], SecretStr | None] = lambda _: None,
) -> Collected | Broken:
    """Fetch or read, archive, parse, validate, publish; what came of it, which is recorded either way.

    ``around`` each step, ``shown`` while it is under way; ``turn`` and ``key`` as of ``fetch``. Raises UsageError for
    what a person must put right first, which leaves no trace.
    """
    fed = asked.fed
    documents = list(fed.documents)
    try:
        if asked.files and not documents:
            documents = around(read_files)(job, asked.files, asked.released, asked.whole, asked.how)
        elif not asked.files:
            with shown("fetching") as tell:
                documents = around(fetch)(job, asked.since, asked.year, tell, turn=turn, key=key)
        if not all(one.is_kept for one in documents):
            around(archive)(job, documents)
        if fed.wrong is not None:
            raise fed.wrong
        with shown("reading") as tell:
            parsed = fed.parsed if fed.parsed is not None else around(parse)(job, documents, progress=tell)
        with shown("judging") as tell:
            instead = replaced(job, asked.replaces) if asked.replaces else ()
            validated = around(validate)(job, documents, parsed, tell, instead)
        with shown("publishing"):
            return around(publish)(job, validated)
    except RECORDED as error:
        return Broken(fail(job, error, documents), error, documents)
