"""What belongs to Prefect's server: ``events`` and ``reviews`` tell it what is held, ``alerts`` when; ``limits`` and
``keys`` are kept there.
"""

__all__ = ["alerts", "events", "reviews"]
