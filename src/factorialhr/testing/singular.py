"""The singular of the API's plural words, as its webhooks and bodies use it."""

from __future__ import annotations


def singular(words: str) -> str:
    """``review_processes`` to ``review_process``; the last word counts."""
    if words.endswith("ies"):
        return f"{words[:-3]}y"
    if words.endswith(("sses", "shes", "ches", "xes")):
        return words[:-2]
    return words[:-1] if words.endswith("s") and not words.endswith("ss") else words
