"""What belongs to one process, and says so when it is to be pickled or copied."""

from __future__ import annotations

from typing import ClassVar, Never, SupportsIndex

from factorialhr._core.errors import ConfigurationError


class Uncopied:
    """Refuses ``pickle`` and ``copy``: connections and locks cannot be shared, and credentials do not belong there."""

    __slots__ = ()

    _instead: ClassVar[str]
    """What to do instead."""

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> Never:
        raise ConfigurationError(f"{type(self).__name__} cannot be pickled or copied: {self._instead}")
