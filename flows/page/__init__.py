"""What stands on a report's page beside its words: ``charts`` as pictures, ``triangles`` as tables."""
