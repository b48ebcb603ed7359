"""Implied figures: what a release pins down, printed or not, as the tightest interval that its figures leave.

``links`` knows levels and the conditions that connect them, of whatever rule; ``ranges`` what these leave of each;
``levels`` says it. Other packages import from here.
"""

from schemas.implied.levels import Implied, implied

__all__ = ["Implied", "implied"]
