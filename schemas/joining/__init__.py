"""Documents of one release that contradict each other: ``turns`` which readings stand, and which join and wait, by what
is ``failing``; ``overruled`` which contradict what a person accepted; ``found`` what is said of each document.
"""

from schemas.joining.overruled import Overruling, joined
from schemas.joining.turns import Joining, joining

__all__ = ["Joining", "Overruling", "joined", "joining"]
