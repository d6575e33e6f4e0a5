"""Chance that can be repeated: everything random of a sandbox comes from a seed."""

from __future__ import annotations

from random import Random


def dice(*seed: object) -> Random:
    """Random numbers that are the same for the same seed, on every machine."""
    return Random("/".join(map(str, seed)))  # noqa: S311  # repeatable on purpose, and no secret depends on it
