"""The random histories of ``test_ledger_histories`` on PostgreSQL: the same model, fewer of them."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, settings
from ledger_fixtures import server
from test_ledger_histories import Histories

from storage.ledger import Ledger
from tests.demands import HEAVY


@cache
def _template() -> str:
    url = server().database()
    Ledger.open(url, create=True).close()
    return url


class PostgresHistories(Histories):
    def open(self, name: str) -> Ledger:
        url = server().database(template=_template())
        self.made = [*getattr(self, "made", ()), url]
        return Ledger.open(url, create=True)

    def teardown(self) -> None:
        super().teardown()
        for url in getattr(self, "made", ()):
            server().drop(url)


TestPostgresHistories = PostgresHistories.TestCase
TestPostgresHistories.settings = settings(
    max_examples=100 if HEAVY else 4, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
TestPostgresHistories.pytestmark = [pytest.mark.postgres]
