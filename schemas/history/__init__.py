"""What earlier releases say about a new one: ``judged`` every rule beside them, ``coverage`` what vanished.

``known`` is what earlier releases said of each cell. Other packages import from here.
"""

from schemas.history.coverage import vanished
from schemas.history.judged import judge_history, stale

__all__ = ["judge_history", "stale", "vanished"]
