"""Who is asked about held blocks: a review whose process died asks nobody, and must not be waited for."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Literal

import pytest
from prefect import State, get_client
from prefect.client.schemas.objects import StateType
from prefect.states import Paused, Pending, Running

from flows.review import Decision, decide, label, review
from flows.server import events, reviews
from schemas.settings import load_settings
from storage import queries
from storage.ledger import Ledger
from tests.ledgers import batch, collect, release


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


def test_an_answer_is_about_the_block_that_was_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A late document of the release makes it another block while the form is open: nobody has seen that one."""
    monkeypatch.setattr(events, "block_decided", lambda _: None)
    bad = {("T", "2019"): "20", ("X", "2019"): "6", ("M", "2019"): "4"}
    with Ledger.open(load_settings().ledger_url, create=True) as ledger:
        release(ledger, "first", "2021-01-10", bad)
        ((document, (block,)),) = reviews.undecided(ledger).items()
        answer = Decision(decision="accept", reason="printed so", name="Ada", blocks=[label(block)])
        release(ledger, "late", "2021-01-10", {("B", "2019"): "-70"})
        assert "was held anew since: look again" in decide(answer, document)
        assert not list(queries.show(ledger))
        ((document, (block,)),) = reviews.undecided(ledger).items()
        assert decide(answer.model_copy(update={"blocks": [label(block)]}), document) == ""
        assert len(list(queries.show(ledger))) == 4


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("verdict", ["accept", "reject"])
def test_an_answer_is_about_the_document_that_was_asked_about(
    monkeypatch: pytest.MonkeyPatch, together: bool, verdict: Literal["accept", "reject"]
) -> None:
    """Of documents that contradict each other each is asked about by itself; what is published is said."""
    monkeypatch.setattr(events, "block_decided", lambda _: None)
    three = [(name, "2021-01-10", {("X", "2019"): figure}) for name, figure in (("a", "6"), ("b", "9"), ("c", "12"))]
    with Ledger.open(load_settings().ledger_url, create=True) as ledger:
        for some in [three] if together else [[one] for one in three]:
            collect(ledger, batch(*some))
        asked = reviews.undecided(ledger)
        document, (block,) = list(asked.items())[-1]
        answer = Decision(decision=verdict, reason="printed so", name="Ada", blocks=[label(block)])
        assert decide(answer, document) == ""
        stands = {row["value"] for row in queries.show(ledger)}
        expected = {("accept", False): {"12"}, ("accept", True): {"6"}, ("reject", False): {"6"}}.get(
            (verdict, together)
        )
        assert stands == (expected or set())
        assert len(reviews.undecided(ledger)) == (1 if (verdict, together) == ("reject", False) else 0)
        now = [f"exports {value} USD (2021-01-10{'+2' if value == '12' else ''})" for value in stands]
        assert reviews.word(ledger, document).endswith(f"published now: {''.join(now) or 'nothing of it'}")
