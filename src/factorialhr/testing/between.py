"""What happens to the records of a sandbox while a client reads them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TypeAlias

Change: TypeAlias = Callable[[Random], object]


class Between:
    """Runs a function between two requests: before each but the first, and before none that it sends itself."""

    def __init__(self, function: Change, random: Random) -> None:
        self._function = function
        self._random = random
        self._is_first = True
        self._runs = False

    def change(self) -> None:
        if self._runs:
            return
        if self._is_first:
            self._is_first = False
            return
        self._runs = True
        try:
            self._function(self._random)
        finally:
            self._runs = False
