"""Errors as other programs get them: printed, pickled, copied."""

from __future__ import annotations

import copy
import pickle
import traceback


def printed(error: BaseException) -> str:
    """Everything that printing or logging an error shows."""
    chain = "".join(traceback.format_exception(error))
    return "\n".join([str(error), repr(error), repr(error.args), chain])


def unpickled(value: object) -> object:
    return pickle.loads(pickle.dumps(value))  # noqa: S301  # what was just written


COPIERS = [unpickled, copy.copy, copy.deepcopy]
