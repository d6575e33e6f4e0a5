"""Whole lists: which requests fetch one, how their pages are joined, and what proves that nothing lies between."""
