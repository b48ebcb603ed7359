"""Who is asked about held blocks: a review whose process died asks nobody, and must not be waited for."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

import pytest
from prefect import State, get_client
from prefect.client.schemas.objects import StateType
from prefect.states import Paused, Pending, Running

from flows import reviews
from flows.review import review


@pytest.mark.usefixtures("prefect_harness")
def test_a_review_whose_process_died_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with get_client(sync_client=True) as client:

        def started(state: State[None]) -> str:
            return str(client.create_flow_run(review, parameters={"document": "6e2a"}, state=state).id)

        dead = [started(Pending()), started(Running())]
        suspended = started(Paused())
        then = datetime.now(UTC)
        at_work = started(Running())

        class Later(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:
                return then + reviews.AT_WORK

        monkeypatch.setattr(reviews, "datetime", Later)
        waiting = {str(run.id) for run in reviews.waiting_runs()}
        assert waiting.issuperset({suspended, at_work})
        assert waiting.isdisjoint(dead)
        assert {client.read_flow_run(run).state_type for run in dead} == {StateType.CRASHED}
        assert [str(run.id) for run in reviews.others_asked("6e2a", at_work)] == [suspended]
