"""When a document is asked for once more: the one place where that is decided.

Asked again are 502, 503 and 504, 429 where it says how long to wait, connections that fail, and answers that are not
whole. Never another 4xx, nor 500: asking again is no answer to those. A wait that is longer than allowed ends the run,
and so does a document that takes too long in all. A host that was never heard of in a session (no connection, or not a
byte after the request) is given up much sooner: one that has answered before is slow, not out of reach.
"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from schemas.settings import FetchSettings
from sources.shared.web.exchange import Answer, Failed
from sources.shared.web.transport import Waits

#: Status codes that may pass by themselves.
RETRIED: Final = (429, 502, 503, 504)


def asked_wait(answer: Answer) -> float | None:
    """The seconds of ``Retry-After``, a number or a date; None where it says neither."""
    said = answer.headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:18])
    try:
        then = parsedate_to_datetime(said)
    except (TypeError, ValueError, OverflowError):
        return None
    then = then.replace(tzinfo=UTC) if then.tzinfo is None else then
    return max(0.0, (then - datetime.now(UTC)).total_seconds())


class Patience:
    """How long one document is waited for, over all its tries."""

    def __init__(self, limits: FetchSettings, *, heard: bool = False) -> None:
        self.limits = limits
        self.heard = heard  # its host has answered before
        self.tries = 0
        self._end = time.monotonic() + limits.document_timeout
        self._unreached: float | None = None  # since when its host is out of reach

    @property
    def left(self) -> float:
        """Seconds left for the document."""
        return max(0.0, self._end - time.monotonic())

    @property
    def waits(self) -> Waits:
        """Seconds in which the next try must connect, hear something, and be whole."""
        since = time.monotonic() if self._unreached is None else self._unreached
        reach = max(0.01, since + self.limits.reach_timeout - time.monotonic())
        return Waits(min(self.limits.connect_timeout, reach), self.left if self.heard else reach, self.left)

    def begin(self) -> None:
        """Another try begins."""
        self.tries += 1
        if self._unreached is None:
            self._unreached = time.monotonic()

    def after_failure(self, failure: Failed) -> bool:
        """Wait, and whether to try again."""
        if failure.reached:
            self._unreached, self.heard = None, True
        if not failure.passing:
            return False
        pause = self._backoff()
        if self._unreached is not None:
            over = self._unreached + self.limits.reach_timeout
            if time.monotonic() + pause >= over:
                return False
        return self._wait(pause)

    def after_answer(self, answer: Answer) -> bool:
        """Wait, and whether to try again; at once False for an answer that is to be taken as it is."""
        self._unreached, self.heard = None, True
        wait = asked_wait(answer)
        if answer.status not in RETRIED or (answer.status == 429 and wait is None):
            return False
        if (wait or 0.0) > self.limits.longest_wait:
            return False
        return self._wait(max(wait or 0.0, self._backoff()))

    def _backoff(self) -> float:
        # Jitter: several that were turned away together do not come back together.
        pause = self.limits.backoff * (2.0 ** min(self.tries - 1, 30) + random.random())  # noqa: S311 - no secret
        return min(pause, self.limits.longest_wait)

    def _wait(self, seconds: float) -> bool:
        if self.tries > self.limits.retries or seconds >= self.left:
            return False
        time.sleep(seconds)
        return True
