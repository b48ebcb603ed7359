"""What earlier releases say about a new one: ``judged`` every rule beside them, ``coverage`` what vanished.

``expected`` is how many figures an answer should have, ``ahead`` what is dated before its time, ``known`` what earlier
releases said of each cell. Other packages import from here.
"""

from schemas.history.ahead import periods_ahead
from schemas.history.coverage import vanished
from schemas.history.expected import Missed, last_pages, too_few
from schemas.history.judged import judge_history, stale

__all__ = ["Missed", "judge_history", "last_pages", "periods_ahead", "stale", "too_few", "vanished"]
