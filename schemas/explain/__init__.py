"""From what rules say to findings: ``sentences`` of what holds and fails, ``reading`` of a figure beside others."""
