"""The browser's driver; where it is not installed the tests of the UI are found all the same, and skip."""

from __future__ import annotations

from typing import Any

try:
    from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
    from playwright.sync_api import Error as PlaywrightError
except ModuleNotFoundError:
    installed = False
    Browser = Locator = Page = PlaywrightError = Any  # type: ignore[assignment,misc]
    expect = sync_playwright = None  # type: ignore[assignment]
else:
    installed = True
    expect.set_options(timeout=60_000)


def open_artifact(page: Page, key: str) -> None:
    """From the page of a run to one of its artifacts, in two clicks and as far as the wheel must turn between them."""
    page.get_by_text("Artifacts", exact=True).first.click()
    card = page.locator(".artifact-card__title", has_text=key)
    page.mouse.move(640, 700)
    for turn in range(1, 240):  # a loaded server takes its time to list them
        if card.count() and card.first.is_visible():
            break
        if turn % 60 == 0:  # what the server did not answer in time Prefect's page does not ask for again
            page.reload()
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(500)  # cards are drawn as they come into sight
    card.first.click()


__all__ = ["Browser", "Locator", "Page", "PlaywrightError", "expect", "installed", "open_artifact", "sync_playwright"]
