"""The command line: a module registers its commands in ``main``; everything else is imported where a command needs
it.
"""
