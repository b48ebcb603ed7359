"""What runs and when, and what a person sees of it in Prefect.

Entrypoints are ``collect``, ``review``, ``backfill`` and ``watch``; ``steps`` are the plain functions of which they are
made. ``report`` with ``words`` and the room ``page`` is what a person sees; ``up``, ``events``, ``alerts``,
``limits`` and ``keys`` belong to the server.
"""
