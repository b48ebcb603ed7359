"""The command line: ``main`` finds the command, and each is the module called as it is, loaded by name.

Everything below is imported late: a reading command never waits for Prefect or pandas. ``formats`` is how things are
said, ``shared`` what several commands do.
"""
