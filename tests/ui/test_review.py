"""A person decides in the UI: the form, a reason asked for again, acceptance, rejection, the command line beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.ui.driver import Page, expect
from tests.ui.system import EARLY, System, table

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

#: 99.98 for 99.88: what three rules say about it.
CONTRADICTORY = """
    X 2019 99.98
    M 2019 11.57
    T 2019 111.45
    B 2019 88.31
"""
SENTENCES = (
    "exports 99.98 is not half of total 111.45 + balance 88.31 (99.88 ± 0.01); 99.87–99.89 would fit",
    "total 111.45 is not exports 99.98 + imports 11.57 (111.55 ± 0.015); exports 99.87–99.89 would fit",
    "balance 88.31 is not exports 99.98 − imports 11.57 (88.41 ± 0.015); exports 99.87–99.89 would fit",
)


class Reviews:
    """Contradictory documents of datasets of their own, and the reviews that ask about them."""

    def __init__(self, system: System, folder: Path) -> None:
        self.system = system
        self.folder = folder
        self.runs = {name: self.collect(name) for name in ("accepted", "refused", "elsewhere")}

    def collect(self, name: str, more: str = "") -> str:
        """Start the collection of a document of dataset ``name``; ``more`` figures make it another document."""
        path = table(self.folder, f"{name}{len(more)}.csv", name, CONTRADICTORY + more)
        return self.system.start("collect/table", files=[str(path)])

    def block(self, dataset: str) -> dict[str, Any]:
        """The held block of a dataset, once its run is over."""
        assert self.system.finished(self.runs[dataset], 240)["state_name"] == "Quarantined"
        (block,) = self.held(dataset)
        return block

    def held(self, dataset: str) -> list[dict[str, Any]]:
        return [row for row in self.system.query("held") if row["block"].startswith(f"{dataset}/")]

    def of(self, document: str) -> list[dict[str, Any]]:
        """The reviews of a document, whatever became of them."""
        runs = self.system.runs(flows={"name": {"any_": ["review"]}})
        return [run for run in runs if run["parameters"]["document"] == document]

    def waiting(self, document: str) -> dict[str, Any]:
        """The review of a document, once it waits for a person."""

        def suspended() -> list[dict[str, Any]]:
            return [run for run in self.of(document) if run["state_name"] == "Suspended"]

        found: dict[str, Any] = self.system.until(suspended, 240, "a review that waits")[0]
        return found


EARLY["reviews"] = Reviews


@pytest.fixture(scope="module")
def reviews(begun: Callable[[str], Reviews]) -> Reviews:
    return begun("reviews")


def open_form(system: System, page: Page, review: dict[str, Any]) -> None:
    """Press *Resume* in the page of a suspended review."""
    page.goto(f"{system.url}/runs/flow-run/{review['id']}")
    page.get_by_role("button", name="Resume").first.click()
    expect(page.get_by_role("dialog").get_by_text("Held for this: 4 figures of")).to_be_visible()


def answer(page: Page, decision: str, reason: str, name: str) -> None:
    """Fill in the form that is open and submit it."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="keep holding").focus()
    page.keyboard.press("Space")  # the drop-down opens for the keyboard whatever lies above it
    page.get_by_role("option", name=decision, exact=True).click()
    dialog.locator("textarea").nth(0).fill(reason)
    dialog.locator("textarea").nth(1).fill(name)
    for _ in range(20):
        with page.expect_response(lambda answer: answer.url.endswith("/resume")) as response:
            dialog.get_by_role("button", name="Submit").click()
        # On SQLite Prefect's server refuses at once what another write came before: one presses the button again.
        if response.value.ok:
            break
    expect(page.get_by_text("Flow run resumed").first).to_be_visible()
    page.goto("about:blank")  # nobody looks while the run goes on: drawing it takes a core


def test_accepting_in_the_form_needs_a_reason_and_changes_what_is_shown(
    system: System, reviews: Reviews, page: Page, tmp_path: Path
) -> None:
    document = reviews.block("accepted")["document"]
    review = reviews.waiting(document)
    assert not system.query("show", dataset="accepted", period="2019")

    assert review["name"] == f"review {document[:12]} table 2022-07-07"
    open_form(system, page, review)
    dialog = page.get_by_role("dialog")
    for sentence in SENTENCES:
        expect(dialog.get_by_text(sentence).first).to_be_visible()
    expect(dialog.get_by_text("suspect: ")).to_have_count(1)  # one figure, whatever number of findings
    expect(dialog.get_by_text("suspect: exports 2019: printed 99.98 bn").first).to_be_visible()
    page.screenshot(path=tmp_path / "form.png")
    answer(page, "accept", "", "")
    expected = {run["state_id"] for run in reviews.of(document)}
    system.until(lambda: {run["state_id"] for run in reviews.of(document)} != expected, 240, "the answer taken up")
    assert reviews.waiting(document)["id"] == review["id"]
    assert reviews.held("accepted"), "an acceptance without a reason decides nothing"

    open_form(system, page, review)
    expect(dialog.get_by_text("a reason is needed: nothing was decided yet").first).to_be_visible()
    page.screenshot(path=tmp_path / "again.png")
    answer(page, "accept", "printed so", "Ada")
    done = system.finished(review["id"], 240)
    assert done["state"]["message"] == (
        "1 accepted by Ada: printed so; published now: exports 99.98 bn USD (2022-07-07), imports 11.57 bn USD "
        "(2022-07-07), total 111.45 bn USD (2022-07-07), balance 88.31 bn USD (2022-07-07)"
    )
    shown = {row["flow"]: row for row in system.query("show", dataset="accepted", period="2019")}
    assert sorted(shown) == ["B", "M", "T", "X"]
    assert shown["X"]["value"] == "99980000000"
    assert all(row["accepted"] for row in shown.values())
    assert not reviews.held("accepted")


def test_a_rejection_in_the_form_is_remembered(system: System, reviews: Reviews, page: Page) -> None:
    document = reviews.block("refused")["document"]
    review = reviews.waiting(document)
    open_form(system, page, review)
    answer(page, "reject", "digits swapped", "Ada")
    done = system.finished(review["id"], 240)
    assert done["state"]["message"] == "1 rejected by Ada: digits swapped; published now: nothing of it"
    assert not system.query("show", dataset="refused")
    assert not reviews.held("refused")

    # Another document that prints the same figures: nobody is asked again. The one behind it, of which somebody is
    # asked, shows that what this one could have started would be there.
    again = reviews.collect("refused", "X 2016 88.00\n")
    behind = reviews.collect("behind")
    run = system.finished(again, 240)
    assert (run["state_name"], run["state"]["message"]) == ("Completed", "1 published, 4 rejected")
    assert [row["period"] for row in system.query("show", dataset="refused")] == ["2016"]
    (repeated,) = {row["document"] for row in system.query("show", dataset="refused")}
    assert repeated != document
    assert system.finished(behind, 240)["state_name"] == "Quarantined"
    reviews.waiting(reviews.held("behind")[0]["document"])
    assert reviews.of(repeated) == []
    assert len(reviews.of(document)) == 1


def test_a_decision_by_command_line_ends_the_waiting_review(system: System, reviews: Reviews) -> None:
    block = reviews.block("elsewhere")
    review = reviews.waiting(block["document"])
    said = system.cli("review", block["block"], "reject", "--reason", "a slip", "--who", "Ada")
    assert "rejected by Ada" in said
    over = system.finished(review["id"], 240)
    said = "1 rejected by Ada: a slip; published now: nothing of it"
    assert (over["state_name"], over["state"]["message"]) == ("Completed", said)
