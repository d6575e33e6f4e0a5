"""What has to be made anew in a forked child: locks that nobody will release, sockets that are the parent's."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class Renewable(Protocol):
    """Something that a fork breaks and that can mend itself."""

    def after_fork(self) -> None:
        """Called in the child, before any thread of it runs."""
        ...


_living: WeakSet[Renewable] = WeakSet()


def renew_in_children(thing: Renewable) -> None:
    """Have ``after_fork`` called in every child, for as long as the thing lives."""
    _living.add(thing)


def _renew() -> None:
    for thing in list(_living):
        thing.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
