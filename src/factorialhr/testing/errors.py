"""What can be wrong with the use of the sandbox itself."""

from __future__ import annotations


class SandboxError(Exception):
    """The sandbox cannot do what it was told; the message says what to change."""
