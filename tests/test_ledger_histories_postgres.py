"""The random histories of ``test_ledger_histories`` on PostgreSQL: the same model, fewer of them."""

from __future__ import annotations

from functools import cache

import pytest
from ledger_fixtures import server
from sqlalchemy.engine import make_url
from test_ledger_histories import Histories, run_histories

from storage.database.connection import make_engine
from storage.ledger import Ledger
from tests.demands import CHUNK, CHUNKS


@cache
def _template() -> str:
    url = server().database()
    Ledger.open(url, create=True).close()
    return url


class PostgresHistories(Histories):
    def open(self, name: str) -> Ledger:
        url = server().database(template=_template())
        self.made = [*getattr(self, "made", ()), url]
        return Ledger(make_engine(make_url(url), create=False), make_url(url))

    def teardown(self) -> None:
        super().teardown()
        for url in getattr(self, "made", ()):
            server().drop(url)


@pytest.mark.postgres
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_histories_on_postgres(chunk: int) -> None:
    run_histories(PostgresHistories, chunk, max(CHUNK // 10, 4))
