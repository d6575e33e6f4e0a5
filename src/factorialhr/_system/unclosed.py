"""Tells of clients whose connections were opened and never closed."""

from __future__ import annotations

import warnings
from weakref import finalize


class Unclosed:
    """Warns when it is garbage and neither closed nor forked: everything that needs the connections holds it.

    It belongs to the connections and not to the client, since a copy of a client may outlive it.
    """

    def __init__(self, name: str) -> None:
        self._state = _State()
        self._finalizer = finalize(self, _warn_if_opened, name, self._state)
        # At its end the interpreter closes every socket by itself.
        self._finalizer.atexit = False

    def opened(self) -> None:
        """Note that from now on there is something to close."""
        self._state.was_opened = True

    def forget(self) -> None:
        """Warn no more: it is closed, or the connections belong to the parent of this process."""
        self._finalizer.detach()


class _State:
    """What the finalizer knows: it outlives what it belongs to."""

    was_opened = False


def _warn_if_opened(name: str, state: _State) -> None:
    if state.was_opened:
        warnings.warn(f"unclosed {name}: use it in a with block or close it", ResourceWarning, stacklevel=2)
