"""Pictures: ``lines`` say as values what a chart shows, ``charts`` draw it as PNG; ``triangles`` are tables to read.

``in_report`` finds what is worth a picture there.
"""

from flows.page.pictures.in_report import most_revised, odd_figures

__all__ = ["charts", "lines", "most_revised", "odd_figures"]
