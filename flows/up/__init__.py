"""``tradeledger up``: server, deployments and worker of a home as one system.

``start`` starts and ends it: ``parts`` are its processes, ``work`` is the worker's. ``owner`` says whose a server is,
``deploying`` leaves what persons changed, both by ``variables`` of Prefect; ``control`` says where it runs and ends it.
"""

__all__ = ["control", "start"]
