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

__all__ = ["Browser", "Locator", "Page", "PlaywrightError", "expect", "installed", "sync_playwright"]
