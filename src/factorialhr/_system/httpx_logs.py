"""Keeps other loggers from printing what our URLs carry: e-mail filters, names, search words."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

import httpx

RESOURCES = "/resources/"


class _QueryFilter(logging.Filter):
    """Takes the query off our addresses in httpx's own ``HTTP Request: ...`` lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_without_query(argument) for argument in record.args)
        return True


_all_private: ContextVar[bool] = ContextVar("factorialhr_private_addresses", default=False)


@contextmanager
def private_addresses() -> Generator[None]:
    """Treat every address in here as ours: that of a download is a permission in itself."""
    token = _all_private.set(True)
    try:
        yield
    finally:
        _all_private.reset(token)


def _without_query(argument: object) -> object:
    if not isinstance(argument, httpx.URL):
        return argument
    if _all_private.get():
        return f"{argument.scheme}://{argument.host}/..."  # the path of a download names the file
    return argument.copy_with(query=None) if argument.query and RESOURCES in argument.path else argument


_filter = _QueryFilter()


def hide_queries_in_httpx_logs() -> None:
    """Install the filter once; other clients' lines pass through it as they are."""
    logger = logging.getLogger("httpx")
    if _filter not in logger.filters:
        logger.addFilter(_filter)
