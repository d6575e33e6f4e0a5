"""Plants strings that nobody else would write, and looks for them wherever programs print."""

from __future__ import annotations

import logging
import pickle
import pprint
import traceback
import warnings
from contextlib import ExitStack
from types import TracebackType
from typing import Self

CREDENTIALS = {
    "api key": "canary-api-key",
    "access token": "canary-access-token",
    "refresh token": "canary-refresh-token",
    "client secret": "canary-client-secret",
    "challenge": "canary-challenge",
}
PERSONAL = {
    "e-mail filter": "canary-mail@example.com",
    "name": "Canary-Name",
    "bank number": "ES00CANARY0000",
    "answer": "canary free text",
    "file name": "canary-file.pdf",
    "header": "canary-header",
}
SPELLINGS = ("canary", "ES00CANARY")


class Watch:
    """Keeps everything that is printed while it is open: logs of every logger at every level, warnings, events."""

    def __init__(self) -> None:
        self.printed: list[tuple[str, str]] = []
        """Where it was printed, and what."""
        self._stack = ExitStack()
        self._warned: list[warnings.WarningMessage] = []

    def __enter__(self) -> Self:
        handler = _Keeper(self.printed)
        root = logging.getLogger()
        loggers = [root, *(logging.getLogger(name) for name in ("httpx", "httpcore", "asyncio", "factorialhr"))]
        for logger in [*loggers, *_children_of("httpcore")]:
            self._stack.callback(logger.setLevel, logger.level)
            logger.setLevel(logging.DEBUG)
        root.addHandler(handler)
        self._stack.callback(root.removeHandler, handler)
        self._warned = self._stack.enter_context(warnings.catch_warnings(record=True))
        warnings.simplefilter("always")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()
        self.printed += [("a warning", f"{warned.message} {warned.message!r}") for warned in self._warned]

    def event(self, event: object) -> None:
        self.printed.append(("an event", f"{event} {event!r} {pprint.pformat(event)}"))

    def value(self, value: object) -> None:
        """What showing a value that was returned prints, in a console or a log."""
        for shown in (repr(value), str(value), f"{value}", pprint.pformat(value), repr([value]), repr({"a": value})):
            self.printed.append((f"the repr of a {type(value).__name__}", shown))
        self.printed.append((f"rich's view of a {type(value).__name__}", rich_view(value)))

    def error(self, error: BaseException) -> None:
        """What logging an error prints, and the errors that it comes from."""
        chain: list[BaseException] = [error]
        for one in chain:
            chain += [other for other in (one.__cause__, one.__context__) if other is not None and other not in chain]
            kind = type(one).__name__
            self.printed.append((f"the text of {kind}", f"{one} {one!r} {one.args!r} {getattr(one, '__notes__', '')}"))
        self.printed.append(("the traceback", "".join(traceback.format_exception(error))))
        self.printed.append(("rich's view of an error", rich_view(error)))
        pickled = pickle.dumps(error)
        again = pickle.loads(pickled)  # noqa: S301  # what was just written
        self.printed.append(("the error after pickling", "".join(traceback.format_exception(again)) + repr(again)))
        self.printed.append(("the names of its attributes", " ".join(vars(again))))
        # Bodies and addresses are documented attributes; credentials belong into no pickle at all.
        found = [name for name, canary in CREDENTIALS.items() if canary.encode() in pickled]
        self.printed += [("the pickled error", f"canary: {name}") for name in found]

    def found(self) -> list[tuple[str, str]]:
        return [(where, text) for where, text in self.printed if is_in(text)]


class _Keeper(logging.Handler):
    """Keeps the line and everything else that a formatter could print."""

    def __init__(self, printed: list[tuple[str, str]]) -> None:
        super().__init__(logging.NOTSET)
        self._printed = printed
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self._printed.append((f"the log of {record.name}", f"{self.format(record)} {record.__dict__}"))


def _children_of(name: str) -> list[logging.Logger]:
    known = logging.Logger.manager.loggerDict
    return [logging.getLogger(child) for child in list(known) if child.startswith(f"{name}.")]


def is_in(text: str) -> bool:
    return any(spelling.lower() in text.lower() for spelling in SPELLINGS)


def rich_view(value: object) -> str:
    """What ``rich`` prints; where it is not installed, what it would be given."""
    try:
        from rich.pretty import pretty_repr
    except ImportError:
        view = getattr(type(value), "__rich_repr__", None)
        return repr(value if view is None else list(view(value)))
    return str(pretty_repr(value))
