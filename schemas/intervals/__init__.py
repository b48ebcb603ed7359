"""Intervals: ``grid`` many at once in integers, ``polyhedron`` systems of them; exact ones are ``schemas.figures``."""
