"""Keeps other loggers from printing what our URLs carry: e-mail filters, names, search words."""

from __future__ import annotations

import logging

import httpx

RESOURCES = "/resources/"


class _QueryFilter(logging.Filter):
    """Takes the query off our addresses in httpx's own ``HTTP Request: ...`` lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_without_query(argument) for argument in record.args)
        return True


def _without_query(argument: object) -> object:
    if isinstance(argument, httpx.URL) and argument.query and RESOURCES in argument.path:
        return argument.copy_with(query=None)
    return argument


_filter = _QueryFilter()


def hide_queries_in_httpx_logs() -> None:
    """Install the filter once; other clients' lines pass through it as they are."""
    logger = logging.getLogger("httpx")
    if _filter not in logger.filters:
        logger.addFilter(_filter)
