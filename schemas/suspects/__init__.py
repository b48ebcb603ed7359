"""Which figures are wrong: ``suspects`` of a block, ``several`` across blocks by ``hitting`` sets, each set confirmed.

``fits`` where a figure would fit, ``slips`` what explains it, ``own_history`` what its series did, ``clause`` says it.
"""
