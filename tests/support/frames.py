"""How deep our own code stands above the transport."""

from __future__ import annotations

import sys
from pathlib import Path

import factorialhr

OURS = str(Path(factorialhr.__file__).parent)


def our_frames() -> list[str]:
    """The functions of the package on the stack, innermost first."""
    found = []
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename.startswith(OURS):
            found.append(frame.f_code.co_name)
        frame = frame.f_back
    return found
