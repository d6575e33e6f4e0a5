"""Files behind temporary addresses: written beside their target first, so that no half of one is left."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

import httpx

from factorialhr._core.errors import ConfigurationError
from factorialhr._core.settings import split_address


def check_target(target: str | os.PathLike[str]) -> Path:
    """Refuse a target that cannot be written before anything is fetched."""
    path = Path(target)
    if path.is_dir():
        raise ConfigurationError(f"{path} is a folder: name the file to write, as in folder / document.filename")
    if not path.parent.is_dir():
        raise ConfigurationError(f"the folder {path.parent} does not exist: create it first")
    return path


def download_request(url: str, timeout: float) -> httpx.Request:
    """A request without credentials: the address itself is the permission."""
    if not isinstance(url, str) or split_address(url) is None:
        raise ConfigurationError("the address of a download begins with https:// and a host")
    return httpx.Request(
        "GET", url, extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), timeout)}
    )


class PartFile:
    """A file that appears under its name when it is complete, and not at all otherwise."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._part = target.with_name(f".{target.name}.{os.urandom(8).hex()}.part")
        self._file: IO[bytes] | None = None
        self._discarded = False

    def open(self) -> None:
        """Make the file; it may be given up by another thread meanwhile."""
        self._file = self._part.open("xb")
        if self._discarded:
            self.discard()

    def write(self, data: bytes) -> None:
        if self._file is not None:
            self._file.write(data)

    def finish(self) -> None:
        """Show the file under its name."""
        if self._file is not None:
            self._file.close()
        self._part.replace(self._target)

    def discard(self) -> None:
        """Leave nothing behind."""
        self._discarded = True
        if self._file is not None:
            self._file.close()
        self._part.unlink(missing_ok=True)
