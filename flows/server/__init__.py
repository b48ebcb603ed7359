"""What belongs to Prefect's server. ``up`` starts it with a worker (``parts`` are its processes, ``work`` is the
worker's), ``control`` says where it runs and ends it, ``owner`` whose it is, ``deploying`` leaves what persons changed.

``events`` and ``reviews`` tell it what is held, ``alerts`` when; ``limits``, ``keys`` and ``variables`` are kept there.
"""

__all__ = ["control", "events", "reviews", "up"]
