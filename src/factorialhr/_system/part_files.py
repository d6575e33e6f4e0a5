"""Files that are being downloaded: written beside their target first, so that no half of one is left."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from factorialhr._core.errors import ConfigurationError


def check_target(target: str | os.PathLike[str]) -> Path:
    """Refuse a target that cannot be written before anything is fetched."""
    path = Path(target)
    if path.is_dir():
        raise ConfigurationError(f"{path} is a folder: name the file to write, as in folder / document.filename")
    if not path.parent.is_dir():
        raise ConfigurationError(f"the folder {path.parent} does not exist: create it first")
    return path


class PartFile:
    """A file that appears under its name when it is complete, and not at all otherwise."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._part = target.with_name(f".{target.name}.{os.urandom(8).hex()}.part")
        self._file: IO[bytes] | None = None
        self._discarded = False

    def begin(self) -> None:
        """Make the file, or empty it; it may be given up by another thread meanwhile."""
        if self._file is None:
            self._file = self._part.open("xb")
        else:
            self._file.seek(0)
            self._file.truncate()
        if self._discarded:
            self.discard()

    def write(self, chunk: bytes) -> None:
        """Add to the file."""
        if self._file is not None and not self._file.closed:
            self._file.write(chunk)

    def finish(self) -> None:
        """Show the file under its name."""
        if self._file is not None:
            self._file.close()
        self._part.replace(self._target)

    def discard(self) -> None:
        """Leave no part behind; nothing if the file was finished."""
        self._discarded = True
        if self._file is not None:
            self._file.close()
        self._part.unlink(missing_ok=True)
