"""Findings in words: ``sentences`` of what holds and fails, ``release`` of rules across blocks, ``reading`` of a
figure.
"""
