"""What stands: ``releases`` what each says, ``held`` and ``pending`` what is kept back, ``accepted``, ``verdicts`` what
persons decided, ``showings`` of documents, ``runs``; ``sequences`` of a release, ``standing`` of a reading in them.
"""
