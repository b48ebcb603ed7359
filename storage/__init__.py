"""What is kept: documents, versions, held blocks, and what is asked of them.

At the top stands what other packages import: ``ledger`` (open, judge against, publish), ``queries``, ``archive``
(documents' bytes), ``documents`` (those kept of a source), ``answers`` (what addresses gave), ``frames``,
``decisions`` and ``many`` of them, ``reparse``, ``verify``, ``revision_analysis``, ``served`` (to a browser).
``handle`` is what every query takes, ``stores`` where documents may lie, ``private`` whose the files are.

Rooms, from the ground up, each may use those before it: ``database`` connections and tables; ``encoding`` figures and
words as integers; ``state`` what stands; ``publish`` one run's way in, and beside it ``queries`` what is answered,
``views`` the same in SQL; ``deciding`` what a person says.
"""
